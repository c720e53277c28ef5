package sbom

import (
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/npm"
)

// beginning writes all that comes before the list of components.
func (b *builder) beginning(e *encoder) {
	e.Open('{')
	e.Plain("$schema", "http://cyclonedx.org/schema/bom-"+b.in.Version+".schema.json")
	e.Plain("bomFormat", "CycloneDX")
	e.Plain("specVersion", b.in.Version)
	e.Plain("serialNumber", unsealed)
	e.Key("version")
	e.Out = append(e.Out, '1')
	e.Key("metadata")
	e.Open('{')
	if !b.in.Timestamp.IsZero() {
		e.Text("timestamp", b.in.Timestamp.UTC().Format(time.RFC3339))
	}
	if b.since("1.5") {
		e.List("lifecycles") // read from a lockfile, not from what is installed
		e.Item()
		e.Open('{')
		e.Plain("phase", string(cdx.LifecyclePhasePreBuild))
		e.Close('}')
		e.Close(']')
	}
	b.tools(e)
	e.Key("component")
	b.root(e)
	e.List("properties")
	e.property("cdx:reproducible", "true")
	if n := b.unreachable(); n > 0 {
		e.property("publishgate:unreachable", strconv.Itoa(n))
	}
	e.Close(']')
	e.Close('}')
}

// unreachable counts the packages of the lockfile that are left out.
func (b *builder) unreachable() int {
	n := -b.reached
	for _, p := range b.in.Graph.Packages {
		if !p.Link || p.Target == nil {
			n++
		}
	}
	return n
}

func (b *builder) tools(e *encoder) {
	if b.since("1.5") {
		e.Key("tools")
		e.Open('{')
		e.List("components")
		e.Item()
		e.Open('{')
		e.Plain("type", string(cdx.ComponentTypeApplication))
		e.Plain("name", "publishgate")
		e.Some("version", b.in.ToolVersion)
		e.Close('}')
		e.Close(']')
		e.Close('}')
		return
	}
	e.List("tools")
	e.Item()
	e.Open('{')
	e.Plain("vendor", "publishgate")
	e.Plain("name", "publishgate")
	e.Some("version", b.in.ToolVersion)
	e.Close('}')
	e.Close(']')
}

// root describes the package itself, from its manifest and its tarball.
func (b *builder) root(e *encoder) {
	n := &b.nodes[b.index.of(b.in.Graph.Root)]
	m := b.in.Manifest
	if m == nil {
		m = &npm.Manifest{}
	}
	license := m.License
	if license == "" {
		license = n.pkg.License
	}
	e.Open('{')
	b.head(e, n, m.Author.Name, m.Author.URL)
	var hashes []digest
	for _, h := range []digest{digestOf(cdx.HashAlgoSHA1, b.in.SHA1), digestOf(cdx.HashAlgoSHA256, b.in.SHA256), digestOf(cdx.HashAlgoSHA512, b.in.SHA512)} {
		if h.size > 0 {
			hashes = append(hashes, h)
		}
	}
	e.hashes(hashes)
	b.license(e, license)
	e.purl(n)
	if url, ok := repository(m.Repository); ok {
		e.List("externalReferences")
		e.Item()
		e.Open('{')
		e.Text("url", url)
		e.Plain("type", string(cdx.ERTypeVCS))
		e.Close('}')
		e.Close(']')
	}
	if m.Private || strings.TrimSpace(license) == "" {
		e.List("properties")
		if m.Private {
			e.property("cdx:npm:package:private", "true")
		}
		if strings.TrimSpace(license) == "" {
			e.property("publishgate:license", "unknown")
		}
		e.Close(']')
	}
	b.assembly(e, n)
	e.Close('}')
}

// assembly lists what the tarball carries: the bundled packages that the graph
// does not know as such, then the files.
func (b *builder) assembly(e *encoder, root *node) {
	bundled := slices.Clone(b.in.Bundled)
	slices.SortStableFunc(bundled, func(x, y Bundled) int { return strings.Compare(x.Path, y.Path) })
	files := slices.Clone(b.in.Files)
	slices.SortStableFunc(files, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	// An archive may hold a path twice, which is a finding; a ref may not.
	bundled = slices.CompactFunc(bundled, func(x, y Bundled) bool { return x.Path == y.Path })
	files = slices.CompactFunc(files, func(x, y File) bool { return x.Path == y.Path })
	known := b.bundledCopies()
	bundled = slices.DeleteFunc(bundled, func(x Bundled) bool {
		return known[Bundled{Path: x.Path, Name: x.Name, Version: x.Version}] || known[Bundled{Name: x.Name, Version: x.Version}]
	})
	if len(bundled)+len(files) == 0 {
		return
	}
	e.List("components")
	for _, x := range bundled {
		e.Item()
		b.bundled(e, root, x)
	}
	for _, f := range files {
		e.Item()
		e.Open('{')
		e.Text("bom-ref", root.ref+"#"+f.Path)
		e.Plain("type", string(cdx.ComponentTypeFile))
		e.Text("name", f.Path)
		e.hashes([]digest{digestOf(cdx.HashAlgoSHA256, f.SHA256)})
		e.Close('}')
	}
	e.Close(']')
}

// bundledCopies are the bundled packages that have a component already: a
// lockfile need not have them where the tarball does. Where the lockfile names
// folders it is the folder that counts, elsewhere name and version.
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

// bundled describes a package from its own package.json: nobody has said where
// it comes from, and it has no hash of its own.
func (b *builder) bundled(e *encoder, root *node, x Bundled) {
	p := &npm.Package{Name: x.Name, Version: x.Version}
	n := &node{pkg: p, ref: root.ref + "#" + x.Path}
	if x.Name != "" {
		n.purl = npm.PURL(p)
	}
	e.Open('{')
	b.head(e, n, "", "")
	e.Plain("scope", string(cdx.ScopeRequired))
	b.license(e, x.License)
	e.purl(n)
	e.List("properties")
	e.property("cdx:npm:package:bundled", "true")
	e.property("cdx:npm:package:path", x.Path)
	if strings.TrimSpace(x.License) == "" {
		e.property("publishgate:license", "unknown")
	}
	e.Close(']')
	e.Close('}')
}
