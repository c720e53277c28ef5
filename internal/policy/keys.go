package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// A key is one key of the policy file: the parser, the suggestions for typing
// slips and the comparison with the JSON Schema all read this record.
//
// In path, a segment "*" stands for any name, which the value then carries.
type key struct {
	path  string
	kind  kind
	words []string // of kind word: the values allowed
	where place
	set   func(*draft, value)
}

// A kind is the form of a key's value.
type kind int

const (
	text     kind = iota // a string, not blank
	word                 // one of key.words
	level                // one of levelWords
	flag                 // true or false
	list                 // a list of strings
	span                 // 24h, 3d, 2w
	size                 // 20MB
	date                 // 2026-12-31
	deadline             // a span, next-release or next-minor
	file                 // a relative path that stays inside the folder
	npmRange             // a range of versions, npm's syntax
	address              // a list of "npm" and https addresses
	licenses             // a list of {package, license, reason}
)

// A place says where a key may stand.
type place int

const (
	everywhere   place = iota // at the top and in an entry of packages
	topOnly                   // not in an entry of packages
	packagesOnly              // only there
)

// A value is what was read for a key; which field is set depends on the kind.
type value struct {
	path      string // of the key
	name      string // the name that a "*" in the path stood for
	text      string // as written, for every scalar
	on        bool
	list      []string
	span      time.Duration
	size      int64
	date      time.Time
	threshold Threshold
	deadline  Deadline
	licenses  []LicenseOverride
	line      int
}

// keys lists every key of the policy file but packages and exceptions, whose
// forms are their own. audit-level stands before scopes because setting it
// takes back the scopes of a layer below.
func keys() []key {
	return []key{
		{path: "version", kind: word, words: []string{"1"}, where: topOnly, set: func(*draft, value) {}},
		{path: "about.owner", kind: text, where: topOnly, set: func(d *draft, v value) { d.Owner = v.text }},
		{path: "about.effective", kind: date, where: topOnly, set: func(*draft, value) {}},
		{path: "about.next-review", kind: date, where: topOnly, set: func(d *draft, v value) { d.NextReview = v.date }},
		{path: "risk", kind: word, words: []string{"low", "medium", "high"}, where: packagesOnly, set: func(d *draft, v value) { d.Risk = v.text }},

		{path: "audit-level", kind: level, set: func(d *draft, v value) { d.level, d.scopes = &v.threshold, nil }},
		{path: "scopes.prod", kind: level, set: setScope(finding.Prod)},
		{path: "scopes.optional", kind: level, set: setScope(finding.Optional)},
		{path: "scopes.peer", kind: level, set: setScope(finding.Peer)},
		{path: "scopes.dev", kind: level, set: setScope(finding.Dev)},
		{path: "sla.critical", kind: deadline, set: setSLA(finding.Critical)},
		{path: "sla.high", kind: deadline, set: setSLA(finding.High)},
		{path: "sla.moderate", kind: deadline, set: setSLA(finding.Moderate)},
		{path: "sla.low", kind: deadline, set: setSLA(finding.Low)},
		{path: "sla.info", kind: deadline, set: setSLA(finding.Info)},

		{path: "advisories.require", kind: word, words: []string{"one", "all"}, set: func(d *draft, v value) { d.Advisories.RequireAll = v.text == "all" }},
		{path: "advisories.max-age", kind: span, set: func(d *draft, v value) { d.Advisories.MaxAge = v.span }},

		{path: "licenses.deny", kind: list, set: func(d *draft, v value) { d.Licenses.Deny = v.list }},
		{path: "licenses.allow", kind: list, set: func(d *draft, v value) { d.Licenses.Allow = v.list }},
		{path: "licenses.unknown", kind: word, words: []string{"warn", "block", "ignore"}, set: setLicensesUnknown},
		{path: "licenses.overrides", kind: licenses, set: func(d *draft, v value) { d.Licenses.Overrides = v.licenses }},

		{path: "secrets.baseline", kind: file, set: func(d *draft, v value) { d.Secrets.Baseline = v.text }},
		{path: "secrets.allow", kind: list, set: func(d *draft, v value) { d.Secrets.Allow = v.list }},

		{path: "files.forbid", kind: list, set: func(d *draft, v value) { d.forbid = v.list }},
		{path: "files.warn", kind: list, set: func(d *draft, v value) { d.Files.Warn = v.list }},
		{path: "files.allow", kind: list, set: func(d *draft, v value) { d.Files.Allow = v.list }},
		{path: "files.max-size", kind: size, set: func(d *draft, v value) { d.Files.MaxSize = v.size }},

		{path: "dependencies.pinned", kind: word, words: []string{"exact", "exact-or-locked", "any"}, set: setPinned},
		{path: "dependencies.require.*", kind: npmRange, set: func(d *draft, v value) { d.Dependencies.Require[v.name] = v.text }},
		{path: "dependencies.overrides.documented", kind: word, words: []string{"required", "optional"}, set: func(d *draft, v value) { d.Dependencies.OverridesDocumented = v.text == "required" }},
		{path: "dependencies.overrides.review-every", kind: span, set: func(d *draft, v value) { d.Dependencies.ReviewEvery = v.span }},
		{path: "dependencies.overrides.reasons.*.why", kind: text, set: setWhy},
		{path: "dependencies.overrides.reasons.*.reviewed", kind: date, set: setReviewed},
		{path: "dependencies.registries", kind: address, set: func(d *draft, v value) { d.Dependencies.Registries = v.list }},
		{path: "dependencies.min-release-age", kind: span, set: func(d *draft, v value) { d.demand(v, v.span > 0, finding.Always) }},
		{path: "dependencies.install-scripts.allow", kind: list, set: func(d *draft, v value) { d.Dependencies.InstallScripts = &v.list }},
		{path: "dependencies.signatures", kind: word, words: []string{"required", "when-available", "ignore"}, set: func(d *draft, v value) { d.demand(v, v.text == "required", finding.Always) }},

		{path: "publish.access", kind: word, words: []string{"restricted", "public"}, set: func(d *draft, v value) { d.Publish.Access = v.text }},
		{path: "publish.require-2fa", kind: flag, set: func(d *draft, v value) { d.demand(v, v.on, finding.Always) }},
		{path: "publish.tokens.max-age", kind: span, set: func(d *draft, v value) { d.demand(v, true, finding.Always) }},
		{path: "publish.tokens.require-cidr", kind: flag, set: func(d *draft, v value) { d.demand(v, v.on, finding.Always) }},
		{path: "publish.trusted-publishing", kind: word, words: []string{"required", "preferred", "ignore"}, set: setTrustedPublishing},
		{path: "publish.provenance", kind: word, words: []string{"required", "when-public", "ignore"}, set: func(d *draft, v value) { d.demand(v, v.text != "ignore", finding.Always) }},

		{path: "versions.supported", kind: file, set: func(d *draft, v value) { d.demand(v, true, finding.Always) }},
		{path: "versions.dist-tags", kind: word, words: []string{"strict", "ignore"}, set: func(d *draft, v value) { d.demand(v, v.text == "strict", finding.Always) }},

		{path: "docs.require", kind: list, set: func(d *draft, v value) { d.Docs.Require = v.list }},
		{path: "docs.readme-sections", kind: list, set: func(d *draft, v value) { d.Docs.ReadmeSections = v.list }},
		{path: "env.declared", kind: list, set: func(d *draft, v value) { d.demand(v, len(v.list) > 0, finding.Always) }},
	}
}

