package lockfile

import (
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strictyaml"
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
	locator := ""
	if from != nil {
		locator = from.name + "@" + from.reference
	}
	if r := b.rule(from, name, rng); r != nil {
		rng, locator = r.to, b.ownerLocator()
	}
	key := name + "@" + rng
	if e := b.by[key]; e != nil && len(b.patched) == 0 {
		return e
	}
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
	return b.by[key+"::locator="+url.QueryEscape(locator)]
}

// rule is the first resolution that fits a dependency.
func (b *berry) rule(from *berryEntry, name, rng string) *berryResolution {
	for i := range b.rules {
		r := &b.rules[i]
		if r.name != name || r.rng != "" && withProtocolOf(r.rng) != withProtocolOf(rng) {
			continue
		}
		if r.from != "" && (from == nil || r.from != from.name || r.fromRange != "" && withProtocolOf(r.fromRange) != from.reference) {
			continue
		}
		return r
	}
	return nil
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

// berryCatalogs are the ranges that .yarnrc.yml gives names to.
type berryCatalogs struct{ catalog, catalogs strictyaml.Value }

// catalogRange is what "catalog:" or "catalog:name" means for a package, ""
// where .yarnrc.yml does not say.
func (b *berry) catalogRange(name, rng string) string {
	if b.catalog == nil {
		b.catalog = b.in.Checkout.catalogs()
	}
	of := b.catalog.catalog
	if which := strings.TrimPrefix(rng, "catalog:"); which != "" {
		of = b.catalog.catalogs.Get(which)
	}
	v := of.Get(name)
	if k := v.Kind(); k != strictyaml.String && k != strictyaml.Number {
		return ""
	}
	return plainText(v)
}

// catalogs reads .yarnrc.yml. What cannot be read has no catalogs; what is
// asked of them is then missing, and noted.
func (c *Checkout) catalogs() *berryCatalogs {
	none := &berryCatalogs{}
	if c == nil {
		return none
	}
	text, err := ReadRegular(c.root, joinFolder(c.folder, ".yarnrc.yml"), npm.MaxManifest)
	if err != nil {
		return none
	}
	doc, err := strictyaml.Parse(text)
	if err != nil {
		return none
	}
	return &berryCatalogs{doc.Get("catalog"), doc.Get("catalogs")}
}
