package npm_test

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// The token of one registry is found, and no other's.
func TestAuthToken(t *testing.T) {
	secret := strings.Repeat("s3cret", 4) // no real one
	line := func(place string) string { return place + ":_authToken=" + secret + "\n" }
	for name, c := range map[string]struct {
		npmrc, address string
		found, bad     bool
	}{
		"its own":           {line("//registry.npmjs.org/"), "https://registry.npmjs.org/", true, false},
		"without the slash": {line("//registry.npmjs.org"), "https://registry.npmjs.org/", true, false},
		"of the host":       {line("//npm.acme.example/"), "https://npm.acme.example/team/npm/", true, false},
		"of the path":       {line("//npm.acme.example/team/"), "https://npm.acme.example/team/npm/", true, false},
		"of a port":         {line("//127.0.0.1:4873/"), "http://127.0.0.1:4873/", true, false},
		"quoted":            {`"//registry.npmjs.org/:_authToken" = "` + secret + `"`, "https://registry.npmjs.org/", true, false},
		"the last counts":   {"//r.example/:_authToken=other\n" + line("//r.example/"), "https://r.example/", true, false},
		"another host":      {line("//registry.npmjs.org.evil.example/"), "https://registry.npmjs.org/", false, false},
		"another path":      {line("//npm.acme.example/team/npm2/"), "https://npm.acme.example/team/npm/", false, false},
		"another port":      {line("//127.0.0.1:4874/"), "http://127.0.0.1:4873/", false, false},
		"of no place":       {"_authToken=" + secret, "https://registry.npmjs.org/", false, false},
		"of any place":      {line("//"), "https://registry.npmjs.org/", false, false},
		"a comment": {"; " + line("//registry.npmjs.org/") + "#" + line("//registry.npmjs.org/"), "https://registry.npmjs.org/",
			false, false},
		"a password":       {"//registry.npmjs.org/:_password=" + secret, "https://registry.npmjs.org/", false, false},
		"of a variable":    {"//registry.npmjs.org/:_authToken=${NPM_TOKEN}", "https://registry.npmjs.org/", false, true},
		"of another place": {"//r.example/:_authToken=${X}\n" + line("//registry.npmjs.org/"), "https://registry.npmjs.org/", true, false},
	} {
		token, err := npm.AuthToken([]byte(c.npmrc), c.address)
		if (token == secret) != c.found || !c.found && token != "" || (err != nil) != c.bad {
			t.Errorf("%s: %q, %v", name, token, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the token", name)
		}
	}
}

// FuzzAuthToken: a token is one line of the file, for this registry.
func FuzzAuthToken(f *testing.F) {
	f.Add("//registry.npmjs.org/:_authToken=x\n")
	f.Add("\ufeff\"//registry.npmjs.org/a/:_authToken\" = 'x' ; y\r\n//registry.npmjs.org:_authToken=${X}")
	f.Fuzz(func(t *testing.T, npmrc string) {
		for _, address := range []string{"https://registry.npmjs.org/", "https://registry.npmjs.org/a/b/"} {
			token, err := npm.AuthToken([]byte(npmrc), address)
			if err != nil && token != "" || strings.Contains(token, "\n") || !strings.Contains(npmrc, token) ||
				token != "" && !strings.Contains(npmrc, "//registry.npmjs.org") {
				t.Errorf("%q, %v of %q", token, err, npmrc)
			}
		}
	})
}
