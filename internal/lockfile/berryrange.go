package lockfile

import (
	"net/url"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A berryResolution is one of the resolutions of the lockfile's own
// package.json, taken apart: "from@description/name@description".
type berryResolution struct {
	from, fromRange string
	name, rng       string
	to              string
}

// resolutions reads them in the order in which the first that fits wins.
func (b *berry) resolutions() {
	m := b.in.owner()
	if m == nil {
		return
	}
	for _, o := range m.Overrides {
		if strings.Contains(o.Path, ">") {
			continue // another manager's
		}
		r := berryResolution{to: o.Range}
		rest := strings.TrimPrefix(o.Path, "**/")
		first, after := specifier(rest)
		if after != "" {
			r.from, r.fromRange = descriptor(first)
			first, _ = specifier(after)
		}
		if first == "" {
			continue
		}
		r.name, r.rng = descriptor(first)
		b.rules = append(b.rules, r)
	}
}

// specifier cuts the first "name" or "name@description" off a path. Neither a
// bare name nor a description holds a slash; some write such ranges all the
// same, so what follows the last name's @ is all its.
func specifier(s string) (first, rest string) {
	start := 0
	if strings.HasPrefix(s, "@") {
		start = strings.IndexByte(s, '/') + 1
	}
	i := strings.IndexByte(s[start:], '/')
	if i < 0 {
		return s, ""
	}
	return s[:start+i], s[start+i+1:]
}

// withProtocol writes a descriptor as yarn normalizes it: what has no protocol
// is of the registry.
func withProtocol(d string) string {
	name, rng := descriptor(d)
	return name + "@" + withProtocolOf(rng)
}

func withProtocolOf(rng string) string {
	if strings.ContainsAny(rng, ":/") {
		return rng
	}
	return "npm:" + rng
}

// resolve finds the entry that a dependency of a package means: what
// resolutions make of it, then what yarn patches of its own accord.
func (b *berry) resolve(from *berryEntry, name, rng string) *berryEntry {
	if strings.HasPrefix(rng, "catalog:") {
		if rng = b.catalogRange(name, rng); rng == "" {
			return nil
		}
	}
	rule := b.rule(from, name, rng)
	if rule != nil {
		rng = rule.to
	}
	if len(b.patched) == 0 { // nearly always all there is to do, so nothing is allocated for it
		var room [128]byte
		if e := b.by[string(append(append(append(room[:0], name...), '@'), rng...))]; e != nil {
			return e
		}
	}
	key := name + "@" + rng
	if full := withProtocolOf(rng); len(full) != len(rng) {
		if len(b.patched) > 0 {
			if patch := b.patched[name+"@"+full]; patch != "" {
				return b.by[patch]
			}
		}
		if e := b.by[key]; e != nil {
			return e // a workspace member that a range means
		}
		return b.by[name+"@"+full]
	}
	if len(b.patched) > 0 {
		if patch := b.patched[key]; patch != "" {
			return b.by[patch]
		}
	}
	if e := b.by[key]; e != nil {
		return e
	}
	locator := ""
	switch {
	case rule != nil:
		locator = b.ownerLocator()
	case from != nil:
		locator = from.name + "@" + from.reference
	}
	return b.by[key+"::locator="+url.QueryEscape(locator)]
}

// rule is the first resolution that fits a dependency.
func (b *berry) rule(from *berryEntry, name, rng string) *berryResolution {
	for i := range b.rules {
		r := &b.rules[i]
		if r.name != name || r.rng != "" && b.normal(r.rng) != b.normal(rng) {
			continue
		}
		if r.from != "" && (from == nil || r.from != from.name || r.fromRange != "" && b.normal(r.fromRange) != from.reference) {
			continue
		}
		return r
	}
	return nil
}

// normal is a range as resolutions compare it: yarn 4 normalizes both sides,
// yarn 2 and 3 compare what is written.
func (b *berry) normal(rng string) string {
	if b.format < 8 {
		return rng
	}
	return withProtocolOf(rng)
}

func (b *berry) ownerLocator() string {
	for i := range b.entries {
		if b.entries[i].local != nil && b.entries[i].local == b.at[""] {
			return b.entries[i].name + "@" + b.entries[i].reference
		}
	}
	return ""
}

// patchOf takes "patch:name@range#path::params" apart. The path has no ~ and
// no optional! before it, which say how it is applied.
func patchOf(rng string) (source, patch string, ok bool) {
	rest, ok := strings.CutPrefix(rng, "patch:")
	if !ok {
		return "", "", false
	}
	rest, _, _ = strings.Cut(rest, "::")
	source, patch, ok = strings.Cut(rest, "#")
	if text, err := url.QueryUnescape(strings.ReplaceAll(source, "+", "%2B")); err == nil {
		source = text
	}
	patch = strings.TrimPrefix(strings.TrimPrefix(patch, "optional!"), "~")
	return source, strings.TrimPrefix(patch, "/"), ok && len(source) > 1
}

// param is one of the parameters after a locator's "::", decoded.
func param(params, name string) string {
	for p := range strings.SplitSeq(params, "&") {
		if v, ok := strings.CutPrefix(p, name+"="); ok {
			if text, err := url.QueryUnescape(strings.ReplaceAll(v, "+", "%2B")); err == nil {
				return text
			}
		}
	}
	return ""
}

// berrySettings are what .yarnrc.yml adds to the lockfile: ranges with names,
// and dependencies that packages forgot to declare.
type berrySettings struct{ catalog, catalogs, extensions strict.Value }

// settings reads .yarnrc.yml, once. What cannot be read holds nothing; what is
// asked of it is then missing, and noted.
func (b *berry) settings() *berrySettings {
	if b.rc != nil {
		return b.rc
	}
	b.rc = &berrySettings{}
	c := b.in.Checkout
	if c == nil {
		return b.rc
	}
	text, err := ReadRegular(c.root, path.Join(c.folder, ".yarnrc.yml"), npm.MaxManifest)
	if err != nil {
		return b.rc
	}
	if doc, err := strict.ParseYAML(text); err == nil {
		b.rc = &berrySettings{doc.Get("catalog"), doc.Get("catalogs"), doc.Get("packageExtensions")}
	}
	b.graph.Catalogs = b.rc.lines()
	return b.rc
}

// lines are the catalogs by name.
func (s *berrySettings) lines() map[string]map[string]string {
	all := map[string]map[string]string{}
	add := func(name string, list strict.Value) {
		lines := map[string]string{}
		for k, v := range list.Members() {
			if kind := v.Kind(); kind == strict.String || kind == strict.Number {
				lines[k.Text()] = plainText(v)
			}
		}
		if len(lines) > 0 {
			all[name] = lines
		}
	}
	add("default", s.catalog)
	for k, v := range s.catalogs.Members() {
		add(k.Text(), v)
	}
	return all
}

// catalogRange is what "catalog:" or "catalog:name" means for a package, ""
// where .yarnrc.yml does not say.
func (b *berry) catalogRange(name, rng string) string {
	of := b.settings().catalog
	if which := strings.TrimPrefix(rng, "catalog:"); which != "" {
		of = b.settings().catalogs.Get(which)
	}
	v := of.Get(name)
	if k := v.Kind(); k != strict.String && k != strict.Number {
		return ""
	}
	return plainText(v)
}
