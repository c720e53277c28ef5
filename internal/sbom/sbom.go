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
// the workspace – is left out, and the number of it stands in the metadata.
//
// The same input gives the same bytes: there is no clock and no random serial
// number. The package judges nothing and validates nothing at run time; that
// what it writes is valid is shown by its tests against the published schemas.
package sbom

import (
	"bytes"
	"crypto/sha1" // of RFC 4122's version 5 identifiers; not a signature
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/say"
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

	// License reads a licence as package.json writes it, as license.Expression
	// does: an identifier of the SPDX list gives that alone, another valid
	// expression its canonical text and true, free text no identifiers. Nil:
	// every licence is written as a name.
	License func(text string) (canonical string, ids []string, isExpression bool)
}

// Write writes in as CycloneDX JSON, ending in a newline. An error is one of w,
// an unknown version, or a graph without a root.
func Write(w io.Writer, in Input) error {
	v, err := parseVersion(in.Version)
	if err != nil {
		return err
	}
	if in.Graph == nil || in.Graph.Root == nil {
		return fmt.Errorf("write sbom: the dependency graph has no root")
	}
	b := builder{in: in, version: v}
	doc, err := encode(b.bom())
	if err != nil {
		return fmt.Errorf("write sbom: %w", err)
	}
	if _, err := w.Write(sealed(say.JSON(doc))); err != nil {
		return fmt.Errorf("write sbom: %w", err)
	}
	return nil
}

func parseVersion(s string) (cdx.SpecVersion, error) {
	switch s {
	case "1.4":
		return cdx.SpecVersion1_4, nil
	case "1.5":
		return cdx.SpecVersion1_5, nil
	case "1.6", "":
		return cdx.SpecVersion1_6, nil
	case "1.7":
		return cdx.SpecVersion1_7, nil
	}
	return 0, fmt.Errorf("unknown CycloneDX version %q: known are %s", s, strings.Join(Versions, ", "))
}

const (
	unsealed = "urn:uuid:00000000-0000-0000-0000-000000000000"
	// namespace is ours, a random one: it makes our serial numbers differ from
	// those others derive from the same bytes.
	namespace = "\x8f\x1d\x0b\x52\x5c\x7e\x4d\x0a\x9b\x36\x2e\x64\xf0\x8c\x71\xa3"
)

