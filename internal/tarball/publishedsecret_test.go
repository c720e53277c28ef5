package tarball

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secretsIn is what the search for secrets reports of the published tarballs
// without a doubt, and what a person says about it.
var secretsIn = map[string]struct {
	count int
	why   string
}{
	"request@2.9.203": {1, "an AWS key for its own tests: whoever publishes it says so in a baseline or with secrets.allow"},
}

// TestPublishedSecrets searches each published tarball of the list.
func TestPublishedSecrets(t *testing.T) {
	dir := tarballs(t)
	specs, _ := published(t)
	for _, spec := range specs {
		data, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(data, spec, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sure := slices.DeleteFunc(slices.Clone(got.Secrets), func(s Secret) bool { return s.Doubt != "" })
		if want := secretsIn[spec]; len(sure) != want.count {
			t.Errorf("%s: %d secrets, expected %d: %s", spec, len(sure), want.count, want.why)
			for _, s := range sure {
				t.Logf("%s:%d:%d %s", s.Path, s.Line, s.Column, s.Rule)
			}
		}
	}
}
