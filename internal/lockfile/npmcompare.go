package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxNotes bounds how many differences of one kind have a note each.
const maxNotes = 20

// compareHalves notes where the nested half of a version 2 lockfile, which
// npm 6 installs from, differs from the flat half, which is what we judge.
func (b *builder) compareHalves(deps strict.Value) error {
	seen := make(map[string]bool, len(b.entries))
	found := 0
	differ := func(at strict.Value, format string, args ...any) {
		if found++; found <= maxNotes {
			b.note(npm.NoteV2Mismatch, at, format, args...)
		}
	}
	err := b.each("", deps, func(l legacy) error {
		if l.odd {
			return nil
		}
		seen[l.location] = true
		p := b.find(l.location)
		if p == nil {
			differ(l.key, "%s stands in dependencies but not in packages", l.location)
			return nil
		}
		if what := difference(l, p); what != "" {
			differ(l.key, "%s has another %s in dependencies than in packages", l.location, what)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range b.entries {
		e := &b.entries[i]
		if e.inModules && !seen[e.pkg.Location] {
			differ(e.key, "%s stands in packages but not in dependencies", e.pkg.Location)
		}
	}
	if found > maxNotes {
		b.note(npm.NoteV2Mismatch, deps, "%d more differences between dependencies and packages", found-maxNotes)
	}
	return nil
}

// difference names the first field in which an entry of the nested half and a
// package of the flat half differ, or "".
func difference(l legacy, p *npm.Package) string {
	if l.isLink || p.Link {
		if l.isLink != p.Link || l.folder != relative(p.Resolved) {
			return "target"
		}
		return ""
	}
	version := l.version
	switch spec := npm.ParseSpec(version); spec.Kind {
	case npm.SpecAlias:
		if spec.Name != p.Name {
			return "name"
		}
		version = spec.Range
	case npm.SpecRegistry:
	default: // an address: commit or file must be the same in both
		if commit(version) != commit(p.Resolved) {
			return "address"
		}
		version = p.Version
	}
	other := func(field, have string) bool {
		text := l.value.Get(field).Shared()
		return text != "" && have != "" && text != have
	}
	switch {
	case version != p.Version:
		return "version"
	case other("integrity", p.Integrity):
		return "integrity"
	case other("resolved", p.Resolved):
		return "address"
	}
	return ""
}

// commit returns what follows the # of a git address, else the whole address.
func commit(address string) string {
	if i := strings.LastIndexByte(address, '#'); i >= 0 {
		return address[i+1:]
	}
	return address
}

// compareManifest notes dependencies of package.json that the lockfile does not
// satisfy. npm ci refuses that: the lockfile does not describe what will be
// installed.
func (b *builder) compareManifest(root *entry) {
	m := b.in.Manifest
	if m == nil {
		return
	}
	locked, recorded := lockedRanges(root)
	add := func(kind string, line, column int, text string) {
		b.graph.Notes = append(b.graph.Notes, npm.Note{Kind: kind, Text: text, File: m.File, Line: line, Column: column})
	}
	note := func(line, column int, text string) { add(npm.NoteLockMismatch, line, column, text) }
	edges := make(map[string]*npm.Edge, len(root.pkg.Deps))
	for i := range root.pkg.Deps {
		if e := &root.pkg.Deps[i]; edges[e.Name] == nil || e.Kind != npm.EdgeWorkspace {
			edges[e.Name] = e
		}
	}
	asked := make(map[string]bool, len(m.Dependencies))
	for _, d := range m.Dependencies {
		rng, ok := locked[d.Name]
		e := edges[d.Name]
		switch {
		case recorded && !ok:
			note(d.Line, d.Column, d.Name+" is not among the dependencies that "+b.in.File+" was made for")
		// Version 0 of bun.lock has the directory for a member's range.
		case recorded && !rng[d.Range] && !(e != nil && e.To != nil && e.To.Workspace && rng[e.To.Location]):
			text := d.Name + " is asked for as " + d.Range + ", which " + b.in.File + " was not made for"
			if e != nil && e.To != nil && stillFits(d.Range, e.To) {
				add(npm.NoteLockDrift, d.Line, d.Column, text+"; what it holds, "+e.To.ID()+", fits all the same")
				break
			}
			note(d.Line, d.Column, text)
		case e == nil || e.Kind != d.Kind:
		case d.Kind != npm.EdgeProd && d.Kind != npm.EdgeDev && !b.refuses(e):
		case e.To == nil:
			note(d.Line, d.Column, d.Name+"@"+d.Range+" is not in "+b.in.File)
		case !e.Valid:
			note(d.Line, d.Column, d.Name+"@"+d.Range+" is not what "+b.in.File+" holds: "+e.To.ID())
		}
		asked[d.Name] = true
	}
	if !recorded {
		return
	}
	for _, field := range root.recorded() {
		for k := range field.Members() { // was removed from package.json
			if !asked[k.Text()] {
				b.note(npm.NoteLockMismatch, k, "%s is no longer a dependency in %s", k.Text(), m.File)
			}
		}
	}
}

// stillFits reports whether a range admits the locked copy. npm ci and bun's
// frozen install then accept it, whatever range the lockfile records.
func stillFits(value string, p *npm.Package) bool {
	kind := npm.ParseSpec(value).Kind
	return (kind == npm.SpecRegistry || kind == npm.SpecAlias) && p.Source == npm.SourceRegistry && npm.Satisfied(value, p)
}

// recorded returns the dependency fields of an entry outside of node_modules.
func (e *entry) recorded() []strict.Value {
	if e.fields == nil {
		return nil
	}
	return []strict.Value{e.fields.prod, e.fields.optional, e.fields.dev, e.fields.peer}
}

// lockedRanges returns the dependencies that the lockfile records for the
// package itself, name → ranges; recorded is false for version 1, which has
// none.
func lockedRanges(root *entry) (locked map[string]map[string]bool, recorded bool) {
	locked = map[string]map[string]bool{}
	for _, field := range root.recorded() {
		for k, v := range field.Members() {
			name := k.Text()
			if locked[name] == nil {
				locked[name] = map[string]bool{}
			}
			locked[name][v.Text()] = true
		}
	}
	return locked, root.key.Exists() && root.key.Kind() == strict.String
}
