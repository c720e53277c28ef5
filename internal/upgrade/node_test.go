package upgrade

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// nodes reads "left 1.2.0 >=22" lines: which Node releases are for.
func nodes(t *testing.T, all map[string][]Release, lines ...string) {
	t.Helper()
	for _, line := range lines {
		word := strings.Fields(line)
		for i, r := range all[word[0]] {
			if r.Version.Canonical() == word[1] {
				all[word[0]][i].Node = word[2]
			}
		}
	}
}

// npm passes over a release that is for a newer Node than the one it is run by, as
// long as the range has another: no update is promised there.
func TestPlanOfNode(t *testing.T) {
	raised := "raise left 1.2.0 [package.json dependencies > left: ^1.2.0] -left@1.0.0"
	update := "update left 1.2.0 `npm update left` -left@1.0.0"
	note := "left 1.2.0 is for Node >=22, and package.json admits >=20.0.0: raise `engines`, too, or older ones get what is not for them"
	for _, tt := range []struct{ ours, theirs, installed, want, note string }{
		{">=20.0.0", ">=22", "", raised, note},
		{">=22.1.0", ">=22", "", update, ""},
		{"", ">=22", "", update, ""},
		{"", ">=22", ">=18", raised, ""},
		{"", ">=22", ">=22.2", update, ""},
		{">=20", "", "", update, ""},
		{">=20", "new", "", update, ""},
	} {
		in := input{tree: []string{"root > left@1.0.0  ^1.0.0"}, records: []string{"left 0 1.2.0"},
			releases: []string{"left 1.0.0", "left 1.2.0"}}
		in.more = `, "engines": {"node": "` + tt.ours + `"}`
		_, made := plan(t, in)
		made.Releases["left"][1].Node, made.Graph.Packages[1].Engines = tt.theirs, tt.installed
		p := Make(made)
		compare(t, p, []string{tt.want})
		if got := strings.Join(p.Steps[0].Notes, "; "); got != tt.note {
			t.Errorf("ours %q, theirs %q: notes %q", tt.ours, tt.theirs, got)
		}
	}
}

// A dependent's release for a newer Node than package.json admits is no way out.
func TestPlanOfDependentsForNewerNode(t *testing.T) {
	deep := []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	in := input{tree: deep, records: []string{"left 0 2.0.0"}, releases: []string{"left 1.0.0", "left 2.0.0",
		"left 2.1.0", "mid 1.0.0: left ^1.0.0", "mid 1.1.0: left ^2.0.0"}}
	override := func(to string) string {
		return "override left " + to + " [package.json overrides > left: " + to + "] -left@1.0.0"
	}
	update := "update mid 1.1.0 `npm update mid` -left@1.0.0 unverified"
	for _, tt := range []struct {
		ours  string
		nodes []string
		want  string
	}{
		{">=22", []string{"mid 1.1.0 >=22"}, update},
		{">=20", []string{"mid 1.1.0 >=22"}, override("2.0.0")},
		{">=20", []string{"mid 1.1.0 >=22", "left 2.0.0 >=22"}, override("2.1.0")},
		{">=20", []string{"mid 1.1.0 >=22", "left 2.0.0 >=22", "left 2.1.0 >=22"}, override("2.0.0")},
	} {
		in.more = `, "engines": {"node": "` + tt.ours + `"}`
		_, made := plan(t, in)
		nodes(t, made.Releases, tt.nodes...)
		compare(t, Make(made), []string{tt.want})
	}
}

// What npm takes of a range when it is run by Node 20.
func TestPick(t *testing.T) {
	list := releases("left 1.0.0", "left 1.1.0 deprecated", "left 1.2.0", "left 1.3.0")
	for _, tt := range []struct {
		manager, nodes, want string
	}{
		{"npm", "", "1.3.0"},
		{"npm", "left 1.3.0 >=22", "1.2.0"},
		{"npm", "left 1.0.0 >=22,left 1.2.0 >=22,left 1.3.0 >=22", "1.1.0"}, // deprecated, and for this Node
		{"npm", "left 1.0.0 >=22,left 1.1.0 >=22,left 1.2.0 >=22,left 1.3.0 >=22", "1.3.0"},
		{"pnpm", "left 1.3.0 >=22", "1.3.0"},
		{"yarn", "left 1.3.0 >=22", "1.3.0"},
	} {
		_, in := plan(t, input{manager: tt.manager, lock: "3", tree: []string{"root > left@1.0.0  ^1.0.0"},
			more: `, "engines": {"node": ">=20"}`})
		all := map[string][]Release{"left": append([]Release{}, list["left"]...)}
		if tt.nodes != "" {
			nodes(t, all, strings.Split(tt.nodes, ",")...)
		}
		r, ok := newMaker(in).pick(all["left"], "^1.0.0")
		want, err := npm.ParseVersion(tt.want)
		if err != nil || !ok || r.Version.Compare(want) != 0 {
			t.Errorf("%s, %q: %s, want %s", tt.manager, tt.nodes, r.Version, tt.want)
		}
	}
}
