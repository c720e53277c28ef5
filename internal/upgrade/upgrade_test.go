package upgrade

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestPlan(t *testing.T) {
	deep := []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	left2 := []string{"left 0 2.0.0"}
	tests := []struct {
		name string
		in   input
		want []string
	}{
		{"in range", input{tree: deep, records: []string{"left 0 1.2.0"}}, []string{"update left 1.2.0 `npm update left` -left@1.0.0"}},
		{"in range, pnpm", input{manager: "pnpm", lock: "9.0", tree: deep, records: []string{"left 0 1.2.0"}},
			[]string{"update left 1.2.0 `pnpm update --depth Infinity left` -left@1.0.0"}},
		{"in range, yarn", input{manager: "yarn", lock: "8", tree: deep, records: []string{"left 0 1.2.0"}},
			[]string{"update left 1.2.0 `yarn up -R left` -left@1.0.0"}},
		{"in range, yarn's way of writing", input{manager: "yarn", lock: "8", tree: []string{"root > mid@1.0.0  npm:^1.0.0",
			"mid@1.0.0 > left@1.0.0  npm:^1.0.0"}, records: []string{"left 0 1.2.0"}}, []string{"update left 1.2.0 `yarn up -R left` -left@1.0.0"}},
		{"out of range, yarn's way of writing", input{manager: "yarn", lock: "8",
			tree:    []string{"root > mid@1.0.0  npm:^1.0.0", "mid@1.0.0 > left@1.0.0  npm:^1.0.0"},
			records: []string{"left 0 2.0.0"}}, []string{"override left 2.0.0 [package.json resolutions > left: 2.0.0] -left@1.0.0"}},
		{"in range, yarn 1", input{manager: "yarn", lock: "1", tree: deep, records: []string{"left 0 1.2.0"}},
			[]string{"update left 1.2.0 `yarn install` -left@1.0.0"}},
		{"in range, bun", input{manager: "bun", lock: "1", tree: deep, records: []string{"left 0 1.2.0"}},
			[]string{"override left 1.2.0 [package.json overrides > left: 1.2.0] -left@1.0.0"}},
		{"direct, in range", input{tree: []string{"root > left@1.0.0  ^1.0.0"}, records: []string{"left 0 1.2.0"}},
			[]string{"update left 1.2.0 `npm update left` -left@1.0.0"}},
		{"direct, exact", input{tree: []string{"root > left@1.0.0  1.0.0"}, records: []string{"left 0 1.2.0"}},
			[]string{"raise left 1.2.0 [package.json dependencies > left: 1.2.0] -left@1.0.0"}},
		{"direct, tilde", input{tree: []string{"root > left@1.0.0  ~1.0.0"}, records: []string{"left 0 1.2.0"}},
			[]string{"raise left 1.2.0 [package.json dependencies > left: ~1.2.0] -left@1.0.0"}},
		{"direct, major", input{tree: []string{"root > left@1.0.0  ^1.0.0"}, records: left2},
			[]string{"raise left 2.0.0 [package.json dependencies > left: ^2.0.0] -left@1.0.0"}},
		{"alias", input{tree: []string{"root > left@1.0.0  l: npm:left@^1.0.0"}, records: left2},
			[]string{"raise left 2.0.0 [package.json dependencies > l: npm:left@^2.0.0] -left@1.0.0"}},
		{"two advisories, one change", input{tree: deep, records: []string{"left 0 1.2.0", "left 0 1.3.0"}},
			[]string{"update left 1.3.0 `npm update left` -left@1.0.0"}},
		{"fixed here, affected there", input{tree: deep, records: []string{"left 0 1.2.0", "left 1.2.0 1.4.0"}},
			[]string{"update left 1.4.0 `npm update left` -left@1.0.0"}},
		{"the newest in range is affected", input{tree: deep, records: []string{"left 0 1.2.0", "left 1.5.0 2.0.0"}},
			[]string{"override left 1.2.0 [package.json overrides > left: 1.2.0] -left@1.0.0"}},
		{"the only clean one is older than what is asked for", input{tree: []string{"root > left@0.5.0  ^3.1.0"},
			records: []string{"left 0 1.0.0", "left 3.0.0"}}, []string{"none left -left@0.5.0"}},
		{"a tag", input{tree: []string{"root > left@1.0.0  beta"}, records: left2}, []string{"none left -left@1.0.0"}},
		{"no fix", input{tree: deep, records: []string{"left 0"}}, []string{"none left -left@1.0.0"}},
		{"malware", input{tree: deep, records: []string{"left =1.0.0 MAL"}}, []string{"remove left -left@1.0.0"}},
		{"nothing asks for it", input{tree: []string{"left@1.0.0"}, records: left2},
			[]string{"prune left `npm prune --package-lock-only` -left@1.0.0"}},

		{"override", input{tree: deep, records: left2}, []string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"override, pnpm 9", input{manager: "pnpm", lock: "9.0", tree: deep, records: left2,
			more: `, "packageManager": "pnpm@9.1.0"`}, []string{"override left 2.0.0 [package.json pnpm > overrides > left: 2.0.0] -left@1.0.0"}},
		{"override, pnpm 8", input{manager: "pnpm", lock: "6.0", tree: deep, records: left2},
			[]string{"override left 2.0.0 [package.json pnpm > overrides > left: 2.0.0] -left@1.0.0"}},
		{"override, pnpm 10", input{manager: "pnpm", lock: "9.0", tree: deep, records: left2,
			more: `, "packageManager": "pnpm@10.1.0"`}, []string{"override left 2.0.0 [pnpm-workspace.yaml overrides > left: 2.0.0] -left@1.0.0"}},
		{"override, yarn", input{manager: "yarn", lock: "1", tree: deep, records: left2},
			[]string{"override left 2.0.0 [package.json resolutions > left: 2.0.0] -left@1.0.0"}},
		{"override, bun", input{manager: "bun", lock: "1", tree: deep, records: left2},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"override that is there", input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^2.0.0"},
			records: left2, more: `, "overrides": {"left": "1.0.0"}`},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"nested override that is there", input{tree: deep, records: left2, more: `, "overrides": {"mid": {"left": "1.0.0"}}`},
			[]string{"none left -left@1.0.0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, tt.in)
			compare(t, p, tt.want)
		})
	}
}

