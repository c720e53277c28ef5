package npm

import (
	"sync"
)

// A Graph is every installed copy of every package that a lockfile names, and
// the edges between them as Node would resolve them.
type Graph struct {
	Manager  string // "npm", "yarn", "pnpm" or "bun"
	Lockfile string // path of the lockfile relative to DIR, as shown to users
	Version  string // the lockfile's own format version, e.g. "3"

	// Root is the package being judged. For a workspace member it is that
	// member, not the monorepo's root.
	Root *Package

	// Packages are all copies reachable or not, Root among them, ordered by
	// Location.
	Packages []*Package

	// Catalogs are the ranges that "catalog:name" stands for, by catalog and
	// package. The catalog without a name is "default".
	Catalogs map[string]map[string]string

	// Overrides are those that the lockfile was made with and that the package's own
	// package.json may lack: of a workspace member those of the root, and of pnpm
	// those in the lockfile, which pnpm-workspace.yaml may set.
	Overrides []Override

	// Notes are oddities of the lockfile worth a finding, in file order.
	Notes []Note

	// Tools are what the checkout says of its build, in the order of reading; nil: it
	// was not read. BuildTools sets it.
	Tools []BuildTool

	// Others are lockfiles beside this one that may be used instead: nothing says
	// which one is.
	Others []*Graph

	owner   *Package // the package the lockfile is beside, set by Settle; nil: Root
	reverse sync.Once
	index   *pathIndex // made by the first Paths
}

// A Note is an oddity in a lockfile that is no reason to refuse it.
type Note struct {
	Kind         string // one of the Note constants
	Text         string // one sentence; may quote foreign text
	File         string
	Line, Column int
	Refused      bool // the manager's own frozen install refuses the lockfile because of it
}

// The kinds of note. They are part of the contract with checks.
const (
	NoteShrinkwrap       = "shrinkwrap"         // an npm-shrinkwrap.json, which npm 12 no longer reads
	NoteNestedShrinkwrap = "nested-shrinkwrap"  // a dependency ships one, which decides what is below it
	NoteTwoLockfiles     = "two-lockfiles"      // a lockfile of another manager is beside the one used
	NoteMemberLockfile   = "member-lockfile"    // a member has its own lockfile, which its manager ignores
	NoteOtherManager     = "other-manager"      // package.json names another manager than the lockfile is of
	NoteV2Mismatch       = "v2-mismatch"        // the two halves of a v2 lockfile disagree; packages was used, as npm does
	NoteLockMismatch     = "lock-mismatch"      // package.json has a dependency that the lockfile lacks: npm ci refuses
	NoteLockDrift        = "lock-drift"         // package.json was edited later, and the lockfile still fits it
	NoteNameMismatch     = "name-mismatch"      // an entry's address has another name than its key
	NoteVersionMismatch  = "version-mismatch"   // the entry's version and that in its address differ
	NoteContradiction    = "contradiction"      // two statements of the lockfile about one package disagree
	NoteMissing          = "missing-dependency" // a package needs another that the lockfile lacks
	NoteInvalid          = "invalid-dependency" // the copy installed does not satisfy the dependency
	NoteExtraneous       = "extraneous"         // nothing in the lockfile needs the package
	NoteOldLockfile      = "old-lockfile"       // of npm 4 or older, without edges: scopes come from flags
	NoteCaseVariant      = "case-variant"       // a key that differs from one npm reads only by letter case
)

// A Source is where the bytes of a package come from.
type Source int

// The sources. The zero value is unknown: such a package cannot be audited.
const (
	SourceUnknown  Source = iota
	SourceRegistry        // a registry, by name and version
	SourceGit             // git+ssh:, git+https:, github:, …
	SourceURL             // a tarball at an http(s) address that is no registry
	SourceFile            // file: a tarball or directory outside the workspace
	SourceLocal           // the root, a workspace member or a link to a directory of this checkout
	SourceBundled         // inside the tarball of the package that bundles it
	SourceRuntime         // no package: node, deno or bun, from its publisher
)

