// Package normal makes of a package.json the manifest that npm makes of it when
// a tarball is published: @npmcli/package-json's "prepare" (lib/normalize.js and
// normalize-data.js), then libnpmpublish's patchManifest, as in npm 12.
//
// It is a function of package.json, the names of the files, the README, AUTHORS
// and the commit. What is not normalised stays byte for byte.
package normal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// noReadme is what npm says where there is no README.
const noReadme = "ERROR: No README data found!"

// A Package is what a manifest is made of.
type Package struct {
	Manifest strict.Value // package.json, an object with a valid name and version
	Files    []string     // paths below the root, "lib/index.js"
	Readme   string       // content of the file that Readme names
	Authors  string       // content of AUTHORS in the root; "": none, or empty
	GitHead  string       // the commit; "": none is told
}

// A Manifest is what a registry is sent as the manifest of a version, without
// `dist`.
type Manifest struct {
	JSON        []byte // an object
	Description []byte // JSON of its description; nil: none
	Repository  string // its repository.url; "": none
}

// An Error is about a field that npm cannot publish.
type Error struct {
	Field, Text string
	Line        int // 0: of no line
}

// Error says what is wrong.
func (e *Error) Error() string {
	return fmt.Sprintf("package.json line %d: %s %s", e.Line, e.Field, e.Text)
}

// normaliser is the state of one Manifest.
type normaliser struct {
	*object
	pkg   *Package
	files tree
	err   *Error // the first
}

// New returns the manifest of a package, or an *Error.
func New(p Package) (*Manifest, error) {
	n := &normaliser{object: opened(p.Manifest), pkg: &p, files: tree(p.Files)}
	for _, step := range []func(){n.gyp, n.authors, n.readme, n.man, n.bin, n.commit, n.types, n.id, n.bundle, n.overrides,
		n.scripts, n.repository, n.dependencies, n.description, n.lists, n.bugs, n.keywords, n.bundled, n.homepage, n.people} {
		if step(); n.err != nil {
			return nil, n.err
		}
	}
	n.drop("patchedDependencies") // what a project does to its dependencies is not the package's
	var w bytes.Buffer
	write(&w, n.object)
	m := &Manifest{JSON: bytes.Clone(w.Bytes()), Repository: text(member(n.get("repository"), "url"))}
	if n.has("description") {
		w.Reset()
		write(&w, n.get("description"))
		m.Description = w.Bytes()
	}
	return m, nil
}

func (n *normaliser) fail(field string, format string, args ...any) {
	if n.err == nil {
		n.err = &Error{field, fmt.Sprintf(format, args...), n.pkg.Manifest.Get(field).Line()}
	}
}

// gyp adds what npm runs for a package with a file of node-gyp's.
func (n *normaliser) gyp() {
	scripts := n.get("scripts")
	if truthy(member(scripts, "install")) || truthy(member(scripts, "preinstall")) || kind(n.get("gypfile")) == strict.False {
		return
	}
	for name := range n.files.top() {
		if strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".gyp") {
			continue
		}
		if !truthy(scripts) {
			scripts = newObject()
		}
		if kind(scripts) == strict.Object { // no other kind of value has scripts
			o := opened(scripts)
			o.set("install", "node-gyp rebuild")
			scripts = o
		}
		n.set("scripts", scripts)
		n.set("gypfile", true)
		return
	}
}

var (
	lineEnd     = pattern.New(`\r?\n`)
	commentLine = pattern.New(`^[` + space + `]*#[^\n\r\x{2028}\x{2029}]*$`)
)

// authors takes contributors from AUTHORS, a line each.
func (n *normaliser) authors() {
	if truthy(n.get("contributors")) || !slices.Contains(n.files, "AUTHORS") {
		return
	}
	list := []any{}
	for _, line := range lineEnd.Split(n.pkg.Authors, -1) {
		if line = trimmed(commentLine.ReplaceAllString(line, "")); line != "" {
			list = append(list, line)
		}
	}
	n.set("contributors", list)
}