// One dependent is stuck, another copy is to stay as it is.
func TestPlanNested(t *testing.T) {
	two := []string{"root > mid@1.0.0  ^1.0.0", "root > new@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0",
		"new@1.0.0 > left@3.0.0  >=1.0.0"}
	twice := append(two, "new@1.0.0 > mid@2.0.0  ^2.0.0", "mid@2.0.0 > left@3.0.0  ^3.0.0")
	tests := []struct {
		name, manager, lock string
		tree                []string
		want                string
	}{
		{"npm", "npm", "3", two, "[package.json overrides > mid > left@^1.0.0: 2.0.0] -left@1.0.0"},
		{"npm, two versions above", "npm", "3", twice, "[package.json overrides > mid@^1.0.0 > left@^1.0.0: 2.0.0] -left@1.0.0"},
		{"npm, the root asks for it too", "npm", "3", []string{"root > left@3.0.0  ^3.0.0", "root > mid@1.0.0  ^1.0.0",
			"mid@1.0.0 > left@1.0.0  ^1.0.0"}, "[package.json overrides > left@^1.0.0: 2.0.0] -left@1.0.0"},
		{"pnpm", "pnpm", "6.0", two, "[package.json pnpm > overrides > mid>left: 2.0.0] -left@1.0.0"},
		{"pnpm, two versions above", "pnpm", "6.0", twice, "[package.json pnpm > overrides > mid@1.0.0>left: 2.0.0] -left@1.0.0"},
		{"yarn 1", "yarn", "1", two, "[package.json resolutions > **/mid/left: 2.0.0] -left@1.0.0"},
		{"yarn", "yarn", "8", two, "[package.json resolutions > mid/left: 2.0.0] -left@1.0.0"},
		{"yarn, two versions above", "yarn", "8", twice, "[package.json resolutions > mid@npm:1.0.0/left: 2.0.0] -left@1.0.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, input{manager: tt.manager, lock: tt.lock, tree: tt.tree, records: []string{"left 0 2.0.0"}})
			compare(t, p, []string{"override left 2.0.0 " + tt.want})
		})
	}
	// Several are stuck.
	three := []string{"root > left@3.0.0  ^3.0.0", "root > mid@1.0.0  ^1.0.0", "root > mod@1.0.0  ^1.0.0",
		"mid@1.0.0 > left@1.0.0  ^1.0.0", "mod@1.0.0 > left@1.0.0  ~1.0.0"}
	wide := append(three, "mid@1.0.0 > low@1.0.0  *", "low@1.0.0 > left@3.0.0  >=1.0.0")
	for _, tt := range []struct {
		manager, lock string
		tree          []string
		want          string
	}{
		{"npm", "3", three, "[package.json overrides > left@^1.0.0 || ~1.0.0: 2.0.0] -left@1.0.0"},
		{"yarn", "8", three, "[package.json resolutions > left@npm:^1.0.0: 2.0.0] + resolutions > left@npm:~1.0.0 -left@1.0.0"},
		{"yarn", "8", wide, "[package.json resolutions > left@npm:^1.0.0: 2.0.0] + resolutions > left@npm:~1.0.0 -left@1.0.0"},
		{"pnpm", "6.0", three, "[package.json pnpm > overrides > mid>left: 2.0.0] + pnpm > overrides > mod>left -left@1.0.0"},
		{"yarn", "1", three, "[package.json resolutions > **/mid/left: 2.0.0] + resolutions > **/mod/left -left@1.0.0"},
	} {
		p, _ := plan(t, input{manager: tt.manager, lock: tt.lock, tree: tt.tree, records: []string{"left 0 2.0.0"}})
		compare(t, p, []string{"override left 2.0.0 " + tt.want})
	}
	p, _ := plan(t, input{tree: wide, records: []string{"left 0 2.0.0"}})
	compare(t, p, []string{"override left 2.0.0 [package.json overrides > mod > left@~1.0.0: 2.0.0] ~left@1.0.0 unverified",
		"none left -left@1.0.0"})

	p, _ = plan(t, input{manager: "bun", lock: "1", tree: two, records: []string{"left 0 2.0.0"}})
	compare(t, p, []string{"none left -left@1.0.0"})
	// yarn 1 cannot tell two versions of mid apart, npm reaches all below it.
	for _, in := range []input{
		{manager: "yarn", lock: "1", tree: twice},
		{manager: "npm", lock: "3", tree: append(two, "mid@1.0.0 > low@1.0.0  *", "low@1.0.0 > left@3.0.0  >=1.5.0")},
	} {
		in.records = []string{"left 0 2.0.0"}
		p, _ = plan(t, in)
		compare(t, p, []string{"none left -left@1.0.0"})
		if want := []string{"an override of left below mid would take left@3.0.0 back to 2.0.0: replace what " +
			"brings it in"}; !slices.Equal(p.Steps[0].Notes, want) {
			t.Errorf("notes %q", p.Steps[0].Notes)
		}
	}
	p, _ = plan(t, input{tree: append(two, "mid@1.0.0 > low@1.0.0  *", "low@1.0.0 > left@3.0.0  ^3.0.0"), records: []string{"left 0 2.0.0"}})
	compare(t, p, []string{"override left 2.0.0 [package.json overrides > mid > left@^1.0.0: 2.0.0] -left@1.0.0"})
}

