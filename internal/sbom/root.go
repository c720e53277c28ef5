package sbom

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/npm"
)

// frame returns the document with its two long lists empty.
func (b *builder) frame(r *reader) *frame {
	doc := &frame{
		JSONSchema:   "http://cyclonedx.org/schema/bom-" + b.in.Version + ".schema.json",
		BOMFormat:    cdx.BOMFormat,
		SpecVersion:  specVersions[slices.Index(Versions, b.in.Version)],
		SerialNumber: unsealed,
		Version:      1,
		Metadata:     metadata{Tools: b.tools(), Component: narrow(b.root(r))},
		Components:   []struct{}{},
		Dependencies: []struct{}{},
	}
	if !b.in.Timestamp.IsZero() {
		doc.Metadata.Timestamp = b.in.Timestamp.UTC().Format(time.RFC3339)
	}
	if b.since("1.5") { // read from a lockfile, not from the installed packages
		doc.Metadata.Lifecycles = []cdx.Lifecycle{{Phase: cdx.LifecyclePhasePreBuild}}
	}
	doc.Metadata.Properties = []cdx.Property{{Name: "cdx:reproducible", Value: "true"}}
	if n := b.unreachable(); n > 0 {
		doc.Metadata.Properties = append(doc.Metadata.Properties,
			cdx.Property{Name: "publishgate:unreachable", Value: strconv.Itoa(n)})
	}
	if v := b.vulnerabilities(); len(v) > 0 {
		doc.Vulnerabilities = v
	}
	return doc
}

var specVersions = []cdx.SpecVersion{cdx.SpecVersion1_4, cdx.SpecVersion1_5, cdx.SpecVersion1_6, cdx.SpecVersion1_7}

// unreachable counts the lockfile's packages that are left out.
func (b *builder) unreachable() int {
	n := -b.reached
	for _, p := range b.in.Graph.Packages {
		if !p.Link || p.Target == nil {
			n++
		}
	}
	return n
}

// tools names this program, which writes the document.
func (b *builder) tools() any {
	if b.since("1.5") {
		return tools{[]any{narrow(&cdx.Component{Type: cdx.ComponentTypeApplication, Name: "publishgate", Version: b.in.ToolVersion})}}
	}
	//lint:ignore SA1019 CycloneDX 1.4 has no other form
	return []cdx.Tool{{Vendor: "publishgate", Name: "publishgate", Version: b.in.ToolVersion}}
}

// root describes the package itself, from its manifest and its tarball.
func (b *builder) root(r *reader) *cdx.Component {
	n := &b.nodes[b.index.of(b.in.Graph.Root)]
	m := b.in.Manifest
	if m == nil {
		m = &npm.Manifest{}
	}
	license := cmp.Or(m.License, n.pkg.License)
	c := b.head(n, m.Author.Name, m.Author.URL)
	c.Licenses = r.license(license)
	var hashes []cdx.Hash
	for _, h := range []cdx.Hash{{Algorithm: cdx.HashAlgoSHA1, Value: b.in.SHA1},
		{Algorithm: cdx.HashAlgoSHA256, Value: b.in.SHA256}, {Algorithm: cdx.HashAlgoSHA512, Value: b.in.SHA512}} {
		if h.Value != "" {
			hashes = append(hashes, h)
		}
	}
	c.Hashes = orNil(hashes)
	if url, ok := repository(m.Repository); ok {
		c.ExternalReferences = &[]cdx.ExternalReference{{URL: url, Type: cdx.ERTypeVCS}}
	}
	var properties []cdx.Property
	if m.Private {
		properties = append(properties, cdx.Property{Name: "cdx:npm:package:private", Value: "true"})
	}
	if strings.TrimSpace(license) == "" {
		properties = append(properties, cdx.Property{Name: "publishgate:license", Value: "unknown"})
	}
	c.Properties = orNil(properties)
	c.Components = orNil(b.assembly(r, n))
	return &c
}

// assembly lists the contents of the tarball: the bundled packages that are not
// in the graph, then the files.
func (b *builder) assembly(r *reader, root *node) []cdx.Component {
	bundled := slices.Clone(b.in.Bundled)
	slices.SortStableFunc(bundled, func(x, y Bundled) int { return strings.Compare(x.Path, y.Path) })
	files := slices.Clone(b.in.Files)
	slices.SortStableFunc(files, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	// An archive may contain a path twice, which is a finding; refs must be
	// unique.
	bundled = slices.CompactFunc(bundled, func(x, y Bundled) bool { return x.Path == y.Path })
	files = slices.CompactFunc(files, func(x, y File) bool { return x.Path == y.Path })
	known := b.bundledCopies()
	var list []cdx.Component
	for _, x := range bundled {
		if !known[Bundled{Path: x.Path, Name: x.Name, Version: x.Version}] &&
			!known[Bundled{Name: x.Name, Version: x.Version}] {
			list = append(list, b.bundled(r, root, x))
		}
	}
	for _, f := range files {
		list = append(list, cdx.Component{BOMRef: root.ref + "#" + f.Path, Type: cdx.ComponentTypeFile, Name: f.Path,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: f.SHA256}}})
	}
	return list
}

// bundledCopies returns the bundled packages that already have a component. If
// the lockfile names directories, they are identified by directory, else by
// name and version.
func (b *builder) bundledCopies() map[Bundled]bool {
	known := map[Bundled]bool{}
	if len(b.in.Bundled) == 0 {
		return known
	}
	within := b.in.Graph.Root.Location
	if within != "" {
		within += "/"
	}
	for i := range b.nodes {
		p := b.nodes[i].pkg
		if !p.Bundled && p.Source != npm.SourceBundled {
			continue
		}
		x := Bundled{Name: p.Name, Version: p.Version}
		if isPath(p) {
			x.Path = strings.TrimPrefix(p.Location, within)
		}
		known[x] = true
	}
	return known
}

// bundled describes a bundled package from its own package.json: its origin is
// not known, and it has no hash of its own.
func (b *builder) bundled(r *reader, root *node, x Bundled) cdx.Component {
	p := &npm.Package{Name: x.Name, Version: x.Version}
	n := &node{pkg: p, ref: root.ref + "#" + x.Path}
	if x.Name != "" {
		n.purl = npm.PURL(p)
	}
	c := b.head(n, "", "")
	c.Scope = cdx.ScopeRequired
	c.Licenses = r.license(x.License)
	properties := []cdx.Property{{Name: "cdx:npm:package:bundled", Value: "true"},
		{Name: "cdx:npm:package:path", Value: x.Path}}
	if strings.TrimSpace(x.License) == "" {
		properties = append(properties, cdx.Property{Name: "publishgate:license", Value: "unknown"})
	}
	c.Properties = &properties
	return c
}
