package registry

import (
	"net/http"
	"testing"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/npm"
)

// A token goes to the address its variable names, the one to publish with to
// -registry, and neither anywhere else.
func TestTokens(t *testing.T) {
	publish, acme, deep := "to-publish", "of-acme", "of-a-folder"
	c := Tokens{
		Registry: "https://npm.corp.example/npm",
		Token:    credential.New(publish),
		Bound: map[string]credential.Secret{
			"//npm.acme.example:4873/": credential.New(acme),
			"//files.example/a/b/":     credential.New(deep),
		},
	}
	const bulk = "-/npm/v1/security/advisories/bulk"
	for _, row := range []struct{ registry, address, want string }{
		{c.Registry, "https://npm.corp.example/npm/" + bulk, publish},
		{c.Registry, "https://npm.corp.example/npmx/" + bulk, ""},
		{c.Registry, "https://npm.corp.example/" + bulk, ""},
		{c.Registry, "http://npm.corp.example/npm/" + bulk, ""},
		{c.Registry, "https://npm.corp.example.evil.example/npm/" + bulk, ""},
		{c.Registry, "https://npm.acme.example:4873/" + bulk, acme},
		{c.Registry, "https://npm.acme.example:4873/some/where/" + bulk, acme},
		{c.Registry, "https://npm.acme.example/" + bulk, ""},
		{c.Registry, "https://files.example/a/b/" + bulk, deep},
		{c.Registry, "https://files.example/a/bc/" + bulk, ""},
		{c.Registry, "https://files.example/a/" + bulk, ""},
		{"https://npm.acme.example:4873", "https://npm.acme.example:4873/" + bulk, acme}, // the narrower one
		{npm.PublicRegistry, npm.PublicRegistry + bulk, ""},                              // it answers everybody alike
		{npm.PublicRegistry[:len(npm.PublicRegistry)-1], npm.PublicRegistry + bulk, ""},
	} {
		c.Registry = row.registry
		req, err := http.NewRequest(http.MethodPost, row.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Authorize(req)
		want := ""
		if row.want != "" {
			want = "Bearer " + row.want
		}
		if got := req.Header.Get("Authorization"); got != want {
			t.Errorf("%s: got %q, want %q", row.address, got, want)
		}
	}
}

func TestMayServe(t *testing.T) {
	listed := []string{"https://npm.acme.example/npm", "http://plain.example/"}
	for address, want := range map[string]bool{
		"https://npm.acme.example/npm":       true,
		"https://npm.acme.example/npm/":      true,
		"https://npm.acme.example/":          false,
		"https://npm.acme.example/npm/x":     false,
		"https://npm.acme.example.evil/npm":  false,
		"https://u:p@npm.acme.example/npm":   false,
		"http://npm.acme.example/npm":        false,
		"http://plain.example/":              false,
		npm.PublicRegistry:                   true,
		"https://NPM.acme.example/npm":       false,
		"https://npm.acme.example/x/../npm/": false,
	} {
		if got := MayServe(address, listed) == nil; got != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
}
