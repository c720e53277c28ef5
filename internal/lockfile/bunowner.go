package lockfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// ownRange returns the range of "npm:2.1.3", where a range stands in the place of
// an alias's name, and any other value as it is.
func ownRange(value string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(value), "npm:")
	if _, err := npm.ParseRange(rest); ok && err == nil {
		return rest
	}
	return value
}

// bunOverrides returns the overrides that bun reads: package.json's overrides, or
// its resolutions if it has none; of those, "**/a" is a
// (oven-sh/bun src/install/lockfile/OverrideMap.zig).
func bunOverrides(m *npm.Manifest) []npm.Override {
	field := "resolutions"
	if slices.ContainsFunc(m.Overrides, func(o npm.Override) bool { return o.Field == "overrides" }) {
		field = "overrides"
	}
	var read []npm.Override
	for _, o := range m.Overrides {
		if o.Field == field {
			o.Path, o.Range = strings.TrimPrefix(o.Path, "**/"), ownRange(o.Range)
			read = append(read, o)
		}
	}
	return read
}

// compareOwner notes where the catalogs or overrides of the package.json beside
// the lockfile differ from those in the lockfile. bun install --frozen-lockfile
// refuses any difference from 1.4 on. Before, it refused what changes a version;
// both take a new line of a catalog that nothing asks for. Each case was tried
// with bun 1.2.23, 1.3.0 and 1.4.5.
func (b *bunLock) compareOwner() {
	m := b.ownerManifest()
	if m == nil {
		return
	}
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return // parsed before without an error
	}
	c := &bunOwner{bunLock: b, manifest: m, exact: b.graph.Version >= "2" || statedBy(m).refusesEdits()}
	c.compareOverrides()
	c.compareCatalogs(doc)
}

// A bunOwner compares the package.json beside a lockfile with it.
type bunOwner struct {
	*bunLock
	manifest *npm.Manifest
	exact    bool // the bun that reads them refuses any difference
}

// kind is what a difference is: one that is refused, or one that fits all the same.
func (c *bunOwner) kind(fits bool) string {
	if fits && !c.exact {
		return npm.NoteLockDrift
	}
	return npm.NoteLockMismatch
}

// made notes what the lockfile was made with and package.json does not have.
func (c *bunOwner) made(key strict.Value, kind, format string) {
	line, column := key.Position()
	text := c.in.File + " was made with " + fmt.Sprintf(format, clip(key.Text()), c.manifest.File)
	c.graph.Notes = append(c.graph.Notes, npm.Note{Kind: kind, File: c.in.File, Line: line, Column: column, Text: text})
}

func (c *bunOwner) differ(line, column int, fits bool, what, name, rng string) {
	kind := c.kind(fits)
	text := fmt.Sprintf("the %s of %s is %s, which %s was not made for", what, name, rng, c.in.File)
	if kind == npm.NoteLockDrift {
		text += "; what it holds fits all the same"
	}
	c.graph.Notes = append(c.graph.Notes, npm.Note{Kind: kind, File: c.manifest.File, Line: line, Column: column, Text: text})
}

// all reports whether a condition holds for all edges of a name that the lockfile
// decides.
func (c *bunOwner) all(name string, holds func(e *npm.Edge) bool) bool {
	for _, p := range c.graph.Packages {
		for i := range p.Deps {
			if e := &p.Deps[i]; e.Name == name && e.To != nil && !e.To.Local() && !holds(e) {
				return false
			}
		}
	}
	return true
}

func (c *bunOwner) compareOverrides() {
	set := map[string]bool{}
	nested := false
	for _, o := range bunOverrides(c.manifest) {
		if o.Path != o.Name {
			nested = true // written differently
			continue
		}
		set[o.Name] = true
		rng := o.Range
		if name, ok := strings.CutPrefix(rng, "$"); ok {
			at := slices.IndexFunc(c.manifest.Dependencies, func(d npm.Dependency) bool { return d.Name == name })
			if at < 0 {
				continue
			}
			rng = c.manifest.Dependencies[at].Range
		}
		locked := c.overrides.Get(o.Name)
		if locked.Kind() == strict.Object || locked.Exists() && sameLine(o.Name, rng, locked.Text()) {
			continue
		}
		fits := c.all(o.Name, func(e *npm.Edge) bool { return npm.Satisfied(rng, e.To) })
		c.differ(o.Line, o.Column, fits, "override", o.Name, o.Range)
	}
	for k, v := range c.overrides.Members() {
		if name := k.Text(); !set[name] && !nested && v.Kind() == strict.String {
			fits := c.all(name, func(e *npm.Edge) bool { return e.Valid })
			c.made(k, c.kind(fits), "an override of %s, which %s does not set")
		}
	}
}

func (c *bunOwner) compareCatalogs(doc strict.Value) {
	stated := map[string]bool{}
	for _, holder := range []strict.Value{doc, doc.Get("workspaces")} {
		c.catalogLines("", holder.Get("catalog"), c.catalog, stated)
		for name, list := range holder.Get("catalogs").Members() {
			c.catalogLines(name.Text(), list, c.catalogs.Get(name.Text()), stated)
		}
	}
	c.dropped("", c.catalog, stated)
	for name, list := range c.catalogs.Members() {
		c.dropped(name.Text(), list, stated)
	}
}

// asks reports whether an edge asks for a line of a catalog.
func asks(e *npm.Edge, catalog string) bool {
	name, ok := strings.CutPrefix(strings.TrimSpace(e.Range), "catalog:")
	return ok && strings.TrimSpace(name) == catalog
}

func (c *bunOwner) unused(catalog, name string) bool {
	return c.all(name, func(e *npm.Edge) bool { return !asks(e, catalog) })
}

func (c *bunOwner) catalogLines(catalog string, lines, locked strict.Value, stated map[string]bool) {
	for k, v := range lines.Members() {
		name, rng := k.Text(), v.Text()
		stated[catalog+"\x00"+name] = true
		old := locked.Get(name)
		if old.Exists() && sameLine(name, rng, old.Text()) {
			continue
		}
		if !old.Exists() && c.unused(catalog, name) {
			continue
		}
		fits := c.all(name, func(e *npm.Edge) bool { return !asks(e, catalog) || npm.Satisfied(ownRange(rng), e.To) })
		line, column := v.Position()
		c.differ(line, column, fits, "catalog entry", name, rng)
	}
}

// dropped notes the lines of a catalog that package.json no longer has. Without
// one that is asked for, no bun installs.
func (c *bunOwner) dropped(catalog string, locked strict.Value, stated map[string]bool) {
	for k := range locked.Members() {
		name := k.Text()
		if stated[catalog+"\x00"+name] {
			continue
		}
		if c.exact || !c.unused(catalog, name) {
			c.made(k, npm.NoteLockMismatch, "a catalog entry of %s, which %s does not have")
		}
	}
}

// sameLine reports whether bun 1.4 takes two values for the same: it compares what
// it has parsed, so that ^1.4 is ^1.4.0 and "npm:a@1.0.0" of a is 1.0.0.
func sameLine(name, a, b string) bool {
	plain := func(value string) (text, operator string) {
		text = strings.TrimSpace(strings.TrimPrefix(ownRange(value), "npm:"+name+"@"))
		r, err := npm.ParseRange(text)
		if err != nil {
			return text, ""
		}
		if strings.HasPrefix(text, "^") || strings.HasPrefix(text, "~") {
			operator = text[:1]
		}
		return r.String(), operator
	}
	x, first := plain(a)
	y, second := plain(b)
	return x == y && first == second
}
