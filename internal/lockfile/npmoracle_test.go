package lockfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// An npmNode is a node of arborist's virtual tree.
type npmNode struct {
	Location    string    `json:"location"`
	PackageName string    `json:"packageName"`
	Version     string    `json:"version,omitempty"`
	Integrity   string    `json:"integrity,omitempty"`
	InBundle    bool      `json:"inBundle,omitempty"`
	Extraneous  bool      `json:"extraneous,omitempty"`
	Dev         bool      `json:"dev,omitempty"`
	Optional    bool      `json:"optional,omitempty"`
	DevOptional bool      `json:"devOptional,omitempty"`
	Peer        bool      `json:"peer,omitempty"`
	IsLink      bool      `json:"isLink,omitempty"`
	IsWorkspace bool      `json:"isWorkspace,omitempty"`
	Target      string    `json:"target,omitempty"`
	Edges       []npmEdge `json:"edges,omitempty"`
}

type npmEdge struct {
	Name  string  `json:"name"`
	Spec  string  `json:"spec"`
	Type  string  `json:"type"`
	To    *string `json:"to"`
	Error string  `json:"error,omitempty"`
}

// TestAgainstArborist compares every lockfile of the data with what npm itself
// makes of it, package by package and edge by edge.
func TestAgainstArborist(t *testing.T) {
	var trees []string
	root := data(t, "lockfiles")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "expected-tree.json" {
			trees = append(trees, path)
		}
		return err
	})
	if err != nil || len(trees) < 80 {
		t.Fatalf("%d trees, %v: the data is not there", len(trees), err)
	}
	packages, edges := 0, 0
	for _, file := range trees {
		name, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Nodes []npmNode
				Error json.RawMessage
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			lock, base, manifest := project(t, filepath.Dir(file))
			if want.Nodes != nil && manifest == nil && (bytes.Contains(lock, []byte(`"lockfileVersion": 1`)) ||
				!bytes.Contains(lock, []byte(`"packages"`))) {
				// npm then assumes a manifest without dependencies;
				// TestRefused shows that we do not.
				manifest = &npm.Manifest{Name: want.Nodes[0].PackageName, Version: want.Nodes[0].Version}
			}
			g, err := Parse(lock, base, manifest)
			if want.Nodes == nil {
				if err == nil {
					t.Errorf("read, though npm says %s", want.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range want.Nodes {
				for j := range want.Nodes[i].Edges {
					// Paths of the machine that recorded them.
					spec := &want.Nodes[i].Edges[j].Spec
					if _, after, ok := strings.Cut(*spec, "/lockfiles/"+filepath.ToSlash(name)+"/"); ok {
						*spec = "file:" + after
					}
				}
			}
			for _, d := range diffTree(g, want.Nodes) {
				if strings.Contains(d, ": flags ") {
					continue // the recorded ones are the lockfile's own; TestAgainstRealArborist compares
				}
				if !onPurpose(filepath.ToSlash(name), d) {
					t.Error(d)
				}
			}
			packages += len(g.Packages)
			for _, p := range g.Packages {
				edges += len(p.Deps)
			}
		})
	}
	t.Logf("%d packages and %d edges compared", packages, edges)
}

// purposes are the differences from npm that we mean: where, what, why.
var purposes = []struct{ name, difference, why string }{
	{"scalibr/alias.v2", "edge babel-code-frame@", "a range never asks for an alias: another package under a wanted name " +
		"is not what was wanted"},
	{"lerna-v3", "edge react-loadable@* peer", "the same; npm looks at the version alone"},
	{"workers-sdk", "edge tailwindcss@>=2.0.0", "the same"},
	{"workers-sdk", "node_modules/prospector: link true workspace true", "a second link to a workspace member leads to a workspace member"},
	{"workers-sdk", "node_modules/prospector: is prospector", "the name of a link's target is told by the first link"},
	{"edit-package-json__workspaces-changed", "edge c@file:", "npm sees on the disk that a member was added; we see the lockfile"},
	{"link-", "", "npm reads the link's target on the disk and compares real paths"},
	{"old-lock-with-link", "link-dep: is link-dep ", "npm reads the version on the disk"},
	{"install-types-sw-only", ": is symlink , want abbrev-link-target", "npm reads the link's target on the disk"},
	{"root-bundler", "node_modules/child: is child ", "npm reads the version from the file name of the tarball"},
}

