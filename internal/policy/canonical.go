package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// Canonical returns what decides in the policy as JSON: one member for each key
// of the policy file and each flag, sorted by name, the built-in values
// included. Two policies that decide alike by their settings have the same
// bytes, however they were written; a verdict is signed with their digest.
//
// Comments, the file's name, line numbers, risk and what of about decides nothing
// are not in it. It ends in a newline.
func (e *Effective) Canonical() []byte {
	settings := map[string]any{
		"advisories.fallback": e.Advisories.Fallback,
		"advisories.max-age":  e.Advisories.MaxAge.String(),
		"advisories.require":  choose(e.Advisories.RequireAll, "all", "one"),

		"about.acknowledged-by": e.About.Acknowledged, // null: not asked
		"about.due":             onDay(e.About.Due()),
		"about.overdue":         choose(e.About.Blocks, "block", "warn"),
		"document.file":         e.Document.File,
		"document.lines":        e.Document.Lines,
		"reviews":               e.reviews(),
		"controls":              e.controls(),

		"dependencies.attestations.downgrade":        cmp.Or(e.Dependencies.Downgrade, "ignore"),
		"dependencies.attestations.downgrade-within": e.Dependencies.DowngradeWithin.String(),
		"dependencies.attestations.require":          list(e.Dependencies.Attestations),
		"dependencies.signatures":                    cmp.Or(e.Dependencies.Signatures, "ignore"),
		"dependencies.build-path":                    cmp.Or(e.Dependencies.BuildPath, "ignore"),

		"dependencies.deprecated":              e.Dependencies.Deprecated, // "": what the lockfile says, and no registry
		"dependencies.min-release-age":         e.Dependencies.MinReleaseAge.String(),
		"dependencies.min-release-age-exclude": list(e.Dependencies.AnyAge),
		"dependencies.overrides.documented":    choose(e.Dependencies.OverridesDocumented, "required", "optional"),
		"dependencies.overrides.overdue":       choose(e.Dependencies.OverdueBlocks, "block", "warn"),
		"dependencies.overrides.reasons":       reasons(e.Dependencies.OverrideReasons),
		"dependencies.overrides.review-every":  e.Dependencies.ReviewEvery.String(),
		"dependencies.pinned":                  []string{"exact", "exact-or-locked", "any"}[e.Dependencies.Pinned],
		"dependencies.registries":              list(e.Dependencies.Registries),
		"dependencies.require":                 e.Dependencies.Require,
		"dependencies.vulnerable-range":        []string{"block", "warn", "ignore"}[e.Dependencies.VulnerableRange],

		"docs.readme-sections": list(e.Docs.ReadmeSections),
		"docs.require":         list(e.Docs.Require),
		"docs.security":        e.Docs.Security.canonical(),
		"env.declared":         e.Env.Declared, // null: not checked
		"env.documented":       e.Env.Documented,
		"env.validated":        choose(e.Env.Validated, "required", "optional"),
		"content.hosts":        e.Content.Hosts, // null: not checked
		"content.imports.deny": list(e.Content.Deny),
		"content.kind":         choose(e.Content.Pure, "pure", "any"),

		"files.allow":     list(e.Files.Allow),
		"files.built":     e.Files.Built, // null: what package.json points to and git ignores
		"files.forbid":    list(e.Files.Forbid),
		"files.litter":    list(e.Files.Litter),
		"files.max-size":  e.Files.MaxSize,
		"files.max-total": e.Files.MaxTotal,
		"files.require":   list(e.Files.Require),
		"files.warn":      list(e.Files.Warn),

		"licenses.allow":     list(e.Licenses.Allow),
		"licenses.deny":      list(e.Licenses.Deny),
		"licenses.overrides": append([]LicenseOverride{}, e.Licenses.Overrides...),
		"licenses.unknown":   e.unknownLicenses(),

		"manifest.scripts.require": list(e.Scripts),

		"publish.access":              e.Publish.Access,
		"publish.bypass":              bypassWords[e.Publish.Bypass],
		"publish.credential":          e.Publish.Credential, // null: what the runner offers
		"publish.events":              e.Publish.Events,     // null: the built-in ones
		"publish.invisible":           choose(e.Publish.InvisibleWarns, "warn", "block"),
		"publish.provenance":          cmp.Or(e.Publish.Provenance, "ignore"),
		"publish.refs":                e.Publish.Refs, // null: protected, or a tag of the version
		"publish.require-2fa":         e.Publish.Require2FA,
		"publish.tokens.max-age":      e.Publish.Tokens.MaxAge.String(),
		"publish.tokens.require-cidr": e.Publish.Tokens.RequireCIDR,
		"publish.tokens.scope":        choose(e.Publish.Tokens.Scope == "", "any", e.Publish.Tokens.Scope),
		"publish.trusted-publishing":  cmp.Or(e.Publish.Trusted, "ignore"),
		"publish.unrun-scripts":       []string{"block", "block-on-publish", "warn"}[e.Publish.UnrunScripts],
		"publish.via":                 e.Publish.Via, // null: the user chooses

		"secrets.allow":          list(e.Secrets.Allow),
		"secrets.allow-together": append([]AllowedSecret{}, e.Secrets.Together...),
		"secrets.baseline":       e.Secrets.Baseline,
		"secrets.scope":          choose(e.Secrets.Commit, "commit", "packed"),
		"secrets.known":          slices.Sorted(present(e.Secrets.Known)), // of the baseline

		"signing.outage":  choose(e.Signing.Degrade, "degrade", "block"),
		"signing.require": list(e.Signing.Require),

		"source": e.Source.canonical(),

		"exceptions":  e.exceptions(),
		"omit":        slices.Sorted(present(e.Omit)),
		"vex.max-age": e.VEX.MaxAge.String(),
	}
	e.Versions.canonical(settings)
	e.Incident.canonical(settings)
	e.Records.canonical(settings)
	e.Dependencies.SinceRelease.canonical(settings)
	e.Dependencies.InstallScripts.canonical(settings)
	e.Monitor.canonical(settings)
	for _, scope := range npm.Scopes {
		settings["scopes."+string(scope)] = e.Thresholds[scope].String()
	}
	for s := finding.Info; s <= finding.Critical; s++ {
		settings["sla."+s.String()] = e.SLA[s].canonical()
		settings["exceptions-max."+s.String()] = e.ExceptionsMax[s].String()
	}
	for _, rule := range DiffRules {
		settings["release-diff."+rule] = []string{"block", "warn", "ignore"}[e.Diff[rule]]
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(settings) // text, numbers, lists and maps of them into memory: cannot fail
	return out.Bytes()
}

// Lasting returns the canonical form without what is kept up to date within a
// policy: the days and the records of reviews and controls, exceptions, and what
// the baseline holds.
func (e *Effective) Lasting() []byte {
	l := *e
	l.Exceptions, l.Secrets.Known, l.Reviews, l.Controls = nil, nil, map[string]Review{}, map[string]Control{}
	l.About.Changes, l.About.NextReview = nil, time.Time{}
	for name, r := range e.Reviews {
		r.Done, r.Evidence = time.Time{}, Evidence{}
		l.Reviews[name] = r
	}
	for name, c := range e.Controls {
		c.Stated, c.Until, c.Evidence = time.Time{}, time.Time{}, Evidence{}
		l.Controls[name] = c
	}
	return l.Canonical()
}

func choose(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// list is never null: a list that nobody set and an empty one decide alike.
func list(items []string) []string { return append([]string{}, items...) }

// present yields the keys that are true.
func present[K comparable](set map[K]bool) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		for k, is := range set {
			if is && !yield(k) {
				return
			}
		}
	}
}

