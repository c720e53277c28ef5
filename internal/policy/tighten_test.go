package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// tightened is what comes of two files for the package @acme/widget.
func tightened(t *testing.T, organisation, own string) (*Policy, error) {
	t.Helper()
	a, err := Parse([]byte(organisation), "org.yml")
	b, err2 := Parse([]byte(own), "own.yml")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return Tighten(a, b, "@acme/widget")
}

func TestTighten(t *testing.T) {
	deny := func(e *Effective) string { return strings.Join(e.Licenses.Deny, " ") }
	levels := func(e *Effective) string {
		return fmt.Sprint(e.Thresholds[npm.Prod], " ", e.Thresholds[npm.Dev], " ", e.DevUnset)
	}
	for name, c := range map[string]struct {
		organisation, own string
		got               func(*Effective) string
		want              string
	}{
		"deny grows":            {"licenses: {deny: [GPL-*]}\n", "licenses: {deny: [MIT, GPL-*]}\n", deny, "GPL-* MIT"},
		"deny of the own alone": {"", "licenses: {deny: [MIT]}\n", deny, "MIT"},
		"deny of an entry": {"licenses: {deny: [MIT]}\npackages: {'@acme/*': {licenses: {deny: [ISC]}}}\n",
			"packages: {'@acme/widget': {licenses: {deny: [BSD-*]}}, '@acme/x': {licenses: {deny: [0BSD]}}}\n", deny, "ISC BSD-*"},
		"forbid grows": {"files: {forbid: [a/, '!b/']}\n", "files: {forbid: [b/]}\n",
			func(e *Effective) string { return strings.Join(e.Files.Forbid[len(builtinForbid):], " ") }, "a/ !b/ b/"},
		"require grows": {"docs: {require: [README]}\nfiles: {require: [lib/]}\nsigning: {require: [vsa]}\n",
			"docs: {require: [LICENSE]}\nfiles: {require: [bin/]}\nsigning: {require: [sbom]}\nmanifest: {scripts: {require: [test]}}\n",
			func(e *Effective) string {
				return fmt.Sprint(e.Docs.Require, e.Files.Require, e.Signing.Require, e.Scripts)
			},
			"[README LICENSE] [lib/ bin/] [vsa sbom] [test]"},
		"required versions": {"dependencies: {require: {a: ^1.2.0, b: '1 || 3'}}\n", "dependencies: {require: {a: '>=1.4.0', b: <3.5, c: 2}}\n",
			func(e *Effective) string {
				in := func(name, v string) bool { ok, _ := npm.Satisfies(v, e.Dependencies.Require[name], true); return ok }
				return fmt.Sprint(in("a", "1.3.0"), in("a", "1.4.0"), in("a", "2.0.0"), in("b", "1.9.0"), in("b", "2.0.0"), in("b", "3.4.0"),
					in("b", "3.6.0"), in("c", "2.1.0"))
			}, "false true false true false true false true"},
		"cadences": {"monitor: {tags: weekly, publishes: 12h, access: ignore, downloads: monthly, overdue: warn}\n",
			"monitor: {tags: daily, publishes: daily, access: weekly, downloads: ignore, licenses: 3d, overdue: block}\n",
			func(e *Effective) string {
				m := e.Monitor.Every
				return fmt.Sprint(m["tags"], m["publishes"], m["access"], m["downloads"], m["licenses"], e.Monitor.Blocks)
			}, "24h0m0s 12h0m0s 168h0m0s 744h0m0s 72h0m0s true"},
		"levels sink":             {"audit-level: high\n", "audit-level: low\n", levels, "low low false"},
		"levels do not rise":      {"audit-level: moderate\n", "scopes: {prod: none, dev: low}\n", levels, "moderate low false"},
		"nor above what is built": {"", "audit-level: critical\n", levels, "high critical false"},
		"nobody's dev":            {"", "scopes: {prod: low}\n", levels, "low none true"},
		"words sink": {"dependencies: {pinned: exact-or-locked}\nrelease-diff: {new-host: warn}\nlicenses: {unknown: warn}\n",
			"dependencies: {pinned: exact}\nrelease-diff: {new-host: block}\nlicenses: {unknown: ignore}\n",
			func(e *Effective) string {
				return fmt.Sprint(e.Dependencies.Pinned, e.Diff["new-host"], e.Licenses.IgnoreUnknown)
			}, "0 0 false"},
		"nor do built-in ones rise": {"", "dependencies: {pinned: any, vulnerable-range: ignore}\nrelease-diff: {new-bin: ignore}\n" +
			"publish: {unrun-scripts: warn, invisible: warn}\nsigning: {outage: degrade}\n",
			func(e *Effective) string {
				return fmt.Sprint(e.Dependencies.Pinned == ExactOrLocked, e.Dependencies.VulnerableRange == RangeWarn, e.Diff["new-bin"] == DiffWarn,
					e.Publish.UnrunScripts == UnrunBlockOnPublish, e.Publish.InvisibleWarns, e.Signing.Degrade)
			}, "true true true true false false"},
		"flags sink": {"publish: {require-2fa: false}\n", "publish: {require-2fa: true, tokens: {require-cidr: true}}\n",
			func(e *Effective) string { return fmt.Sprint(e.Publish.Require2FA, e.Publish.Tokens.RequireCIDR) }, "true true"},
		"what only narrows": {"", "publish: {via: [stage], credential: [oidc, token], events: [push], refs: [protected]}\nfiles: " +
			"{built: [], allow: []}\n" +
			"licenses: {allow: [MIT]}\nvex: {max-age: 9d}\n",
			func(e *Effective) string {
				return fmt.Sprint(e.Publish.Via, e.Publish.Credential, *e.Publish.Events, *e.Publish.Refs, *e.Files.Built, e.Licenses.Allow,
					e.VEX.MaxAge)
			}, "[stage] [oidc token] [push] [protected] [] [MIT] 216h0m0s"},
		"what only one says": {"version: 1\nfiles: {max-size: 1MB}\nsla: {high: 72h}\n", "version: 1\nfiles: {max-total: 9MB}\nsla: {low: 90d}\n",
			func(e *Effective) string { return fmt.Sprint(e.Files.MaxSize, e.Files.MaxTotal, len(e.SLA)) }, "1000000 9000000 2"},
		"entries of other packages": {"packages: {'@acme/x': {files: {max-size: 1MB}}}\n", "files: {max-size: 2MB}\n",
			func(e *Effective) string { return fmt.Sprint(e.Files.MaxSize) }, "2000000"},
		"reviews of both": {"reviews: {a: {every: 30d, by: ann}}\n", "\nreviews: {b: {every: 30d, by: bob}}\n",
			func(e *Effective) string {
				return fmt.Sprintln(e.Reviews["a"].File, e.Reviews["a"].Line, e.Reviews["b"].File, e.Reviews["b"].Line)
			}, "org.yml 1  2"},
		"exceptions are the organisation's": {exception(), "audit-level: low\n",
			func(e *Effective) string { return fmt.Sprintln(len(e.Exceptions), e.Exceptions[0].File, e.File) }, "1 org.yml own.yml"},
	} {
		p, err := tightened(t, c.organisation, c.own)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.TrimSpace(c.got(p.For("@acme/widget", Flags{}))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTightenRefuses(t *testing.T) {
	for _, c := range []struct{ organisation, own, want string }{
		{"files: {max-size: 1MB}\n", "\nfiles: {max-size: 2MB}\n", "own.yml:2: files.max-size is set in org.yml:1 too; leave it to one"},
		{"\nfiles: {max-size: 2MB}\n", "files: {max-size: 1MB}\n", "own.yml:1: files.max-size is set in org.yml:2 too"},
		{"publish: {access: restricted}\n", "publish: {access: public}\n", "publish.access is set in org.yml:1 too"},
		{"packages: {'@acme/*': {publish: {via: [stage]}}}\n", "publish: {via: [direct]}\n", "publish.via is set in org.yml:1 too"},
		{"env: {declared: none}\n", "env: {declared: [HOME]}\n", "env.declared is set"},
		{"about: {owner: a}\n", "about: {review-every: 9d, version: 2}\n", "own.yml:1: about is set in org.yml:1 too"},
		{"reviews: {a: {every: 30d, by: ann}}\n", "reviews: {a: {every: 1d, by: bob}}\n", "reviews.a is set in org.yml:1 too"},
		{"sla: {low: 30d}\n", "sla: {high: 60d}\n", "sla.high is set in org.yml:1 too, by sla.low, which holds for it"},
		{"dependencies: {attestations: {downgrade: block}}\n", "dependencies: {attestations: {downgrade-within: 9d}}\n",
			"dependencies.attestations.downgrade-within is set in org.yml:1 too, by dependencies.attestations.downgrade, which holds for it"},
		{"exceptions-max: {info: 30d}\n", "exceptions-max: {info: 9d}\n", "exceptions-max.info is set"},
		{"dependencies: {require: {a: ^1}}\n", "dependencies: {require: {a: ^2}}\n", "dependencies.require.a is set in org.yml:1 too"},
		{"", exception(), "own.yml:3: exceptions lift what the organisation's policy asks for; a package's own"},
		{"", "files: {forbid: [a, '!.env']}\n", "files.forbid lifts"},
		{"files: {forbid: [a]}\n", "files: {forbid: ['!a']}\n", "files.forbid lifts"},
		{"", "files: {allow: [.env]}\n", "files.allow lifts"},
		{"files: {allow: [.env]}\n", "files: {allow: [.npmrc]}\n", "files.allow is set in org.yml:1 too"},
		{"", "files: {built: [dist/]}\n", "files.built lifts"},
		{"", "secrets: {allow: [jwt]}\n", "secrets.allow lifts"},
		{"", "secrets: {baseline: .secrets.baseline}\n", "secrets.baseline lifts"},
		{"", "licenses: {overrides: [{package: a, license: MIT, reason: b}]}\n", "licenses.overrides lifts"},
		{"", "licenses: {allow: [MIT, LicenseRef-ours]}\n", "licenses.allow lifts"},
		{"", "dependencies: {registries: [npm, 'https://npm.example.com/']}\n", "dependencies.registries lifts"},
		{"", "advisories: {fallback: snapshot}\n", "advisories.fallback lifts"},
		{"", "advisories: {max-age: 48h}\n", "advisories.max-age lifts"},
		{"", "vex: {max-age: 730d}\n", "vex.max-age lifts"},
		{"", "publish: {via: [direct, stage]}\n", "publish.via lifts"},
		{"", "publish: {credential: [token]}\n", "publish.credential lifts"},
		{"", "publish: {events: [push, schedule]}\n", "publish.events lifts"},
		{"", "publish: {refs: ['refs/heads/*']}\n", "publish.refs lifts"},
	} {
		_, err := tightened(t, c.organisation, c.own)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s+ %s: %v, want %s", c.organisation, c.own, err, c.want)
		}
	}
}

// What two files say together stands there twice, what one of them overruled not.
func TestSaid(t *testing.T) {
	p, err := tightened(t, "licenses: {deny: [ISC]}\nrelease-diff: {new-bin: warn, new-env: block}\n"+exception(),
		"audit-level: low\nlicenses: {deny: [MIT]}\nrelease-diff: {new-bin: block, new-env: warn}\nsecrets: {allow: []}\n")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, s := range p.Said("@acme/widget") {
		got = append(got, fmt.Sprintf("%s=%s %s:%d", s.Key, s.Value, s.File, s.Line))
	}
	want := []string{"audit-level=low own.yml:1", "licenses.deny=[ISC] org.yml:1", "licenses.deny=[MIT] own.yml:2",
		"secrets.allow=[] own.yml:4",
		"release-diff.new-bin=block own.yml:3", "release-diff.new-env=block org.yml:2", "exceptions=1 entry org.yml:5"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	alone := parse(t, "audit-level: low\nscopes: {dev: none}\n"+
		"source: {scans: {CodeQL: 7d, a: 12h}}\npackages: {'@acme/*': {audit-level: high, risk: low}}\n")
	got = []string{}
	for _, s := range alone.Said("@acme/widget") {
		got = append(got, s.Key+"="+s.Value)
	}
	if want := []string{"risk=low", "audit-level=high", "source.scans={CodeQL: 7d, a: 12h}"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every word of a key that has several is ranked, or known to be no level:
// otherwise two files that say it would not be compared.
func TestEveryKeyIsRanked(t *testing.T) {
	places := []string{"risk", "publish.access"}
	for _, k := range keys() {
		s := &setting{key: &k}
		if _, level := s.level(); k.kind == kindWord && len(k.words) > 1 && !level && !slices.Contains(places, k.path) {
			t.Errorf("%s: one of %v has no rank in strictness.go", k.path, k.words)
		}
	}
}

// What the organisation's policy blocks, the two together block.
func TestOwnNeverLoosens(t *testing.T) {
	merged := 0
	properties(t, func(t *testing.T, w world) {
		a, b := parse(t, w.file()), parse(t, w.file())
		both, err := Tighten(a, b, "a")
		if err != nil {
			return
		}
		merged++
		ctx, fs := w.context(), w.findings()
		var flag *Threshold
		if w.IntN(3) == 0 {
			level := w.threshold()
			flag = &level
		}
		alone, now := Decide(a.For("a", Flags{AuditLevel: flag}), fs, ctx), Decide(both.For("a", Flags{AuditLevel: flag}), fs, ctx)
		blocks := map[string]bool{}
		for _, j := range now.Judged {
			blocks[fmt.Sprintf("%+v", j.Finding)] = j.State == finding.Block
		}
		for _, j := range alone.Judged {
			if j.State == finding.Block && !blocks[fmt.Sprintf("%+v", j.Finding)] {
				t.Errorf("%+v is let through by the two together", j.Finding)
			}
		}
	})
	if merged < rounds/10 {
		t.Errorf("%d of %d pairs merge: the property is hardly tried", merged, rounds)
	}
}

// file returns a random policy file.
func (w world) file() string {
	var b strings.Builder
	line := func(n int, format string, args ...any) {
		if w.IntN(n) == 0 {
			fmt.Fprintf(&b, format+"\n", args...)
		}
	}
	level := func() string { return pick(w, levelWords...) }
	line(2, "audit-level: %s", level())
	line(3, "scopes: {%s: %s, prod: %s}", pick(w, "dev", "peer"), level(), level())
	line(2, "sla: {%s: %s}", pick(w, "critical", "high", "low"), pick(w, "1h", "1h", "90d", "next-minor"))
	line(4, "exceptions-max: {%s: %s}", pick(w, "critical", "high", "info"), pick(w, "0d", "1d", "365d"))
	line(9, "exceptions: [{id: GHSA-1, package: a, reason: r, owner: o, expires: %s}]", now.AddDate(0, 0, 3).Format("2006-01-02"))
	line(3, "packages: {'%s': {audit-level: %s, scopes: {prod: %s}}}", pick(w, "a", "*", "b"), level(), level())
	return b.String()
}
