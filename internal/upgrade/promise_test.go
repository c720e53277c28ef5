package upgrade

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// No override reaches those who install the published package.
func TestPlanOfConsumers(t *testing.T) {
	ended := "override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"
	part := "override left 2.0.0 [package.json overrides > left: 2.0.0] ~left@1.0.0 unverified"
	left2 := []string{"left 0 2.0.0"}
	deep := func(edge string) []string {
		return []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  " + edge}
	}
	for _, tt := range []struct {
		name      string
		in        input
		published bool
		kind      npm.EdgeKind // of what the root depends on
		want      string
	}{
		{"a private package has none", input{tree: deep("^1.0.0"), records: left2}, false, npm.EdgeProd, ended},
		{"every version that is asked for is affected", input{tree: deep("^1.0.0"), records: left2}, true, npm.EdgeProd, part},
		{"an exact one", input{tree: deep("1.0.0"), records: left2}, true, npm.EdgeOptional, part},
		{"yarn", input{manager: "yarn", lock: "1", tree: deep("^1.0.0"), records: left2}, true, npm.EdgeProd,
			strings.Replace(part, "overrides", "resolutions", 1)},
		{"for development", input{tree: deep("^1.0.0"), records: left2}, true, npm.EdgeDev, ended},
		{"an advisory that leaves some of the range out", input{tree: deep("^1.0.0"),
			records: []string{"left 0 1.5.0", "left 1.6.0 2.0.0"}}, true, npm.EdgeProd,
			"override left 1.5.0 [package.json overrides > left: 1.5.0] -left@1.0.0"},
		{"a peer, which the consumer chooses", input{tree: deep("^1.0.0 peer"), records: left2}, true, npm.EdgeProd, ended},
		{"of a peer", input{tree: deep("^1.0.0"), records: left2}, true, npm.EdgePeer, ended},
		{"within the range", input{tree: deep("^1.0.0"), records: []string{"left 0 1.2.0"}}, true, npm.EdgeProd,
			"update left 1.2.0 `npm update left` -left@1.0.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.published = tt.published
			_, in := plan(t, tt.in)
			in.Graph.Root.Deps[0].Kind = tt.kind
			if tt.kind == npm.EdgePeer {
				in.Graph.Packages[1].Scope = npm.Peer
			}
			p := Make(in)
			compare(t, p, []string{tt.want})
			why := "and whoever installs this package gets that: an override helps in this checkout alone"
			if said := strings.Contains(strings.Join(p.Steps[0].Notes, " "), why); said != (len(p.Steps[0].Part) > 0) {
				t.Errorf("notes %q", p.Steps[0].Notes)
			}
			if said := strings.Contains(p.Advice("left", "1.0.0", "mid"), why); said != (len(p.Steps[0].Part) > 0) {
				t.Error(p.Advice("left", "1.0.0", "mid"))
			}
		})
	}
}

// A shrinkwrap is published, and npm up to 11 alone installs from it.
func TestPlanOfShrinkwrap(t *testing.T) {
	_, in := plan(t, input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"},
		records: []string{"left 0 2.0.0"}, published: true})
	for file, want := range map[string]string{
		"npm-shrinkwrap.json": "of those who install this package only npm up to 11 reads npm-shrinkwrap.json, where the override holds: " +
			"npm 12, pnpm, yarn and bun install what is asked for",
		"package-lock.json": "whoever installs this package gets that: an override helps in this checkout alone",
		// of the workspace
		"../../npm-shrinkwrap.json": "whoever installs this package gets that: an override helps in this checkout alone",
	} {
		in.Graph.Lockfile = file
		p := Make(in)
		if s := p.Steps[0]; len(s.Part) != 1 || !strings.Contains(strings.Join(s.Notes, " "), "mid@1.0.0 asks for left ^1.0.0, and "+want) {
			t.Errorf("%s: %s, notes %q", file, shown(s), s.Notes)
		}
		if advice := p.Advice("left", "1.0.0", "mid"); !strings.Contains(advice, want) {
			t.Errorf("%s: %s", file, advice)
		}
	}
}

