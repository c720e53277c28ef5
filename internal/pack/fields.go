package pack

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// fields are the parts of package.json that matter for packing, as npm
// normalizes them before it packs (@npmcli/package-json, normalize).
type fields struct {
	hasFiles bool
	files    []string
	main     string // "": none; a value that is no string is converted as in JavaScript
	browser  string
	bin      map[string]string // name → path
	binDir   string            // directories.bin, if there is no bin
	commands []string          // files in binDir, once listed

	executable map[string]bool // paths that bin or commands name, once computed

	bundle []string // names in bundleDependencies
	deps   []string // names in dependencies, then in optionalDependencies
	kinds  map[string]npm.EdgeKind
}

// readFields reads a manifest. dev says that its devDependencies count: they do
// for the packed package, not for an installed one.
func readFields(m *npm.Manifest, dev bool) (*fields, error) {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: npm.MaxManifest, Members: 100_000})
	if err != nil {
		return nil, fmt.Errorf("%s:%w", m.File, err)
	}
	f := &fields{main: asText(doc.Get("main")), browser: asText(doc.Get("browser"))}
	if err := f.readFiles(doc.Get("files")); err != nil {
		return nil, fmt.Errorf("%s: %w", m.File, err)
	}
	f.readBin(doc, m.Name)
	f.readDependencies(doc, m, dev)
	return f, nil
}

var errFiles = errors.New("files is not a list of patterns: npm cannot pack this folder")

// readFiles reads the patterns of files. npm treats a string as a list of its
// characters.
func (f *fields) readFiles(v strict.Value) error {
	if !v.Truthy() {
		return nil
	}
	f.hasFiles = true
	switch v.Kind() {
	case strict.String:
		for _, r := range v.Text() {
			f.files = append(f.files, string(r))
		}
	case strict.Array:
		for e := range v.Elements() {
			if e.Kind() != strict.String {
				return errFiles
			}
			f.files = append(f.files, e.Text())
		}
	default:
		return errFiles
	}
	return nil
}

// asText returns what `${value}` gives for a truthy value, and "" for any
// other. browser may be an object, which npm still treats as a pattern.
func asText(v strict.Value) string {
	if !v.Truthy() {
		return ""
	}
	switch v.Kind() {
	case strict.String:
		return v.Text()
	case strict.Object:
		return "[object Object]"
	case strict.Array:
		var all []string
		for e := range v.Elements() {
			switch e.Kind() {
			case strict.Null:
				all = append(all, "")
			case strict.String:
				all = append(all, e.Text())
			case strict.Object, strict.Array:
				all = append(all, asText(e))
			default:
				all = append(all, string(e.Raw()))
			}
		}
		return strings.Join(all, ",")
	}
	return string(v.Raw())
}

func (f *fields) readBin(doc strict.Value, name string) {
	f.bin = map[string]string{}
	bin := doc.Get("bin")
	if dir := doc.Get("directories").Get("bin"); dir.Truthy() && !bin.Truthy() {
		f.binDir = secure(dir.Text())
		return
	}
	add := func(key string, v strict.Value) {
		base, target := path.Base("/"+secure(key)), secure(v.Text())
		if v.Kind() == strict.String && base != "/" && target != "" {
			f.bin[base] = target
		}
	}
	switch bin.Kind() {
	case strict.String:
		if name != "" && bin.Text() != "" {
			add(name, bin)
		}
	case strict.Array:
		for e := range bin.Elements() {
			add(path.Base(e.Text()), e)
		}
	case strict.Object:
		for k, v := range bin.Members() {
			add(k.Text(), v)
		}
	}
}

// secure returns a path that stays in the package, with forward slashes; "" is
// the package's directory itself.
func secure(p string) string {
	p = strings.NewReplacer(`\`, "/", ":", "/").Replace(p)
	clean := strings.TrimPrefix(path.Clean("/"+p), "/")
	if clean != "" && strings.HasSuffix(p, "/") {
		clean += "/"
	}
	return clean
}

// readDependencies reads the names that may be bundled. A dependency in several
// fields has the kind of the last of peer, prod, optional and dev that names it
// (arborist, Node: _loadDeps).
func (f *fields) readDependencies(doc strict.Value, m *npm.Manifest, dev bool) {
	switch {
	case m.BundleAll:
		for k := range doc.Get("dependencies").Members() {
			f.bundle = append(f.bundle, k.Text())
		}
	case doc.Get("bundleDependencies").Exists(): // it takes precedence over the other spelling
		f.bundle = names(doc.Get("bundleDependencies"))
	default:
		f.bundle = names(doc.Get("bundledDependencies"))
	}
	f.kinds = map[string]npm.EdgeKind{}
	rank := []npm.EdgeKind{npm.EdgePeer, npm.EdgePeerOptional, npm.EdgeProd, npm.EdgeOptional, npm.EdgeDev}
	for _, kind := range rank {
		for _, d := range m.Dependencies {
			if d.Kind != kind || kind == npm.EdgeDev && !dev {
				continue
			}
			f.kinds[d.Name] = kind
			if kind == npm.EdgeProd || kind == npm.EdgeOptional {
				f.deps = append(f.deps, d.Name)
			}
		}
	}
}

// names returns the strings of a list, or the keys of an object.
func names(v strict.Value) []string {
	var all []string
	for e := range v.Elements() {
		if e.Kind() == strict.String {
			all = append(all, e.Text())
		}
	}
	for k := range v.Members() {
		all = append(all, k.Text())
	}
	return all
}