func TestPlanWithReleases(t *testing.T) {
	deep := []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	deeper := []string{"root > top@1.0.0  ^1.0.0", "top@1.0.0 > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	left2 := []string{"left 0 2.0.0"}
	override := []string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}
	tests := []struct {
		name string
		in   input
		want []string
	}{
		{"a newer dependent in range", input{tree: deep, records: left2, releases: []string{"mid 1.0.0: left ^1.0.0", "mid 1.1.0: left ^2.0.0"}},
			[]string{"update mid 1.1.0 `npm update mid` -left@1.0.0 unverified"}},
		{"a newer dependent out of range", input{tree: deep, records: left2, releases: []string{"mid 1.0.0: left ^1.0.0",
			"mid 2.0.0: left ^1.0.0", "mid 3.0.0: left ^2.0.0", "mid 4.0.0: left ^2.0.0"}},
			[]string{"raise mid 3.0.0 [package.json dependencies > mid: ^3.0.0] -left@1.0.0 unverified"}},
		{"it drops the dependency", input{tree: deep, records: left2, releases: []string{"mid 1.1.0"}},
			[]string{"update mid 1.1.0 `npm update mid` -left@1.0.0 unverified"}},
		{"the newest in range went back", input{tree: deep, records: left2, releases: []string{"mid 1.1.0: left ^2.0.0",
			"mid 1.2.0: left ^1.0.0"}}, override},
		{"none is newer", input{tree: deep, records: left2, releases: []string{"mid 0.9.0: left ^2.0.0", "mid 1.0.0: left ^1.0.0"}}, override},
		{"unknown to the registry", input{tree: deep, records: left2, releases: nil}, override},
		{"a deprecated one is not asked for", input{tree: deep, records: left2,
			releases: []string{"mid 2.0.0 deprecated: left ^2.0.0"}}, override},
		{"a prerelease is not asked for", input{tree: deep, records: left2, releases: []string{"mid 2.0.0-rc.1: left ^2.0.0"}}, override},
		{"the newer dependent is affected", input{tree: deep, records: []string{"left 0 2.0.0", "mid 1.1.0"},
			releases: []string{"mid 1.1.0: left ^2.0.0"}}, override},
		{"vouched for", input{tree: deep, records: []string{"left 0 2.0.0", "mid 9.0.0"},
			releases: []string{"mid 1.1.0: left ^2.0.0"}}, []string{"update mid 1.1.0 `npm update mid` -left@1.0.0 unverified"}},
		{"two levels, in range", input{tree: deeper, records: left2, releases: []string{"mid 2.0.0: left ^2.0.0",
			"top 1.1.0: mid ^2.0.0"}}, []string{"update top 1.1.0 `npm update top` -left@1.0.0 unverified"}},
		{"two levels, out of range", input{tree: deeper, records: left2, releases: []string{"mid 2.0.0: left ^2.0.0",
			"top 1.1.0: mid ^1.0.0", "top 2.0.0: mid ^2.0.0"}},
			[]string{"raise top 2.0.0 [package.json dependencies > top: ^2.0.0] -left@1.0.0 unverified"}},
		{"two levels, in vain", input{tree: deeper, records: left2, releases: []string{"mid 2.0.0: left ^2.0.0",
			"top 1.1.0: mid ^1.0.0"}}, override},
		{"one raise for two", input{
			tree:     []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0", "mid@1.0.0 > right@1.0.0  ^1.0.0"},
			records:  []string{"left 0 2.0.0", "right 0 2.0.0", "mid 9.0.0"},
			releases: []string{"mid 2.0.0: left ^2.0.0, right ^1.0.0", "mid 3.0.0: left ^2.0.0, right ^2.0.0"},
		}, []string{"raise mid 3.0.0 [package.json dependencies > mid: ^3.0.0] -left@1.0.0 -right@1.0.0 unverified"}},
		{"the higher raise spoils the other", input{
			tree:     []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0", "mid@1.0.0 > right@1.0.0  ^1.0.0"},
			records:  []string{"left 0 2.0.0", "right 0 2.0.0", "mid 9.0.0"},
			releases: []string{"mid 2.0.0: left ^2.0.0, right ^1.0.0", "mid 3.0.0: left ^1.0.0, right ^2.0.0"},
		}, []string{"raise mid 3.0.0 [package.json dependencies > mid: ^3.0.0] -left@1.0.0 -right@1.0.0 unverified",
			"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"the registry lacks the fixed version", input{tree: deep, records: left2,
			releases: []string{"left 1.0.0", "left 2.0.1", "mid 1.0.0: left ^1.0.0"}},
			[]string{"override left 2.0.1 [package.json overrides > left: 2.0.1] -left@1.0.0"}},
		{"the range has nothing newer", input{tree: deep, records: []string{"left 0 1.5.0"},
			releases: []string{"left 1.0.0", "left 2.0.0", "mid 1.0.0: left ^1.0.0"}},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"a cycle", input{tree: append(deep, "left@1.0.0 > mid@1.0.0  ^1.0.0"), records: left2,
			releases: []string{"mid 2.0.0: left ^2.0.0", "left 1.0.0: mid ^1.0.0", "left 2.0.0: mid ^2.0.0"}},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0 unverified"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, tt.in)
			compare(t, p, tt.want)
		})
	}
}

