package lockfile

import (
	"strings"
	"testing"
)

// Oddities of one line each: what the graph then holds.
func TestPnpmOdd(t *testing.T) {
	tarball := func(address string) string {
		return strings.Replace(pnpmOne, "{integrity: sha512-AAAA}", "{integrity: sha512-AAAA, tarball: '"+address+"'}", 1)
	}
	for _, c := range []struct{ name, manifest, lock, want string }{
		{"address of another package", oneDep, tarball("https://registry.npmjs.org/evil/-/evil-1.2.0.tgz"),
			"note name-mismatch pnpm-lock.yaml:18:3 the entry is a but its address serves evil"},
		{"address of another version", oneDep, tarball("https://registry.npmjs.org/a/-/a-6.6.6.tgz"),
			"note version-mismatch pnpm-lock.yaml:18:3 the entry is a@1.2.0 but its address serves version 6.6.6"},
		{"address of any host", oneDep, tarball("//evil.example.com/a/-/a-1.2.0.tgz"), "\"a@1.2.0\" a@1.2.0 source=3"},
		{"address within a registry", oneDep, tarball("/a/-/a-1.2.0.tgz"), "\"a@1.2.0\" a@1.2.0 source=1 scope=prod integrity 18:3"},
		{"of another package", oneDep, tarball("evil/-/evil-1.2.0.tgz"),
			"note name-mismatch pnpm-lock.yaml:18:3 the entry is a but its address serves evil"},
		{"slashes of version 7", oneDep, strings.ReplaceAll(strings.Replace(pnpmOne, "9.0", "7.0", 1), "  a@1.2.0:", "  /a@1.2.0:"),
			`prod a@^1.0.0 to "/a@1.2.0" valid=true`},
		{"link left out", `{"dependencies":{"a":"^1.0.0","l":"link:../l"}}`, strings.Replace(pnpmOne, "importers:",
			"settings:\n  excludeLinksFromLockfile: true\n\nimporters:", 1),
			`prod l@link:../l to "../l" valid=true`},
		{"nothing needs it", `{"dependencies":{"a":"^1.0.0"}}`,
			strings.Replace(strings.Replace(pnpmOne, "  a@1.2.0:\n    resolution",
				"  b@1.0.0:\n    resolution: {integrity: sha512-AAAA}\n\n  a@1.2.0:\n    resolution", 1), "  a@1.2.0: {}",
				"  a@1.2.0: {}\n\n  b@1.0.0: {}", 1),
			"note extraneous pnpm-lock.yaml:23:3 nothing needs b@1.0.0"},
	} {
		g, err := Parse([]byte(c.lock), "pnpm-lock.yaml", manifestOf(t, c.manifest))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := dump(g); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %s in\n%s", c.name, c.want, got)
		}
	}
	twice := strings.Replace(pnpmOne, "a@1.2.0: {}", "a@1.2.0:\n    dependencies:\n      a: 1.2.0\n"+
		"    optionalDependencies:\n      a: 1.2.0", 1)
	g, err := Parse([]byte(twice), "pnpm-lock.yaml", manifestOf(t, oneDep))
	if err != nil || len(g.Packages[1].Deps) != 1 {
		t.Errorf("a name in two fields has not one edge: %v", err)
	}
}
