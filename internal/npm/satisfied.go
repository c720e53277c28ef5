package npm

import "strings"

// Satisfied reports whether an installed copy satisfies a dependency's value,
// as in `npm ls`: by version for ranges, by address for tarballs. For tags, git
// repositories and directories, which only the lockfile resolves, it returns
// true. Unlike npm it returns false if the copy is another package than the one
// named, whatever its version.
func Satisfied(value string, p *Package) bool {
	if ok, decided := quickRange(value, p.Version); decided { // nearly all
		return ok && p.Alias == ""
	}
	spec := ParseSpec(value)
	switch spec.Kind {
	case SpecRegistry:
		return p.Alias == "" && inRange(spec.Range, p)
	case SpecAlias:
		return p.Name == spec.Name && inRange(spec.Range, p)
	case SpecGit:
		return spec.Range == "" || inRange(spec.Range, p)
	case SpecURL:
		return p.Resolved == strings.TrimSpace(value)
	}
	return true
}

func inRange(rng string, p *Package) bool {
	if rng == "*" {
		return true
	}
	if p.Version == "" && (p.Source == SourceGit || p.Source == SourceFile || p.Source == SourceLocal) {
		return true // version 1 lockfiles have no version for these
	}
	if ok, decided := quickRange(rng, p.Version); decided { // an alias's, or one in spaces
		return ok
	}
	ok, err := Satisfies(p.Version, rng, false)
	if err != nil {
		// The version is valid, so the range is not one: it is a tag, which only a
		// registry's package can satisfy.
		_, err := ParseVersion(p.Version)
		return err == nil && (p.Source == SourceRegistry || p.Source == SourceURL)
	}
	return ok
}

// quickRange decides ranges of the form ^1.2.3, ~1.2.3 and 1.2.3 for versions
// of the form 1.2.3, which is nearly all of a lockfile, without parsing.
func quickRange(rng, version string) (ok, decided bool) {
	op := byte(0)
	if rng != "" && (rng[0] == '^' || rng[0] == '~') {
		op, rng = rng[0], rng[1:]
	}
	want, ok1 := triple(rng)
	have, ok2 := triple(version)
	if !ok1 || !ok2 {
		return false, false
	}
	switch {
	case have == want:
		return true, true
	case op == 0 || less(have, want):
		return false, true
	case have[0] != want[0]:
		return false, true
	case op == '~', want[0] == 0:
		if have[1] != want[1] {
			return false, true
		}
		return op == '~' || want[1] != 0 || have[2] == want[2], true
	}
	return true, true
}

func less(a, b [3]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// triple reads three numbers of at most nine digits, without leading zeros.
func triple(s string) (v [3]int, ok bool) {
	part, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if digits == 9 || digits == 1 && v[part] == 0 {
				return v, false
			}
			v[part] = v[part]*10 + int(c-'0')
			digits++
		case c == '.' && digits > 0 && part < 2:
			part, digits = part+1, 0
		default:
			return v, false
		}
	}
	return v, part == 2 && digits > 0
}
