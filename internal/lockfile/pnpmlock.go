package lockfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A pnpmReader makes the graph of a pnpm-lock.yaml.
//
// Each snapshot, that is each key with its suffix of peers, is one copy: the
// same version beside other peers is another copy. Location is that key, the
// dependency path as pnpm writes it ("lodash@4.17.21", "/lodash/4.17.21"); of
// importers it is their directory. The lockfile holds no ranges below the
// importers: there Edge.Range is the version that was chosen, and an edge is
// valid because pnpm chose it. Peers have their ranges. Names and versions of
// workspace members come from their package.json files, which are needed for
// nothing else.
//
// What pnpm 11 writes into a document of its own before the lockfile proper,
// itself and its config dependencies, runs on the machine that builds the
// package: pnpmenv.go makes development dependencies of it, pnpmconfig.go of what
// pnpm 10 has in settings alone.
type pnpmReader struct {
	in    Input
	graph *npm.Graph
	doc   strict.Value
	env   strict.Value // the document before it, if there is one
	major byte         // '5', '6', '7' or '9'
	// tarSums holds where checksums are those of the uncompressed tar: pnpm 12 with
	// lockfile.integrityTarget.
	tarSums bool
	// next holds for version 13.0, and variants are its copies by their keys, of
	// which several snapshots have one.
	next     bool
	variants map[string][]int // places in nodes

	slab  []npm.Package // the copies' memory, in one piece
	nodes []pnpmNode
	at    map[string]int // by dependency path, its place in nodes

	importers []*pnpmImporter
	folders   map[string]*pnpmImporter
	linked    []*npm.Package // linked directories that are no importers
	root      *pnpmImporter
	owner     *pnpmImporter

	addressed bool // a package's address was taken from what a dependent asks for

	edges edgeSlab
}

// A pnpmNode is one copy.
type pnpmNode struct {
	pkg        *npm.Package
	key        strict.Value
	info, snap strict.Value // of packages and snapshots; the same value before version 7
}

// A pnpmImporter is a directory for whose package.json pnpm installed.
type pnpmImporter struct {
	pkg      *npm.Package
	key      strict.Value
	value    strict.Value
	manifest *npm.Manifest // nil: not available
	unnamed  bool          // the name is only guessed from the directory
}

// pnpmVersions are the versions of the format that pnpm 3 to 12 write. The
// second was an experiment of pnpm 7, 7.0 one of pnpm 9, 13.0 is one of pnpm 12.
var pnpmVersions = []string{
	"5.0", "5.1", "5.2", "5.3", "5.4", "5.4-inlineSpecifiers", "6.0", "6.1", "7.0", "9.0", "13.0",
}

func parsePnpm(in Input) (*npm.Graph, error) {
	if n := len(in.Data); n > 0 && in.Data[n-1] != '\n' {
		return nil, fmt.Errorf("%s: its last line has no line break, so it may have been cut off: run pnpm install and "+
			"commit the lockfile", in.File)
	}
	documents, err := in.shared().parsed(path.Base(in.File), in.Data, readPnpmDocuments)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", in.File, err)
	}
	r, err := ofMember(in, documents)
	if r == nil && err == nil {
		r = newPnpmReader(in)
		if err = r.read(documents); err == nil {
			err = r.connect()
		}
	}
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{r.readEnv, r.readConfig} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.finish()
	return r.graph, nil
}

func newPnpmReader(in Input) *pnpmReader {
	return &pnpmReader{in: in, graph: &npm.Graph{Manager: "pnpm", Lockfile: in.File}, folders: map[string]*pnpmImporter{}}
}

// read reads the copies and the importers, without their edges.
func (r *pnpmReader) read(documents []strict.Value) error {
	if err := r.choose(documents); err != nil {
		return err
	}
	if err := r.version(); err != nil {
		return err
	}
	r.readCatalogs()
	r.recordOverrides()
	if err := r.readCopies(); err != nil {
		return err
	}
	return r.readImporters()
}

// choose picks the document that is the lockfile: the last of at most two. The
// first may hold only pnpm itself.
func (r *pnpmReader) choose(documents []strict.Value) error {
	r.doc = documents[len(documents)-1]
	if len(documents) > 1 {
		r.env = documents[0]
	}
	for i, d := range documents[:len(documents)-1] {
		own := d.Get("importers").Get(".")
		if i > 0 || d.Get("importers").Len() != 1 || !own.Exists() {
			return r.fail(d, "a document before the last that holds more than pnpm's own packages")
		}
		for k := range own.Members() {
			if s := k.Text(); s != "configDependencies" && s != "packageManagerDependencies" {
				return r.fail(k, "a document before the last that holds %+q, not pnpm's own packages only", clip(s))
			}
		}
	}
	return nil
}

