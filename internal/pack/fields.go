package pack

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// fields is what package.json says about packing, as npm reads it before it
// packs (@npmcli/package-json, normalize).
type fields struct {
	hasFiles bool
	files    []string
	main     string // "" none; what JavaScript makes of it where it is no string
	browser  string
	bin      map[string]string // name → path
	binDir   string            // directories.bin, where there is no bin
	commands []string          // what lies in binDir, once that was looked at

	executable map[string]bool // paths that bin or commands name, once that was asked

	bundle []string // names in bundleDependencies
	deps   []string // names of dependencies, then of optionalDependencies
	kinds  map[string]npm.EdgeKind
}

// readFields reads a manifest. dev says that its devDependencies count: that
// of a package that stands alone, not of an installed one.
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

// readFiles reads the patterns. Of a string npm takes each character.
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

// asText is what `${value}` makes of a value that counts; "" of one that does
// not. browser may be an object, which npm takes for a pattern all the same.
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

// secure is a path that stays in the package, with slashes of one kind; "" for
// the package's folder itself.
func secure(p string) string {
	p = strings.NewReplacer(`\`, "/", ":", "/").Replace(p)
	clean := strings.TrimPrefix(path.Clean("/"+p), "/")
	if clean != "" && strings.HasSuffix(p, "/") {
		clean += "/"
	}
	return clean
}

// readDependencies reads what there is to bundle. Of the fields that name a
// dependency the last of peer, prod, optional, dev decides what it is
// (arborist, Node: _loadDeps).
func (f *fields) readDependencies(doc strict.Value, m *npm.Manifest, dev bool) {
	switch {
	case m.BundleAll:
		for k := range doc.Get("dependencies").Members() {
			f.bundle = append(f.bundle, k.Text())
		}
	case doc.Get("bundleDependencies").Exists(): // it wins over the other spelling
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

// names are the strings of a list, or the keys of an object.
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
