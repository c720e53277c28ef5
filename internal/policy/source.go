package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Source is source: what must be known about the commit that is released. The
// zero value asks for nothing.
type Source struct {
	Review    bool                     // review: required
	Protected bool                     // protected: true
	Checks    []string                 // names of checks that must have passed, * for any run of characters
	Scans     map[string]time.Duration // a tool or category of code scanning, and how old its last analysis may be; 0: of this very commit
	Alerts    bool                     // alerts: none-open
	Secrets   bool                     // secret-alerts: none-open
	VSA       *SourceVSA               // vsa; nil: none is asked for
	Env       string                   // environment: the one of the job that signs or publishes; empty: any
	Line      int                      // of the first key
}

// Asked reports whether GitHub is asked anything, but for what a VSA answers.
func (s *Source) Asked() bool {
	left := s.OfGitHub()
	return left.Review || left.Protected || s.Alerts || s.Secrets || len(s.Checks)+len(s.Scans) > 0
}

// Keys names the keys that ask something of GitHub, as people write them.
func (s *Source) Keys() string {
	var keys []string
	left := s.OfGitHub()
	for _, k := range []struct {
		name string
		asks bool
	}{{"review", left.Review}, {"protected", left.Protected}, {"checks", len(s.Checks) > 0}, {"scans", len(s.Scans) > 0},
		{"alerts", s.Alerts}, {"secret-alerts", s.Secrets}} {
		if k.asks {
			keys = append(keys, "source."+k.name)
		}
	}
	return strings.Join(keys, ", ")
}

// Bypass is publish.bypass: what a publish beside the gate does. The zero value
// warns.
type Bypass int

// The values of publish.bypass.
const (
	BypassWarn   Bypass = iota // "warn"
	BypassBlock                // "block"
	BypassIgnore               // "ignore"
)

var bypassWords = []string{"warn", "block", "ignore"}

// sourceKeys are the keys of source.
func sourceKeys() []key {
	set := func(f func(*Source, value)) func(*draft, value) {
		return func(d *draft, v value) {
			d.Source.Line = cmp.Or(min(d.Source.Line, v.line), v.line)
			f(&d.Source, v)
		}
	}
	none := []string{"none-open", "ignore"}
	return []key{
		{path: "source.review", kind: kindWord, words: []string{"required", "optional"},
			set: set(func(s *Source, v value) { s.Review = v.text == "required" })},
		{path: "source.protected", kind: kindFlag, set: set(func(s *Source, v value) { s.Protected = v.on })},
		{path: "source.checks", kind: kindList, set: set(func(s *Source, v value) { s.Checks = v.list })},
		{path: "source.scans", kind: kindScans, set: set(func(s *Source, v value) { s.Scans = v.scans })},
		{path: "source.alerts", kind: kindWord, words: none, set: set(func(s *Source, v value) { s.Alerts = v.text == "none-open" })},
		{path: "source.secret-alerts", kind: kindWord, words: none,
			set: set(func(s *Source, v value) { s.Secrets = v.text == "none-open" })},
		{path: "source.environment", kind: kindText, set: set(func(s *Source, v value) { s.Env = v.text })},
		{path: "source.vsa", kind: kindVSA, set: set(func(s *Source, v value) { s.VSA = v.vsa })},
	}
}

// scans reads source.scans: a list of names, or names with the age that the last
// analysis may have.
func (r *reader) scans(what string, n *yaml.Node) (map[string]time.Duration, bool) {
	all := map[string]time.Duration{}
	if n.Kind == yaml.SequenceNode {
		names, ok := r.list(what, n)
		for _, name := range names {
			all[name] = 0
		}
		return all, ok
	}
	before := len(r.mistakes)
	if n.Kind != yaml.MappingNode {
		r.mistake(n, fmt.Sprintf("%s: a list of tools, or tools with an age expected, found %s", what, form(n)),
			"write {CodeQL: 7d}, or [CodeQL]")
		return nil, false
	}
	for k, v := range r.pairs(n, what) {
		text, ok := r.scalar(what+"."+k.Value, v)
		if !ok {
			continue
		}
		span, err := parseSpan(text)
		if err == nil && span <= 0 {
			err = fmt.Errorf("%s is no age", quote(text))
		}
		if err != nil {
			r.mistake(v, fmt.Sprintf("%s.%s: %v", what, k.Value, err), "")
			continue
		}
		if strings.TrimSpace(k.Value) == "" {
			r.mistake(k, what+": an empty name", "")
		}
		all[k.Value] = span
	}
	return all, len(r.mistakes) == before
}

// canonical returns what is asked, for Canonical.
func (s *Source) canonical() map[string]any {
	scans := map[string]string{}
	for name, age := range s.Scans {
		scans[name] = age.String()
	}
	return map[string]any{"review": choose(s.Review, "required", "optional"), "protected": s.Protected, "checks": list(s.Checks),
		"scans": scans, "alerts": choose(s.Alerts, "none-open", "ignore"), "secret-alerts": choose(s.Secrets, "none-open", "ignore"),
		"vsa": s.VSA.canonical(), "environment": s.Env}
}

// shownScans returns source.scans as a message shows it, in order: [CodeQL], or with
// the age that each may have, {CodeQL: 7d, zizmor: 12h}.
func shownScans(of map[string]time.Duration) string {
	names := slices.Sorted(maps.Keys(of))
	aged := false
	said := make([]string, len(names))
	for i, name := range names {
		aged = aged || of[name] > 0
		said[i] = name + ": " + roughly(of[name])
	}
	if !aged {
		return "[" + strings.Join(names, ", ") + "]"
	}
	return "{" + strings.Join(said, ", ") + "}"
}
