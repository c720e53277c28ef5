package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// SecurityDoc is docs.security: what SECURITY.md must say. The zero value asks
// for nothing.
type SecurityDoc struct {
	Contact     bool          // contact: required
	Private     bool          // private: true, a channel that is not public
	Acknowledge time.Duration // acknowledge: the longest time to a first answer; 0: not asked
	Triage      time.Duration // triage: to an assessment
	Disclosure  time.Duration // disclosure: to the public
	Encryption  bool          // encryption: required, a key to encrypt with
	Credit      bool          // credit: required, reporters are named
	Asks        []string      // asks: words that must stand in it, such as "steps to reproduce"
	Channels    []string      // channels: likewise
	Sections    []string      // sections: headings that must have something below them

	// Respond and Patch are severities.*.respond and .patch: times that must be
	// promised by severity. The latter must be that of sla where both are set.
	Respond, Patch map[finding.Severity]time.Duration
}

// Asked reports whether anything is asked.
func (d *SecurityDoc) Asked() bool {
	return d.Contact || d.Private || d.Acknowledge > 0 || d.Triage > 0 || d.Disclosure > 0 || d.Encryption || d.Credit ||
		len(d.Asks)+len(d.Channels)+len(d.Sections)+len(d.Respond)+len(d.Patch) > 0
}

// securityKeys are the keys of docs.security.
func securityKeys() []key {
	set := func(f func(*SecurityDoc, value)) func(*draft, value) {
		return func(d *draft, v value) { f(&d.Docs.Security, v) }
	}
	required := []string{"required", "optional"}
	all := []key{
		{path: "docs.security.contact", kind: kindWord, words: required,
			set: set(func(d *SecurityDoc, v value) { d.Contact = v.text == "required" })},
		{path: "docs.security.private", kind: kindFlag, set: set(func(d *SecurityDoc, v value) { d.Private = v.on })},
		{path: "docs.security.acknowledge", kind: kindSpan, set: set(func(d *SecurityDoc, v value) { d.Acknowledge = v.span })},
		{path: "docs.security.triage", kind: kindSpan, set: set(func(d *SecurityDoc, v value) { d.Triage = v.span })},
		{path: "docs.security.disclosure", kind: kindSpan, set: set(func(d *SecurityDoc, v value) { d.Disclosure = v.span })},
		{path: "docs.security.encryption", kind: kindWord, words: required,
			set: set(func(d *SecurityDoc, v value) { d.Encryption = v.text == "required" })},
		{path: "docs.security.credit", kind: kindWord, words: required,
			set: set(func(d *SecurityDoc, v value) { d.Credit = v.text == "required" })},
		{path: "docs.security.asks", kind: kindList, set: set(func(d *SecurityDoc, v value) { d.Asks = v.list })},
		{path: "docs.security.channels", kind: kindList, set: set(func(d *SecurityDoc, v value) { d.Channels = v.list })},
		{path: "docs.security.sections", kind: kindList, set: set(func(d *SecurityDoc, v value) { d.Sections = v.list })},
	}
	for _, s := range []finding.Severity{finding.Critical, finding.High, finding.Moderate, finding.Low} {
		all = append(all,
			key{path: "docs.security.severities." + s.String() + ".respond", kind: kindSpan,
				set: set(func(d *SecurityDoc, v value) { d.Respond = with(d.Respond, s, v.span) })},
			key{path: "docs.security.severities." + s.String() + ".patch", kind: kindSpan,
				set: set(func(d *SecurityDoc, v value) { d.Patch = with(d.Patch, s, v.span) })})
	}
	return all
}

// with returns a map with one entry more, and leaves the given one as it is.
func with(m map[finding.Severity]time.Duration, s finding.Severity, d time.Duration) map[finding.Severity]time.Duration {
	more := map[finding.Severity]time.Duration{s: d}
	for k, v := range m {
		if k != s {
			more[k] = v
		}
	}
	return more
}

// canonical returns what is asked, for Canonical.
func (d *SecurityDoc) canonical() map[string]any {
	times := func(m map[finding.Severity]time.Duration) map[string]string {
		all := map[string]string{}
		for s, t := range m {
			all[s.String()] = t.String()
		}
		return all
	}
	return map[string]any{"contact": d.Contact, "private": d.Private, "acknowledge": d.Acknowledge.String(), "triage": d.Triage.String(),
		"disclosure": d.Disclosure.String(), "encryption": d.Encryption, "credit": d.Credit, "asks": list(d.Asks),
		"channels": list(d.Channels), "sections": list(d.Sections), "respond": times(d.Respond), "patch": times(d.Patch)}
}
