package policy

import (
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A key is one key of the policy file. The parser, the suggestions for typos
// and the comparison with the JSON Schema all read this record.
//
// In path, a segment "*" matches any name; value.name is that name.
type key struct {
	path  string
	kind  kind
	words []string // of kindWord and kindWords: the values allowed
	where place
	set   func(*draft, value)
}

// A kind is the form of a key's value.
type kind int

const (
	kindText         kind = iota // a string that is not empty
	kindWord                     // one of key.words
	kindLevel                    // one of levelWords
	kindFlag                     // true or false
	kindList                     // a list of strings
	kindSpan                     // 24h, 3d, 2w
	kindLength                   // a span of at most 365 days
	kindSize                     // 20MB
	kindDate                     // 2026-12-31
	kindDeadline                 // a span, next-release or next-minor
	kindFile                     // a relative path that stays inside the directory
	kindFallback                 // none, snapshot, or file: and a relative path that stays inside the directory
	kindRange                    // a range of versions, npm's syntax
	kindAddresses                // a list of "npm" and https addresses
	kindLicenses                 // a list of {package, license, reason}
	kindLicenseNames             // a list of SPDX ids, * for any characters
	kindRefs                     // a list of "protected" and patterns of refs
	kindWords                    // a list of key.words
	kindPatterns                 // a list of gitignore patterns
	kindSecrets                  // a list of text or {hash, rule, path, reason}
	kindListOrNone               // a list of strings, or none, which is the empty one
	kindHosts                    // the same, of hosts and *.host
	kindNumber                   // text, or a number such as 2.0
	kindPeople                   // a name, or a list of them
	kindNames                    // a list of patterns of package names
	kindVersions                 // a list of the same, each alone or with @RANGE
	kindScripts                  // a list of the same, and of purls
	kindSources                  // a list of patterns of package names, each alone or with =HOST/OWNER/REPO
	kindEvidence                 // a relative path, or one and its SHA-256
	kindChanges                  // a list of {date, version, what}
	kindScans                    // a list of names, or names with a span
	kindCadence                  // daily, weekly, monthly, ignore or a span
	kindBuilders                 // a list of repositories, or workflows in them
	kindVSA                      // {file, level, identity, issuer} and what narrows them
)

// A place says where a key is allowed.
type place int

const (
	everywhere   place = iota // at the top and in an entry of packages
	topOnly                   // not in an entry of packages
	packagesOnly              // only in an entry of packages
)

// A value is the parsed value of a key; which field is set depends on the kind.
type value struct {
	path      string // of the key
	name      string // the name that matched a "*" in the path
	text      string // as written, for every scalar
	on        bool
	list      []string
	span      time.Duration
	size      int64
	date      time.Time
	threshold Threshold
	deadline  Deadline
	licenses  []LicenseOverride
	secrets   []AllowedSecret
	evidence  Evidence
	changes   []Amendment
	file      string // the organisation's, where it is set there and the package has a policy of its own; see Tighten
	scans     map[string]time.Duration
	vsa       *SourceVSA
	line      int
}

// keys lists every key of the policy file except packages and exceptions, which
// have readers of their own. audit-level comes before scopes because setting it
// resets the scopes of the layers below.
func keys() []key {
	return append([]key{
		{path: "version", kind: kindWord, words: []string{"1"}, where: topOnly, set: func(*draft, value) {}},
		{path: "risk", kind: kindWord, words: []string{"low", "medium", "high"}, where: packagesOnly,
			set: func(d *draft, v value) { d.Risk = v.text }},

		{path: "audit-level", kind: kindLevel, set: func(d *draft, v value) { d.level, d.scopes = &v.threshold, nil }},
		{path: "scopes.prod", kind: kindLevel, set: setScope(npm.Prod)},
		{path: "scopes.optional", kind: kindLevel, set: setScope(npm.Optional)},
		{path: "scopes.peer", kind: kindLevel, set: setScope(npm.Peer)},
		{path: "scopes.dev", kind: kindLevel, set: setScope(npm.Dev)},
		{path: "sla.critical", kind: kindDeadline, set: setSLA(finding.Critical)},
		{path: "sla.high", kind: kindDeadline, set: setSLA(finding.High)},
		{path: "sla.moderate", kind: kindDeadline, set: setSLA(finding.Moderate)},
		{path: "sla.low", kind: kindDeadline, set: setSLA(finding.Low)},
		{path: "sla.info", kind: kindDeadline, set: setSLA(finding.Info)},
		{path: "exceptions-max.critical", kind: kindLength, set: setExceptionsMax(finding.Critical)},
		{path: "exceptions-max.high", kind: kindLength, set: setExceptionsMax(finding.High)},
		{path: "exceptions-max.moderate", kind: kindLength, set: setExceptionsMax(finding.Moderate)},
		{path: "exceptions-max.low", kind: kindLength, set: setExceptionsMax(finding.Low)},
		{path: "exceptions-max.info", kind: kindLength, set: setExceptionsMax(finding.Info)},
		{path: "vex.max-age", kind: kindSpan, set: func(d *draft, v value) { d.VEX.MaxAge = v.span }},

		{path: "advisories.require", kind: kindWord, words: []string{"one", "all"},
			set: func(d *draft, v value) { d.Advisories.RequireAll = v.text == "all" }},
		{path: "advisories.max-age", kind: kindSpan, set: func(d *draft, v value) { d.Advisories.MaxAge = v.span }},
		{path: "advisories.fallback", kind: kindFallback, set: func(d *draft, v value) { d.Advisories.Fallback = v.text }},

		{path: "licenses.deny", kind: kindLicenseNames, set: func(d *draft, v value) { d.Licenses.Deny = v.list }},
		{path: "licenses.allow", kind: kindLicenseNames, set: func(d *draft, v value) { d.Licenses.Allow = v.list }},
		{path: "licenses.unknown", kind: kindWord, words: []string{"warn", "block", "ignore"}, set: setLicensesUnknown},
		{path: "licenses.overrides", kind: kindLicenses, set: func(d *draft, v value) { d.Licenses.Overrides = v.licenses }},

		{path: "secrets.scope", kind: kindWord, words: []string{"packed", "commit"},
			set: func(d *draft, v value) { d.Secrets.Commit = v.text == "commit" }},
		{path: "secrets.baseline", kind: kindFile, set: func(d *draft, v value) { d.Secrets.Baseline = v.text }},
		{path: "secrets.allow", kind: kindSecrets,
			set: func(d *draft, v value) { d.Secrets.Allow, d.Secrets.Together = v.list, v.secrets }},

		{path: "files.forbid", kind: kindPatterns, set: func(d *draft, v value) { d.forbid = v.list }},
		{path: "files.warn", kind: kindPatterns, set: func(d *draft, v value) { d.Files.Warn = v.list }},
		{path: "files.allow", kind: kindPatterns, set: func(d *draft, v value) { d.Files.Allow = v.list }},
		{path: "files.built", kind: kindPatterns, set: func(d *draft, v value) { d.Files.Built = &v.list }},
		{path: "files.require", kind: kindPatterns, set: func(d *draft, v value) { d.Files.Require = v.list }},
		{path: "files.max-size", kind: kindSize, set: func(d *draft, v value) { d.Files.MaxSize = v.size }},
		{path: "files.max-total", kind: kindSize, set: func(d *draft, v value) { d.Files.MaxTotal = v.size }},

		{path: "dependencies.pinned", kind: kindWord, words: []string{"exact", "exact-or-locked", "any"}, set: setPinned},
		{path: "dependencies.require.*", kind: kindRange, set: func(d *draft, v value) {
			d.Dependencies.Require[v.name], d.Dependencies.RequireLines[v.name] = v.text, v.line
		}},
		{path: "dependencies.overrides.documented", kind: kindWord, words: []string{"required", "optional"},
			set: func(d *draft, v value) { d.Dependencies.OverridesDocumented = v.text == "required" }},
		{path: "dependencies.overrides.review-every", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.ReviewEvery = v.span }},
		{path: "dependencies.overrides.overdue", kind: kindWord, words: []string{"warn", "block"},
			set: func(d *draft, v value) { d.Dependencies.OverdueBlocks = v.text == "block" }},
		{path: "dependencies.overrides.reasons.*.why", kind: kindText, set: setWhy},
		{path: "dependencies.overrides.reasons.*.reviewed", kind: kindDate, set: setReviewed},
		{path: "dependencies.registries", kind: kindAddresses,
			set: func(d *draft, v value) { d.Dependencies.Registries = v.list }},
		{path: "dependencies.min-release-age", kind: kindSpan,
			set: func(d *draft, v value) { d.Dependencies.MinReleaseAge = v.span }},
		{path: "dependencies.min-release-age-exclude", kind: kindVersions,
			set: func(d *draft, v value) { d.Dependencies.AnyAge = v.list }},
		{path: "dependencies.deprecated", kind: kindWord, words: []string{"warn", "block", "ignore"},
			set: func(d *draft, v value) { d.Dependencies.Deprecated = v.text }},
		{path: "dependencies.vulnerable-range", kind: kindWord, words: []string{"warn", "block", "ignore"},
			set: setVulnerableRange},

		{path: "publish.access", kind: kindWord, words: []string{"restricted", "public"},
			set: func(d *draft, v value) { d.Publish.Access = v.text }},
		{path: "publish.refs", kind: kindRefs, set: func(d *draft, v value) { d.Publish.Refs = &v.list }},
		{path: "publish.events", kind: kindWords, words: eventWords,
			set: func(d *draft, v value) { d.Publish.Events = &v.list }},
		{path: "publish.via", kind: kindWords, words: roadWords, set: setVia},
		{path: "publish.credential", kind: kindWords, words: credentialWords,
			set: func(d *draft, v value) { d.Publish.Credential = v.list }},
		{path: "publish.require-2fa", kind: kindFlag, set: func(d *draft, v value) { d.Publish.Require2FA = v.on }},
		{path: "publish.tokens.max-age", kind: kindSpan, set: func(d *draft, v value) { d.Publish.Tokens.MaxAge = v.span }},
		{path: "publish.tokens.require-cidr", kind: kindFlag, set: func(d *draft, v value) { d.Publish.Tokens.RequireCIDR = v.on }},
		{path: "publish.tokens.scope", kind: kindWord, words: []string{ScopePackage, ScopeScope, "any"},
			set: func(d *draft, v value) { d.Publish.Tokens.Scope = v.text }},
		{path: "publish.invisible", kind: kindWord, words: []string{"block", "warn"},
			set: func(d *draft, v value) { d.Publish.InvisibleWarns = v.text == "warn" }},
		{path: "publish.bypass", kind: kindWord, words: bypassWords,
			set: func(d *draft, v value) { d.Publish.Bypass = Bypass(slices.Index(bypassWords, v.text)) }},
		{path: "publish.trusted-publishing", kind: kindWord, words: []string{Required, Preferred, "ignore"},
			set: func(d *draft, v value) { d.Publish.Trusted = asked(v.text) }},
		{path: "publish.provenance", kind: kindWord, words: []string{Required, WhenPublic, "ignore"},
			set: func(d *draft, v value) { d.Publish.Provenance = asked(v.text) }},
		{path: "publish.unrun-scripts", kind: kindWord, words: []string{"block", "block-on-publish", "warn"},
			set: setUnrunScripts},

		{path: "signing.outage", kind: kindWord, words: []string{"block", "degrade"},
			set: func(d *draft, v value) { d.Signing.Degrade = v.text == "degrade" }},
		{path: "signing.require", kind: kindWords, words: signingWords,
			set: func(d *draft, v value) { d.Signing.Require = v.list }},

		{path: "manifest.scripts.require", kind: kindList, set: func(d *draft, v value) { d.Scripts = v.list }},
		{path: "docs.require", kind: kindList, set: func(d *draft, v value) { d.Docs.Require = v.list }},
		{path: "docs.readme-sections", kind: kindList, set: func(d *draft, v value) { d.Docs.ReadmeSections = v.list }},
	}, slices.Concat(contentKeys(), diffKeys(), attestedKeys(), securityKeys(), sourceKeys(), versionKeys(), incidentKeys(), trustKeys(),
		buildPathKeys(), installScriptKeys(), monitorKeys())...)
}

func setScope(s npm.Scope) func(*draft, value) {
	return func(d *draft, v value) {
		if d.scopes == nil {
			d.scopes = map[npm.Scope]Threshold{}
		}
		d.scopes[s] = v.threshold
	}
}

func setSLA(s finding.Severity) func(*draft, value) {
	return func(d *draft, v value) { d.SLA[s] = v.deadline }
}

func setExceptionsMax(s finding.Severity) func(*draft, value) {
	return func(d *draft, v value) { d.ExceptionsMax[s] = v.span }
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

func setVulnerableRange(d *draft, v value) {
	d.Dependencies.VulnerableRange = map[string]RangeCheck{"warn": RangeWarn, "ignore": RangeIgnore}[v.text]
}

func setUnrunScripts(d *draft, v value) {
	switch v.text {
	case "warn":
		d.Publish.UnrunScripts = UnrunWarn
	case "block-on-publish":
		d.Publish.UnrunScripts = UnrunBlockOnPublish
	default:
		d.Publish.UnrunScripts = UnrunBlock
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
