package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// strictness ranks the words that keys have as values: 0 is the strictest. A key
// whose words are all here is a level.
var strictness = map[string]int{
	"block": 0, "required": 0, "true": 0, "all": 0, "exact": 0, "semver": 0, "strict": 0, "none-open": 0, ScopePackage: 0, "commit": 0,
	"pure":             0,
	"block-on-publish": 1, "exact-or-locked": 1, Preferred: 1, WhenPublic: 1, "when-available": 1, ScopeScope: 1,
	"warn": 2, Audit: 2,
	"ignore": 3, "optional": 3, "any": 3, "one": 3, "degrade": 3, "false": 3, "packed": 3,
}

// loosest is the rank of a key that asks for nothing.
const loosest = 3

// level returns how strict the value of a setting is; ok is false if its key is no
// level, such as publish.access, which names a place.
func (s *setting) level() (rank int, ok bool) {
	words := s.key.words
	switch s.key.kind {
	case kindFlag:
		words = []string{"true", "false"}
	case kindWord:
	default:
		return 0, false
	}
	for _, w := range words {
		if _, ranked := strictness[w]; !ranked || len(words) < 2 {
			return 0, false
		}
	}
	return strictness[s.value.text], true
}

// unsetLevel returns how strict a level is that nobody set: as the built-in value,
// or the loosest where there is none.
func unsetLevel(path string) int {
	values := map[string]any{}
	_ = json.Unmarshal(builtin().Canonical(), &values) // written by ourselves
	if rank, known := strictness[fmt.Sprint(values[path])]; known {
		return rank
	}
	return loosest
}

// grows reports whether the values of a key in two files are demanded together:
// those of lists of what is denied, forbidden or required.
func (k *key) grows() bool {
	switch k.path {
	case "docs.readme-sections", "docs.security.asks", "docs.security.channels", "docs.security.sections", "source.checks":
		return true
	}
	switch k.path[strings.LastIndex(k.path, ".")+1:] {
	case "deny", "forbid", "require":
		switch k.kind {
		case kindList, kindLicenseNames, kindPatterns, kindWords, kindListOrNone, kindNames, kindSources:
			return true
		}
	}
	return false
}

// lifts reports whether a setting that only one file has takes something back
// that would be asked for without it, instead of asking for more.
func (s *setting) lifts() bool {
	v := &s.value
	switch s.key.path {
	case "secrets.baseline":
		return true
	case "secrets.allow", "files.allow", "files.built", "licenses.overrides", "dependencies.registries":
		return len(v.list)+len(v.secrets)+len(v.licenses) > 0
	case "advisories.fallback":
		return v.text != ""
	case "advisories.max-age":
		return v.span > builtin().Advisories.MaxAge
	case "vex.max-age":
		return v.span > builtin().VEX.MaxAge
	case "dependencies.attestations.downgrade-within": // without it every version is compared
		return v.span > 0
	case "incident.clocks.contain", "incident.clocks.notify", "incident.clocks.report":
		return slower(s.key.path, v.span)
	case "dependencies.since-release.within": // without it every version is told
		return v.span > 0
	case "dependencies.since-release.revived-after":
		return v.span > builtin().Dependencies.SinceRelease.After
	case "monitor.publishers", "monitor.built-by": // without them who and what was there before counts
		return len(v.list) > 0
	case "monitor.since": // without it the day of the first look counts
		return true
	case "monitor.trust-window":
		return v.span > 0
	case "publish.via": // where nobody says, -publish auto stages
		return len(v.list) > 0 && v.list[0] != string(ViaStage)
	case "publish.credential": // where nobody says, an ID token that is offered goes before any other
		return len(v.list) > 0 && v.list[0] == Token
	case "publish.events":
		return !subset(v.list, defaultEvents)
	case "publish.refs":
		return !subset(v.list, []string{protectedRef})
	case "files.forbid", "files.require":
		return slices.ContainsFunc(v.list, func(p string) bool { return strings.HasPrefix(p, "!") })
	case "licenses.allow": // a name of somebody's own is unknown until it is allowed
		return slices.ContainsFunc(v.list, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), "licenseref-") })
	}
	return false
}
