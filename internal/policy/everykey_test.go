package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// design is the example of the contract, every key set.
func design(t *testing.T) *Policy {
	t.Helper()
	data, err := os.ReadFile("testdata/every-key.yml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(data))
}

func TestEveryKey(t *testing.T) {
	p := design(t)
	e := p.For("@acme/other", Flags{})
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	check := func(what string, got, want any) {
		t.Helper()
		if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
			t.Errorf("%s = %s, want %s", what, g, w)
		}
	}
	check("file", e.File, "policy.yml")
	check("about", e.About, About{
		Owner: "npm organization owners", Version: "2.0", Supersedes: "1.0", Effective: day("2024-12-01"), NextReview: day("2025-06-01"),
		ReviewEvery: 180 * 24 * time.Hour, Blocks: true, ApprovedBy: []string{"npm organization owners"},
		Acknowledged: []string{"ann", "bob"}, Changes: []Amendment{{day("2024-12-01"), "2.0", "tokens are granular"}, {day("2025-01-05"),
			"", "typing"}},
		Contacts: []string{"security@acme.example"}, Escalation: []string{"30 min: the security lead", "2 h: the owners"},
		Line: e.About.Line})
	check("due", e.About.Due(), day("2025-06-01"))
	check("document", e.Document, struct{ File, Lines string }{"SECURITY-POLICY.md", ".publishgate.lines"})
	check("reviews", e.Reviews, map[string]Review{
		"tokens": {Every: 30 * 24 * time.Hour, By: "@security-lead", Done: day("2026-11-02"), Line: e.Reviews["tokens"].Line,
			Evidence: Evidence{"reviews/2026-11.json", strings.Repeat("a1", 32)}, Blocks: true},
		"pentest": {Before: "major", By: "@security-lead", Line: e.Reviews["pentest"].Line}})
	check("controls", e.Controls, map[string]Control{"rate-limiting": {Packages: []string{"@acme/*"}, By: "@ai-lead",
		Stated: day("2026-10-01"), Until: day("2027-04-01"), Evidence: Evidence{Path: "docs/limits.md"}, Test: "check:ratelimit",
		Line: e.Controls["rate-limiting"].Line}})
	if e.About.Line == 0 || e.Reviews["tokens"].Line == 0 || e.Controls["rate-limiting"].Line == 0 {
		t.Error("an entry has no line")
	}
	check("prod", e.Thresholds[npm.Prod], Threshold{Severity: finding.High})
	check("dev", e.Thresholds[npm.Dev], Threshold{Severity: finding.Critical})
	check("dev unset", e.DevUnset, false)
	check("sla", e.SLA, map[finding.Severity]Deadline{
		finding.Critical: {Within: 24 * time.Hour}, finding.High: {Within: 72 * time.Hour},
		finding.Moderate: {NextRelease: true}, finding.Low: {NextMinor: true}, finding.Info: {Within: 90 * 24 * time.Hour},
	})
	check("require all", e.Advisories.RequireAll, true)
	check("max-age", e.Advisories.MaxAge, 12*time.Hour)
	check("fallback", e.Advisories.Fallback, "file:cache/npm.cdb")
	check("deny", e.Licenses.Deny, []string{"GPL-*", "AGPL-*"})
	check("unknown", e.Licenses.Unknown, finding.Always)
	check("licences overridden", e.Licenses.Overrides, []LicenseOverride{{"pkg:npm/old@1.0.0", "MIT", "stated in its README"}})
	check("secrets.scope", e.Secrets.Commit, true)
	check("baseline", e.Secrets.Baseline, ".secrets.baseline")
	check("forbid", e.Files.Forbid[len(builtinForbid):], []string{".env*", "*.config.js", "secrets/"})
	check("built-in forbid", e.Files.Forbid[:len(builtinForbid)], builtinForbid)
	check("warn", e.Files.Warn, []string{"src/"})
	check("allow", e.Files.Allow, []string{"next.config.js"})
	check("built", *e.Files.Built, []string{"dist/"})
	check("require", e.Files.Require, []string{"lib/"})
	check("step", e.Versions.Step, true)
	check("versions", []any{e.Versions.Table(), e.Versions.StrictTags, e.Versions.EndOfLife.Deprecate, e.Versions.EndOfLife.Notice,
		e.Versions.EndOfLife.Standing, e.Versions.EndOfLife.Message, e.Versions.Superseded},
		[]any{"SECURITY.md", true, Required, 90 * 24 * time.Hour, true, "1.x is not supported any more", true})
	check("incident.records", e.Records, Records{".publishgate/incidents", true, e.Records.File, e.Records.Line})
	check("incident", e.Incident, Incident{2 * time.Hour, 12 * time.Hour, 72 * time.Hour, 14 * 24 * time.Hour})
	check("scripts", e.Scripts, []string{"test"})
	check("overdue", e.Dependencies.OverdueBlocks, true)
	check("since-release", e.Dependencies.SinceRelease, SinceRelease{"block", "warn", "block", "warn",
		540 * 24 * time.Hour, 90 * 24 * time.Hour})
	check("build-path", e.Dependencies.BuildPath, "required")
	check("max-size", e.Files.MaxSize, 20_000_000)
	check("pinned", e.Dependencies.Pinned, Exact)
	check("require", e.Dependencies.Require, map[string]string{"protobufjs": "^7.2.5", "path-to-regexp": "^6.2.1", "undici": "6"})
	check("fresh", e.Dependencies.Fresh, Fresh{3 * 24 * time.Hour, []string{"@acme/*", "esbuild@0.25.1 || 0.25.2"}, "block"})
	check("documented", e.Dependencies.OverridesDocumented, true)
	check("review-every", e.Dependencies.ReviewEvery, 90*24*time.Hour)
	check("reasons", e.Dependencies.OverrideReasons, map[string]OverrideReason{"jose": {"resource exhaustion", day("2026-09-01")}})
	check("registries", e.Dependencies.Registries, []string{"https://registry.npmjs.org/", "https://npm.example.com/"})
	check("install-scripts", e.Dependencies.InstallScripts, InstallScripts{e.Dependencies.Allowed, true, true})
	check("install-scripts.allow", *e.Dependencies.Allowed, []string{"esbuild", "sharp@^0.33"})
	check("access", e.Publish.Access, "restricted")
	check("refs", *e.Publish.Refs, []string{"protected", "refs/tags/v*"})
	check("events", *e.Publish.Events, []string{"push", "schedule"})
	check("publishing", e.Publish.Publishing, Publishing{Via: []Via{ViaStage, ViaDirect}, Credential: []string{OIDC, StageToken},
		Trusted:    Preferred,
		Provenance: WhenPublic, Require2FA: true, Tokens: Tokens{90 * 24 * time.Hour, true, ScopePackage}, InvisibleWarns: true,
		Bypass: BypassBlock})
	check("signing", e.Signing, Signing{true, []string{"tarball", "vsa"}})
	check("source", e.Source, Source{Review: true, Protected: true, Checks: []string{"build", "test*"},
		Scans: map[string]time.Duration{"CodeQL": 7 * 24 * time.Hour}, Alerts: true, Secrets: true, Line: e.Source.Line,
		VSA: e.Source.VSA, Env: "release"})
	check("source VSA", *e.Source.VSA, SourceVSA{File: "source.sigstore.json", Level: 3, Issuer: "https://token.actions.githubusercontent.com",
		Identity:   "https://github.com/acme/attest/.github/workflows/source.yml@refs/heads/main",
		Repository: "https://github.com/acme/widget", Ref: "refs/heads/main", Verifier: "https://github.com/acme/attest"})
	check("source keys", e.Source.Keys(), "source.review, source.checks, source.scans, source.alerts, source.secret-alerts")
	check("docs", [][]string{e.Docs.Require, e.Docs.ReadmeSections}, [][]string{{"README", "LICENSE", "SECURITY.md"}, {"Usage"}})
	hours := func(n time.Duration) time.Duration { return n * time.Hour }
	check("security", e.Docs.Security, SecurityDoc{Contact: true, Private: true, Acknowledge: hours(48), Triage: hours(120),
		Disclosure: hours(90 * 24), Encryption: true, Credit: true, Asks: []string{"steps to reproduce"},
		Channels: []string{"security advisories"}, Sections: []string{"Reporting"},
		Respond: map[finding.Severity]time.Duration{finding.Critical: hours(2), finding.High: hours(8), finding.Moderate: hours(48),
			finding.Low: hours(168)},
		Patch: map[finding.Severity]time.Duration{finding.Critical: hours(24), finding.High: hours(72), finding.Moderate: hours(720),
			finding.Low: hours(90 * 24)}})
	check("exceptions", e.Exceptions, []Exception{{
		ID: "GHSA-aaaa-bbbb-cccc", Package: "pkg:npm/lodash", Path: "*>request>lodash", Reason: "not reachable",
		Justification: "vulnerable_code_not_in_execute_path", Owner: "@security-lead", Expires: day("2026-12-31"), Line: e.Exceptions[0].Line,
	}, {
		ID: "GHSA-dddd-eeee-ffff", Package: "lodash", Versions: ">=4 <4.17.21", Reason: "no fix yet, the risk is accepted",
		Status: Affected, Owner: "@security-lead", Expires: day("2026-12-31"), Line: e.Exceptions[1].Line,
	}})
	check("exceptions-max", e.ExceptionsMax, map[finding.Severity]time.Duration{
		finding.Critical: 30 * 24 * time.Hour, finding.High: 90 * 24 * time.Hour, finding.Moderate: 180 * 24 * time.Hour,
		finding.Low: 365 * 24 * time.Hour, finding.Info: 364 * 24 * time.Hour,
	})
	check("vex.max-age", e.VEX.MaxAge, 730*24*time.Hour)

	check("trust", e.Dependencies.Trust, Trust{"required", []string{"@acme/*", "sigstore=github.com/sigstore/sigstore-js"},
		"block", 365 * 24 * time.Hour, e.Dependencies.SinceRelease, "required"})
	check("monitor", e.Monitor, Monitor{Since: day("2026-11-29"), State: ".publishgate/monitor.json", Branch: "publishgate-monitor",
		Blocks:     true,
		Publishers: e.Monitor.Publishers, BuiltBy: []string{"https://github.com/acme/widget/.github/workflows/release.yml",
			"https://git.example.com/acme/*"}, Within: 365 * 24 * time.Hour, Line: e.Monitor.Line,
		Every: map[string]time.Duration{"publishes": hours(24), "tags": hours(12), "vulnerabilities": hours(24),
			"licenses": hours(168), "downloads": hours(744), "access": hours(744)}})
	check("publishers", *e.Monitor.Publishers, []string{"ann", "bob"})
	check("declared", *e.Env.Declared, []string{"HOME", "TZ"})
	check("max-total", e.Files.MaxTotal, 100_000_000)
}

func TestEveryKeyIsInTheExample(t *testing.T) {
	p := design(t)
	seen := map[string]bool{}
	for _, s := range p.base {
		seen[s.key.path] = true
	}
	for _, l := range p.packages {
		for _, s := range l.settings {
			seen[s.key.path] = true
		}
	}
	for _, k := range keys() {
		if !seen[k.path] {
			t.Errorf("testdata/every-key.yml does not set %s", k.path)
		}
	}
}