// readme adds the README and its file's name.
func (n *normaliser) readme() {
	if truthy(n.get("readme")) {
		return
	}
	if name := Readme(n.pkg.Files); name != "" {
		n.set("readme", n.pkg.Readme)
		n.set("readmeFilename", name)
	}
	if !truthy(n.get("readme")) {
		n.set("readme", noReadme)
	}
}

var manPage = pattern.New(`^(.*/)?[^/.][^/]*\.[0-9]$`)

// man lists the pages in directories.man where `man` does not, and makes a list
// of it.
func (n *normaliser) man() {
	if folder := member(n.get("directories"), "man"); truthy(folder) && !truthy(n.get("man")) {
		if kind(folder) != strict.String {
			n.fail("directories", "has a man that is %s, expected a string", kind(folder))
			return
		}
		at, pages := inside(text(folder)), []any{}
		for _, p := range n.files.below(at) {
			if manPage.MatchString(p) {
				pages = append(pages, strings.TrimPrefix(joined("/", at, p), "/"))
			}
		}
		n.set("man", pages)
	}
	given := n.get("man")
	if kind(given) != strict.Array {
		given = []any{given}
	}
	pages := []any{}
	for _, p := range elements(given) {
		if kind(p) == strict.String {
			pages = append(pages, inside(text(p)))
		}
	}
	if !truthy(n.get("man")) || len(pages) == 0 {
		n.drop("man")
		return
	}
	n.set("man", pages)
}

// commit adds the commit that was judged.
func (n *normaliser) commit() {
	if !truthy(n.get("gitHead")) && n.pkg.GitHead != "" {
		n.set("gitHead", n.pkg.GitHead)
	}
}

// types names the declarations beside the main file, if package.json names none.
func (n *normaliser) types() {
	main := n.get("main")
	if !truthy(main) {
		main = "index.js"
	}
	if kind(main) != strict.String {
		n.fail("main", "is %s, expected a string", kind(main))
		return
	}
	declarations := "./" + joined(dir(text(main)), stem(text(main))) + ".d.ts"
	if !n.has("types") && !n.has("typings") && n.files.has(declarations) {
		n.set("types", declarations)
	}
}

// id adds the document's identifier. Other fields that begin like it are those of
// registries and installers.
func (n *normaliser) id() {
	for _, key := range names(n.object) {
		if strings.HasPrefix(key, "_") {
			n.drop(key)
		}
	}
	n.set("_id", text(n.get("name"))+"@"+text(n.get("version")))
}

// overrides drops those that say nothing.
func (n *normaliser) overrides() {
	if v := n.get("overrides"); kind(v) != strict.Object || len(names(v)) == 0 {
		n.drop("overrides")
	}
}

var binPath = pattern.New(`^(\.[/\\])?node_modules[/\\].bin[\\/]`)

// scripts drops what is no command, and the path of node_modules/.bin, which is
// searched anyway.
func (n *normaliser) scripts() {
	given := n.get("scripts")
	if given == nil {
		return
	}
	fixed := func(v any) any {
		if s := text(v); binPath.MatchString(s) {
			return binPath.ReplaceAllString(s, "")
		}
		return v
	}
	switch kind(given) {
	case strict.Object:
		scripts := opened(given)
		for _, name := range names(given) {
			if kind(scripts.get(name)) != strict.String {
				scripts.drop(name)
				continue
			}
			if command := fixed(scripts.get(name)); text(command) != text(scripts.get(name)) {
				scripts.set(name, command)
			}
		}
		n.put("scripts", scripts)
	case strict.Array:
		list := elements(given)
		for i, v := range list {
			if list[i] = fixed(v); kind(v) != strict.String {
				list[i] = nil // an empty place, which JSON has as null
			}
		}
		n.set("scripts", list)
	case strict.Null: // null is an object in JavaScript, with no keys
	default:
		n.drop("scripts")
	}
}
