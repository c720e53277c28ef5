package policy

import (
	"errors"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// Env is env: which variables of the environment the shipped code reads, and how.
type Env struct {
	Declared   *[]string // variables the shipped code may read, * for any run of characters; nil: not checked
	Validated  bool      // validated: required: the program stops where one that it needs is absent
	Documented string    // documented: README, or a file of the package, names each of them; empty: not checked
}

// Content is content: what the shipped code may use of the outside.
type Content struct {
	Hosts *[]string // hosts it may name, *.example.com for those below one; nil: not checked
	Deny  []string  // imports.deny: modules it must not load
	Pure  bool      // kind: pure: it computes and does nothing else
}

// ReadsPrograms reports whether the policy asks for what only the programs in the
// package tell.
func (e *Effective) ReadsPrograms() bool {
	return e.Env != (Env{}) || e.Content.Hosts != nil || len(e.Content.Deny) > 0 || e.Content.Pure
}

// contentKeys are the keys of env and content.
func contentKeys() []key {
	return []key{
		{path: "env.declared", kind: kindListOrNone, set: func(d *draft, v value) { d.Env.Declared = &v.list }},
		{path: "env.validated", kind: kindWord, words: []string{"required", "optional"},
			set: func(d *draft, v value) { d.Env.Validated = v.text == "required" }},
		{path: "env.documented", kind: kindFile, set: func(d *draft, v value) {
			if d.Env.Documented = v.text; v.text == "none" {
				d.Env.Documented = ""
			}
		}},
		{path: "content.hosts", kind: kindHosts, set: func(d *draft, v value) { d.Content.Hosts = &v.list }},
		{path: "content.imports.deny", kind: kindList, set: func(d *draft, v value) { d.Content.Deny = v.list }},
		{path: "content.kind", kind: kindWord, words: []string{"pure", "any"},
			set: func(d *draft, v value) { d.Content.Pure = v.text == "pure" }},
	}
}

var hostForm = pattern.New(`^(\*\.)?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$|^[0-9a-f:]+:[0-9a-f:.]*$`)

// hostPattern says what is wrong with an item of content.hosts; nil: nothing.
func hostPattern(s string) error {
	switch {
	case strings.Contains(s, "://"), strings.Contains(s, "/"):
		return errors.New("a host is expected, not a URL: " + quote(s))
	case !hostForm.MatchString(strings.ToLower(s)):
		return errors.New("a host is expected, or *. and a host for those below it, without a port: " + quote(s))
	}
	return nil
}