// pnpm's lockfile says what was chosen, not what was asked for.
func TestPlanOfPnpm(t *testing.T) {
	in := input{manager: "pnpm", lock: "6.0", tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  1.0.0"},
		records: []string{"left 0 1.2.0"}}
	p, _ := plan(t, in)
	compare(t, p, []string{"override left 1.2.0 [package.json pnpm > overrides > left: 1.2.0] -left@1.0.0"})
	if want := "the lockfile does not say what mid@1.0.0 asks for: `pnpm update --depth Infinity left` may do " +
		"without"; p.Steps[0].Notes[0] != want || !slices.Equal(p.Wants, []string{"left", "mid"}) {
		t.Errorf("notes %q, wants %q", p.Steps[0].Notes, p.Wants)
	}
	two := in
	two.tree = append(slices.Clone(in.tree), "root > more@1.0.0  ^1.0.0", "more@1.0.0 > left@1.0.0  1.0.0")
	p, _ = plan(t, two)
	if want := []string{"the lockfile does not say what mid@1.0.0, more@1.0.0 ask for: `pnpm update --depth Infinity " +
		"left` may do without"}; !slices.Equal(p.Steps[0].Notes, want) {
		t.Errorf("notes %q, want %q", p.Steps[0].Notes, want)
	}
	in.releases = []string{"mid 1.0.0: left ^1.0.0"}
	p, _ = plan(t, in)
	compare(t, p, []string{"update left 1.2.0 `pnpm update --depth Infinity left` -left@1.0.0"})
	in.releases = []string{"mid 1.0.0: left ~1.0.0"}
	p, _ = plan(t, in)
	compare(t, p, []string{"override left 1.2.0 [package.json pnpm > overrides > left: 1.2.0] -left@1.0.0"})
}

