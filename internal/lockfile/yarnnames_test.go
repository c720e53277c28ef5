package lockfile

import (
	"slices"
	"strings"
	"testing"
)

// The names of workspace members: a root may ask the registry for what a member
// is called like and is given both; yarn 1 leaves members without a name or a
// version out; yarn 2 and later names those without a name itself, so that two
// folders of one name do not collide.
func TestYarnNames(t *testing.T) {
	const v1 = "# yarn lockfile v1\n\n\na@1.0.0:\n  version \"1.0.0\"\na@2.0.0:\n  version \"2.0.0\"\n"
	const berry = `__metadata:
  version: 8

"a@npm:1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"

"a@workspace:p/x/a":
  version: 0.0.0-use.local
  resolution: "a@workspace:p/x/a"

"a-000001@workspace:p/y/a":
  version: 0.0.0-use.local
  resolution: "a-000001@workspace:p/y/a"
  dependencies:
    a: "npm:1.0.0"

"a-000002@workspace:p/z/a":
  version: 0.0.0-use.local
  resolution: "a-000002@workspace:p/z/a"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:1.0.0"
`
	for _, c := range []struct{ name, lock, want string }{
		{"yarn 1", v1, "a@1.0.0 a@2.0.0 a@9.0.0 app app>a@1.0.0 app>a@9.0.0"},
		{"yarn 4", berry, "a-000001 a-000001>a@1.0.0 a-000002@1.0.0 a@1.0.0 a@9.0.0 app app>a-000001 app>a-000002@1.0.0 app>a@1.0.0 app>a@9.0.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, root := repository(t, map[string]string{
				"p/x/a/package.json": `{"name":"a","version":"9.0.0"}`,
				"p/y/a/package.json": `{"dependencies":{"a":"1.0.0"}}`,
				"p/z/a/package.json": `{"version":"1.0.0"}`,
			})
			manifest := manifestOf(t, `{"name":"app","workspaces":["p/*/*"],"dependencies":{"a":"1.0.0"}}`)
			g, err := ParseInput(Input{Data: []byte(c.lock), File: "yarn.lock", Manifest: manifest, Checkout: NewCheckout(root, "", "")})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range g.Packages {
				got = append(got, p.ID())
				for _, e := range p.Deps {
					got = append(got, p.ID()+">"+e.To.ID())
				}
			}
			slices.Sort(got)
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}
