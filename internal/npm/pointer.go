package npm

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// A Pointer is one field of package.json that names a file of the package.
type Pointer struct {
	Field string // "main", "bin", "exports", …; a name in bin or a subpath of exports follows a space
	Path  string // slash path as written, without "./" at the beginning; foreign text
	Line  int

	// Conditions are those above the path in exports, the outermost first.
	Conditions []string

	// Choice says that the path is one of a list, of which one must exist.
	Choice bool

	// Refused says that Node refuses the target: one of exports that does not begin
	// with "./".
	Refused bool

	// Dead says that the path is never used, since something else in package.json
	// always comes before it: earlier conditions of exports one of which always
	// applies, exports without an entry for the package itself, typesVersions.
	Dead bool
}

// Pointers lists the files that package.json names: main, module, browser,
// unpkg, jsdelivr, bin, exports, types, typings, man and directories.bin, in
// file order. Values that name no file are left out: a package's name, null, an
// address. Sources: docs.npmjs.com, package.json; npm-normalize-package-bin;
// nodejs.org, packages, "exports".
func (m *Manifest) Pointers() []Pointer {
	doc, err := strict.ParseWithin(m.Raw, strict.Limits{Bytes: MaxManifest, Members: 100_000})
	if err != nil { // not reached: the text was parsed before
		return nil
	}
	var l pointerList
	typed := false // typesVersions replaces the types fields
	for key, value := range doc.Members() {
		switch field := key.Text(); field {
		case "main", "module", "types", "typings", "unpkg", "jsdelivr":
			l.add(Pointer{Field: field}, value)
		case "bin":
			l.add(Pointer{Field: field}, value)
			for name, target := range value.Members() {
				l.add(Pointer{Field: "bin " + name.Text()}, target)
			}
			for target := range value.Elements() { // npm uses the name of each file
				l.add(Pointer{Field: field}, target)
			}
		case "browser":
			l.add(Pointer{Field: field}, value)
			for _, target := range value.Members() { // the replacement of a file or a package
				if strings.HasPrefix(target.Text(), "./") {
					l.add(Pointer{Field: field}, target)
				}
			}
		case "man":
			l.add(Pointer{Field: field}, value)
			for target := range value.Elements() {
				l.add(Pointer{Field: field}, target)
			}
		case "directories":
			l.add(Pointer{Field: "directories.bin"}, value.Get("bin"))
		case "exports":
			l.exports(Pointer{Field: field}, value, 0)
		case "typesVersions":
			typed = value.Len() > 0
		}
	}
	l.override(typed)
	return l.all
}

type pointerList struct{ all []Pointer }

func (l *pointerList) add(p Pointer, value strict.Value) {
	if value.Kind() != strict.String || value.Text() == "" {
		return
	}
	p.Path, p.Line = strings.TrimPrefix(value.Text(), "./"), value.Line()
	l.all = append(l.all, p)
}

// override marks the fields for the package itself that exports or
// typesVersions replace.
func (l *pointerList) override(typed bool) {
	exports, self := false, false
	for _, p := range l.all {
		exports = exports || strings.HasPrefix(p.Field, "exports")
		self = self || p.Field == "exports" || p.Field == "exports ."
	}
	for i := range l.all {
		switch p := &l.all[i]; p.Field {
		case "main", "module":
			p.Dead = exports && !self
		case "types", "typings":
			p.Dead = exports && !self || typed
		}
	}
}

// exports walks the object of subpaths and conditions. A key that begins with a
// dot is a subpath, any other a condition. Node refuses numbers.
func (l *pointerList) exports(p Pointer, value strict.Value, depth int) {
	if depth > 32 {
		return // Node has no limit, but nobody nests this deep
	}
	switch value.Kind() {
	case strict.String:
		p.Refused = !strings.HasPrefix(value.Text(), "./")
		l.add(p, value)
	case strict.Array:
		for e := range value.Elements() {
			p.Choice = true
			l.exports(p, e, depth+1)
		}
	case strict.Object:
		var met branches
		for key, inner := range value.Members() {
			next := p
			if name := key.Text(); strings.HasPrefix(name, ".") {
				next.Field = "exports " + name
			} else {
				next.Conditions, next.Dead = append(slices.Clip(p.Conditions), name), p.Dead || met.settled()
				met.add(name, inner, depth)
			}
			l.exports(next, inner, depth+1)
		}
	}
}

// branches are the conditions of one object so far that end the search of those
// to whom they apply.
type branches struct{ imported, required, other bool }

func (b *branches) add(name string, value strict.Value, depth int) {
	switch name {
	case "import":
		b.imported = settles(value, depth)
	case "require":
		b.required = settles(value, depth)
	case "default":
		b.other = settles(value, depth)
	}
}

// settled reports whether they end every search: each is by import or by
// require.
func (b branches) settled() bool { return b.other || b.imported && b.required }

// settles reports whether a target ends the search. An object of conditions
// does not if none of them applies.
func settles(value strict.Value, depth int) bool {
	if value.Kind() != strict.Object {
		return true
	}
	var met branches
	for key, inner := range value.Members() {
		if depth > 32 {
			return false
		}
		met.add(key.Text(), inner, depth+1)
	}
	return met.settled()
}
