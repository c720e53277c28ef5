package lockfile

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strictyaml"
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
// is unique: "yarn:lodash@npm:4.17.21". Workspace members stand where they
// stand. There is one copy a locator: where yarn makes virtual instances of a
// package for those who give it different peers, the copy has a peer edge to
// each of them. The checksum is left aside: it is of the zip yarn makes, not
// of the package.
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
	key       strictyaml.Value
	name      string // of the locator
	reference string // of the locator
	local     *importer

	deps, peers, depsMeta, peersMeta strictyaml.Value
	slots                            []*peerSlot
}

func parseYarnBerry(in Input) (*npm.Graph, error) {
	doc, err := strictyaml.ParseWithin(in.Data, strictyaml.Limits{Bytes: MaxBytes, Members: 250_000})
	if err != nil {
		return nil, fmt.Errorf("%s:%w", in.File, err)
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

// fail makes an error that leads with file, line and column of a value.
func (b *berry) fail(at strictyaml.Value, format string, args ...any) error {
	line, column := at.Position()
	return fmt.Errorf("%s:%d:%d: %s", b.in.File, line, column, fmt.Sprintf(format, args...))
}

func (b *berry) version(doc strictyaml.Value) error {
	v := doc.Get("__metadata").Get("version")
	if !v.Exists() {
		return b.fail(doc, "no version in __metadata: run yarn install to write it anew")
	}
	n, err := strconv.Atoi(v.Text())
	if v.Kind() == strictyaml.Number {
		n, err = strconv.Atoi(string(v.Raw()))
	}
	if err != nil || n < oldestBerry || n > newestBerry {
		return b.fail(v, "unknown version %+q: this version reads %d to %d", clip(string(v.Raw())), oldestBerry, newestBerry)
	}
	b.format, b.graph.Version = n, strconv.Itoa(n)
	return nil
}

// read reads all entries.
func (b *berry) read(doc strictyaml.Value) error {
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
		if value.Kind() != strictyaml.Object {
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

// descriptors enters what an entry was resolved for. Where all that ask for it
// call it by another name, that is its alias.
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
func (b *berry) entry(e *berryEntry, value strictyaml.Value) error {
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
	return nil
}

// scalar reads a field that is text. A version such as 1.0 looks like a number
// and is taken as written.
func (b *berry) scalar(key, v strictyaml.Value) (string, error) {
	switch v.Kind() {
	case strictyaml.String:
		return v.Shared(), nil
	case strictyaml.Number:
		return string(v.Raw()), nil
	}
	return "", b.fail(v, "%s is %s, expected a string", key.Text(), v.Kind())
}

// mapping checks that a dependency field maps names to text.
func (b *berry) mapping(key, v strictyaml.Value) (strictyaml.Value, error) {
	if v.Kind() != strictyaml.Object {
		return v, b.fail(v, "%s is %s, expected a mapping", key.Text(), v.Kind())
	}
	for k, r := range v.Members() {
		if _, err := b.scalar(k, r); err != nil {
			return v, err
		}
	}
	return v, nil
}

// plainText is the text of a scalar that scalar has let pass.
func plainText(v strictyaml.Value) string {
	if v.Kind() == strictyaml.String {
		return v.Shared()
	}
	return string(v.Raw())
}

// source tells from the locator's reference where the bytes come from.
func (b *berry) source(e *berryEntry) {
	p := e.pkg
	reference, params, _ := strings.Cut(e.reference, "::")
	if inner, patch, ok := patchOf(e.reference); ok {
		p.Patch = patch
		// The original may be a patch itself.
		for depth := 0; depth < 8; depth++ {
			next, _, again := patchOf(inner)
			if !again {
				break
			}
			inner = next
		}
		_, reference = descriptor("x" + inner[max(strings.LastIndexByte(inner, '@'), 0):])
		reference, params, _ = strings.Cut(withProtocolOf(reference), "::")
	}
	switch protocol, rest, _ := strings.Cut(reference, ":"); protocol {
	case "npm":
		p.Source = npm.SourceRegistry
		if address := param(params, "__archiveUrl"); address != "" {
			p.Resolved = address
		}
	case "workspace":
		p.Source, p.Workspace = npm.SourceLocal, rest != "."
	case "portal", "link":
		p.Source = npm.SourceLocal
		if target := b.target(rest, params); strings.HasPrefix(target, "../") || path.IsAbs(rest) {
			p.Source = npm.SourceFile
		}
	case "file":
		p.Source, p.Resolved = npm.SourceFile, reference
	case "exec":
		p.Source = npm.SourceUnknown
	default:
		p.Resolved = reference
		u, ok := npm.ParseTarballURL(reference)
		switch {
		case strings.Contains(reference, "#commit=") || npm.ParseSpec(reference).Kind == npm.SpecGit:
			p.Source = npm.SourceGit
		case ok && u.Name == p.Name:
			p.Source = npm.SourceRegistry
		case npm.ParseSpec(reference).Kind == npm.SpecURL:
			p.Source = npm.SourceURL
		}
	}
}

// target is the folder a path in a locator means, from the lockfile's folder:
// such a path stands in the package.json of the workspace the locator names.
func (b *berry) target(rest, params string) string {
	from := ""
	if _, where, ok := strings.Cut(param(params, "locator"), "@workspace:"); ok {
		from = where
	}
	folder := path.Join(from, rest)
	if folder == "." {
		return ""
	}
	return folder
}

// folders makes importers of the workspaces and of what is linked to.
func (b *berry) folders() error {
	for i := range b.entries {
		e := &b.entries[i]
		reference, params, _ := strings.Cut(e.reference, "::")
		protocol, rest, _ := strings.Cut(reference, ":")
		switch protocol {
		case "workspace":
			folder := path.Clean(rest)
			if folder == "." {
				folder = ""
			}
			if strings.HasPrefix(folder, "../") || path.IsAbs(folder) || b.at[folder] != nil {
				return b.fail(e.key, "the workspace %+q stands twice or outside of the lockfile's folder", clip(rest))
			}
			local, err := b.member(folder)
			if err != nil {
				return err
			}
			local.pkg.Line, local.pkg.Column = e.pkg.Line, e.pkg.Column
			if local.manifest == nil || local.manifest.Name == "" {
				delete(b.named, local.pkg.Name)
				local.pkg.Name = e.name
				b.named[e.name] = local
			}
			e.pkg, e.local = local.pkg, local
		case "portal", "link":
			e.pkg.Version = ""
			m, err := b.in.Checkout.Manifest(b.target(rest, params))
			if err == nil {
				e.pkg.Version, e.pkg.License = m.Version, m.License
				if m.Name != "" && m.Name != e.name {
					e.pkg.Name, e.pkg.Alias = m.Name, e.name
				}
			}
		}
	}
	if b.at[""] == nil { // a lockfile without the owner's entry
		if _, err := b.add(""); err != nil {
			return err
		}
	}
	return nil
}

// conditions reads "os=linux & (cpu=x64 | cpu=arm64) & libc=glibc".
func conditions(p *npm.Package, text string) {
	for text != "" {
		one := text
		if i := strings.IndexAny(text, "&|"); i >= 0 {
			one, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		name, value, ok := strings.Cut(strings.Trim(one, " ()"), "=")
		if !ok {
			continue
		}
		if rest, negative := strings.CutPrefix(name, "!"); negative {
			name, value = rest, "!"+value
		}
		switch name {
		case "os":
			p.OS = append(p.OS, value)
		case "cpu":
			p.CPU = append(p.CPU, value)
		case "libc":
			p.Libc = append(p.Libc, value)
		}
	}
}
