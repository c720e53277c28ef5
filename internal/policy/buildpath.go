package policy

// Audit is a word of dependencies.build-path: what builds the package is looked at,
// and need not be pinned.
const Audit = "audit"

// buildPathKeys is the key of what builds the package.
func buildPathKeys() []key {
	return []key{{path: "dependencies.build-path", kind: kindWord, words: []string{Required, Audit, "ignore"},
		set: func(d *draft, v value) { d.Dependencies.BuildPath = asked(v.text) }}}
}
