package sbom

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// component describes one installed copy.
func (b *builder) component(r *reader, n *node) cdx.Component {
	p := n.pkg
	c := b.head(n, p.Author, "")
	c.Scope = scope(p)
	hashes := integrity(p.Integrity)
	c.Hashes = some(hashes)
	c.Licenses = r.license(p.License)
	c.Pedigree = pedigree(p)
	url, ok := "", false
	if p.Resolved != "" && p.Source != npm.SourceLocal {
		if url, ok = iri(p.Resolved); ok {
			c.ExternalReferences = distribution(p, url, hashes)
		}
	}
	if n.accepts == "" {
		c.Properties = properties(p, !ok)
	}
	if b.external(n) {
		yes := true
		c.IsExternal = &yes
	}
	c.VersionRange = n.accepts
	return c
}

// some is the list, or nil where it is empty: CycloneDX leaves out such a field.
func some[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

// head is what every package has. Its author is also its supplier in the sense
// of NTIA's minimum elements: who creates and identifies it. A registry only
// hands it on.
func (b *builder) head(n *node, author, page string) cdx.Component {
	c := cdx.Component{BOMRef: n.ref, Type: cdx.ComponentTypeLibrary, Version: n.pkg.Version, PackageURL: n.purl}
	c.Group, c.Name = split(n.pkg.Name)
	if author == "" {
		return c
	}
	c.Supplier = &cdx.OrganizationalEntity{Name: author}
	if url, ok := iri(page); ok {
		c.Supplier.URL = &[]string{url}
	}
	if b.since("1.6") {
		c.Authors = &[]cdx.OrganizationalContact{{Name: author}}
	} else {
		c.Author = author
	}
	return c
}

// pedigree says that a copy is patched after it was fetched: its hashes are
// those of the package before.
func pedigree(p *npm.Package) *cdx.Pedigree {
	if p.Patch == "" {
		return nil
	}
	patch := cdx.Patch{Type: cdx.PatchTypeUnofficial}
	if url, ok := iri(p.Patch); ok {
		patch.Diff = &cdx.Diff{URL: url}
	}
	return &cdx.Pedigree{Patches: &[]cdx.Patch{patch}}
}

// distribution says where the copy is fetched. The hash of a lockfile is that of
// the tarball, so by the letter of the specification it belongs here; most
// readers look for it at the component, as npm sbom writes it. It stands in
// both places.
func distribution(p *npm.Package, url string, hashes []cdx.Hash) *[]cdx.ExternalReference {
	if p.Source == npm.SourceGit {
		return &[]cdx.ExternalReference{{URL: url, Type: cdx.ERTypeVCS}}
	}
	return &[]cdx.ExternalReference{{URL: url, Hashes: some(hashes), Type: cdx.ERTypeDistribution}}
}

// properties are those of the taxonomy of CycloneDX for npm, and our own for
// what it has no word for. A licence that nothing states is said to be unknown
// here and not as a licence of that name, nor as NOASSERTION, which CycloneDX
// does not know: readers would take either for a licence.
func properties(p *npm.Package, unresolved bool) *[]cdx.Property {
	list := make([]cdx.Property, 0, 3)
	add := func(on bool, name, value string) {
		if on {
			list = append(list, cdx.Property{Name: name, Value: value})
		}
	}
	add(p.Bundled, "cdx:npm:package:bundled", "true")
	add(p.Scope == finding.Dev, "cdx:npm:package:development", "true")
	add(p.Extraneous, "cdx:npm:package:extraneous", "true")
	add(isPath(p), "cdx:npm:package:path", p.Location)
	add(!isPath(p), "publishgate:locator", p.Location) // the manager's own key for the copy
	add(strings.TrimSpace(p.License) == "", "publishgate:license", "unknown")
	add(p.Checksum != "", "publishgate:archive-checksum", p.Checksum)                                      // no hash of the tarball, so none of the component
	add(unresolved && p.Resolved != "" && p.Source != npm.SourceLocal, "publishgate:resolved", p.Resolved) // no address: said as it is
	return &list
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
func scope(p *npm.Package) cdx.Scope {
	switch {
	case p.Scope == finding.Dev:
		return cdx.ScopeExcluded
	case p.Scope == finding.Optional, p.Ways.Optional(), p.Ways.DevOptional():
		return cdx.ScopeOptional
	}
	return cdx.ScopeRequired
}

// dependency has the edges of one package. A leaf says that it has none.
func (b *builder) dependency(r *reader, n *node) cdx.Dependency {
	on := r.on[:0]
	for i := range n.pkg.Deps {
		to := target(n.pkg.Deps[i].To)
		if to == nil && n.pkg == b.in.Graph.Root {
			to = b.peers[i]
		}
		if to != nil && to != n.pkg {
			on = append(on, b.index.of(to))
		}
	}
	slices.Sort(on)
	r.on = slices.Compact(on) // an alias and the real name may end at one copy
	r.refs = r.refs[:0]
	for _, i := range r.on {
		r.refs = append(r.refs, b.nodes[i].ref)
	}
	return cdx.Dependency{Ref: n.ref, Dependencies: &r.refs}
}
