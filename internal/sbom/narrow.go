package sbom

import cdx "github.com/CycloneDX/cyclonedx-go"

// Before encoding/json writes the first value of a type, it learns every type
// that a field leads to, used or not. From the library's document that is a
// hundred types of models, ciphers and workflows, which takes as long as writing
// some hundred packages. So the types here have only the fields that we fill.

// A frame is the library's document with its two long lists empty.
type frame struct {
	JSONSchema      string          `json:"$schema"`
	BOMFormat       string          `json:"bomFormat"`
	SpecVersion     cdx.SpecVersion `json:"specVersion"`
	SerialNumber    string          `json:"serialNumber"`
	Version         int             `json:"version"`
	Metadata        metadata        `json:"metadata"`
	Components      []struct{}      `json:"components"`
	Dependencies    []struct{}      `json:"dependencies"`
	Vulnerabilities any             `json:"vulnerabilities,omitempty"` // of the library
}

// A metadata is the library's metadata.
type metadata struct {
	Timestamp  string          `json:"timestamp,omitempty"`
	Lifecycles []cdx.Lifecycle `json:"lifecycles,omitempty"`
	Tools      any             `json:"tools"`
	Component  any             `json:"component"`
	Properties []cdx.Property  `json:"properties"`
}

// tools is the library's choice of tools, of those that are components.
type tools struct {
	Components []any `json:"components"`
}

// narrow returns what to encode for a component: as the library has it, but
// without the fields that we never fill, or seldom.
func narrow(c *cdx.Component) any {
	if c.Pedigree != nil || c.Components != nil {
		return c
	}
	return (*component)(c)
}

// A component is the library's component, or this does not compile. The tags are
// the library's or "-".
type component struct {
	BOMRef             string                       `json:"bom-ref,omitempty"`
	MIMEType           string                       `json:"-"`
	Type               cdx.ComponentType            `json:"type"`
	Supplier           *cdx.OrganizationalEntity    `json:"supplier,omitempty"`
	Manufacturer       *cdx.OrganizationalEntity    `json:"-"`
	Author             string                       `json:"author,omitempty"`
	Authors            *[]cdx.OrganizationalContact `json:"authors,omitempty"`
	Publisher          string                       `json:"-"`
	Group              string                       `json:"group,omitempty"`
	Name               string                       `json:"name"`
	Version            string                       `json:"version,omitempty"`
	Description        string                       `json:"-"`
	Scope              cdx.Scope                    `json:"scope,omitempty"`
	Hashes             *[]cdx.Hash                  `json:"hashes,omitempty"`
	Licenses           *cdx.Licenses                `json:"licenses,omitempty"`
	Copyright          string                       `json:"-"`
	CPE                string                       `json:"-"`
	PackageURL         string                       `json:"purl,omitempty"`
	OmniborID          *[]string                    `json:"-"`
	SWHID              *[]string                    `json:"-"`
	SWID               *cdx.SWID                    `json:"-"`
	Modified           *bool                        `json:"-"`
	Pedigree           *cdx.Pedigree                `json:"-"` // see narrow
	ExternalReferences *[]cdx.ExternalReference     `json:"externalReferences,omitempty"`
	Properties         *[]cdx.Property              `json:"properties,omitempty"`
	Components         *[]cdx.Component             `json:"-"` // see narrow
	Evidence           *cdx.Evidence                `json:"-"`
	ReleaseNotes       *cdx.ReleaseNotes            `json:"-"`
	ModelCard          *cdx.MLModelCard             `json:"-"`
	Data               *[]cdx.ComponentData         `json:"-"`
	CryptoProperties   *cdx.CryptoProperties        `json:"-"`
	Tags               *[]string                    `json:"-"`
	IsExternal         *bool                        `json:"isExternal,omitempty"`
	PatentAssertions   *[]cdx.PatentAssertion       `json:"-"`
	VersionRange       string                       `json:"versionRange,omitempty"`
	Signature          *cdx.JSFSignature            `json:"-"`
}
