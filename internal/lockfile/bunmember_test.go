package lockfile

import (
	"strings"
	"testing"
)

// A member whose name another package has in node_modules, as bun 1.3 locks it:
// what it is given stands behind the links to it alone, and one that nobody asks
// for is left out. Version 2 is in testdata/bun/v2-names.
func TestBunDisplacedInVersion1(t *testing.T) {
	entry := func(id string) string { return `["` + id + `","",{},""]` }
	members := `"p/m":{"name":"m","version":"9.0.0","dependencies":{"x":"2"}},"p/u":{"name":"u"%s}`
	packages := `"m":` + entry("m@1.0.0") + `,"x":` + entry("x@1.0.0") + `,"u":["u@workspace:p/u"]%s`
	for _, c := range []struct{ name, asks, behind, want string }{
		{"asked for", `,"dependencies":{"m":"workspace:*"}`, `,"u/m":["m@workspace:p/m"],"u/m/x":` + entry("x@2.0.0"),
			"p/m > p/m/node_modules/x true"},
		{"asked for, the root's copy fits", `,"dependencies":{"m":"workspace:*"}`,
			`,"u/m":["m@workspace:p/m"],"u/m/x":` + entry("x@1.0.0"), "p/m > node_modules/x false"},
		{"asked for by nobody", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			lock := `{"lockfileVersion":1,"workspaces":{"":{"name":"app","dependencies":{"m":"1","x":"1"}},` +
				strings.Replace(members, "%s", c.asks, 1) + `},"packages":{` + strings.Replace(packages, "%s", c.behind, 1) + `}}`
			g, err := Parse([]byte(lock), "bun.lock", manifestOf(t, `{"name":"app","workspaces":["p/*"],"dependencies":{"m":"1","x":"1"}}`))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range g.Packages {
				for _, e := range p.Deps {
					if p.Location == "p/m" {
						got += p.Location + " > " + e.To.Location + map[bool]string{true: " true", false: " false"}[e.Valid]
					}
					if p == g.Root && e.Name == "m" && e.Kind.String() == "prod" && e.To.Location != "node_modules/m" {
						t.Errorf("the root is given %s", e.To.Location)
					}
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