// sealed replaces the empty serial number by a version 5 identifier of the
// document as it stands (CycloneDX wants one for each content; a reproducible
// document cannot have one for each run). The serial number comes before all
// foreign text, so the first match is the right one.
func sealed(doc []byte) []byte {
	h := sha1.New()
	h.Write([]byte(namespace))
	h.Write(doc)
	id := h.Sum(nil)[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	x := hex.EncodeToString(id)
	serial := "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	copy(doc[bytes.Index(doc, []byte(unsealed)):], serial)
	return doc
}

// A builder turns one Input into one document.
type builder struct {
	in      Input
	version cdx.SpecVersion
	refs    map[*npm.Package]string
	purls   map[*npm.Package]string
}

func (b *builder) bom() *cdx.BOM {
	reached := reachable(b.in.Graph.Root)
	b.name(reached)

	components := make([]cdx.Component, 0, len(reached))
	dependencies := make([]cdx.Dependency, 0, len(reached))
	for _, p := range reached {
		if p != b.in.Graph.Root {
			components = append(components, b.component(p))
		}
		dependencies = append(dependencies, b.dependency(p))
	}
	slices.SortFunc(components, func(x, y cdx.Component) int { return strings.Compare(x.BOMRef, y.BOMRef) })
	slices.SortFunc(dependencies, func(x, y cdx.Dependency) int { return strings.Compare(x.Ref, y.Ref) })

	return &cdx.BOM{
		JSONSchema:   "http://cyclonedx.org/schema/bom-" + b.version.String() + ".schema.json",
		BOMFormat:    cdx.BOMFormat,
		SpecVersion:  b.version,
		SerialNumber: unsealed,
		Version:      1,
		Metadata:     b.metadata(len(reached)),
		Components:   &components,
		Dependencies: &dependencies,
	}
}

// reachable lists the packages that root reaches, root first, each once. A link
// is passed through to what it points to, where that is known.
func reachable(root *npm.Package) []*npm.Package {
	seen := map[*npm.Package]bool{root: true}
	list := []*npm.Package{root}
	for i := 0; i < len(list); i++ {
		for _, e := range list[i].Deps {
			if p := target(e.To); p != nil && !seen[p] {
				seen[p] = true
				list = append(list, p)
			}
		}
	}
	return list
}

// target is where a link ends; for anything else, and for a link to something
// the lockfile does not hold, the package itself. A ring of links ends too.
func target(p *npm.Package) *npm.Package {
	for hops := 0; p != nil && p.Link && p.Target != nil && hops < 16; hops++ {
		p = p.Target
	}
	return p
}

// name gives each package its purl and its bom-ref.
func (b *builder) name(packages []*npm.Package) {
	b.refs = make(map[*npm.Package]string, len(packages))
	b.purls = make(map[*npm.Package]string, len(packages))
	copies := make(map[string]int, len(packages))
	for _, p := range packages {
		purl := packageURL(p)
		b.purls[p] = purl
		copies[purl]++
	}
	taken := make(map[string]bool, len(packages))
	for _, p := range packages {
		ref := b.purls[p]
		if copies[ref] > 1 || ref == "" {
			ref += "|" + p.Location
		}
		for n := 2; taken[ref]; n++ { // two entries at one location: no lockfile of npm's, but a graph may hold them
			ref += "|" + strconv.Itoa(n)
		}
		taken[ref] = true
		b.refs[p] = ref
	}
}

// packageURL is npm.PURL of a package that has a name.
func packageURL(p *npm.Package) string {
	if p.Name == "" {
		return ""
	}
	return npm.PURL(p)
}

func (b *builder) dependency(p *npm.Package) cdx.Dependency {
	on := make([]string, 0, len(p.Deps)) // never nil: a leaf says that it has none
	for _, e := range p.Deps {
		if to := target(e.To); to != nil && to != p {
			on = append(on, b.refs[to])
		}
	}
	slices.Sort(on)
	on = slices.Compact(on) // an alias and the real name may end at one copy
	return cdx.Dependency{Ref: b.refs[p], Dependencies: &on}
}

func (b *builder) metadata(reached int) *cdx.Metadata {
	m := &cdx.Metadata{Component: b.root(), Tools: b.tools()}
	if !b.in.Timestamp.IsZero() {
		m.Timestamp = b.in.Timestamp.UTC().Format(time.RFC3339)
	}
	if b.version >= cdx.SpecVersion1_5 {
		m.Lifecycles = &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhasePreBuild}} // read from a lockfile, not from what is installed
	}
	properties := []cdx.Property{{Name: "cdx:reproducible", Value: "true"}}
	left := 0
	for _, p := range b.in.Graph.Packages {
		if !p.Link || p.Target == nil {
			left++
		}
	}
	if left -= reached; left > 0 {
		properties = append(properties, cdx.Property{Name: "publishgate:unreachable", Value: strconv.Itoa(left)})
	}
	m.Properties = &properties
	return m
}

func (b *builder) tools() *cdx.ToolsChoice {
	if b.version < cdx.SpecVersion1_5 {
		return &cdx.ToolsChoice{Tools: &[]cdx.Tool{{Vendor: "publishgate", Name: "publishgate", Version: b.in.ToolVersion}}}
	}
	return &cdx.ToolsChoice{Components: &[]cdx.Component{{
		Type: cdx.ComponentTypeApplication, Name: "publishgate", Version: b.in.ToolVersion,
	}}}
}
