package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// Fresh says what registries are asked about the locked versions themselves.
type Fresh struct {
	// MinReleaseAge is dependencies.min-release-age: how long ago a version must
	// have been published. 0: nobody asks.
	MinReleaseAge time.Duration

	// AnyAge is dependencies.min-release-age-exclude: what may be younger.
	AnyAge []string

	// Deprecated is dependencies.deprecated: "warn", "block" or "ignore"; "": only
	// what the lockfile says counts, and warns.
	Deprecated string
}

// MayBeYoung reports whether dependencies.min-release-age-exclude names a
// version: NAME or a pattern of names, alone or with a range, as in
// "esbuild@0.25.1 || 0.25.2" (as pnpm's minimumReleaseAgeExclude has it).
func (f *Fresh) MayBeYoung(name, version string) bool {
	return slices.ContainsFunc(f.AnyAge, func(entry string) bool {
		pattern, rng := splitVersions(entry)
		if ok, err := path.Match(pattern, name); err != nil || !ok {
			return false
		}
		if rng == "" {
			return true
		}
		ok, err := npm.Satisfies(version, rng, false)
		return err == nil && ok
	})
}

// splitVersions splits "@scope/name@^1.0.0" into the name and the range.
func splitVersions(entry string) (name, rng string) {
	if at := strings.LastIndexByte(entry, '@'); at > 0 {
		return entry[:at], entry[at+1:]
	}
	return entry, ""
}

// versionPattern is the error of an entry that names no versions of packages.
func versionPattern(s string) error {
	name, rng := splitVersions(s)
	if err := namePattern(name); err != nil {
		return err
	}
	if strings.Trim(name, "*/@") == "" {
		return fmt.Errorf("%s names every package: then leave out what it is an exception of", quote(s))
	}
	if name != s {
		if _, err := npm.ParseRange(rng); err != nil || strings.TrimSpace(rng) == "" {
			return fmt.Errorf("%s has no range of versions behind the @", quote(s))
		}
	}
	return nil
}
