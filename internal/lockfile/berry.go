package lockfile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// The versions of the metadata that are read: yarn 2.0 wrote 4, yarn 4.18
// writes 10.
const (
	oldestBerry = 4
	newestBerry = 10
)

// A berry makes the graph of a yarn.lock of yarn 2 and later. It holds every
// resolved copy, who asks for it, peers and platforms, but tells development
// dependencies of workspaces from others only through their package.json.
//
// The Location of a copy is "yarn:" and the locator yarn resolved it to, which
// is unique: "yarn:lodash@npm:4.17.21". The location of a workspace member is
// its directory. There is one copy per locator: where yarn makes virtual
// instances of a package for those who give it different peers, the copy has a
// peer edge to each of them. The checksum is not used: it is that of yarn's
// zip, not of the package.
type berry struct {
	*importers
	graph   *npm.Graph
	format  int // the version of the metadata
	entries []berryEntry
	by      map[string]*berryEntry // descriptor → entry
	rules   []berryResolution
	patched map[string]string // "name@npm:range" → descriptor of yarn's own patch of it
	rc      *berrySettings    // read when first asked for
}

// A berryEntry is one entry and what it says beyond a npm.Package.
type berryEntry struct {
	pkg       *npm.Package
	key       strict.Value
	name      string // of the locator
	reference string // of the locator
	local     *importer

	deps, peers, depsMeta, peersMeta strict.Value
	slots                            []*peerSlot
}

func parseYarnBerry(in Input) (*npm.Graph, error) {
	doc, err := in.document(strict.ParseYAMLWithin)
	if err != nil {
		return nil, err
	}
	b := &berry{importers: newImporters(in), graph: &npm.Graph{Lockfile: in.File, Notes: []npm.Note{}}}
	if err := b.version(doc); err != nil {
		return nil, err
	}
	if err := b.read(doc); err != nil {
		return nil, err
	}
	if err := b.folders(); err != nil {
		return nil, err
	}
	b.resolutions()
	if err := b.connect(); err != nil {
		return nil, err
	}
	if err := b.finish(b.graph); err != nil {
		return nil, err
	}
	return b.graph, nil
}

// fail returns an error that begins with file, line and column of a value.
func (b *berry) fail(at strict.Value, format string, args ...any) error {
	line, column := at.Position()
	return fmt.Errorf("%s:%d:%d: %s", b.in.File, line, column, fmt.Sprintf(format, args...))
}

func (b *berry) version(doc strict.Value) error {
	v := doc.Get("__metadata").Get("version")
	if !v.Exists() {
		return b.fail(doc, "no version in __metadata: run yarn install to write it anew")
	}
	n, err := strconv.Atoi(v.Text())
	if v.Kind() == strict.Number {
		n, err = strconv.Atoi(string(v.Raw()))
	}
	if err != nil || n < oldestBerry || n > newestBerry {
		return b.fail(v, "unknown version %+q: this version reads %d to %d", clip(string(v.Raw())), oldestBerry, newestBerry)
	}
	b.format, b.graph.Version = n, strconv.Itoa(n)
	return nil
}

// read reads all entries.
func (b *berry) read(doc strict.Value) error {
	n := doc.Len()
	b.entries = make([]berryEntry, 0, n)
	b.by = make(map[string]*berryEntry, n+n/2)
	b.patched = map[string]string{}
	slab := make([]npm.Package, n)
	locators := make(map[string]bool, n)
	for key, value := range doc.Members() {
		name := key.Shared()
		if name == "__metadata" {
			continue
		}
		if value.Kind() != strict.Object {
			return b.fail(value, "expected a mapping, found %s", value.Kind())
		}
		b.entries = append(b.entries, berryEntry{pkg: &slab[len(b.entries)], key: key})
		e := &b.entries[len(b.entries)-1]
		if err := b.entry(e, value); err != nil {
			return err
		}
		if locators[e.pkg.Location] {
			return b.fail(key, "%+q is resolved twice", clip(e.pkg.Location))
		}
		locators[e.pkg.Location] = true
		if err := b.descriptors(e, name); err != nil {
			return err
		}
	}
	return nil
}

// descriptors stores the descriptors that an entry was resolved for. If all of
// them use another name for the package, that name is its alias.
func (b *berry) descriptors(e *berryEntry, key string) error {
	alias := ""
	for i := 0; key != ""; i++ {
		one := key
		if end := strings.IndexByte(key, ','); end >= 0 {
			one, key = strings.TrimRight(key[:end], " "), strings.TrimLeft(key[end+1:], " ")
		} else {
			key = ""
		}
		if one == "" || b.by[one] != nil {
			return b.fail(e.key, "the descriptor %+q stands twice or is empty", clip(one))
		}
		b.by[one] = e
		name, rng := descriptor(one)
		b.resolvesTo(e, name, rng)
		if i == 0 || alias == name {
			alias = name
		} else {
			alias = e.name
		}
		if inner, patch, ok := patchOf(rng); ok && strings.Contains(patch, "builtin<compat/") {
			b.patched[withProtocol(inner)] = one
		}
	}
	if alias != e.name {
		e.pkg.Alias = alias
	}
	return nil
}

// entry reads the fields of one entry.
func (b *berry) entry(e *berryEntry, value strict.Value) error {
	p := e.pkg
	p.Line, p.Column = e.key.Position()
	resolution := ""
	for k, v := range value.Members() {
		var err error
		switch field := k.Shared(); field {
		case "version":
			p.Version, err = b.scalar(k, v)
		case "resolution":
			resolution, err = b.scalar(k, v)
		case "dependencies":
			e.deps, err = b.mapping(k, v)
		case "peerDependencies":
			e.peers, err = b.mapping(k, v)
		case "checksum":
			p.Checksum, err = b.scalar(k, v)
		case "dependenciesMeta":
			e.depsMeta = v
		case "peerDependenciesMeta":
			e.peersMeta = v
		case "conditions":
			conditions(p, v.Shared())
		}
		if err != nil {
			return err
		}
	}
	if p.Version == "" || len(resolution) < 2 {
		return b.fail(e.key, "the entry of %+q has no version or no resolution: run yarn install and commit the lockfile", clip(e.key.Text()))
	}
	if e.name, e.reference = descriptor(resolution); e.reference == "" {
		return b.fail(e.key, "the resolution %+q is not one yarn writes", clip(resolution))
	}
	p.Name, p.Location = e.name, "yarn:"+resolution
	b.source(e)
	b.agree(e)
	return nil
}

// scalar reads a field that is text. A version such as 1.0 is a number in YAML;
// its text is kept.
func (b *berry) scalar(key, v strict.Value) (string, error) {
	switch v.Kind() {
	case strict.String:
		return v.Shared(), nil
	case strict.Number:
		return string(v.Raw()), nil
	}
	return "", b.fail(v, "%s is %s, expected a string", key.Text(), v.Kind())
}

// mapping checks that a dependency field maps names to text.
func (b *berry) mapping(key, v strict.Value) (strict.Value, error) {
	if v.Kind() != strict.Object {
		return v, b.fail(v, "%s is %s, expected a mapping", key.Text(), v.Kind())
	}
	for k, r := range v.Members() {
		if _, err := b.scalar(k, r); err != nil {
			return v, err
		}
	}
	return v, nil
}

// plainText returns the text of a scalar that scalar accepted.
func plainText(v strict.Value) string {
	if v.Kind() == strict.String {
		return v.Shared()
	}
	return string(v.Raw())
}
