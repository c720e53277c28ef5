package policy

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// A Policy is a policy file as read: what it sets for every package, what it
// sets for some, and its exceptions. What it means for one package is said by
// For. The zero value is the built-in policy.
type Policy struct {
	file       string
	base       []setting
	packages   []layer
	exceptions []Exception
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

// Default returns the built-in policy, the one of an empty file.
func Default() *Policy { return &Policy{} }

// Flags are what the command line says about policy.
type Flags struct {
	AuditLevel *Threshold      // -audit-level; nil: not given
	Omit       []finding.Scope // -omit
}

// For returns the policy as it applies to the package of that name.
//
// Later layers replace the values of earlier ones, key by key: the built-in
// policy, the file, then each matching entry of packages, the most specific
// last. Lists are replaced whole, but files.forbid keeps the built-in patterns
// in front; maps (dependencies.require, …) are merged name by name.
//
// audit-level holds for every scope without a level of its own in the same
// layer or a later one; the built-in levels hold for the rest.
//
// A flag and the file meet so: where the file says nothing, the flag is the
// user's word. Where both speak, the tighter level wins, because either may
// come from somebody who must not loosen the other: a file changed in a pull
// request, or a workflow copied from elsewhere.
func (p *Policy) For(name string, flags Flags) *Effective {
	d := &draft{Effective: builtin()}
	d.File = p.file
	d.apply(p.base)
	for _, l := range p.matching(name) {
		d.apply(l.settings)
	}
	d.Files.Forbid = append(d.Files.Forbid, d.forbid...)
	d.thresholds(flags.AuditLevel)
	for _, s := range flags.Omit {
		d.Omit[s] = true
	}
	d.Exceptions = slices.Clone(p.exceptions)
	return d.Effective
}

// matching returns the entries of packages that concern a package, the most
// specific last: a pattern with more letters of its own says more, a name
// without wildcards the most. Equals keep the alphabet's order.
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

// specificity is the number of characters of a pattern that stand for
// themselves; a pattern without wildcards is above all that have some.
func specificity(pattern string) int {
	n := 0
	for rest := pattern; rest != ""; n++ {
		switch rest[0] {
		case '*', '?':
			n--
		case '[': // a class stands for one character that is not fixed
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

// A draft is an Effective policy while its layers are laid over each other.
type draft struct {
	*Effective
	level  *Threshold                  // audit-level of the last layer that has one
	scopes map[finding.Scope]Threshold // scopes set since
	forbid []string                    // files.forbid of the last layer that has it
}

// apply lays one layer over the draft. Settings are in the order of keys.
func (d *draft) apply(settings []setting) {
	for _, s := range settings {
		v := s.value
		v.list = slices.Clone(v.list)
		v.path = s.key.path
		s.key.set(d, v)
	}
}

// demand notes that the owner set a key this version does not enforce: to a
// value that asks for something or not, and whether it asks for it without
// condition. A later layer replaces what an earlier one said.
func (d *draft) demand(v value, asks, required bool) {
	d.Unenforced = slices.DeleteFunc(d.Unenforced, func(s Setting) bool { return s.Key == v.path })
	shown := v.text
	if v.list != nil {
		shown = strings.Join(v.list, ", ")
	}
	strict := asks && required && !strings.HasPrefix(v.path, "publish.")
	d.Unenforced = append(d.Unenforced, Setting{Key: v.path, Value: shown, Line: v.line, Asks: asks, Strict: strict})
	slices.SortFunc(d.Unenforced, func(a, b Setting) int { return strings.Compare(a.Key, b.Key) })
}

// thresholds settles the level of each scope; see For.
func (d *draft) thresholds(flag *Threshold) {
	said := map[finding.Scope]Threshold{}
	if d.level != nil {
		for _, s := range finding.Scopes {
			said[s] = *d.level
		}
	}
	maps.Copy(said, d.scopes)
	for _, s := range finding.Scopes {
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
		d.DevUnset = d.DevUnset && s != finding.Dev
	}
}
