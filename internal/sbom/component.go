package sbom

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// Fields are written in the order of the library's structs, which is that of
// other tools' documents.

// component describes one installed copy.
func (b *builder) component(e *encoder, n *node) {
	p := n.pkg
	e.Open('{')
	b.head(e, n, p.Author, "")
	e.Plain("scope", scope(p))
	var hashes [4]digest
	found := integrity(hashes[:0], p.Integrity)
	e.hashes(found)
	b.license(e, p.License)
	e.purl(n)
	e.pedigree(p)
	url, ok := "", false
	if p.Resolved != "" && p.Source != npm.SourceLocal {
		if url, ok = iri(p.Resolved); ok {
			e.distribution(p, url, found)
		}
	}
	if n.accepts == "" {
		b.properties(e, p, !ok)
	}
	if b.external(n) {
		e.Key("isExternal")
		e.Out = append(e.Out, "true"...)
	}
	if n.accepts != "" {
		e.Text("versionRange", n.accepts)
	}
	e.Close('}')
}

// head is how every package begins. Its author is also its supplier in the
// sense of NTIA's minimum elements: who creates and identifies it. A registry
// only hands it on.
func (b *builder) head(e *encoder, n *node, author, page string) {
	e.ref("bom-ref", n)
	e.Plain("type", string(cdx.ComponentTypeLibrary))
	if author != "" {
		e.Key("supplier")
		e.Open('{')
		e.Text("name", author)
		if url, ok := iri(page); ok {
			e.List("url")
			e.Item()
			e.Quote(url)
			e.Close(']')
		}
		e.Close('}')
		if b.since("1.6") {
			e.List("authors")
			e.Item()
			e.Open('{')
			e.Text("name", author)
			e.Close('}')
			e.Close(']')
		} else {
			e.Text("author", author)
		}
	}
	group, name := split(n.pkg.Name)
	e.Some("group", group)
	e.Text("name", name)
	e.Some("version", n.pkg.Version)
}

func (e *encoder) ref(field string, n *node) {
	if n.plain {
		e.Plain(field, n.ref)
	} else {
		e.Text(field, n.ref)
	}
}

func (e *encoder) purl(n *node) {
	switch {
	case n.purl == "":
	case n.plain:
		e.Plain("purl", n.purl)
	default:
		e.Text("purl", n.purl)
	}
}

// pedigree says that a copy is patched after it was fetched: its hashes are
// those of the package before.
func (e *encoder) pedigree(p *npm.Package) {
	if p.Patch == "" {
		return
	}
	e.Key("pedigree")
	e.Open('{')
	e.List("patches")
	e.Item()
	e.Open('{')
	if url, ok := iri(p.Patch); ok {
		e.Key("diff")
		e.Open('{')
		e.Text("url", url)
		e.Close('}')
	}
	e.Plain("type", "unofficial")
	e.Close('}')
	e.Close(']')
	e.Close('}')
}

// distribution says where the copy is fetched. The hash of a lockfile is that of
// the tarball, so by the letter of the specification it belongs here; most
// readers look for it at the component, as npm sbom writes it. It stands in
// both places.
func (e *encoder) distribution(p *npm.Package, url string, hashes []digest) {
	e.List("externalReferences")
	e.Item()
	e.Open('{')
	e.Text("url", url)
	if p.Source == npm.SourceGit {
		e.Plain("type", string(cdx.ERTypeVCS))
	} else {
		e.hashes(hashes)
		e.Plain("type", string(cdx.ERTypeDistribution))
	}
	e.Close('}')
	e.Close(']')
}

// properties are those of the taxonomy of CycloneDX for npm, and our own for
// what it has no word for. A licence that nothing states is said to be unknown
// here and not as a licence of that name, nor as NOASSERTION, which CycloneDX
// does not know: readers would take either for a licence.
func (b *builder) properties(e *encoder, p *npm.Package, unresolved bool) {
	e.List("properties")
	flag := func(name string, on bool) {
		if on {
			e.property(name, "true")
		}
	}
	flag("cdx:npm:package:bundled", p.Bundled)
	flag("cdx:npm:package:development", p.Scope == finding.Dev)
	flag("cdx:npm:package:extraneous", p.Extraneous)
	if isPath(p) {
		e.property("cdx:npm:package:path", p.Location)
	} else {
		e.property("publishgate:locator", p.Location) // the manager's own key for the copy
	}
	if strings.TrimSpace(p.License) == "" {
		e.property("publishgate:license", "unknown")
	}
	if p.Checksum != "" {
		e.property("publishgate:archive-checksum", p.Checksum) // no hash of the tarball, so none of the component
	}
	if unresolved && p.Resolved != "" && p.Source != npm.SourceLocal {
		e.property("publishgate:resolved", p.Resolved) // no address: said as it is
	}
	e.Close(']')
}

// isPath tells a folder from the key by which a lockfile without folders names
// a copy.
func isPath(p *npm.Package) bool {
	return p.Source == npm.SourceLocal || p.Workspace || strings.HasPrefix(p.Location, "node_modules/") || strings.Contains(p.Location, "/node_modules/")
}

// scope maps npm's scopes: what only development reaches is documented but not
// part of what runs (excluded); an optional dependency may be absent where the
// package is installed, and a lockfile cannot say, so it is optional as in npm
// sbom. So is what every way to needs an optional edge, an optional peer's
// counted, or a dev one.
func scope(p *npm.Package) string {
	switch {
	case p.Scope == finding.Dev:
		return string(cdx.ScopeExcluded)
	case p.Scope == finding.Optional, p.Ways.Optional(), p.Ways.DevOptional():
		return string(cdx.ScopeOptional)
	}
	return string(cdx.ScopeRequired)
}

// dependency writes the edges of one package.
func (b *builder) dependency(e *encoder, n *node, scratch []int32) []int32 {
	on := scratch[:0]
	for i := range n.pkg.Deps {
		to := target(n.pkg.Deps[i].To)
		if to == nil && n.pkg == b.in.Graph.Root {
			to = b.peers[i]
		}
		if to != nil && to != n.pkg {
			on = append(on, b.index.of(to))
		}
	}
	e.Open('{')
	e.ref("ref", n)
	e.List("dependsOn") // never left out: a leaf says that it has none
	slices.Sort(on)
	on = slices.Compact(on) // an alias and the real name may end at one copy
	for _, i := range on {
		e.Item()
		if to := &b.nodes[i]; to.plain {
			e.Raw(to.ref)
		} else {
			e.Quote(to.ref)
		}
	}
	e.Close(']')
	e.Close('}')
	return on
}
