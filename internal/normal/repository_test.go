package normal

import (
	"strings"
	"testing"
)

// However a repository is written, it is the same; and one elsewhere is none.
func TestRepository(t *testing.T) {
	for asked, want := range map[string]string{
		"o/r": "github.com/o/r", "O/R#v1": "github.com/o/r", "github:o/r#semver:^1.0.0": "github.com/o/r",
		"gitlab:o/g/r":  "gitlab.com/o/g/r",
		"bitbucket:o/r": "bitbucket.org/o/r", "git+https://github.com/o/r.git#v1": "github.com/o/r",
		"https://github.com/o/r":   "github.com/o/r",
		"git://github.com/o/r.git": "github.com/o/r", "git+ssh://git@github.com/o/r.git": "github.com/o/r",
		"git@github.com:o/r.git":                "github.com/o/r",
		"git+ssh://git@gitlab.com:o/g/r.git#v1": "gitlab.com/o/g/r", "https://www.github.com/o/r.git": "github.com/o/r",
		"https://evil.dev/o/r.git": "", "git+ssh://git@evil.dev/github.com/o/r.git": "",
		"git@evil.dev:github.com/o/r": "", "^1.0.0": "", "": "",
		"ftp://github.com/o/r": "", "https://github.com@evil.dev/o/r": "", "gist:4c13a00": "gist.github.com/4c13a00", "o/g/r": "",
	} {
		if got := strings.ToLower(Repository(asked)); got != want {
			t.Errorf("%s is of %q, want %q", asked, got, want)
		}
	}
}