func TestPlanWants(t *testing.T) {
	deeper := []string{"root > top@1.0.0  ^1.0.0", "top@1.0.0 > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	p, _ := plan(t, input{tree: deeper, records: []string{"left 0 2.0.0"}})
	if !slices.Equal(p.Wants, []string{"left", "mid"}) || len(p.Doubts) != 0 {
		t.Errorf("wants %q, doubts %v", p.Wants, p.Doubts)
	}
	p, _ = plan(t, input{tree: deeper, records: []string{"left 0 2.0.0"}, releases: []string{"mid 2.0.0: left ^2.0.0"}})
	if !slices.Equal(p.Wants, []string{"left", "top"}) {
		t.Errorf("wants %q", p.Wants)
	}
	p, _ = plan(t, input{tree: deeper, records: []string{"left 0 2.0.0"}, releases: []string{"mid 1.1.0: left ^2.0.0"}})
	if len(p.Doubts) != 1 || fmt.Sprint(p.Doubts[0]) != "{mid [ 1.1.0]}" {
		t.Errorf("doubts %v", p.Doubts)
	}
}

func TestPlanNotes(t *testing.T) {
	p, _ := plan(t, input{
		tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0", "root > ui@1.0.0  ^1.0.0",
			"ui@1.0.0 > left@1.0.0  ^1.0.0 peer"},
		records: []string{"left 0 2.0.0"},
	})
	want := []string{"mid@1.0.0 asks for left ^1.0.0, and 2.0.0 is outside of that: test it",
		"ui@1.0.0 has as a peer left ^1.0.0, and 2.0.0 is outside of that: test it"}
	if !slices.Equal(p.Steps[0].Notes, want) {
		t.Errorf("notes %q", p.Steps[0].Notes)
	}
	p, _ = plan(t, input{tree: []string{"root > left@1.0.0  ^1.0.0"}, records: []string{"left 0 2.0.0"}})
	if !slices.Equal(p.Steps[0].Notes, []string{"left 2 is a new major version: read what it breaks"}) {
		t.Errorf("notes %q", p.Steps[0].Notes)
	}
}

