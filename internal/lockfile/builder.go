package lockfile

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// An entry holds what a lockfile says about one copy and an npm.Package has no
// field for. It is needed until the edges are made.
type entry struct {
	pkg *npm.Package // the edges in its Deps have no To yet
	key strict.Value // where it is

	home      *folder // whose node_modules it is in
	installed string  // its name there
	near      *folder // in which its dependencies are looked up first

	fields   *fields      // of an entry outside of node_modules; else nil
	requires strict.Value // version 1 has this only
	bundles  strict.Value // the names of what its tarball has inside

	named     bool // an entry outside of node_modules that has a name field
	inModules bool // it is in a node_modules directory
	shrinks   bool // it has a shrinkwrap of its own, which decides what is below it
	// The lockfile's own flags.
	lockDev, lockOptional, lockDevOptional bool
}

// fields are those of an entry that declare dependencies.
type fields struct {
	prod, optional, dev, peer, peerMeta strict.Value

	optionalPeers strict.Value // bun: the names of the peers that are optional
	workspaces    strict.Value
}

// A builder collects the entries of one lockfile and makes the graph of them.
type builder struct {
	in      Input
	graph   *npm.Graph
	tree    tree
	slab    []npm.Package // the memory of all packages, allocated at once
	entries []entry
	at      map[string]int // location in no node_modules → index in entries
	edges   edgeSlab
	notes   []npm.Note
	beside  []*npm.Package // workspace members without a link, since another package is in its place
	owner   *entry         // the lockfile's own package
	flat    bool           // read from the packages object of versions 2 to 4
	// What version 1 flags as optional, and the package.json files of its link
	// targets.
	optional    map[*npm.Package]bool
	locals      map[string]*npm.Manifest
	ancient     bool                  // version 1 of npm 4 and older: no edges at all
	looked      map[*npm.Package]bool // for looksAt
	legacyPeers func() bool           // reports whether .npmrc sets legacy-peer-deps; reads it once, if called
	// declared returns the range that a declared one stands for, e.g. of a catalog,
	// and false if there is none. Nil: ranges are as declared.
	declared func(name, rng string) (string, bool)
}

// reserve allocates room for n packages at once, so that pointers into it stay
// valid.
func (b *builder) reserve(n int) {
	b.slab = make([]npm.Package, 0, n)
	b.entries = make([]entry, 0, n)
	b.tree.reserve(n)
}

// find returns the package at a location, nil if there is none.
func (b *builder) find(location string) *npm.Package {
	if host, name, ok := split(location); ok {
		if e := b.tree.at(host, name); e != nil {
			return e.pkg
		}
		return nil
	}
	if i, ok := b.at[location]; ok {
		return b.entries[i].pkg
	}
	return nil
}

// fail returns an error that begins with file, line and column of a value.
func (b *builder) fail(at strict.Value, format string, args ...any) error {
	line, column := at.Position()
	return fmt.Errorf("%s:%d:%d: %s", b.in.File, line, column, fmt.Sprintf(format, args...))
}

func (b *builder) note(kind string, at strict.Value, format string, args ...any) {
	line, column := at.Position()
	b.notes = append(b.notes, npm.Note{
		Kind: kind, Text: fmt.Sprintf(format, args...), File: b.in.File, Line: line, Column: column,
	})
}

// add makes a package at a location.
func (b *builder) add(location string, key strict.Value) *entry {
	e := b.place(location, key)
	e.pkg.Location = location
	e.pkg.Line, e.pkg.Column = key.Position()
	return e
}

// place adds an empty entry at a location.
func (b *builder) place(location string, key strict.Value) *entry {
	n := len(b.entries)
	b.slab = b.slab[:n+1]
	b.entries = append(b.entries, entry{pkg: &b.slab[n], key: key})
	e := &b.entries[n]
	var host string
	if host, e.installed, e.inModules = split(location); e.inModules {
		b.tree.add(host, e)
	} else {
		b.at[location] = n
	}
	return e
}

