package sbom

import (
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// component describes one installed copy.
func (b *builder) component(p *npm.Package) cdx.Component {
	c := b.base(p)
	c.Scope = scope(p)
	c.Licenses = b.licenses(p.License)
	hashes := integrity(p.Integrity)
	c.Hashes = hashes

	var refs []cdx.ExternalReference
	var properties []cdx.Property
	property := func(name, value string) { properties = append(properties, cdx.Property{Name: name, Value: value}) }
	flag := func(name string, on bool) {
		if on {
			property("cdx:npm:package:"+name, "true")
		}
	}
	flag("bundled", p.Bundled)
	flag("development", p.Scope == finding.Dev)
	flag("extraneous", p.Extraneous)
	property("cdx:npm:package:path", p.Location)
	if p.Resolved != "" && p.Source != npm.SourceLocal {
		if url, ok := iri(p.Resolved); !ok {
			property("publishgate:resolved", p.Resolved) // no address: said as it is
		} else if p.Source == npm.SourceGit {
			refs = append(refs, cdx.ExternalReference{Type: cdx.ERTypeVCS, URL: url})
		} else {
			// The hash of a lockfile is that of the tarball, so by the letter of
			// the specification it belongs here; most readers look for it at the
			// component, as npm sbom writes it. It stands in both places.
			refs = append(refs, cdx.ExternalReference{Type: cdx.ERTypeDistribution, URL: url, Hashes: hashes})
		}
	}
	if len(refs) > 0 {
		c.ExternalReferences = &refs
	}
	c.Properties = &properties
	return c
}

// root describes the package itself, from its manifest and its tarball.
func (b *builder) root() *cdx.Component {
	p := b.in.Graph.Root
	c := b.base(p)
	license := p.License
	if m := b.in.Manifest; m != nil {
		if m.License != "" {
			license = m.License
		}
		if url, ok := repository(m.Repository); ok {
			c.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeVCS, URL: url}}
		}
		if m.Private {
			c.Properties = &[]cdx.Property{{Name: "cdx:npm:package:private", Value: "true"}}
		}
	}
	c.Licenses = b.licenses(license)
	var hashes []cdx.Hash
	for _, h := range []cdx.Hash{
		{Algorithm: cdx.HashAlgoSHA1, Value: b.in.SHA1},
		{Algorithm: cdx.HashAlgoSHA256, Value: b.in.SHA256},
		{Algorithm: cdx.HashAlgoSHA512, Value: b.in.SHA512},
	} {
		if h.Value != "" {
			hashes = append(hashes, h)
		}
	}
	if len(hashes) > 0 {
		c.Hashes = &hashes
	}
	return &c
}

// base is what every component has. The scope of an npm name is its group, as
// cyclonedx-npm writes it and as readers expect it.
func (b *builder) base(p *npm.Package) cdx.Component {
	group, name, scoped := strings.Cut(p.Name, "/")
	if !scoped || !strings.HasPrefix(group, "@") {
		group, name = "", p.Name
	}
	if name == "" {
		name = "unnamed" // npm allows it for what is never published; CycloneDX does not
	}
	return cdx.Component{
		BOMRef:     b.refs[p],
		Type:       cdx.ComponentTypeLibrary,
		Group:      group,
		Name:       name,
		Version:    p.Version,
		PackageURL: b.purls[p],
	}
}

// scope maps npm's scopes: what only development reaches is documented but not
// part of what runs (excluded); an optional dependency may be absent where the
// package is installed, and a lockfile cannot say, so it is optional as in npm
// sbom.
func scope(p *npm.Package) cdx.Scope {
	switch p.Scope {
	case finding.Dev:
		return cdx.ScopeExcluded
	case finding.Optional:
		return cdx.ScopeOptional
	}
	return cdx.ScopeRequired
}

// licenses writes a licence where the schema wants it: one SPDX identifier as
// id, an expression as expression, anything else (UNLICENSED, SEE LICENSE IN …,
// free text) as name. Never two of them: before 1.7 that is invalid.
func (b *builder) licenses(text string) *cdx.Licenses {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	license := cdx.License{Name: text}
	if b.in.License != nil {
		canonical, ids, expression := b.in.License(text)
		if expression {
			return &cdx.Licenses{{Expression: canonical, Acknowledgement: b.declared()}}
		}
		if len(ids) == 1 {
			license = cdx.License{ID: ids[0]}
		}
	}
	if a := b.declared(); a != nil {
		license.Acknowledgement = *a
	}
	return &cdx.Licenses{{License: &license}}
}

// declared says that a licence is what the author claims, which CycloneDX can
// say since 1.6.
func (b *builder) declared() *cdx.LicenseAcknowledgement {
	if b.version < cdx.SpecVersion1_6 {
		return nil
	}
	a := cdx.LicenseAcknowledgementDeclared
	return &a
}