// onPurpose says whether a difference is one we mean.
func onPurpose(name, difference string) bool {
	for _, p := range purposes {
		if strings.Contains(name, p.name) && strings.Contains(difference, p.difference) {
			return true
		}
	}
	return false
}

func diffTree(g *npm.Graph, want []npmNode) (diffs []string) {
	diff := func(format string, args ...any) { diffs = append(diffs, fmt.Sprintf(format, args...)) }
	have := map[string]*npm.Package{}
	for _, p := range g.Packages {
		have[p.Location] = p
	}
	target := map[string]string{} // npm's edges end at links
	for _, n := range want {
		if n.IsLink {
			target[n.Location] = n.Target
		}
	}
	for _, n := range want {
		p := have[n.Location]
		if p == nil {
			diff("%s: missing", n.Location)
			continue
		}
		delete(have, n.Location)
		if p.Version != n.Version || p.Name != n.PackageName && n.Location != "" {
			diff("%s: is %s %s, want %s %s", n.Location, p.Name, p.Version, n.PackageName, n.Version)
		}
		if p.Link != n.IsLink || p.Workspace != n.IsWorkspace || p.Integrity != n.Integrity {
			diff("%s: link %v workspace %v integrity %q, want %v %v %q", n.Location, p.Link, p.Workspace, p.Integrity,
				n.IsLink, n.IsWorkspace, n.Integrity)
		}
		if got, want := flags(p.Dev, p.Optional, p.DevOptional, p.Peer, p.Extraneous), flags(n.Dev, n.Optional,
			n.DevOptional, n.Peer, n.Extraneous); got != want {
			diff("%s: flags %s, want %s", n.Location, got, want)
		}
		diffs = append(diffs, diffEdges(p, n, target)...)
	}
	for location := range have {
		diff("%s: npm has no such package", location)
	}
	slices.Sort(diffs)
	return diffs
}

// flags brings our flags and npm's into one form: npm's tree also sets
// devOptional with either, and the others with extraneous.
func flags(dev, optional, devOptional, peer, extraneous bool) string {
	if extraneous {
		return "extraneous"
	}
	var all []string
	for name, set := range map[string]bool{
		"dev": dev, "optional": optional, "devOptional": devOptional && !dev && !optional, "peer": peer,
	} {
		if set {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func diffEdges(p *npm.Package, n npmNode, target map[string]string) (diffs []string) {
	text := func(name, rng, kind, to, state string) string {
		return fmt.Sprintf("%s: edge %s@%s %s to %s %s", n.Location, name, rng, kind, to, state)
	}
	have := map[string]bool{}
	for _, e := range p.Deps {
		to, state := "nothing", "INVALID"
		if e.To != nil {
			to = e.To.Location
		}
		switch {
		case e.Valid:
			state = ""
		case e.To == nil && (e.Kind == npm.EdgeOptional || e.Kind == npm.EdgePeerOptional):
			state = ""
		case e.To == nil:
			state = "MISSING"
		}
		have[text(e.Name, e.Range, e.Kind.String(), to, state)] = true
	}
	if n.IsLink {
		return nil
	}
	for _, e := range n.Edges {
		to := "nothing"
		if e.To != nil {
			to = *e.To
			if end, ok := target[to]; ok {
				to = end
			}
		}
		if e.Error == "PEER LOCAL" {
			e.Error = "INVALID"
		}
		line := text(e.Name, e.Spec, e.Type, to, e.Error)
		if !have[line] {
			diffs = append(diffs, line+" – wanted")
		}
		delete(have, line)
	}
	for line := range have {
		diffs = append(diffs, line+" – not npm's")
	}
	return diffs
}
