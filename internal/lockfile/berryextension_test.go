package lockfile

import (
	"strings"
	"testing"
)

// yarn's own table gives packages what they forgot to declare, in the versions
// that its line is about, and so does .yarnrc.yml; what the package declares
// itself and what the lockfile lacks is left as it is.
func TestYarnExtensions(t *testing.T) {
	if n := len(yarnExtensions()); n < 120 {
		t.Fatalf("extensions of %d packages: the table is not whole", n)
	}
	entry := func(name, version, more string) string {
		return "\n\"" + name + "@npm:" + version + "\":\n  version: " + version + "\n  resolution: \"" + name + "@npm:" + version + "\"\n" + more
	}
	const types = "\n\"@types/keyv@npm:^3.1.1\":\n  version: 3.1.4\n  resolution: \"@types/keyv@npm:3.1.4\"\n" +
		"\n\"@types/responselike@npm:^1.0.0\":\n  version: 1.0.3\n  resolution: \"@types/responselike@npm:1.0.3\"\n"
	for _, c := range []struct{ name, version, lock, rc, want string }{
		{"in the table", "9.6.0", entry("got", "9.6.0", "") + types, "", "@types/responselike @types/keyv"},
		{"a prerelease counts as its release", "10.0.0-beta.1", entry("got", "10.0.0-beta.1", "") + types, "", "@types/responselike @types/keyv"},
		{"not of this version", "11.0.0", entry("got", "11.0.0", "") + types, "", ""},
		{"declared by the package", "9.6.0", entry("got", "9.6.0", "  dependencies:\n    \"@types/keyv\": ^3.1.1\n") + types,
			"", "@types/keyv @types/responselike"},
		{"a yarn without the line", "9.6.0", entry("got", "9.6.0", ""), "", ""},
		{"of .yarnrc.yml", "11.0.0", entry("got", "11.0.0", "") + types,
			"packageExtensions:\n  \"got@*\":\n    dependencies:\n      \"@types/keyv\": ^3.1.1\n", "@types/keyv"},
		{"a peer of .yarnrc.yml", "11.0.0", entry("got", "11.0.0", "") + entry("peer", "1.0.0", ""),
			"packageExtensions:\n  got@11:\n    peerDependencies:\n      peer: \"*\"\n", "peer"},
		{"a peer that only the meta field names", "11.0.0", entry("got", "11.0.0", "") + entry("peer", "1.0.0", ""),
			"packageExtensions:\n  got@11:\n    peerDependenciesMeta:\n      peer:\n        optional: true\n", "peer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, root := repository(t, map[string]string{".yarnrc.yml": c.rc})
			lock := "__metadata:\n  version: 8\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n" + c.lock
			manifest := `{"name":"app","dependencies":{"got":"` + c.version + `"`
			if strings.Contains(lock, "peer@") {
				manifest += `,"peer":"1.0.0"`
			}
			g, err := ParseInput(Input{Data: []byte(lock), File: "yarn.lock", Manifest: manifestOf(t, manifest+`}}`),
				Checkout: NewCheckout(root, "", "")})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range g.Packages {
				if p.Name == "got" {
					for _, e := range p.Deps {
						got = append(got, e.To.Name)
					}
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got is given %q, want %q", s, c.want)
			}
		})
	}
}
