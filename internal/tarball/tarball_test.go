package tarball

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// data returns a directory of the data archive, or skips the test.
func data(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("PUBLISHGATE_DATA")
	if root == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the data archive is not unpacked")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

func TestRealTarballsFit(t *testing.T) {
	var files []string
	for _, dir := range []string{data(t, "tarballs"), data(t, "sigstore", "tarballs")} {
		found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no tarballs in %s (%v)", dir, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got, err := readFile(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(filepath.Base(file), "types-") {
				// DefinitelyTyped does not use npm pack: its root is node/.
				if rules := rulesOf(got); !slices.Equal(rules, []string{RuleRoot, RuleManifest}) {
					t.Errorf("violations %v", got.Violations)
				}
				if got, err = readFile(file, Options{AnyRoot: true}); err != nil {
					t.Fatal(err)
				}
			}
			if got.Manifest == nil || got.Manifest.Name == "" || got.Readme == "" {
				t.Error("manifest or README is missing")
			}
			for _, v := range got.Violations {
				t.Errorf("%s %s: %s", v.Rule, v.Path, v.Text)
			}
			for _, s := range got.Secrets {
				if strings.HasSuffix(s.Path, "node/https.d.ts") && s.Rule == "generic-api-key" {
					continue // base64 pins of public keys in an example; gitleaks reports them too
				}
				t.Errorf("secret %s in %s:%d:%d", s.Rule, s.Path, s.Line, s.Column)
			}
			t.Log(len(got.Entries), got.Unpacked, len(got.Readme), len(got.Unscanned))
		})
	}
}
