package tarball

import (
	"os"
	"path/filepath"
	"testing"
)

// data returns a folder of the data archive, or skips the test.
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
			got, err := ReadFile(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range got.Violations {
				t.Errorf("%s %s: %s", v.Rule, v.Path, v.Text)
			}
			for _, s := range got.Secrets {
				t.Errorf("secret %s in %s:%d:%d", s.Rule, s.Path, s.Line, s.Column)
			}
			t.Log(len(got.Entries), got.Unpacked, len(got.Readme), len(got.Unscanned))
		})
	}
}
