package policy

import (
	"cmp"
	"fmt"
)

// A Setting is one key of a policy file, with where it was set.
type Setting struct {
	Key, Value string
	File       string
	Line       int
}

// Said returns what the policy files say about the package of that name: each key
// that holds, in the order of the keys, with its file and line. What two files say
// together is there twice: lists that grew, and audit-level and scopes, of which the
// stricter counts. What nobody set is not.
func (p *Policy) Said(name string) []Setting {
	all := p.parts
	if !p.flat {
		all = p.resolved(name)
	}
	said := make([]Setting, 0, len(all)+1)
	for _, s := range all {
		said = append(said, Setting{Key: s.shownKey(), Value: s.value.whole(), File: cmp.Or(s.value.file, p.file), Line: s.value.line})
	}
	if n := len(p.exceptions); n > 0 {
		x := p.exceptions[0]
		said = append(said, Setting{Key: "exceptions", Value: counted(n), File: cmp.Or(x.File, p.file), Line: x.Line})
	}
	return said
}

// whole is shown, and counts what is no text.
func (v *value) whole() string {
	if n := len(v.licenses) + len(v.secrets) + len(v.changes); n > 0 {
		return counted(n + len(v.list))
	}
	return v.shown()
}

func counted(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
