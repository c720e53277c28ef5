package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// An importer is a directory of the checkout that is part of the graph: the
// lockfile's own, a workspace member, or a linked one.
type importer struct {
	pkg      *npm.Package
	manifest *npm.Manifest // nil: it has none
}

// importers are all importers of a lockfile. Their package.json files have the
// dependencies, or the fields that declare them, which such a lockfile leaves
// out.
type importers struct {
	in    Input
	list  []*importer
	at    map[string]*importer // by directory
	named map[string]*importer // the workspace members, by name
}

func newImporters(in Input) *importers {
	return &importers{in: in, at: map[string]*importer{}, named: map[string]*importer{}}
}

// owner returns the package.json beside the lockfile, nil if unknown.
func (in Input) owner() *npm.Manifest {
	if in.Member == "" {
		return in.Manifest
	}
	return in.Owner
}

// add makes the importer of a directory, once. The manifests of the judged
// package and of the lockfile's own are in the Input.
func (l *importers) add(folder string) (*importer, error) {
	if have := l.at[folder]; have != nil {
		return have, nil
	}
	i := &importer{pkg: &npm.Package{Location: folder, Source: npm.SourceLocal, Line: 1, Column: 1}}
	if folder != "" {
		i.pkg.Name = path.Base(folder)
	}
	if strings.HasPrefix(folder, "../") {
		i.pkg.Source = npm.SourceFile
	}
	switch folder {
	case l.in.Member:
		i.manifest = l.in.Manifest
	case "":
		i.manifest = l.in.owner()
	default:
		m, err := l.in.Checkout.Manifest(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		i.manifest = m
	}
	if m := i.manifest; m != nil {
		if m.Name != "" {
			i.pkg.Name = m.Name
		}
		i.pkg.Version, i.pkg.License = m.Version, m.License
	}
	l.at[folder] = i
	l.list = append(l.list, i)
	return i, nil
}

// member adds a workspace member. name is used if its package.json has none.
func (l *importers) member(folder, name string) (*importer, error) {
	i, err := l.add(folder)
	if err == nil {
		if name != "" && (i.manifest == nil || i.manifest.Name == "") {
			i.pkg.Name = name
		}
		i.pkg.Workspace = folder != ""
		if have := l.named[i.pkg.Name]; have != nil && have != i {
			return nil, fmt.Errorf("%s: the workspaces %s and %s have the same name", l.in.File, show(have.pkg.Location), show(folder))
		}
		l.named[i.pkg.Name] = i
	}
	return i, err
}

// drop removes the importer that was added last.
func (l *importers) drop(i *importer) {
	delete(l.at, i.pkg.Location)
	l.list = l.list[:len(l.list)-1]
}

// root returns the importer that is judged.
func (l *importers) root() (*importer, error) {
	if i := l.at[l.in.Member]; i != nil && (l.in.Member == "" || i.pkg.Workspace) {
		return i, nil
	}
	return nil,
		notMember{fmt.Errorf("%s:1:1: it has no entry for the folder %s: add it to the workspaces and run yarn install, or "+
			"give it a lockfile of its own", l.in.File, l.in.Member)}
}

// A finder sets the copy at which an edge of an importer ends, if there is one,
// and whether the copy satisfies the edge.
type finder func(from *importer, e *npm.Edge)

// declared returns the dependencies of a manifest, one per name. If several
// fields declare a name, the first of optional, prod, dev, peer counts, as for
// npm.
func declared(m *npm.Manifest, dev bool) []npm.Dependency {
	all := make([]npm.Dependency, 0, len(m.Dependencies))
	seen := make(map[string]bool, len(m.Dependencies))
	for _, kinds := range [][2]npm.EdgeKind{
		{npm.EdgeOptional, npm.EdgeOptional}, {npm.EdgeProd, npm.EdgeProd}, {npm.EdgeDev, npm.EdgeDev}, {npm.EdgePeer, npm.EdgePeerOptional},
	} {
		for _, d := range m.Dependencies {
			if d.Kind != kinds[0] && d.Kind != kinds[1] || seen[d.Name] || d.Kind == npm.EdgeDev && !dev {
				continue
			}
			seen[d.Name] = true
			all = append(all, d)
		}
	}
	return all
}

// edges makes the edges of an importer: the owner's to the workspace members,
// then those its manifest declares. A linked directory that is no member has no
// edges to its development dependencies.
func (l *importers) edges(i *importer, find finder) []npm.Edge {
	var edges []npm.Edge
	seen := map[string]bool{}
	if i == l.at[""] {
		for _, m := range l.list {
			if m.pkg.Workspace && !seen[m.pkg.Name] {
				edges = append(edges, npm.Edge{Name: m.pkg.Name, Range: "workspace:" + m.pkg.Location, Kind: npm.EdgeWorkspace, To: m.pkg, Valid: true})
				seen[m.pkg.Name] = true
			}
		}
	}
	if i.manifest == nil {
		return edges
	}
	for _, d := range declared(i.manifest, i.pkg.Workspace || i.pkg.Location == "") {
		e := npm.Edge{Name: d.Name, Range: d.Range, Kind: d.Kind}
		find(i, &e)
		// The owner may take from the registry a package with the name of a member.
		if !seen[d.Name] || e.To != nil && !e.To.Workspace {
			edges = append(edges, e)
		}
	}
	return edges
}

// finish completes a graph whose packages have their edges: scopes, what is
// missing, what nothing needs. Missing peers are left to the checks.
func (l *importers) finish(g *npm.Graph) error {
	root, err := l.root()
	if err != nil {
		return err
	}
	owner := l.at[""]
	g.Root = root.pkg
	g.Settle(owner.pkg)
	for _, i := range l.list {
		l.missingOf(g, i, root)
	}
	for _, p := range g.Packages {
		if l.at[p.Location] != nil {
			continue
		}
		if p.Extraneous && root == owner && !isResolution(l.in.owner(), p) {
			l.note(g, npm.NoteExtraneous, p, "nothing needs %s", p.ID())
		}
		for _, d := range p.Deps {
			berry := g.Version != "1" // yarn 2 and later resolve all with --immutable, yarn 1 checks the root's dependencies only
			switch {
			case d.Kind != npm.EdgeProd && !(d.Kind == npm.EdgeOptional && d.To == nil && berry):
			case d.To == nil:
				l.note(g, npm.NoteMissing, p, "%s needs %s@%s, which is not in the lockfile", p.ID(), d.Name, d.Range)
				g.Notes[len(g.Notes)-1].Refused = berry
			case !d.Valid:
				l.note(g, npm.NoteInvalid, p, "%s needs %s@%s, but the lockfile gives it %s", p.ID(), d.Name, d.Range, d.To.ID())
			}
		}
	}
	slices.SortStableFunc(g.Notes, func(x, y npm.Note) int {
		if c := strings.Compare(x.File, y.File); c != 0 {
			return c
		}
		return x.Line - y.Line
	})
	return nil
}

func (l *importers) note(g *npm.Graph, kind string, p *npm.Package, format string, args ...any) {
	g.Notes = append(g.Notes, npm.Note{Kind: kind, Text: fmt.Sprintf(format, args...), File: l.in.File, Line: p.Line, Column: p.Column})
}

// missingOf notes dependencies of an importer that the lockfile lacks, with
// their line. For the judged package that is a mismatch: a frozen install
// refuses it.
func (l *importers) missingOf(g *npm.Graph, i, root *importer) {
	if i.manifest == nil {
		return
	}
	type ask struct {
		name string
		kind npm.EdgeKind
	}
	edges := make(map[ask]*npm.Edge, len(i.pkg.Deps))
	for k := range i.pkg.Deps {
		edges[ask{i.pkg.Deps[k].Name, i.pkg.Deps[k].Kind}] = &i.pkg.Deps[k]
	}
	missing, invalid := npm.NoteMissing, npm.NoteInvalid
	if i == root {
		missing, invalid = npm.NoteLockMismatch, npm.NoteLockMismatch
	}
	for _, d := range i.manifest.Dependencies {
		e := edges[ask{d.Name, d.Kind}]
		if e == nil || d.Kind == npm.EdgePeer || d.Kind == npm.EdgePeerOptional {
			continue
		}
		note := npm.Note{File: i.manifest.File, Line: d.Line, Column: d.Column}
		switch {
		case e.To == nil:
			note.Kind, note.Text = missing, d.Name+"@"+d.Range+" is not in "+l.in.File
		case !e.Valid:
			note.Kind, note.Text = invalid, d.Name+"@"+d.Range+" is not what "+l.in.File+" holds: "+e.To.ID()
		default:
			continue
		}
		g.Notes = append(g.Notes, note)
	}
}

// isResolution reports whether a copy is in the lockfile because resolutions
// name it. yarn writes it even if the resolution has no effect.
func isResolution(m *npm.Manifest, p *npm.Package) bool {
	if m == nil {
		return false
	}
	return slices.ContainsFunc(m.Overrides, func(o npm.Override) bool { return o.Name == p.Name || o.Name == p.Alias })
}