func (r *pnpmReader) version() error {
	v := r.doc.Get("lockfileVersion")
	text := v.Text()
	if !slices.Contains(pnpmVersions, text) {
		if !v.Exists() {
			return r.fail(r.doc, "it has no lockfileVersion")
		}
		return r.fail(v, "lockfileVersion is %+q, this version reads %s", clip(text), strings.Join(pnpmVersions, ", "))
	}
	r.graph.Version, r.major = text, text[0]
	if r.next = text == "13.0"; r.next {
		r.major = '9' // wherever pnpmnext.go has no code of its own
	}
	r.tarSums = r.section("settings").Get("integrityTarget").Text() == "tar"
	return nil
}

// fail returns an error that begins with file, line and column of a value.
func (r *pnpmReader) fail(at strict.Value, format string, args ...any) error {
	line, column := at.Position()
	return fmt.Errorf("%s:%d:%d: %s", r.in.File, line, column, fmt.Sprintf(format, args...))
}

func (r *pnpmReader) note(kind string, at strict.Value, format string, args ...any) {
	line, column := at.Position()
	r.graph.Notes = append(r.graph.Notes, npm.Note{
		Kind: kind, Text: fmt.Sprintf(format, args...), File: r.in.File, Line: line, Column: column,
	})
}

// mapping reads a section that is a mapping where it is.
func (r *pnpmReader) mapping(key, v strict.Value) error {
	if v.Kind() != strict.Object {
		return r.fail(v, "%+q is %s, expected a mapping", clip(key.Text()), v.Kind())
	}
	return nil
}

// text reads a scalar that is not null.
func (r *pnpmReader) text(key, v strict.Value) (string, error) {
	switch v.Kind() {
	case strict.Object, strict.Array, strict.Null:
		return "", r.fail(v, "%+q is %s, expected a string", clip(key.Text()), v.Kind())
	}
	return v.Shared(), nil
}

// finish computes scopes and notes what nothing needs.
func (r *pnpmReader) finish() {
	g := r.graph
	g.Packages = append(r.packages(), r.linked...)
	g.Root = r.root.pkg
	r.aliases()
	g.Settle(r.owner.pkg)
	r.keepPeers()
	if r.root == r.owner {
		for i := range r.nodes {
			if p := r.nodes[i].pkg; p.Extraneous {
				r.note(npm.NoteExtraneous, r.nodes[i].key, "nothing needs %s", p.ID())
			}
		}
	}
	r.compareManifest()
	slices.SortStableFunc(g.Notes, func(x, y npm.Note) int {
		if c := strings.Compare(x.File, y.File); c != 0 {
			return c
		}
		return x.Line - y.Line
	})
}

// keepPeers removes the extraneous flag from copies that only optional peers
// use, and from their dependencies: unlike npm, pnpm installs them.
func (r *pnpmReader) keepPeers() {
	var queue []*npm.Package
	for _, p := range r.graph.Packages {
		if !p.Extraneous {
			queue = append(queue, p)
		}
	}
	if len(queue) == len(r.graph.Packages) {
		return
	}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for i := range p.Deps {
			if to := p.Deps[i].To; to != nil && to.Extraneous {
				to.Extraneous, to.Optional, to.Peer = false, true, true
				queue = append(queue, to)
			}
		}
	}
}

// aliases sets the alias of each copy that dependents know by exactly one other
// name.
func (r *pnpmReader) aliases() {
	found := map[*npm.Package]string{}
	each := func(visit func(e *npm.Edge)) {
		for _, p := range r.graph.Packages {
			for i := range p.Deps {
				if e := &p.Deps[i]; e.To != nil && e.To.Source != npm.SourceLocal {
					visit(e)
				}
			}
		}
	}
	each(func(e *npm.Edge) {
		if e.Name == e.To.Name {
			return
		}
		if have, ok := found[e.To]; ok && have != e.Name {
			found[e.To] = ""
		} else {
			found[e.To] = e.Name
		}
	})
	if len(found) == 0 {
		return
	}
	each(func(e *npm.Edge) {
		if _, ok := found[e.To]; ok && e.Name == e.To.Name {
			found[e.To] = ""
		}
	})
	for p, name := range found {
		p.Alias = name
	}
}