func (e *Effective) unknownLicenses() string {
	if e.Licenses.IgnoreUnknown {
		return "ignore"
	}
	return choose(e.Licenses.Unknown == finding.Advice, "warn", "block")
}

func (d Deadline) canonical() string {
	switch {
	case d.NextRelease:
		return "next-release"
	case d.NextMinor:
		return "next-minor"
	}
	return d.Within.String()
}

func reasons(of map[string]OverrideReason) map[string]any {
	all := map[string]any{}
	for name, r := range of {
		all[name] = map[string]string{"why": r.Why, "reviewed": dayOf(r.Reviewed)}
	}
	return all
}

// exceptions are those of the policy file, in its order, which decides between
// two that cover the same finding. Those of VEX documents are no part of the
// policy.
func (e *Effective) exceptions() []map[string]string {
	all := []map[string]string{}
	for _, x := range e.Exceptions {
		if x.Document == "" {
			all = append(all, map[string]string{"id": x.ID, "package": x.Package, "versions": x.Versions, "path": x.Path,
				"reason": x.Reason, "status": x.Status, "justification": x.Justification, "owner": x.Owner,
				"expires": dayOf(x.Expires)})
		}
	}
	return all
}

// dayOf formats a time; empty for the zero time.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// reviews returns the entries of reviews without their lines.
func (e *Effective) reviews() map[string]any {
	all := map[string]any{}
	for name, r := range e.Reviews {
		all[name] = map[string]string{"every": r.Every.String(), "before": r.Before, "by": r.By, "done": onDay(r.Done),
			"evidence": r.Evidence.Path, "evidence-sha256": r.Evidence.SHA256, "overdue": choose(r.Blocks, "block", "warn")}
	}
	return all
}

// controls returns the entries of controls without their lines.
func (e *Effective) controls() map[string]any {
	all := map[string]any{}
	for name, c := range e.Controls {
		all[name] = map[string]any{"packages": list(c.Packages), "by": c.By, "stated": onDay(c.Stated), "until": onDay(c.Until),
			"evidence": c.Evidence.Path, "evidence-sha256": c.Evidence.SHA256, "test": c.Test}
	}
	return all
}

// day returns a date as the policy file has it; empty: none.
func onDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
