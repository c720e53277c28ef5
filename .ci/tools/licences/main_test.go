package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lay writes files into a folder of the test's own and returns its packages: one
// in each folder that has a file with the name x.go.
func lay(t *testing.T, files map[string]string) []pack {
	t.Helper()
	root := t.TempDir()
	var packs []pack
	for name, content := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if of, _, _ := strings.Cut(name, "/"); filepath.Base(name) == "x.go" {
			packs = append(packs, pack{ImportPath: filepath.Dir(name), Dir: filepath.Dir(file),
				Module: &module{Path: of, Version: "v1.0.0", Dir: filepath.Join(root, of)}})
		}
	}
	return packs
}

func written(t *testing.T, packs []pack) (string, error) {
	t.Helper()
	files := map[string]map[string]bool{}
	if err := collect(files, packs); err != nil {
		return "", err
	}
	var out strings.Builder
	err := write(&out, files)
	return out.String(), err
}

func TestLicences(t *testing.T) {
	got, err := written(t, lay(t, map[string]string{
		"one/LICENSE": "Same text\n", "one/x.go": "", "one/licence.go": "code", "one/NOTICE.txt": "Made by one",
		"two/COPYING.md": "\nSame text\r\n", "two/in/x.go": "", "two/in/LICENSE-MIT": "Of a part", "two/apart/LICENSE": "Not linked",
	}))
	rule := "\n" + strings.Repeat("=", 80) + "\n"
	want := rule + "one v1.0.0: LICENSE\ntwo v1.0.0: COPYING.md\n\nSame text\n" +
		rule + "one v1.0.0: NOTICE.txt\n\nMade by one\n" +
		rule + "two v1.0.0: LICENSE-MIT\n\nOf a part\n"
	if _, texts, _ := strings.Cut(got, "\n"); err != nil || texts != want {
		t.Errorf("%v, written\n%s\nwant\n%s", err, texts, want)
	}
}

func TestModuleWithoutLicence(t *testing.T) {
	_, err := written(t, lay(t, map[string]string{"one/NOTICE": "Made by one", "one/x.go": ""}))
	if err == nil || err.Error() != "one v1.0.0 has no licence file" {
		t.Error(err)
	}
}
