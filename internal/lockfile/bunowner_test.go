package lockfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// What package.json and lockfile disagree about. bun's frozen install refuses what
// is a mismatch, from 1.4 on or always, and takes the rest. The answers are those of
// bun 1.2.23, 1.3.0 and 1.4.5.
func TestBunMismatch(t *testing.T) {
	lock := `{"lockfileVersion":1,"workspaces":{"":{"name":"app","dependencies":{"a":"catalog:","b":"catalog:x"}}},` +
		`"overrides":{"o":"1.0.0"},"catalog":{"a":"^1.0.0","u":"1.0.0"},"catalogs":{"x":{"b":"2.0.0"}},` +
		`"packages":{"a":["a@1.3.0","",{},""],"b":["b@2.0.0","",{"dependencies":{"o":"^3.0.0"}},""],"o":["o@1.0.0","",{},""]}}`
	all := `{"name":"app","dependencies":{"a":"catalog:","b":"catalog:x"},"overrides":{"o":"1.0.0"},` +
		`"workspaces":{"packages":[],"catalog":{"a":"^1.0.0","u":"1.0.0"},"catalogs":{"x":{"b":"2.0.0"}}}}`
	const fits = "; what it holds fits all the same"
	override := func(rng string) string { return "the override of o is " + rng + ", which bun.lock was not made for" }
	made := func(what, name, verb string) string {
		return "bun.lock was made with " + what + " of " + name + ", which package.json does not " + verb
	}
	catalog := func(name, rng string) string {
		return "the catalog entry of " + name + " is " + rng + ", which bun.lock was not made for"
	}
	for _, c := range []struct {
		name, old, new string // in package.json, or with "lock:" in the lockfile
		before, now    string // bun 1.4: what the older take with a word, without it
	}{
		{"agree", "", "", "", ""},
		{"range that still fits", `"b":"catalog:x"`, `"b":"2.0.0"`,
			"drift b is asked for as 2.0.0, which bun.lock was not made for; what it holds, b@2.0.0, fits all the same", "same"},
		{"range", `"b":"catalog:x"`, `"b":"2.0.1"`, "b is asked for as 2.0.1, which bun.lock was not made for", "same"},
		{"override", `"o":"1.0.0"`, `"o":"1.0.1"`, override("1.0.1"), "same"},
		{"override that still fits", `"o":"1.0.0"`, `"o":"^1.0.0"`, "drift " + override("^1.0.0") + fits, override("^1.0.0")},
		{"override in other words", `"o":"1.0.0"`, `"o":" v1.0.0"`, "", ""},
		{"override as npm:", `"o":"1.0.0"`, `"o":"npm:1.0.0"`, "", ""},
		{"override by its own name", `"o":"1.0.0"`, `"o":"npm:o@1.0.0"`, "", ""},
		{"override to another package", `"o":"1.0.0"`, `"o":"npm:p@1.0.0"`, override("npm:p@1.0.0"), "same"},
		{"override more", `"o":"1.0.0"`, `"o":"1.0.0","z":"1.0.0"`, strings.ReplaceAll("drift "+override("1.0.0")+fits, "of o", "of z"),
			strings.ReplaceAll(override("1.0.0"), "of o", "of z")},
		{"override of what is there and does not fit", `"o":"1.0.0"`, `"o":"1.0.0","a":"1.0.0"`,
			strings.ReplaceAll(override("1.0.0"), "of o", "of a"), "same"},
		{"resolution", `"overrides"`, `"resolutions"`, "", ""},
		{"resolution beside overrides", `"overrides"`, `"resolutions":{"o":"9.0.0"},"overrides"`, "", ""},
		{"resolution anywhere", `"overrides":{"o"`, `"resolutions":{"**/o"`, "", ""},
		{"pnpm's", `"overrides"`, `"pnpm":{"overrides":{"o":"9.0.0"}},"overrides"`, "", ""},
		{"reference", `"o":"1.0.0"`, `"o":"1.0.0","a":"$a"`, "drift the override of a is $a, which bun.lock was not made for" + fits,
			"the override of a is $a, which bun.lock was not made for"},
		{"no override that is needed", `"overrides":{"o":"1.0.0"},`, "", made("an override", "o", "set"), "same"},
		{"no override that is not", `lock:"o":"1.0.0"}`, `"o":"1.0.0","z":"1.0.0"}`, "drift " + made("an override", "z", "set"),
			made("an override", "z", "set")},
		{"catalog", `"a":"^1.0.0"`, `"a":"^1.4.0"`, catalog("a", "^1.4.0"), "same"},
		{"catalog that still fits", `"a":"^1.0.0"`, `"a":"^1.1.0"`, "drift " + catalog("a", "^1.1.0") + fits, catalog("a", "^1.1.0")},
		{"catalog in other words", `"a":"^1.0.0"`, `"a":" ^1.0"`, "", ""},
		{"catalog by another operator", `"a":"^1.0.0"`, `"a":">=1.0.0 <2.0.0-0"`,
			"drift " + catalog("a", ">=1.0.0 <2.0.0-0") + fits, catalog("a", ">=1.0.0 <2.0.0-0")},
		{"catalog unused", `"u":"1.0.0"`, `"u":"2.0.0"`, "drift " + catalog("u", "2.0.0") + fits, catalog("u", "2.0.0")},
		{"catalog more", `"u":"1.0.0"`, `"u":"1.0.0","z":"1.0.0"`, "", ""},
		{"catalog less", `,"u":"1.0.0"`, ``, "", made("a catalog entry", "u", "have")},
		{"catalog line that is asked for", `"a":"^1.0.0",`, ``, made("a catalog entry", "a", "have"), "same"},
		{"named catalog", `"x":{"b":"2.0.0"}`, `"x":{"b":"3.0.0"}`, catalog("b", "3.0.0"), "same"},
		{"named catalog more", `"x":{"b"`, `"y":{"z":"1.0.0"},"x":{"b"`, "", ""},
		{"named catalog gone", `,"catalogs":{"x":{"b":"2.0.0"}}`, ``, made("a catalog entry", "b", "have"), "same"},
		{"catalog at the top", `"workspaces":{"packages":[],"catalog":{"a":"^1.0.0","u":"1.0.0"},`,
			`"catalog":{"a":"^1.0.0","u":"1.0.0"},"workspaces":{"packages":[],`, "", ""},
		{"copy outside the catalog's range", `lock:a@1.3.0`, `a@2.2.0`, "a@catalog: is not what bun.lock holds: a@2.2.0", "same"},
		{"catalog line missing", `lock:"x":{"b"`, `"x":{"c"`,
			"b@catalog:x is not what bun.lock holds: b@2.0.0; drift " + catalog("b", "2.0.0") + fits,
			"b@catalog:x is not what bun.lock holds: b@2.0.0; " + made("a catalog entry", "c", "have") + "; " + catalog("b", "2.0.0")},
		{"dependency missing", `lock:"b":["b@2.0.0"`, `"c":["b@2.0.0"`, "b@catalog:x is not in bun.lock", "same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			manifest, lock := all, lock
			if old, inLock := strings.CutPrefix(c.old, "lock:"); inLock {
				lock = changed(t, lock, old, c.new)
			} else if c.old != "" {
				manifest = changed(t, manifest, c.old, c.new)
			}
			told := func(lock, manifest string) string {
				g, err := Parse([]byte(lock), "bun.lock", manifestOf(t, manifest))
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, n := range g.Notes {
					switch {
					case n.Kind == npm.NoteLockDrift:
						got = append(got, "drift "+n.Text)
					case n.Kind == npm.NoteLockMismatch:
						got = append(got, n.Text)
					}
				}
				slices.Sort(got)
				return strings.Join(got, "; ")
			}
			if c.now == "same" {
				c.now = c.before
			}
			if got := told(lock, manifest); got != c.before {
				t.Errorf("bun 1.3:\ngot  %s\nwant %s", got, c.before)
			}
			for _, newer := range []string{told(strings.Replace(lock, ":1,", ":2,", 1), manifest),
				told(lock, strings.Replace(manifest, `{"name"`, `{"packageManager":"bun@1.4.0","name"`, 1))} {
				if newer != c.now {
					t.Errorf("bun 1.4:\ngot  %s\nwant %s", newer, c.now)
				}
			}
		})
	}
}

