package policy

import "slices"

// DiffRule is a value of release-diff: what a rule about the changes since the
// last release does. The zero value is the strictest.
type DiffRule int

// The values of release-diff.
const (
	DiffBlock  DiffRule = iota // "block": at any level, and what cannot be compared does not pass
	DiffWarn                   // "warn"
	DiffIgnore                 // "ignore": it is in the table of the report all the same
)

// DiffRules are the rules about the changes since the last release, which are
// the keys below release-diff.
var DiffRules = []string{
	"files-added", "files-removed", "size-jump", "size-collapse", "new-dependency", "changed-script", "new-bin",
	"new-export",
	"license-changed", "new-host", "new-env", "new-binary", "provenance-lost",
	"version-step",
}

func diffKeys() []key {
	words := []string{"block", "warn", "ignore"}
	list := make([]key, 0, len(DiffRules))
	for _, rule := range DiffRules {
		list = append(list, key{path: "release-diff." + rule, kind: kindWord, words: words, set: func(d *draft, v value) {
			d.Diff[rule] = DiffRule(slices.Index(words, v.text))
		}})
	}
	return list
}

// DiffRequired returns the first key that lets a change since the last release
// block: one of release-diff, or versions.step. ok is false when none does: then
// comparing with the last release is only advice.
func (e *Effective) DiffRequired() (key string, ok bool) {
	if e.Versions.Step {
		return "versions.step", true
	}
	i := slices.IndexFunc(DiffRules, func(rule string) bool { return e.Diff[rule] == DiffBlock })
	if i < 0 {
		return "", false
	}
	return "release-diff." + DiffRules[i], true
}

// DiffWanted reports whether any rule of release-diff, or versions.step, blocks or
// warns.
func (e *Effective) DiffWanted() bool {
	return e.Versions.Step || slices.ContainsFunc(DiffRules, func(rule string) bool { return e.Diff[rule] != DiffIgnore })
}
