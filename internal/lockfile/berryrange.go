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

// resolutions reads them in order of precedence: the first that fits applies.
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

// specifier cuts the first "name" or "name@description" off a path. A bare name
// or a description should hold no slash; some do, so all that follows the @ of
// the last name is its description.
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

// withProtocol returns a descriptor as yarn normalizes it: without a protocol
// it gets npm:, the registry's.
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

// resolve finds the entry of a package's dependency, after applying resolutions
// and then yarn's built-in patches.
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
	if len(b.patched) == 0 { // the usual case, without allocation
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

// rule returns the first resolution that fits a dependency, nil if none does.
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

// normal returns a range as resolutions compare it: yarn 4 normalizes both
// sides, yarn 2 and 3 compare what is written.
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

// patchOf splits "patch:name@range#path::params". It removes the prefixes ~ and
// optional! from the path, which say how the patch is applied.
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

// param returns one of the parameters after a locator's "::", decoded.
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

// berrySettings are the parts of .yarnrc.yml that the lockfile depends on:
// catalogs (named ranges) and packageExtensions.
type berrySettings struct{ catalog, catalogs, extensions strict.Value }

// settings reads .yarnrc.yml, once. A file that cannot be read counts as empty;
// what depends on it is then noted as missing.
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

// lines returns the catalogs by name.
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

// catalogRange returns the range that "catalog:" or "catalog:name" has for a
// package, "" if .yarnrc.yml has none.
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
