package check

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// TestBuildPath: each tool is one version, tied to its bytes where the form can, and
// the places agree.
func TestBuildPath(t *testing.T) {
	says := func(mode string, tools ...npm.BuildTool) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.BuildPath = mode
			for i := range tools {
				tools[i].File, tools[i].Line, tools[i].Column = "package.json", 1, 1
				if tools[i].From == "" {
					tools[i].From = "packageManager"
				}
			}
			s.Graph.BuildTools(tools)
		}
	}
	is := func(tool, wanted, from string) npm.BuildTool {
		return npm.BuildTool{Tool: tool, Name: tool, Wanted: wanted, Version: npm.Exactly(wanted), From: from}
	}
	only := func(tool, wanted, from string) npm.BuildTool {
		b := is(tool, wanted, from)
		b.Only, b.Group = true, from
		return b
	}
	summed := func(wanted, sum string) npm.BuildTool {
		b := is("pnpm", wanted, "packageManager")
		b.Integrity, b.Hashable = sum, true
		return b
	}
	node := is("node", "22.1.0", ".nvmrc")
	pnpm := summed("10.1.0", "sha512-x")
	const unpinned, unclear = "build-tool-unpinned pnpm always", "build-tool-unclear pnpm always"
	table(t, buildPath, []row{
		{"not asked", says("", is("pnpm", "^10", "")), nil},
		{"pinned", says("required", pnpm, node), nil},
		{"nothing", says("required"), []string{"build-tool-unpinned package.json always", "build-tool-unpinned package.json always"}},
		{"nothing, audited", says("audit"), nil},
		{"no runtime", says("required", pnpm), []string{"build-tool-unpinned package.json always"}},
		{"bun is both", says("required", is("bun", "1.2.3", ".bun-version")), nil},
		{"no checksum", says("required", summed("10.1.0", ""), node), []string{unpinned}},
		{"no checksum, audited", says("audit", summed("10.1.0", ""), node), []string{"build-tool-unpinned pnpm severity"}},
		{"a checksum elsewhere", says("required", summed("10.1.0", ""), npm.BuildTool{Tool: "pnpm", Name: "pnpm", Version: "10.1.0",
			Wanted: "10.1.0", Integrity: "sha512-x", From: "the lockfile"}, node), nil},
		{"a checksum of another version", says("required", summed("10.1.0", ""), npm.BuildTool{Tool: "pnpm", Name: "pnpm", Version: "10.1.1",
			Wanted: "10.1.1", Integrity: "sha512-x", From: "the lockfile"}, node), []string{unpinned, unclear}},
		{"a file of the checkout", says("required", npm.BuildTool{Tool: "yarn", Name: "yarn", Wanted: ".yarn/releases/yarn-berry.cjs",
			Checksum: "sha512-x", From: "yarnPath"}, node), nil},
		{"a range", says("required", is("pnpm", "^10", ".tool-versions"), node), []string{unpinned}},
		{"a range, audited", says("audit", is("pnpm", "^10", ".tool-versions"), node), []string{"build-tool-unpinned pnpm severity"}},
		{"a name", says("required", pnpm, is("node", "lts/*", ".nvmrc")), []string{"build-tool-unpinned node always"}},
		{"several", says("required", pnpm, is("node", "22.1.0, 20.1.0", ".tool-versions")), []string{"build-tool-unpinned node always"}},
		{"what may run", says("required", only("pnpm", "^10", "devEngines.packageManager"), node), []string{unpinned}},
		{"what may run, and what does", says("required", only("pnpm", "^10", "devEngines.packageManager"), pnpm, node), nil},
		{"one of what may run", says("required", only("npm", "^11", "devEngines.packageManager"),
			only("pnpm", "^10", "devEngines.packageManager"), pnpm, node), nil},
		{"not what may run", says("required", only("pnpm", "^9", "devEngines.packageManager"), pnpm, node), []string{unpinned, unclear}},
		{"another manager", says("required", pnpm, only("npm", "11.0.0", "devEngines.packageManager"), node),
			[]string{"build-tool-unclear npm always"}},
		{"two versions", says("required", pnpm, is("pnpm", "10.1.1", "mise"), node), []string{unclear}},
		{"two ranges apart", says("audit", is("node", "22", ".nvmrc"), is("node", "20", ".node-version"), pnpm),
			[]string{"build-tool-unpinned node severity", "build-tool-unpinned node severity", "build-tool-unclear node severity"}},
		{"two ranges that meet", says("audit", is("node", "22", ".nvmrc"), is("node", ">=20", ".node-version"), pnpm),
			[]string{"build-tool-unpinned node severity", "build-tool-unpinned node severity"}},
		{"a name and a version", says("audit", is("node", "lts/*", ".nvmrc"), node, pnpm), []string{"build-tool-unpinned node severity"}},
	})
}

// TestNotAudited: what no advisory was asked for about is named with the reason, and
// nothing else is.
func TestNotAudited(t *testing.T) {
	s := clean()
	if got := s.NotAudited(); got != nil {
		t.Errorf("nobody asks: %v", got)
	}
	s.Policy.Dependencies.BuildPath = "audit"
	s.Graph.BuildTools([]npm.BuildTool{
		{Tool: "pnpm", Name: "pnpm", Wanted: "10.1.0", Version: "10.1.0"}, {Tool: "node", Wanted: "22.1.0", Version: "22.1.0"},
		{Tool: "pnpm", Name: "pnpm", Wanted: "^10", Only: true, Group: "g"}, {Tool: "vlt", Wanted: "1.0.0", Version: "1.0.0"},
		{Tool: "yarn", Name: "yarn", Wanted: "yarn.cjs", Checksum: "sha512-x"}, {Tool: "bun", Name: "bun", Wanted: "latest"},
	})
	var got []string
	for _, u := range s.NotAudited() {
		got = append(got, strings.TrimPrefix(u.Key, "advisories of "))
	}
	if text := strings.Join(got, "; "); text != "node 22.1.0; vlt 1.0.0; yarn yarn.cjs; bun latest" {
		t.Error(text)
	}
	s.Graph.Tools = nil
	if got := s.NotAudited(); len(got) != 2 {
		t.Errorf("nothing is named: %v", got)
	}
}
