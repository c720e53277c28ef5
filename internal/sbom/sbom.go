// Package sbom writes the dependency graph as a CycloneDX bill of materials.
//
// Every copy that the judged package reaches is a component, so that the edges
// are exactly those Node follows. npm sbom and trivy merge copies of one
// version into one component and lose which copy has which dependency;
// cyclonedx-npm keeps them apart, as we do. The bom-ref is the purl if that is
// unique in the tree, and "purl|location" for each of several copies. It is
// always unique, and does not change when a copy is added elsewhere.
//
// Packages that are not reached (extraneous entries, other members of the
// workspace) are left out, and the metadata has their number. The contents of
// the tarball are in the assembly of the package's own component: bundled
// packages that are not in the graph, and files if asked for.
//
// The same input gives the same bytes: there is no clock and no random serial
// number. The document is made of the structs of CycloneDX's own library, by
// whose tags encoding/json writes it: first the frame of the two long lists, then
// their items in parallel runs. The package judges nothing and does not validate
// at run time; its tests validate its output against the published schemas.
package sbom

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// Versions are the versions of CycloneDX that Write supports, oldest first.
var Versions = []string{"1.4", "1.5", "1.6", "1.7"}

// DefaultVersion is the version that is written if Input names none.
const DefaultVersion = "1.6"

// Input is the content of a bill of materials.
type Input struct {
	Version     string        // of CycloneDX, one of Versions; empty: DefaultVersion
	Graph       *npm.Graph    // required
	Manifest    *npm.Manifest // of Graph.Root; nil if there is none
	SHA1        string        // lower-case hex digests of the package's tarball;
	SHA256      string        // all three are empty if there is none
	SHA512      string
	Timestamp   time.Time // of SOURCE_DATE_EPOCH; zero: none is written
	ToolVersion string    // publishgate's own; may be empty

	Bundled []Bundled // packages found in the tarball
	Files   []File    // of the tarball; empty: they are not listed

	Vulnerabilities []Vulnerability // statements about advisories, in the order they are written

	// License reads a licence as license.Expression does. It takes the text in
	// package.json and returns: for an id of the SPDX list that id alone, for
	// another valid expression its canonical text and true, for free text no
	// ids. Nil: every licence is written as a name. Several goroutines call it.
	License func(text string) (canonical string, ids []string, isExpression bool)
}

// A Bundled is a package that the tarball contains in a node_modules directory.
type Bundled struct {
	Path    string // its directory, relative to the package's: "node_modules/a"
	Name    string // from its own package.json
	Version string // the same; empty if it has none
	License string // the same
}

// A File is one file of the tarball.
type File struct {
	Path   string // relative to the package's directory: "lib/index.js"
	SHA256 string // lower-case hex
}

// Write writes in as CycloneDX JSON, ending in a newline. It returns w's error,
// or one for an unknown version or a graph without a root. It writes nothing
// before the whole document is complete.
func Write(w io.Writer, in Input) error {
	s := newSealer(nil)
	if err := in.write(s); err != nil {
		return err
	}
	if b, ok := w.(interface{ Grow(n int) }); ok { // a buffer: grow it once, not by doubling
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

// WriteFile is Write to an empty file that nobody reads yet. It writes piece by
// piece, so the document, three times as large as its lockfile, is never in
// memory as a whole. After an error the file contains a part of it.
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

// A builder converts one Input to one document.
type builder struct {
	in    Input
	nodes []node // all packages of the document by ref, the root included
	index index  // position of a package in nodes
	// peers represent the packages that the root expects of its consumer and
	// that are not installed here, by the index of the root's edge.
	peers   map[int]*npm.Package
	reached int // number of nodes from the graph
}

// A node is one package of the document.
type node struct {
	pkg       *npm.Package
	ref, purl string
	accepts   string // of a peer that is not installed: its versions, as vers
}

// An index maps packages to their position in a list.
type index struct {
	graph []*npm.Package
	at    []int32                // by the package's own Index: position plus 1; 0: not in the list
	other map[*npm.Package]int32 // the same for packages that the graph does not list
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

// of returns the position of a package, or -1.
func (x *index) of(p *npm.Package) int32 {
	if i := p.Index; i < len(x.graph) && x.graph[i] == p {
		return x.at[i] - 1
	}
	return x.other[p] - 1
}

func newBuilder(in Input) *builder {
	b := &builder{in: in, index: newIndex(in.Graph)}
	b.collect()
	b.expect()
	b.name()
	return b
}

// since reports whether the document has the given version of CycloneDX or a
// later one.
func (b *builder) since(version string) bool { return b.in.Version >= version }

// collect collects the packages that the root reaches, the root first, each
// once. A link is replaced by its target, if that is known.
func (b *builder) collect() {
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

// target returns the end of a chain of links. For anything but a link, and for
// a link to something that is not in the lockfile, that is the package itself.
// It also ends for a cycle.
func target(p *npm.Package) *npm.Package {
	for hops := 0; p != nil && p.Link && p.Target != nil && hops < 16; hops++ {
		p = p.Target
	}
	return p
}