// Of npm's overrides one for everybody is the surest.
func TestPlanWidens(t *testing.T) {
	left2 := []string{"left 0 2.0.0"}
	base := []string{"root > left@1.0.0  ^1.0.0", "root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	raise := "raise left 2.0.0 [package.json dependencies > left: ^2.0.0] -left@1.0.0"
	over := func(key, value string) string {
		return "override left 2.0.0 [package.json overrides > " + key + ": " + value + "] -left@1.0.0"
	}
	for _, tt := range []struct {
		name string
		in   input
		want []string
	}{
		{"the root asks for it, too", input{tree: base, records: left2}, []string{raise, over("left", "$left")}},
		{"another copy is to stay", input{tree: append(base, "root > new@1.0.0  ^1.0.0", "new@1.0.0 > left@3.0.0  ^3.0.0"),
			records: left2}, []string{raise, over("left@^1.0.0", "2.0.0")}},
		{"another copy is to stay, asked for as widely",
			input{tree: append(base, "root > new@1.0.0  ^1.0.0", "new@1.0.0 > left@3.0.0  >=1.0.0"), records: left2},
			[]string{raise, over("mid > left@^1.0.0", "2.0.0")}},
		{"another copy is within the range",
			input{tree: append(base, "root > new@1.0.0  ^1.0.0", "new@1.0.0 > left@2.5.0  ^2.0.0"), records: left2},
			[]string{raise, over("left", "$left")}},
		{"several versions, one target", input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@0.9.0  ^0.9.0",
			"root > low@1.0.0  ^1.0.0", "low@1.0.0 > left@1.0.0  ^1.0.0"}, records: left2},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@0.9.0 -left@1.0.0"}},
		{"several versions, several targets",
			input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@0.9.0  ~0.9.0", "root > low@1.0.0  ^1.0.0",
				"low@1.0.0 > left@1.0.0  ~1.0.0"}, records: []string{"left 0 0.10.0", "left 1.0.0 2.0.0"}},
			[]string{"override left 0.10.0 [package.json overrides > left@~0.9.0: 0.10.0] -left@0.9.0",
				"override left 2.0.0 [package.json overrides > left@~1.0.0: 2.0.0] -left@1.0.0"}},
		{"the newer copy of another is kept by a caret",
			input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0", "root > low@1.0.0  ^1.0.0",
				"low@1.0.0 > left@2.5.0  >=1.0.0"}, records: left2},
			[]string{over("left", "^2.0.0")}},
		{"the newest in that caret is affected again",
			input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0", "root > low@1.0.0  ^1.0.0",
				"low@1.0.0 > left@2.5.0  >=1.0.0"}, records: append([]string{"left 2.6.0"}, left2...)},
			[]string{over("mid > left@^1.0.0", "2.0.0")}},
		{"a manager that has no such word", input{manager: "yarn", lock: "8", tree: base, records: left2},
			[]string{raise, over("mid/left", "2.0.0")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, tt.in)
			if tt.in.manager == "yarn" {
				for i := range tt.want {
					tt.want[i] = strings.Replace(tt.want[i], "overrides >", "resolutions >", 1)
				}
			}
			compare(t, p, tt.want)
		})
	}
	// The root's own is not raised: what it asks for cannot be overridden.
	p, _ := plan(t, input{tree: []string{"root > left@1.0.0  beta", "root > mid@1.0.0  ^1.0.0",
		"mid@1.0.0 > left@1.0.0  ^1.0.0"}, records: left2})
	if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.New == "$left" || len(s.Removes) > 0 && s.Do < Remove }) {
		t.Errorf("%+v", p.Steps)
	}
}

// pnpm resolves everything anew for an override or an update: what the registry no
// longer has is then refused.
func TestPlanOfVanished(t *testing.T) {
	in := input{manager: "pnpm", lock: "6.0", tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  1.0.0"},
		records:  []string{"left 0 2.0.0"},
		releases: []string{"left 1.0.0", "left 2.0.0", "mid 0.9.0: left ^1.0.0"}}
	step := "override left 2.0.0 [package.json pnpm > overrides > left: 2.0.0] "
	p, _ := plan(t, in)
	compare(t, p, []string{step + "~left@1.0.0 unverified"})
	want := "the registry has no release of mid that is ^1.0.0: pnpm resolves everything anew for this and refuses that, " +
		"so ask for another mid first"
	if !slices.Contains(p.Steps[0].Notes, want) {
		t.Errorf("notes %q", p.Steps[0].Notes)
	}
	update := in
	update.records = []string{"left 0 1.5.0"}
	update.releases = []string{"left 1.0.0", "left 1.5.0", "mid 0.9.0: left ^1.0.0"}
	update.tree = []string{"root > mid@1.0.0  ^1.0.0", "root > left@1.0.0  ^1.0.0"}
	p, _ = plan(t, update)
	compare(t, p, []string{"update left 1.5.0 `pnpm update --depth Infinity left` ~left@1.0.0 unverified"})
	in.releases[2] = "mid 1.0.0: left 1.0.0"
	p, _ = plan(t, in)
	compare(t, p, []string{step + "-left@1.0.0"})
	in.tree = append(in.tree, "root > other@1.0.0  ^1.0.0")
	p, _ = plan(t, in)
	if !slices.Equal(p.Wants, []string{"other"}) {
		t.Errorf("whether all is there is not wanted: %q", p.Wants)
	}
	// npm resolves anew only what an override is about.
	in.manager, in.lock, in.releases[2] = "npm", "3", "mid 0.9.0: left ^1.0.0"
	p, _ = plan(t, in)
	compare(t, p, []string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"})
}
