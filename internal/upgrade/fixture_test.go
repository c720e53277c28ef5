package upgrade

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// A tree is written as edges: "mid@1.0.0 > left@1.0.0 ^1.0.0", the root as
// "root". A line with "peer" after the range is a peer edge.
func tree(manager, lock string, lines ...string) *npm.Graph {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	g := &npm.Graph{Manager: manager, Version: lock, Lockfile: "the-lock", Root: root, Packages: []*npm.Package{root}}
	byID := map[string]*npm.Package{"root": root}
	get := func(id string) *npm.Package {
		if p := byID[id]; p != nil {
			return p
		}
		at := strings.LastIndexByte(id, '@')
		p := &npm.Package{Name: id[:at], Version: id[at+1:], Location: "node_modules/" + id, Source: npm.SourceRegistry}
		byID[id] = p
		g.Packages = append(g.Packages, p)
		return p
	}
	for _, line := range lines {
		ids, declared, _ := strings.Cut(line, "  ")
		from, to, both := strings.Cut(ids, " > ")
		if !both {
			get(from)
			continue
		}
		e := npm.Edge{To: get(to), Range: declared}
		e.Name = e.To.Name
		if rng, ok := strings.CutSuffix(declared, " peer"); ok {
			e.Range, e.Kind = rng, npm.EdgePeer
		}
		if name, rng, ok := strings.Cut(e.Range, ": "); ok {
			e.Name, e.Range = name, rng
		}
		f := get(from)
		if slices.ContainsFunc(f.Deps, func(d npm.Edge) bool { return d.Name == e.Name }) {
			continue
		}
		f.Deps = append(f.Deps, e)
	}
	return g
}

// manifest writes the root's dependencies as package.json would.
func manifest(t *testing.T, g *npm.Graph, more string) *npm.Manifest {
	t.Helper()
	var b strings.Builder
	b.WriteString("{\n  \"name\": \"root\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {")
	for i, e := range g.Root.Deps {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n    %q: %q", e.Name, e.Range)
	}
	b.WriteString("\n  }" + more + "\n}\n")
	m, err := npm.ParseManifest([]byte(b.String()), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	m.Private = true
	return m
}

// releases reads "mid 1.0.0: left ^1.0.0, x *" lines; "host!" is a peer, "host?"
// an optional one.
func releases(lines ...string) map[string][]Release {
	out := map[string][]Release{}
	for _, line := range lines {
		head, deps, _ := strings.Cut(line, ": ")
		word := strings.Fields(head)
		v, err := npm.ParseVersion(word[1])
		if err != nil {
			panic(line)
		}
		r := Release{Version: v, Deprecated: len(word) > 2, Deps: map[string]string{}, Peers: map[string]Peer{}}
		for d := range strings.SplitSeq(deps, ", ") {
			name, rng, _ := strings.Cut(d, " ")
			if peer, ok := strings.CutSuffix(name, "!"); ok {
				r.Peers[peer] = Peer{Range: rng}
			} else if peer, ok := strings.CutSuffix(name, "?"); ok {
				r.Peers[peer] = Peer{Range: rng, Optional: true}
			} else if rng != "" {
				r.Deps[name] = rng
			}
		}
		out[word[0]] = append(out[word[0]], r)
	}
	return out
}

// shown is a step in one line: do, package, version, edit, command, what goes, and
// with ~ what goes in part.
func shown(s Step) string {
	text := s.Do.String() + " " + s.Name
	if s.To != "" {
		text += " " + s.To
	}
	if s.Key != "" {
		text += fmt.Sprintf(" [%s %s: %s]", s.File, s.Key, s.New)
	}
	for _, key := range s.Also {
		text += " + " + key
	}
	if s.Do == Update || s.Do == Prune {
		text += " `" + s.Command + "`"
	}
	for _, r := range s.Removes {
		text += " -" + r.Package
	}
	for _, r := range s.Part {
		text += " ~" + r.Package
	}
	if !s.Verified && s.Do < Remove {
		text += " unverified"
	}
	return text
}

type input struct {
	manager, lock string // "": npm 3
	tree          []string
	records       []string // see knows
	releases      []string
	more          string // of package.json
	published     bool   // the package has consumers, whom no override reaches
}

func plan(t *testing.T, in input) (*Plan, Input) {
	t.Helper()
	if in.manager == "" {
		in.manager, in.lock = "npm", "3"
	}
	g := tree(in.manager, in.lock, in.tree...)
	known := knows(t, in.records...)
	m := manifest(t, g, in.more)
	m.Private = !in.published
	made := Input{Graph: g, Manifest: m, Affected: known.Match(g), Known: known, Releases: releases(in.releases...)}
	return Make(made), made
}

func compare(t *testing.T, p *Plan, want []string) {
	t.Helper()
	var got []string
	for _, s := range p.Steps {
		got = append(got, shown(s))
		if s.Notes == nil || s.Removes == nil || s.Part == nil {
			t.Errorf("a list of %s is nil", shown(s))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
