package publish_test

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
)

// The repository that provenance names has to be the one in package.json, as npm
// writes it, in letter case too.
func TestSource(t *testing.T) {
	for repository, good := range map[string]bool{
		`"acme/demo"`:                          true,
		`"github:acme/demo"`:                   true,
		`"https://github.com/acme/demo"`:       true,
		`"git@github.com:acme/demo.git"`:       true,
		`"git://github.com/acme/demo.git"`:     true,
		`"https://github.com/acme/demo.git#x"`: true,
		`{"type":"git","url":"git+https://github.com/acme/demo.git","directory":"packages/a"}`: true,
		`"Acme/demo"`:                                 false,
		`"acme/demo2"`:                                false,
		`"gitlab:acme/demo"`:                          false,
		`"https://example.com/acme/demo"`:             false,
		`"https://github.com.evil.example/acme/demo"`: false,
		`""`:   false,
		`null`: false,
		`{}`:   false,
	} {
		ball := pack(t, map[string]string{"package.json": `{"name":"@acme/demo","version":"1.0.0","repository":` + repository + `}`})
		p, err := publish.New(ball, publish.Options{Registry: there})
		if err != nil {
			t.Fatal(repository, err)
		}
		refused := p.Source("https://github.com/acme/demo")
		if (refused == nil) != good {
			t.Errorf("%s: %v", repository, refused)
		}
		if refused != nil && (refused.Misuse() || !strings.Contains(refused.Error(), "git+https://github.com/acme/demo.git")) {
			t.Errorf("%s: %v", repository, refused)
		}
	}
}
