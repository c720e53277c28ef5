package lockfile

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// An entry is what a lockfile says about one copy beyond what a npm.Package
// holds, until its edges are made.
type entry struct {
	pkg *npm.Package // its Deps end nowhere yet
	key strict.Value // where it stands

	home      *folder // whose node_modules it is in
	installed string  // its name there
	near      *folder // that it looks in first for what it depends on

	fields   *fields      // of what is in no node_modules; else nil
	requires strict.Value // version 1 has this only
	bundles  strict.Value // the names of what its tarball has inside

	named     bool // of what is in no node_modules: it says its name itself
	inModules bool // it is in a node_modules
	shrinks   bool // it ships a shrinkwrap, which decides what is below it
	// The lockfile's own flags.
	lockDev, lockOptional, lockDevOptional bool
}

// fields are those of an entry that declare dependencies.
type fields struct {
	prod, optional, dev, peer, peerMeta strict.Value

	optionalPeers strict.Value // bun: the names of the peers that are optional
	workspaces    strict.Value
}

// A builder gathers the entries of one lockfile and makes the graph of them.
type builder struct {
	in      Input
	graph   *npm.Graph
	tree    tree
	slab    []npm.Package // the packages' memory, in one piece
	entries []entry
	at      map[string]int // location in no node_modules → index in entries
	edges   edgeSlab
	notes   []npm.Note
	beside  []*npm.Package // workspace members that no link leads to: their place is taken
	owner   *entry         // the lockfile's own package
	flat    bool           // read from packages, which versions 2 to 4 have
	// What version 1 flags as optional, and the package.json of the directories
	// that its links lead to.
	optional    map[*npm.Package]bool
	locals      map[string]*npm.Manifest
	ancient     bool                  // version 1 of npm 4 and older: no edges at all
	looked      map[*npm.Package]bool // for looksAt
	legacyPeers func() bool           // .npmrc says so; read once, if at all
	// declared is the range that a declared one stands for, as a catalog's line
	// does; false: for none. Nil: each for itself.
	declared func(name, rng string) (string, bool)
}

// reserve makes room for n packages, once, so that pointers into it hold.
func (b *builder) reserve(n int) {
	b.slab = make([]npm.Package, 0, n)
	b.entries = make([]entry, 0, n)
	b.tree.reserve(n)
}

// find is the package at a location, nil where there is none.
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

// fail makes an error that leads with file, line and column of a value.
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

// place makes room for a package at a location.
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

// entry reads one entry of packages, which has its place.
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

// text reads a field that is a string where it stands.
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

// variantKeys are the fields of a lockfile and its entries that judgement
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

// engines is the range of Node a package wants. Old packages have a list such
// as ["node >= 0.8"], or one string.
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
