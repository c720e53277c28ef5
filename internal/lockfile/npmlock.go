package lockfile

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// parsePackageLock reads package-lock.json and npm-shrinkwrap.json, versions 1
// to 4. Like npm it goes by the fields present: the packages of version 2 and
// later win over the nested dependencies of version 1 whatever the version
// says. Version 4 is 3 for a project with packageExtensions or
// patchedDependencies, which npm 12 writes so that older ones refuse it; what
// the extensions add is in the entries.
func parsePackageLock(in Input) (*npm.Graph, error) {
	doc, err := in.document(strict.ParseWithin)
	if err != nil {
		return nil, err
	}
	b := &builder{in: in, tree: newTree(), at: map[string]int{}, graph: &npm.Graph{Lockfile: in.File, Notes: []npm.Note{}}}
	version, err := b.version(doc)
	if err != nil {
		return nil, err
	}
	b.graph.Version = strconv.Itoa(version)
	for key := range doc.Members() {
		for _, known := range [...]string{"packages", "dependencies", "lockfileVersion"} {
			if field := key.Shared(); field != known && strings.EqualFold(field, known) {
				b.variant(key, field)
			}
		}
	}
	packages, nested := doc.Get("packages"), doc.Get("dependencies")
	for _, half := range []strict.Value{packages, nested} {
		if half.Exists() && half.Kind() != strict.Object {
			return nil, b.fail(half, "expected an object, found %s", half.Kind())
		}
	}
	switch {
	case packages.Exists():
		err = b.packages(packages)
		if err == nil && nested.Exists() {
			err = b.compareHalves(nested)
		}
	case version == 1:
		err = b.nested(doc, nested)
	default:
		err = b.fail(doc, "lockfileVersion %d without packages: run npm install and commit the lockfile", version)
	}
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return nil, err
	}
	b.compareExtensions(packages.Get(""))
	return b.graph, nil
}

// version reads lockfileVersion as a number: 3.0 and 3e0 are 3, "3" is text.
func (b *builder) version(doc strict.Value) (int, error) {
	v := doc.Get("lockfileVersion")
	const known = "this version reads 1, 2, 3 and 4"
	if !v.Exists() {
		return 0, b.fail(doc, "no lockfileVersion: %s; run npm install to write it anew", known)
	}
	if v.Kind() != strict.Number {
		return 0, b.fail(v, "lockfileVersion is %s, expected a number: %s", v.Kind(), known)
	}
	n, err := strconv.ParseFloat(string(v.Raw()), 64)
	if err != nil || n != 1 && n != 2 && n != 3 && n != 4 {
		return 0, b.fail(v, "unknown lockfileVersion %s: %s", clip(string(v.Raw())), known)
	}
	return int(n), nil
}

// packages reads the flat list of versions 2 to 4: one entry per installed
// copy, keyed by location.
func (b *builder) packages(list strict.Value) error {
	b.flat = true
	b.reserve(list.Len() + 1)
	values := make([]strict.Value, 0, cap(b.entries))
	for key, value := range list.Members() {
		if value.Kind() != strict.Object {
			return b.fail(value, "expected an object, found %s", value.Kind())
		}
		location := key.Shared()
		if location != "" && !clean(location) {
			return b.fail(key, "%+q is not a location npm writes", clip(location))
		}
		b.place(location, key)
		values = append(values, value)
	}
	return b.fill(values)
}

// fill reads the entries into their places, in two halves in parallel, each
// with its own notes and edges. Errors and notes are in the order of the file.
func (b *builder) fill(values []strict.Value) error {
	var parts [2]builder
	var errs [2]error
	halves(len(values), func(half, from, to int) {
		part := &parts[half]
		*part = *b
		part.notes, part.edges = nil, edgeSlab{}
		for i := from; i < to && errs[half] == nil; i++ {
			errs[half] = part.entry(&part.entries[i], values[i])
		}
	})
	b.notes = append(append(b.notes, parts[0].notes...), parts[1].notes...)
	return cmp.Or(errs[0], errs[1])
}

// clip shortens foreign text for a message.
func clip(s string) string {
	return display.Clip(s, 80)
}
