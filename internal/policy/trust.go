package policy

import (
	"path"
	"slices"
	"time"
)

// Trust says what must stand behind the dependencies, besides their lockfile.
type Trust struct {
	Signatures      string        // dependencies.signatures: Required, WhenAvailable; "": not looked at
	Attestations    []string      // patterns of the names of packages that must have verified provenance
	Downgrade       string        // "block", "warn"; "": how a version was published is not compared with earlier ones
	DowngradeWithin time.Duration // a version published longer ago is not compared; 0: each is
}

// WhenAvailable is a word of dependencies.signatures: a registry that publishes
// no keys is skipped.
const WhenAvailable = "when-available"

// Attests reports whether a package must have attestations.
func (t *Trust) Attests(name string) bool {
	return slices.ContainsFunc(t.Attestations, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

func trustKeys() []key {
	return []key{
		{path: "dependencies.signatures", kind: kindWord, words: []string{Required, WhenAvailable, "ignore"},
			set: func(d *draft, v value) { d.Dependencies.Signatures = asked(v.text) }},
		{path: "dependencies.attestations.require", kind: kindNames,
			set: func(d *draft, v value) { d.Dependencies.Attestations = v.list }},
		{path: "dependencies.attestations.downgrade", kind: kindWord, words: []string{"block", "warn", "ignore"},
			set: func(d *draft, v value) { d.Dependencies.Downgrade = asked(v.text) }},
		{path: "dependencies.attestations.downgrade-within", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.DowngradeWithin = v.span }},
	}
}
