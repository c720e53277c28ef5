package npm

// A Manifest is the content of a package.json as npm reads it: keys match
// case-sensitively, and what npm publishes as written is not normalised.
type Manifest struct {
	File string // path as shown to users
	Raw  []byte // the bytes it was read from, BOM stripped

	Name    string
	Version string
	Private bool   // npm's rule: any truthy value
	License string // SPDX expression or free text; legacy forms joined with " OR "; empty: none

	Dependencies         []Dependency // all fields, in file order
	PeerOptional         map[string]bool
	BundleDependencies   []string // names; BundleAll: all of dependencies
	BundleAll            bool
	Workspaces           []string          // patterns
	Scripts              map[string]string // name → command
	Overrides            []Override        // npm's overrides, flattened
	PublishConfig        map[string]string // key → value as text (non-strings as their JSON)
	PublishConfigLine    int
	Repository           string // URL as written
	RepositoryDirectory  string // of the package in it, as written; may be empty
	RepositoryLine       int
	NoGyp                bool   // gypfile is false: npm does not build what binding.gyp describes
	Node                 string // engines.node as written; empty: any
	Author               Person
	PackageManager       string // e.g. "npm@11.0.0"
	NameLine, NameColumn int
	VersionLine          int
	LicenseLine          int

	// CaseVariants are keys that differ from a key npm reads only in case or
	// by Unicode folding (Scripts, NAME, ſcripts): npm ignores them, other
	// readers do not.
	CaseVariants []Key
}

// A Person is an author or maintainer in package.json; the zero Person if there
// is none. Mail addresses are not kept: what we write is published.
type Person struct {
	Name string
	URL  string // as written; may be empty
}

// A Key is a key of a JSON document and its position.
type Key struct {
	Name         string
	Like         string // the key it resembles
	Line, Column int
}

// A Dependency is one line of a dependency field.
type Dependency struct {
	Name         string
	Range        string
	Kind         EdgeKind
	Line, Column int
}

// An Override is one entry of npm's overrides, yarn's resolutions or pnpm's
// overrides: the package it is about and what it is set to.
type Override struct {
	Path         string   // as written, nested keys joined with ">"
	Field        string   // "overrides", "resolutions" or, of pnpm, "pnpm.overrides"
	Name         string   // the package overridden
	Of           string   // the range in the key: only requests within it are overridden; "": all
	Below        []string // npm: names of the packages below which it applies, the outermost first
	Range        string
	File         string // where it stands; empty: in the package's own package.json
	Line, Column int
}
