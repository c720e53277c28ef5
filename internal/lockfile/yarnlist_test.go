package lockfile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// A yarnNode is one node of the tree that yarn list of yarn 1 prints: a copy
// with the copies installed below it, and the names of what it depends on,
// which are shadows.
type yarnNode struct {
	Name     string     `json:"name"`
	Shadow   bool       `json:"shadow,omitempty"`
	Children []yarnNode `json:"children,omitempty"`
}

// TestAgainstYarnList compares packages and edges with what yarn 1 itself
// reads from the lockfile.
func TestAgainstYarnList(t *testing.T) {
	t.Run("tricky", func(t *testing.T) {
		dir := copied(t, "testdata/yarn/tricky-classic")
		compareList(t, readAt(t, dir), oracle.JSON(t, record("yarn-list-tricky-classic.json"),
			asked(func() []yarnNode { return askYarnList(t, dir) })))
	})
	t.Run("webpack", func(t *testing.T) {
		dir := copied(t, data(t, "projects", "webpack-yarn1"))
		compareList(t, readAt(t, dir), askYarnList(t, dir))
	})
}

func askYarnList(t *testing.T, dir string) []yarnNode {
	t.Helper()
	var list struct {
		Data struct{ Trees []yarnNode }
	}
	out := runYarn(t, manager(t, "yarn1", "node_modules", "yarn", "bin", "yarn.js"), dir, "list", "--json", "--offline", "--frozen-lockfile")
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, `"type":"tree"`) {
			if err := json.Unmarshal([]byte(line), &list); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(list.Data.Trees) == 0 {
		t.Fatalf("no tree in %.300s", out)
	}
	return list.Data.Trees
}

func compareList(t *testing.T, g *npm.Graph, trees []yarnNode) {
	t.Helper()
	want := map[string]map[string]string{}
	walkList(trees, nil, want)
	packages, edges, optional := 0, 0, 0
	for _, p := range g.Packages {
		if p == g.Root {
			continue
		}
		id := installed(p) + "@" + p.Version
		deps, ok := want[id]
		if !ok {
			if p.Optional || p.Extraneous {
				optional++
			} else {
				t.Errorf("we have %s, yarn does not", id)
			}
			continue
		}
		packages++
		for _, e := range p.Deps {
			if p.Workspace && (e.Kind == npm.EdgePeer || e.To == nil) {
				continue
			}
			to := "nothing"
			if e.To != nil {
				to = installed(e.To) + "@" + e.To.Version
			}
			theirs, ok := deps[e.Name+"@"+e.Range]
			switch {
			case theirs == to:
				edges++
			case !ok || theirs == "" && e.To != nil && (e.To.Optional || e.Kind == npm.EdgeOptional):
			default:
				t.Errorf("%s: %s@%s is %s, yarn has %q", id, e.Name, e.Range, to, theirs)
			}
			delete(deps, e.Name+"@"+e.Range)
		}
		for pattern, to := range deps {
			t.Errorf("%s: yarn has %s, %s, we do not", id, pattern, to)
		}
		delete(want, id)
	}
	for id := range want {
		t.Errorf("yarn has %s, we do not", id)
	}
	t.Logf("equal: %d packages, %d edges; ours only: %d that are optional and not for this platform, or resolutions "+
		"nothing comes to", packages, edges, optional)
}

// walkList resolves the shadows as Node would: nearest copy first.
func walkList(nodes []yarnNode, above [][]yarnNode, want map[string]map[string]string) {
	above = append(above, nodes)
	for _, n := range nodes {
		if n.Shadow {
			continue
		}
		deps := want[n.Name]
		if deps == nil {
			deps = map[string]string{}
			want[n.Name] = deps
		}
		for _, c := range n.Children {
			if !c.Shadow {
				continue
			}
			name, _ := descriptor(c.Name)
			deps[c.Name] = nearest(name, append(above, n.Children))
		}
		walkList(n.Children, above, want)
	}
}

func nearest(name string, levels [][]yarnNode) string {
	for i := len(levels) - 1; i >= 0; i-- {
		for _, n := range levels[i] {
			if at, _ := descriptor(n.Name); at == name && !n.Shadow {
				return n.Name
			}
		}
	}
	return ""
}
