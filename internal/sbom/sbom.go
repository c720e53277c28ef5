// Package sbom writes the dependency graph as a CycloneDX bill of materials.
//
// Every copy that the judged package reaches is a component of its own, so that
// the edges are exactly those Node would follow. npm sbom and trivy fold copies
// of one version into one component and so lose which copy sees which
// dependency; cyclonedx-npm keeps them apart, as we do. The bom-ref is the purl
// where a purl stands once in the tree, and "purl|location" for each of several
// copies; it is unique either way, and adding a copy elsewhere does not touch it.
//
// What is not reached from the package – extraneous entries, other members of
// the workspace – is left out, and the number of it stands in the metadata. What
// the tarball carries is assembled in the component of the package itself:
// bundled packages that the graph does not know, and its files if asked for.
//
// The same input gives the same bytes: there is no clock and no random serial
// number. The document is CycloneDX's own library's: its structs, and its encoder
// for all but the two long lists, whose items are encoded in runs, side by side.
// The package judges nothing and validates nothing at run time; that what it
// writes is valid is shown by its tests against the published schemas.
package sbom

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// Versions are the versions of CycloneDX that Write knows, oldest first.
var Versions = []string{"1.4", "1.5", "1.6", "1.7"}

// DefaultVersion is written where Input names none.
const DefaultVersion = "1.6"

// Input is all that goes into a bill of materials.
type Input struct {
	Version     string        // of CycloneDX, one of Versions; empty: DefaultVersion
	Graph       *npm.Graph    // required
	Manifest    *npm.Manifest // of Graph.Root; nil where there is none
	SHA1        string        // of the package's tarball, lower-case hex; this and the
	SHA256      string        // next two empty where there is no tarball
	SHA512      string
	Timestamp   time.Time // of SOURCE_DATE_EPOCH; zero: none is written
	ToolVersion string    // publishgate's own; may be empty

	Bundled []Bundled // packages found in the tarball
	Files   []File    // of the tarball; empty: they are not listed

	Vulnerabilities []Vulnerability // what is said about advisories, in the order it is written

	// License reads a licence as package.json writes it, as license.Expression
	// does: an identifier of the SPDX list gives that alone, another valid
	// expression its canonical text and true, free text no identifiers. Nil:
	// every licence is written as a name. Several goroutines call it.
	License func(text string) (canonical string, ids []string, isExpression bool)
}

// A Bundled is a package that the tarball carries in a node_modules of its own.
type Bundled struct {
	Path    string // of its folder, from the package's: "node_modules/a"
	Name    string // as its own package.json has it
	Version string // the same; empty: it states none
	License string // the same
}

// A File is one file of the tarball.
type File struct {
	Path   string // from the package's folder: "lib/index.js"
	SHA256 string // lower-case hex
}

// Write writes in as CycloneDX JSON, ending in a newline. An error is one of w,
// an unknown version, or a graph without a root. Nothing is written before the
// whole document stands.
func Write(w io.Writer, in Input) error {
	s := newSealer(nil)
	if err := in.write(s); err != nil {
		return err
	}
	if b, ok := w.(interface{ Grow(n int) }); ok { // a buffer: grown once, not by doubling
		size := 0
		for _, part := range s.parts {
			size += len(part)
		}
		b.Grow(size)
	}
	for _, part := range s.parts {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write sbom: %w", err)
		}
	}
	return nil
}

// WriteFile is Write to an empty file that nobody reads yet: piece by piece, so
// that the document, three times as large as its lockfile, is never held whole.
// After an error the file holds a part of it.
func WriteFile(f Seeker, in Input) error {
	s := newSealer(f)
	return in.write(s)
}

func (in Input) write(s *sealer) error {
	if in.Version == "" {
		in.Version = DefaultVersion
	}
	if !slices.Contains(Versions, in.Version) {
		return fmt.Errorf("unknown CycloneDX version %q: known are %s", in.Version, strings.Join(Versions, ", "))
	}
	if in.Graph == nil || in.Graph.Root == nil {
		return fmt.Errorf("write sbom: the dependency graph has no root")
	}
	if err := newBuilder(in).document(s); err != nil {
		return fmt.Errorf("write sbom: %w", err)
	}
	return nil
}

// A builder turns one Input into one document.
type builder struct {
	in    Input
	nodes []node // all that is described, by ref; the root among them
	index index  // where in nodes a package is
	// peers stand for what the package expects of its consumer and is not
	// installed here, by the index of the root's edge.
	peers   map[int]*npm.Package
	reached int // packages of the graph among the nodes
}

// A node is one package of the document.
type node struct {
	pkg       *npm.Package
	ref, purl string
	accepts   string // of a peer that is not installed: the versions, as vers
}

// An index says where in a list a package is.
type index struct {
	graph []*npm.Package
	at    []int32                // by the package's own Index, one more; 0: not in the list
	other map[*npm.Package]int32 // the same of packages that the graph does not list
}

func newIndex(g *npm.Graph) index {
	return index{g.Packages, make([]int32, len(g.Packages)), map[*npm.Package]int32{}}
}

func (x *index) set(p *npm.Package, at int) {
	if i := p.Index; i < len(x.graph) && x.graph[i] == p {
		x.at[i] = int32(at) + 1
	} else {
		x.other[p] = int32(at) + 1
	}
}

// of returns -1 for what is not in the list.
func (x *index) of(p *npm.Package) int32 {
	if i := p.Index; i < len(x.graph) && x.graph[i] == p {
		return x.at[i] - 1
	}
	return x.other[p] - 1
}

func newBuilder(in Input) *builder {
	b := &builder{in: in, index: newIndex(in.Graph)}
	b.reach()
	b.expect()
	b.name()
	return b
}

// since holds where the document is of a version of CycloneDX or a later one.
func (b *builder) since(version string) bool { return b.in.Version >= version }

// reach gathers the packages that the root reaches, root first, each once. A
// link is passed through to what it points to, where that is known.
func (b *builder) reach() {
	root := b.in.Graph.Root
	b.nodes = append(make([]node, 0, len(b.in.Graph.Packages)+1), node{pkg: root})
	b.index.set(root, 0)
	for i := 0; i < len(b.nodes); i++ {
		for j := range b.nodes[i].pkg.Deps {
			p := target(b.nodes[i].pkg.Deps[j].To)
			if p == nil {
				continue
			}
			if b.index.of(p) < 0 {
				b.index.set(p, len(b.nodes))
				b.nodes = append(b.nodes, node{pkg: p})
			}
		}
	}
	b.reached = len(b.nodes)
}

// target is where a link ends; for anything else, and for a link to something
// the lockfile does not hold, the package itself. A ring of links ends too.
func target(p *npm.Package) *npm.Package {
	for hops := 0; p != nil && p.Link && p.Target != nil && hops < 16; hops++ {
		p = p.Target
	}
	return p
}
