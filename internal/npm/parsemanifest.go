package npm

import (
	"bytes"
	"fmt"

	"github.com/publishgate/publishgate/internal/strict"
)

// MaxManifest is the largest package.json that is read, in bytes. The largest
// real ones are some hundred kilobytes.
const MaxManifest = 8 << 20

// ParseManifest reads a package.json. file is its path as shown to users.
// Errors begin with it, line and column: "package.json:3:5: …". A field that is
// read here and has a value that npm cannot use is an error, never skipped.
func ParseManifest(data []byte, file string) (*Manifest, error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil {
		return nil, fmt.Errorf("%s:%w", file, err)
	}
	r := manifestReader{m: &Manifest{
		File:          file,
		Raw:           bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")),
		PeerOptional:  map[string]bool{},
		Scripts:       map[string]string{},
		PublishConfig: map[string]string{},
	}}
	for key, value := range doc.Members() {
		r.field(key, value)
	}
	if r.err != nil {
		return nil, r.err
	}
	r.settle()
	return r.m, nil
}

// manifestReader fills a Manifest field by field and keeps the first error.
type manifestReader struct {
	m   *Manifest
	err error
}

func (r *manifestReader) fail(at strict.Value, format string, args ...any) {
	if r.err == nil {
		line, column := at.Position()
		r.err = fmt.Errorf("%s:%d:%d: %s", r.m.File, line, column, fmt.Sprintf(format, args...))
	}
}

// want reports whether a value has the kind a field must have.
func (r *manifestReader) want(key, value strict.Value, kind strict.Kind) bool {
	if value.Kind() == kind {
		return true
	}
	r.fail(value, "%s is %s, expected %s", key.Text(), value.Kind(), kind)
	return false
}

func (r *manifestReader) field(key, value strict.Value) {
	m := r.m
	switch name := key.Text(); name {
	case "name":
		if r.want(key, value, strict.String) {
			m.Name = value.Text()
			m.NameLine, m.NameColumn = key.Position()
		}
	case "version":
		if r.want(key, value, strict.String) {
			m.Version, m.VersionLine = value.Text(), key.Line()
		}
	case "private":
		m.Private = value.Truthy()
	case "license", "licence", "licenses", "licences":
		r.license(key, value)
	case "dependencies":
		r.dependencies(key, value, EdgeProd)
	case "devDependencies":
		r.dependencies(key, value, EdgeDev)
	case "optionalDependencies":
		r.dependencies(key, value, EdgeOptional)
	case "peerDependencies":
		r.dependencies(key, value, EdgePeer)
	case "peerDependenciesMeta":
		r.peerMeta(key, value)
	case "bundleDependencies", "bundledDependencies":
		r.bundle(key, value)
	case "workspaces":
		r.workspaces(key, value)
	case "engines": // an old package may have a list or a text there, which npm ignores
		r.m.Node = value.Get("node").Text()
	case "scripts":
		r.scripts(key, value)
	case "overrides":
		r.overrides(key, value)
	case "resolutions":
		r.flatOverrides(key, value)
	case "pnpm":
		for k, v := range value.Members() {
			if k.Text() == "overrides" {
				r.flatOverrides(k, v)
			}
		}
	case "publishConfig":
		r.publishConfig(key, value)
	case "repository":
		m.RepositoryLine = key.Line()
		if value.Kind() == strict.Object {
			m.RepositoryDirectory = value.Get("directory").Text()
			value = value.Get("url")
		}
		m.Repository = value.Text()
	case "gypfile":
		m.NoGyp = value.Kind() == strict.False
	case "author":
		m.Author = ParsePerson(value)
	case "packageManager":
		m.PackageManager = value.Text()
	default:
		r.variant(key, name, manifestKeys)
	}
}

// settle applies the rules that need more than one field.
func (r *manifestReader) settle() {
	optional := map[string]bool{}
	for _, d := range r.m.Dependencies {
		if d.Kind == EdgeOptional {
			optional[d.Name] = true
		}
	}
	kept := r.m.Dependencies[:0]
	for _, d := range r.m.Dependencies {
		// npm: an entry in optionalDependencies overrides one of the same
		// name in dependencies.
		if d.Kind == EdgeProd && optional[d.Name] {
			continue
		}
		if d.Kind == EdgePeer && r.m.PeerOptional[d.Name] {
			d.Kind = EdgePeerOptional
		}
		kept = append(kept, d)
	}
	r.m.Dependencies = kept
}