func changed(t *testing.T, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%s is not in %s", old, text)
	}
	return strings.Replace(text, old, new, 1)
}

// "npm:2.1.3" has a range where an alias has a name: bun 1.4 reads the range.
func TestBunOwnRange(t *testing.T) {
	for _, c := range []struct{ name, locked, manifest string }{
		{"resolution", `"dependencies":{"b":"1"}}},"overrides":{"a":"npm:2.1.3"`, `"dependencies":{"b":"1"},"resolutions":{"a":"npm:2.1.3"}`},
		{"override", `"dependencies":{"b":"1"}}},"overrides":{"a":"npm:2.1.3"`, `"dependencies":{"b":"1"},"overrides":{"a":"npm:2.1.3"}`},
		{"dependency", `"dependencies":{"a":"npm:^2.1.0","b":"npm:1.0.0"}}},"overrides":{"a":"2.1.3"`,
			`"dependencies":{"a":"npm:^2.1.0","b":"npm:1.0.0"},"overrides":{"a":"2.1.3"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			lock := `{"lockfileVersion":2,"workspaces":{"":{"name":"app",` + c.locked +
				`},"packages":{"a":["a@2.1.3","",{},""],"b":["b@1.0.0","",{"dependencies":{"a":"2.1.2"}},""]}}`
			for _, wrong := range []bool{false, true} {
				if wrong { // another copy is still told
					lock = strings.Replace(lock, "a@2.1.3", "a@2.1.4", 1)
				}
				g, err := Parse([]byte(lock), "bun.lock", manifestOf(t, `{"name":"app",`+c.manifest+`}`))
				if err != nil {
					t.Fatal(err)
				}
				if invalid := strings.Contains(kinds(g), "invalid-dependency"); invalid != wrong {
					t.Errorf("a copy that no range admits %t: notes %v", wrong, g.Notes)
				}
			}
		})
	}
}