// entry reads one entry of packages into its place.
func (b *builder) entry(e *entry, value strict.Value) error {
	p := e.pkg
	p.Location = e.key.Shared()
	p.Line, p.Column = e.key.Position()
	var f fields
	name := ""
	for k, v := range value.Members() {
		var err error
		switch field := k.Shared(); field {
		case "name":
			name, err = b.text(k, v)
		case "version":
			p.Version, err = b.text(k, v)
		case "resolved":
			p.Resolved, err = b.text(k, v)
		case "integrity":
			p.Integrity, err = b.text(k, v)
		case "license":
			p.License = license(v)
		case "dependencies":
			f.prod, err = b.names(k, v)
		case "optionalDependencies":
			f.optional, err = b.names(k, v)
		case "devDependencies":
			f.dev, err = b.names(k, v)
		case "peerDependencies":
			f.peer, err = b.names(k, v)
		case "peerDependenciesMeta":
			f.peerMeta = v
		case "link":
			p.Link = v.Truthy()
		case "inBundle":
			p.Bundled = v.Truthy()
		case "hasInstallScript":
			p.HasInstallScript = v.Truthy()
		case "hasShrinkwrap":
			if v.Truthy() {
				e.shrinks = true
				b.note(npm.NoteNestedShrinkwrap, k, "%s ships an npm-shrinkwrap.json, which decides what is installed below it", p.Location)
			}
		case "dev", "devOptional":
			e.lockDev = e.lockDev || v.Truthy()
		case "optional":
			e.lockOptional = v.Truthy()
		case "deprecated":
			p.Deprecated = v.Shared()
		case "os":
			p.OS = texts(v)
		case "cpu":
			p.CPU = texts(v)
		case "engines":
			p.Engines = engines(v)
		case "workspaces":
			f.workspaces = v
		case "bundleDependencies", "bundledDependencies":
			e.bundles = v
		case "patched":
			p.Patch = v.Get("path").Shared()
		case "bin", "funding", "peer", "libc", "extraneous", "acceptDependencies", "ideallyInert",
			"packageExtensionsHash", "packageExtensionsApplied", "npmExtensionHash", "npmExtensionApplied":
		default:
			b.variant(k, field)
		}
		if err != nil {
			return err
		}
	}
	b.identify(e, name)
	b.declare(e, f)
	return nil
}

// text reads a field that is a string where it is.
func (b *builder) text(key, v strict.Value) (string, error) {
	if v.Kind() != strict.String {
		return "", b.fail(v, "%s is %s, expected a string", key.Text(), v.Kind())
	}
	return v.Shared(), nil
}

// names checks that a dependency field maps names to strings.
func (b *builder) names(key, v strict.Value) (strict.Value, error) {
	if v.Kind() != strict.Object {
		return v, b.fail(v, "%s is %s, expected an object", key.Text(), v.Kind())
	}
	for k, r := range v.Members() {
		if r.Kind() != strict.String {
			return v, b.fail(r, "%s: the range of %+q is %s, expected a string", key.Text(), clip(k.Text()), r.Kind())
		}
	}
	return v, nil
}

// variantKeys are the fields of a lockfile and its entries that the judgement
// depends on.
var variantKeys = []string{
	"name", "version", "resolved", "integrity", "license", "dependencies", "optionalDependencies", "devDependencies",
	"peerDependencies", "peerDependenciesMeta", "link", "inBundle", "hasInstallScript", "requires",
	"packages", "lockfileVersion",
}

func (b *builder) variant(key strict.Value, field string) {
	b.variantOf(key, field, variantKeys)
}

func (b *builder) variantOf(key strict.Value, field string, known []string) {
	for _, k := range known {
		if strings.EqualFold(field, k) {
			b.note(npm.NoteCaseVariant, key, "the key %+q resembles %s, which %s reads only as written", clip(field), k, b.graph.Tool().Name)
			return
		}
	}
}

func license(v strict.Value) string {
	if v.Kind() == strict.String {
		return strings.TrimSpace(v.Shared())
	}
	return npm.LicenseText(v)
}

// texts reads a list of strings, or one string.
func texts(v strict.Value) []string {
	if v.Kind() == strict.String {
		return []string{v.Shared()}
	}
	var all []string
	for e := range v.Elements() {
		if e.Kind() == strict.String {
			all = append(all, e.Shared())
		}
	}
	return all
}

// engines returns the range of Node that a package needs. Old packages have a
// list such as ["node >= 0.8"], or one string.
func engines(v strict.Value) string {
	if v.Kind() == strict.Object {
		for k, r := range v.Members() {
			if string(k.Raw()) == "node" {
				return r.Shared()
			}
		}
		return ""
	}
	for _, s := range texts(v) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(s), "node"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