func TestPlanOfOddTrees(t *testing.T) {
	left2 := []string{"left 0 2.0.0"}
	make := func(change func(*Input)) *Plan {
		_, in := plan(t, input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}, records: left2})
		change(&in)
		return Make(in)
	}
	compare(t, make(func(in *Input) { in.Graph.Packages[2].Bundler = in.Graph.Packages[1] }), []string{"none left -left@1.0.0"})
	compare(t, make(func(in *Input) { in.Graph.Packages[2].Bundled = true }),
		[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}) // our own bundle
	compare(t, make(func(in *Input) { in.Affected = nil }), nil)
	compare(t, make(func(in *Input) { in.Known = nil }),
		[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0 unverified"})
	compare(t, make(func(in *Input) { in.Graph.Lockfile = "../the-lock" }),
		[]string{"override left 2.0.0 [../package.json overrides > left: 2.0.0] -left@1.0.0"})
	p := make(func(in *Input) { in.Graph.Lockfile = "../the-lock" })
	if p.Patch != "" {
		t.Errorf("a patch for a file that was not read: %s", p.Patch)
	}
	compare(t, make(func(in *Input) {
		member := in.Graph.Packages[1]
		member.Source, member.Workspace, member.Location = npm.SourceLocal, true, "packages/mid"
	}), []string{"raise left 2.0.0 [packages/mid/package.json dependencies > left: ^2.0.0] -left@1.0.0"})
	compare(t, make(func(in *Input) {
		in.Graph.Packages[2].Name, in.Affected[0].Package = "root", in.Graph.Root
	}), []string{"none root -root@1.0.0"})
	if p := Make(Input{Graph: tree("npm", "3"), Manifest: &npm.Manifest{}}); p.Steps == nil || p.Advice("x", "1", "") != "" {
		t.Errorf("%+v", p)
	}
}

// A plan never goes back, and never to what is affected, whatever the tree.
func FuzzPlan(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Fuzz(func(t *testing.T, seed []byte) {
		next := func(n int) int {
			if len(seed) == 0 {
				return 0
			}
			x := int(seed[0]) % n
			seed = seed[1:]
			return x
		}
		version := func() string { return fmt.Sprintf("%d.%d.0", next(4), next(4)) }
		rng := func() string { return []string{"^", "~", "", ">="}[next(4)] + version() }
		names := []string{"a", "b", "c"}
		in := input{tree: []string{"root > a@" + version() + "  " + rng()}}
		ids := []string{"root"}
		for range 6 {
			id := names[next(3)] + "@" + version()
			in.tree = append(in.tree, ids[next(len(ids))]+" > "+id+"  "+rng())
			ids = append(ids, id)
			in.releases = append(in.releases, names[next(3)]+" "+version()+": "+names[next(3)]+" "+rng())
			in.records = append(in.records, names[next(3)]+" "+version()+" "+version())
		}
		p, made := plan(t, in)
		for _, s := range p.Steps {
			if s.Do > Override || s.To == "" {
				continue
			}
			to, err := npm.ParseVersion(s.To)
			if err != nil || made.Known.Affected(s.Name, to) {
				t.Fatalf("%s: to an affected version", shown(s))
			}
			for _, c := range made.Graph.Packages {
				v, _ := npm.ParseVersion(c.Version)
				plain := s.Do == Override && strings.HasSuffix(s.Key, "overrides > "+s.Name)
				if plain && c.Name == s.Name && v.Compare(to) > 0 {
					t.Fatalf("%s: takes %s back", shown(s), c.ID())
				}
			}
			if s.Do == Raise {
				old, _ := npm.ParseRange(s.Old)
				low, _ := old.Lowest()
				if low.Compare(to) > 0 {
					t.Fatalf("%s: below %s", shown(s), s.Old)
				}
			}
		}
		again := Make(made)
		if fmt.Sprint(again.Steps) != fmt.Sprint(p.Steps) || again.Patch != p.Patch {
			t.Fatal("two runs differ")
		}
	})
}