// A Package is one installed copy.
type Package struct {
	Name     string // the real name, never an alias: "@scope/name"
	Alias    string // the name it is installed under, when that differs from Name
	Version  string // as the lockfile writes it; may be empty for links and workspaces
	Location string // where it is installed: "" (root), "node_modules/a/node_modules/b", "packages/a"
	Source   Source

	Resolved  string // address as the lockfile writes it; may be empty
	Integrity string // SRI as the lockfile writes it, e.g. "sha512-…"; may be empty

	// Checksum is a digest of something else than the tarball: of the archive
	// that yarn 2 and later makes, or, in SRI, of pnpm's uncompressed tar.
	Checksum string

	License string // SPDX expression or free text from the lockfile or the installed package; empty: unknown
	Author  string // name from the installed package; empty: unknown

	// Ways are all ways that lead from Root to the package, computed from the
	// edges. Scope is their name: dev, peer or optional if every way has such an
	// edge (optional also if each has that or a dev edge), else prod. Scope is
	// empty for Root and for packages that Root does not reach (extraneous, or
	// another workspace's). Version 1 lockfiles do not record peers: unreachable
	// packages there have the scope of their own flags.
	Ways  Ways
	Scope Scope

	// The flags that npm would set, computed from the edges. DevOptional: it is
	// reached by dev and by optional edges only, and by both.
	Dev, Optional, DevOptional, Peer, Extraneous bool

	Bundled          bool     // inBundle: it is in the tarball of the package that depends on it
	Bundler          *Package // in whose tarball it is; nil: fetched by itself, or in Root's own bundle
	HasInstallScript bool     // the lockfile says that it runs a script when installed
	Workspace        bool     // a member of this monorepo, as the lockfile has it
	Member           *Member  // what its package.json says; nil: the monorepo does not declare it, or not read
	Link             bool     // a link; Target is what it points to
	Target           *Package // of a Link; nil if the lockfile lacks it
	Deprecated       string   // the registry's message
	OS, CPU, Libc    []string // platforms that it supports; empty: all
	Patch            string   // path of the patch that is applied after fetching it, as in the lockfile
	Engines          string   // the range of Node that it needs

	File         string // of its entry; empty: the lockfile
	Line, Column int    // of its entry, 1-based

	Index int // in Packages of its graph, set by Settle; meaningless if the graph does not list the package

	Deps []Edge // in lockfile order, one per installed name, and those to workspace members
}

// An Edge is a dependency of one package on another.
type Edge struct {
	Name  string   // as declared: an alias where there is one
	Range string   // as declared: "^1.2.3", "npm:real@1", "github:o/r", "workspace:*"
	Kind  EdgeKind // of the declaration
	To    *Package // the copy that satisfies it; nil: none installed. A link's edge ends at its Target
	Valid bool     // the version is in Range, or Range is no version range, or an override asks for the copy
	Set   bool     // only an override makes it valid: a consumer, without the override, gets another copy
}

// A Member is a workspace member as its package.json describes it.
type Member struct {
	Name, Version string
	Private       bool // it is never published
}

// EdgeKind is the field of package.json that declares a dependency.
type EdgeKind int

// The kinds of dependency, in npm's words.
const (
	EdgeProd EdgeKind = iota
	EdgeDev
	EdgeOptional
	EdgePeer
	EdgePeerOptional
	EdgeWorkspace // no field: a monorepo's root to a member
)

// String returns prod, dev, optional, peer, peerOptional or workspace, as npm
// does.
func (k EdgeKind) String() string {
	switch k {
	case EdgeDev:
		return "dev"
	case EdgeOptional:
		return "optional"
	case EdgePeer:
		return "peer"
	case EdgePeerOptional:
		return "peerOptional"
	case EdgeWorkspace:
		return "workspace"
	}
	return "prod"
}

// Shipped reports whether a consumer of Root gets the copy: an install of the
// published package reaches it by dependencies, optional or peer dependencies,
// or it is bundled in a package that is reached.
func (p *Package) Shipped() bool {
	switch p.Scope {
	case Prod, Optional, Peer:
		return true
	}
	return false
}

// ID returns "name@version", as chains are printed.
func (p *Package) ID() string {
	if p.Version == "" {
		return p.Name
	}
	return p.Name + "@" + p.Version
}
