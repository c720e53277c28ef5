package tarball

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretsIn is what the search for secrets reports of the published tarballs,
// and what a person says about it. Those of tests are keys all the same: whoever
// publishes them says so in a baseline or with secrets.allow.
var secretsIn = map[string]struct {
	count int
	why   string
}{
	"@npmcli/arborist@9.1.6": {3, "made-up passwords of a README, in base64"},
	"@vue/repl@4.7.2":        {1, "wrong: minified code"},
	"node-forge@0.7.6":       {3, "a random password in the README; twice wrong: minified code"},
	"node-gyp@3.6.2":         {1, "a private key for its own tests"},
	"request@2.9.203":        {18, "tokens, an AWS key and private keys for its own tests"},
	"zod@4.2.1":              {3, "tokens of its own tests"},
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
		if want := secretsIn[spec]; len(got.Secrets) != want.count {
			t.Errorf("%s: %d secrets, expected %d: %s", spec, len(got.Secrets), want.count, want.why)
			for _, s := range got.Secrets {
				t.Logf("%s:%d:%d %s", s.Path, s.Line, s.Column, s.Rule)
			}
		}
	}
}
