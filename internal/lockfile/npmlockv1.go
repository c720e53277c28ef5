package lockfile

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// nested reads version 1: entries inside entries, each with the names it
// requires. The package's own dependencies are not in it; they come from the
// manifest.
func (b *builder) nested(doc, deps strict.Value) error {
	if b.ownerManifest() == nil {
		return b.fail(doc, "lockfileVersion 1 does not say what the package depends on: it needs the package.json beside it")
	}
	b.reserve(countNested(deps) + 1)
	b.optional, b.locals = map[*npm.Package]bool{}, map[string]*npm.Manifest{}
	own := b.add("", doc)
	own.pkg.Source, own.pkg.Line, own.pkg.Column = npm.SourceLocal, 1, 1
	b.ancient = !doc.Get("requires").Truthy()
	var links []legacy
	err := b.each("", deps, func(l legacy) error {
		if l.isLink {
			links = append(links, l)
		}
		return b.nestedEntry(l)
	})
	for _, l := range links { // targets last: some have an entry of their own
		if err == nil && b.find(l.folder) == nil {
			err = b.legacyTarget(l)
		}
	}
	return err
}

// countNested counts the packages of version 1: a link has two, itself and its
// target.
func countNested(deps strict.Value) int {
	n := 0
	for _, v := range deps.Members() {
		n += 1 + countNested(v.Get("dependencies"))
		if npm.ParseSpec(v.Get("version").Shared()).Kind == npm.SpecDirectory {
			n++
		}
	}
	return n
}

// A legacy entry is one entry of version 1.
type legacy struct {
	location   string
	name       string // under which it is installed
	key, value strict.Value
	version    string // as written: a version, an alias or an address
	folder     string // directory of the target of a link; else ""
	isLink     bool
	odd        bool // its key is a path, not a name: npm 7 to 8 wrote link targets so into version 2
}

// each visits every entry of version 1 with its location.
func (b *builder) each(host string, deps strict.Value, visit func(legacy) error) error {
	if !deps.Exists() {
		return nil
	}
	modules := path.Join(host, "node_modules") + "/"
	for key, value := range deps.Members() {
		l := legacy{name: key.Shared(), key: key, value: value}
		if value.Kind() != strict.Object {
			return b.fail(value, "expected an object, found %s", value.Kind())
		}
		l.location = modules + l.name
		if _, name, ok := split(l.location); !ok || name != l.name || !clean(l.location) {
			l.odd = true
		}
		if v := value.Get("version"); v.Exists() {
			var err error
			if l.version, err = b.text(key, v); err != nil {
				return err
			}
		}
		inner := l.location
		if npm.ParseSpec(l.version).Kind == npm.SpecDirectory {
			l.isLink = true
			l.folder = relative(l.version)
			inner = l.folder // entries nested in a link belong to its target
		}
		if err := visit(l); err != nil {
			return err
		}
		below := value.Get("dependencies")
		if below.Exists() && below.Kind() != strict.Object {
			return b.fail(below, "dependencies is %s, expected an object", below.Kind())
		}
		if err := b.each(inner, below, visit); err != nil {
			return err
		}
	}
	return nil
}

// relative returns the directory of a file: address, relative to the
// lockfile's.
func relative(address string) string {
	dir := path.Clean(strings.TrimPrefix(address, "file:"))
	if dir == "." {
		return ""
	}
	return dir
}

func (b *builder) nestedEntry(l legacy) error {
	if l.odd {
		return b.fail(l.key, "%+q is not a name npm writes", clip(l.name))
	}
	e := b.add(l.location, l.key)
	p := e.pkg
	if l.isLink {
		p.Link, p.Resolved = true, l.folder
		b.identify(e, "")
	} else {
		if err := b.legacyFields(e, l); err != nil {
			return err
		}
		b.identify(e, b.legacyIdentity(e, l))
	}
	return nil
}

// legacyTarget makes the package a link points to, which version 1 describes in
// the link's own entry. Only its package.json, which npm reads too, has its
// name, its version and the kinds of its dependencies.
func (b *builder) legacyTarget(l legacy) error {
	e := b.add(l.folder, l.key)
	if err := b.legacyFields(e, l); err != nil {
		return err
	}
	e.pkg.Name, e.pkg.Source = l.name, npm.SourceLocal
	m, err := b.in.Checkout.Manifest(l.folder)
	switch {
	case err == nil:
		b.locals[l.folder] = m
		e.pkg.Version, e.pkg.License = m.Version, m.License
		if m.Name != "" {
			e.pkg.Name, e.named = m.Name, true
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if strings.HasPrefix(l.folder, "../") || strings.HasPrefix(l.folder, "/") {
		e.pkg.Source = npm.SourceFile
	}
	return nil
}

// legacyFields reads the fields of a version 1 entry other than version.
func (b *builder) legacyFields(e *entry, l legacy) error {
	for k, v := range l.value.Members() {
		var err error
		switch field := k.Shared(); field {
		case "resolved":
			// npm 5 wrote false for what is bundled.
			if v.Kind() != strict.False {
				e.pkg.Resolved, err = b.text(k, v)
			}
		case "integrity":
			e.pkg.Integrity, err = b.text(k, v)
		case "requires":
			switch v.Kind() {
			case strict.Object:
				e.requires, err = b.names(k, v)
			case strict.True, strict.False:
			default:
				err = b.fail(v, "requires is %s, expected an object", v.Kind())
			}
		case "dev":
			e.lockDev = v.Truthy()
		case "devOptional":
			e.lockDevOptional = v.Truthy()
		case "optional":
			if e.lockOptional = v.Truthy(); e.lockOptional {
				b.optional[e.pkg] = true
			}
		case "bundled":
			e.pkg.Bundled = v.Truthy()
		case "version", "dependencies", "from", "peer", "extraneous", "engines", "os", "cpu", "bin":
		default:
			b.variant(k, field)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// legacyIdentity reads the version field of version 1, which may be a version,
// an alias or an address. It returns the real name if the field has it.
func (b *builder) legacyIdentity(e *entry, l legacy) (name string) {
	p := e.pkg
	switch spec := npm.ParseSpec(l.version); spec.Kind {
	case npm.SpecAlias:
		p.Version = spec.Range
		return spec.Name
	case npm.SpecRegistry:
		p.Version = l.version
	default:
		// An address in place of a version. The version is known only if the
		// address contains it.
		if p.Resolved == "" {
			p.Resolved = l.version
		}
		if u, ok := npm.ParseTarballURL(p.Resolved); ok {
			p.Version = u.Version
			return u.Name
		}
		file := strings.TrimSuffix(path.Base(strings.TrimPrefix(p.Resolved, "file:")), ".tgz")
		if v, ok := strings.CutPrefix(file, path.Base(l.name)+"-"); ok {
			if _, err := npm.ParseVersion(v); err == nil {
				p.Version = v
			}
		}
	}
	return ""
}

// settleUnreached sets the scope of unreachable packages of version 1 by their
// own flags. Version 1 does not record peers, and npm 4 wrote no edges at all,
// so an unreachable package may still be in use.
func (b *builder) settleUnreached() {
	if b.graph.Version != "1" || b.flat {
		return
	}
	if b.ancient {
		b.note(npm.NoteOldLockfile, b.owner.key, "the lockfile was made by npm 4 or older and holds no edges: run npm install to write it anew")
	}
	for i := range b.entries {
		e := &b.entries[i]
		p := e.pkg
		if p.Scope != "" || e == b.owner {
			continue
		}
		p.Flagged(e.lockDev, e.lockOptional, e.lockDevOptional)
	}
}
