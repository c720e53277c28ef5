package npm

import "testing"

// TestBuildToolsOfAMember: what builds a monorepo is a development dependency of the
// member that is judged and of the root, once, and stands where its location does.
func TestBuildToolsOfAMember(t *testing.T) {
	root := &Package{Name: "root", Source: SourceLocal}
	left := &Package{Name: "left", Version: "1.0.0", Location: "node_modules/left", Source: SourceRegistry}
	member := &Package{Name: "a", Location: "packages/a", Source: SourceLocal, Workspace: true,
		Deps: []Edge{{Name: "left", To: left, Valid: true}}}
	g := &Graph{Root: member, Packages: []*Package{root, left, member}}
	root.Deps = []Edge{{Name: "a", Kind: EdgeWorkspace, To: member, Valid: true}}
	g.Settle(root)
	g.BuildTools([]BuildTool{{Tool: "pnpm", Name: "pnpm", Version: "10.1.0", From: "packageManager"},
		{Tool: "pnpm", Name: "pnpm", Version: "10.1.0", Integrity: "sha512-x", From: "mise"}, {Tool: "node", Wanted: "22"}})
	p := g.Packages[1]
	if len(g.Packages) != 4 || p.ID() != "pnpm@10.1.0" || p.Integrity != "sha512-x" || p.Scope != Dev || p.Shipped() || !p.Builds() {
		t.Fatalf("%+v", p)
	}
	for i, p := range g.Packages {
		if p.Index != i {
			t.Errorf("%s has index %d", p.Name, p.Index)
		}
	}
	if len(member.Deps) != 2 || len(root.Deps) != 2 || left.Scope != Prod {
		t.Errorf("%+v %+v", member.Deps, root.Deps)
	}
	if paths := g.Paths(p); len(paths) != 1 || paths[0][1] != "pnpm@10.1.0" {
		t.Error(paths)
	}
}

// TestExactly: a text that can mean one version, as each manager reads it.
func TestExactly(t *testing.T) {
	for text, want := range map[string]string{"1.2.3": "1.2.3", "v1.2.3": "1.2.3", " =1.2.3 ": "1.2.3", "1.2.3-rc.1": "1.2.3-rc.1",
		"1.2": "", "1": "",
		"^1.2.3": "", "": "", "*": "", "lts/*": "", "latest": "", "1.2.3 || 1.2.4": "", "1.2.3, 1.2.4": "", "ref:1.2.3": "", "${V}": ""} {
		if got := Exactly(text); got != want {
			t.Errorf("%q is %q, expected %q", text, got, want)
		}
	}
}
