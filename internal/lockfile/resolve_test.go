package lockfile

import (
	"fmt"
	"testing"
)

// Edges end where Node would find the package.
func TestResolution(t *testing.T) {
	for _, c := range []struct{ name, entries, from, want string }{
		{"own copy first",
			`"node_modules/a":{"version":"1.0.0","dependencies":{"b":"*"}},"node_modules/a/node_modules/b":{"version":"1.0.0"},` +
				`"node_modules/b":{"version":"2.0.0"}`,
			"node_modules/a", "[b node_modules/a/node_modules/b true]"},
		{"then upward", `"node_modules/a":{"version":"1.0.0"},"node_modules/a/node_modules/c":{"version":"1.0.0",` +
			`"dependencies":{"b":"*"}},"node_modules/b":{"version":"2.0.0"}`,
			"node_modules/a/node_modules/c", "[b node_modules/b true]"},
		{"never sideways",
			`"node_modules/a":{"version":"1.0.0","dependencies":{"b":"*"}},"node_modules/c":{"version":"1.0.0"},` +
				`"node_modules/c/node_modules/b":{"version":"2.0.0"}`,
			"node_modules/a", "[b  false]"},
		{"scoped", `"node_modules/@s/a":{"version":"1.0.0","dependencies":{"@s/b":"*"}},` +
			`"node_modules/@s/a/node_modules/@s/b":{"version":"1.0.0"}`,
			"node_modules/@s/a", "[@s/b node_modules/@s/a/node_modules/@s/b true]"},
		{"a folder outside does not see inside",
			`"../a":{"version":"1.0.0","dependencies":{"b":"*"}},"node_modules/a":{"link":true,"resolved":"../a"},` +
				`"node_modules/b":{"version":"2.0.0"}`,
			"../a", "[b  false]"},
		{"what is installed has no dev edges",
			`"node_modules/a":{"version":"1.0.0","devDependencies":{"b":"*"}},"node_modules/b":{"version":"2.0.0"}`,
			"node_modules/a", ""},
		{"a member has", `"packages/a":{"version":"1.0.0","devDependencies":{"b":"*"}},"node_modules/a":{"link":true,` +
			`"resolved":"packages/a"},"node_modules/b":{"version":"2.0.0"}`,
			"packages/a", "[b node_modules/b true]"},
		{"a peer of one's own", `"node_modules/a":{"version":"1.0.0","peerDependencies":{"b":"*"}},` +
			`"node_modules/a/node_modules/b":{"version":"2.0.0"}`,
			"node_modules/a", "[b node_modules/a/node_modules/b false]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Parse([]byte(`{"lockfileVersion":3,"packages":{`+c.entries+`}}`), "package-lock.json", manifestOf(t, `{}`))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range g.Packages {
				if p.Location != c.from {
					continue
				}
				for _, e := range p.Deps {
					to := ""
					if e.To != nil {
						to = e.To.Location
					}
					got += fmt.Sprint([]any{e.Name, to, e.Valid})
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