func setScope(s finding.Scope) func(*draft, value) {
	return func(d *draft, v value) {
		if d.scopes == nil {
			d.scopes = map[finding.Scope]Threshold{}
		}
		d.scopes[s] = v.threshold
	}
}

func setSLA(s finding.Severity) func(*draft, value) {
	return func(d *draft, v value) { d.SLA[s] = v.deadline }
}

func setLicensesUnknown(d *draft, v value) {
	d.Licenses.IgnoreUnknown = v.text == "ignore"
	d.Licenses.Unknown = finding.Always
	if v.text == "warn" {
		d.Licenses.Unknown = finding.Advice
	}
}

func setPinned(d *draft, v value) {
	switch v.text {
	case "any":
		d.Dependencies.Pinned = Any
	case "exact-or-locked":
		d.Dependencies.Pinned = ExactOrLocked
	default:
		d.Dependencies.Pinned = Exact
	}
}

func setWhy(d *draft, v value) {
	r := d.Dependencies.OverrideReasons[v.name]
	r.Why = v.text
	d.Dependencies.OverrideReasons[v.name] = r
}

func setReviewed(d *draft, v value) {
	r := d.Dependencies.OverrideReasons[v.name]
	r.Reviewed = v.date
	d.Dependencies.OverrideReasons[v.name] = r
}

// setTrustedPublishing: "preferred" asks for something, but not so that its
// absence could stop a release.
func setTrustedPublishing(d *draft, v value) {
	l := finding.Always
	if v.text == "preferred" {
		l = finding.Advice
	}
	d.demand(v, v.text != "ignore", l)
}
