package policy

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Policy is a parsed policy file: its settings for every package, its
// settings for some packages, and its exceptions. For resolves it for one
// package. The zero value is the built-in policy.
type Policy struct {
	file       string
	base       []setting
	packages   []layer
	exceptions []Exception

	parts []setting               // with flat: what base was made of, with the files
	flat  bool                    // base is what holds for one package: no layer is applied to it
	sunk  map[npm.Scope]Threshold // levels that the package's own policy may only lower, see Tighten
}

// A layer is one entry of packages.
type layer struct {
	pattern  string // path.Match: * and ? stop at the / of a scope
	settings []setting
}

// A setting is a key with its value.
type setting struct {
	key   *key
	value value
}

// Default returns the built-in policy, which an empty file also gives.
func Default() *Policy { return &Policy{} }

// Flags are the policy settings of the command line.
type Flags struct {
	AuditLevel *Threshold  // -audit-level; nil: not given
	Omit       []npm.Scope // -omit
}

// For returns the policy for the package of that name.
//
// Later layers replace the values of earlier ones, key by key: the built-in
// policy, the file, then each matching entry of packages, the most specific
// last. Lists are replaced whole, except that files.forbid keeps the built-in
// patterns in front; maps (dependencies.require, …) are merged name by name.
//
// audit-level applies to every scope without a level of its own in the same
// layer or a later one; the built-in levels apply to the rest.
//
// Where only a flag sets a level, the flag decides. Where flag and file both
// set one, the stricter wins, because neither may loosen the other: the file
// may have been changed in a pull request, the workflow copied from elsewhere.
func (p *Policy) For(name string, flags Flags) *Effective {
	d := &draft{Effective: builtin()}
	d.File = p.file
	d.apply(p.base)
	for _, l := range p.matching(name) {
		if !p.flat {
			d.apply(l.settings)
		}
	}
	d.Files.Forbid = append(d.Files.Forbid, d.forbid...)
	d.thresholds(flags.AuditLevel)
	for s, t := range p.sunk {
		d.Thresholds[s], d.DevUnset = tighter(d.Thresholds[s], t), d.DevUnset && s != npm.Dev
	}
	for _, s := range flags.Omit {
		d.Omit[s] = true
	}
	d.Exceptions = slices.Clone(p.exceptions)
	return d.Effective
}

// matching returns the entries of packages that match a package, the most
// specific last: the more literal characters a pattern has, the more specific
// it is, and a name without wildcards is the most specific. Ties are in
// alphabetical order.
func (p *Policy) matching(name string) []layer {
	var found []layer
	for _, l := range p.packages {
		if ok, err := path.Match(l.pattern, name); err == nil && ok {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b layer) int {
		if c := specificity(a.pattern) - specificity(b.pattern); c != 0 {
			return c
		}
		return strings.Compare(a.pattern, b.pattern)
	})
	return found
}

// specificity returns the number of literal characters of a pattern. A pattern
// without wildcards ranks above all that have some.
func specificity(pattern string) int {
	n := 0
	for rest := pattern; rest != ""; n++ {
		switch rest[0] {
		case '*', '?':
			n--
		case '[': // a class matches one character that is not literal
			n--
			if end := strings.IndexByte(rest, ']'); end > 0 {
				rest = rest[end:]
			}
		}
		rest = rest[1:]
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		n += 1 << 16
	}
	return n
}

// A draft is an Effective policy while layers are applied to it.
type draft struct {
	*Effective
	level  *Threshold              // audit-level of the last layer that has one
	scopes map[npm.Scope]Threshold // scopes set since
	forbid []string                // files.forbid of the last layer that has it
}

// apply applies one layer to the draft. Settings are in the order of keys.
func (d *draft) apply(settings []setting) {
	for _, s := range settings {
		v := s.value
		v.list = slices.Clone(v.list)
		v.path = s.key.path
		s.key.set(d, v)
	}
}

// thresholds resolves the level of each scope; see For.
func (d *draft) thresholds(flag *Threshold) {
	said := d.said()
	for _, s := range npm.Scopes {
		t, ok := said[s]
		switch {
		case ok && flag != nil:
			t = tighter(t, *flag)
		case flag != nil:
			t = *flag
		case !ok:
			continue // built in
		}
		d.Thresholds[s] = t
		d.DevUnset = d.DevUnset && s != npm.Dev
	}
}

// said returns the levels that the layers set, by scope.
func (d *draft) said() map[npm.Scope]Threshold {
	said := map[npm.Scope]Threshold{}
	if d.level != nil {
		for _, s := range npm.Scopes {
			said[s] = *d.level
		}
	}
	maps.Copy(said, d.scopes)
	return said
}
