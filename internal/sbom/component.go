package sbom

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/npm"
)

// component describes one installed copy, until the reader is used again.
func (b *builder) component(r *reader, n *node) *cdx.Component {
	p, c := n.pkg, &r.component
	*c = b.head(n, p.Author, "")
	c.Scope = scope(p)
	if p.Builds() {
		c.Type = cdx.ComponentTypeApplication
	}
	r.hashes = integrity(r.hashes[:0], p.Integrity)
	if len(r.hashes) > 0 {
		c.Hashes = &r.hashes
	}
	c.Licenses = r.license(p.License)
	c.Pedigree = pedigree(p)
	url, ok := "", false
	if p.Resolved != "" && p.Source != npm.SourceLocal {
		if url, ok = iri(p.Resolved); ok {
			r.references = append(r.references[:0], distribution(p, url, c.Hashes))
			c.ExternalReferences = &r.references
		}
	}
	if n.accepts == "" {
		r.properties = properties(r.properties[:0], p, !ok)
		c.Properties = &r.properties
	}
	if b.external(n) {
		yes := true
		c.IsExternal = &yes
	}
	c.VersionRange = n.accepts
	return c
}

// orNil returns the list, or nil if it is empty: CycloneDX then omits the
// field.
func orNil[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

// head returns the fields that every package has. The author is also its
// supplier in the sense of NTIA's minimum elements: who creates and identifies
// it. A registry only distributes it.
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

// pedigree says that a copy is patched after download, so its hashes are those
// of the package before the patch.
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

// distribution says where the copy is downloaded from. A lockfile's hash is
// that of the tarball, so by the specification it belongs here. Most consumers
// look for it in the component, where npm sbom writes it, so it is in both
// places.
func distribution(p *npm.Package, url string, hashes *[]cdx.Hash) cdx.ExternalReference {
	if p.Source == npm.SourceGit {
		return cdx.ExternalReference{URL: url, Type: cdx.ERTypeVCS}
	}
	return cdx.ExternalReference{URL: url, Hashes: hashes, Type: cdx.ERTypeDistribution}
}

// properties appends the properties of CycloneDX's taxonomy for npm, and our
// own for what it lacks. An unstated licence is said to be unknown in a
// property, not by a licence of that name, nor by NOASSERTION, which CycloneDX
// does not have: consumers would take either for a licence.
func properties(list []cdx.Property, p *npm.Package, unresolved bool) []cdx.Property {
	add := func(on bool, name, value string) {
		if on {
			list = append(list, cdx.Property{Name: name, Value: value})
		}
	}
	add(p.Bundled, "cdx:npm:package:bundled", "true")
	add(p.Scope == npm.Dev, "cdx:npm:package:development", "true")
	add(p.Extraneous, "cdx:npm:package:extraneous", "true")
	add(isPath(p), "cdx:npm:package:path", p.Location)
	add(!isPath(p), "publishgate:locator", p.Location) // the package manager's own key of the copy
	add(p.Builds(), "publishgate:build-tool", p.File)  // the file that names it
	add(strings.TrimSpace(p.License) == "", "publishgate:license", "unknown")
	// It is not a hash of the tarball, so not a hash of the component.
	add(p.Checksum != "", "publishgate:archive-checksum", p.Checksum)
	// It is not an address, so it is written as it is.
	add(unresolved && p.Resolved != "" && p.Source != npm.SourceLocal, "publishgate:resolved", p.Resolved)
	return list
}

// isPath reports whether the location is a directory, not the key of a lockfile
// that has no directories.
func isPath(p *npm.Package) bool {
	return p.Source == npm.SourceLocal || p.Workspace || strings.HasPrefix(p.Location, "node_modules/") ||
		strings.Contains(p.Location, "/node_modules/")
}

// scope maps npm's scopes to CycloneDX's. What only development needs is
// documented but not part of the runtime (excluded). An optional dependency may
// be missing after installation, which a lockfile does not tell, so it is
// optional, as in npm sbom. The same applies to a package that can be reached
// only through an optional edge, an optional peer's included, or a dev edge.
func scope(p *npm.Package) cdx.Scope {
	switch {
	case p.Scope == npm.Dev:
		return cdx.ScopeExcluded
	case p.Scope == npm.Optional, p.Ways.Optional(), p.Ways.DevOptional():
		return cdx.ScopeOptional
	}
	return cdx.ScopeRequired
}

// dependency returns the edges of one package, until the reader is used again. A
// leaf has an empty list.
func (b *builder) dependency(r *reader, n *node) *cdx.Dependency {
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
	r.on = slices.Compact(on) // an alias and the real name may lead to the same copy
	r.refs = r.refs[:0]
	for _, i := range r.on {
		r.refs = append(r.refs, b.nodes[i].ref)
	}
	r.dependency = cdx.Dependency{Ref: n.ref, Dependencies: &r.refs}
	return &r.dependency
}
