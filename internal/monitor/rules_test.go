package monitor

import (
	"crypto/sha1"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// produced are the rules that the table has shown.
var produced = map[string]bool{}

// Each rule by a mutation of one quiet history: what the look after it tells as new,
// that the next one tells it as open or, of an event, no more, and that it ends if
// the mutation is taken back.
func TestRules(t *testing.T) {
	day1, day2, day3 := day0.AddDate(0, 0, 1), day0.AddDate(0, 0, 2), day0.AddDate(0, 0, 3)
	noon := day0.Add(6 * time.Hour) // between the first look and the second
	for _, c := range []struct {
		name, policy string
		mutate       func(w *world)
		want         []string // new at the second look: "rule subject"
		events       bool     // none of them is open at the third
		endless      bool     // they stay, whatever the registry says
	}{
		{name: "nothing", mutate: func(*world) {}},
		{name: "a release through the gate", mutate: func(w *world) { w.publish("2.12.0", noon) }},
		{name: "a release of an older line, with a tag of its own", mutate: func(w *world) {
			w.publish("1.12.0", noon)
			w.h.Tags["latest"], w.h.Tags["v1"] = "2.11.0", "1.12.0"
		}},
		{name: "deprecated", mutate: func(w *world) { w.at("1.0.0").Deprecated = "old" }},
		{name: "a maintainer leaves", mutate: func(w *world) { w.h.Maintainers = []string{"ann"} }},
		{name: "published beside the gate", mutate: func(w *world) { w.stranger("2.12.0", noon) },
			want: []string{"published-unknown 2.12.0"}},
		{name: "published though it was blocked", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			v := w.judged["2.12.0"]
			v.Passed = false
			w.judged["2.12.0"] = v
		}, want: []string{"published-unknown 2.12.0"}},
		{name: "published with a checksum that compares with nothing", mutate: func(w *world) {
			w.publish("2.12.0", noon).Integrity = ""
		}, want: []string{"published-unknown 2.12.0"}},
		{name: "judged, and its digest is none", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			w.judged["2.12.0"] = Judged{SHA512: "abc", Passed: true, Signed: true}
		}, want: []string{"published-unknown 2.12.0"}},
		{name: "published before the first look, since its day", mutate: func(w *world) { w.stranger("2.12.0", day0.Add(-time.Hour)) },
			want: []string{"published-unknown 2.12.0"}},
		{name: "published without a time", mutate: func(w *world) { w.stranger("2.12.0", time.Time{}) },
			want: []string{"published-unknown 2.12.0"}},
		{name: "published on a day to come", mutate: func(w *world) { w.stranger("2.12.0", day0.AddDate(73, 0, 0)) },
			want: []string{"published-unknown 2.12.0"}},
		{name: "other bytes than judged", mutate: func(w *world) { w.publish("2.12.0", noon).Integrity = integrity("evil") },
			want: []string{"published-differs 2.12.0"}},
		{name: "bytes whose SHA-512 begins like that of the judged ones", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			v := w.judged["2.12.0"]
			v.SHA512 = v.SHA512[:64] + strings.Repeat("0", 64)
			w.judged["2.12.0"] = v
		}, want: []string{"published-differs 2.12.0"}},
		{name: "the judged SHA-512 and another", mutate: func(w *world) {
			w.publish("2.12.0", noon).Integrity += " " + integrity("evil")
		}, want: []string{"published-differs 2.12.0"}},
		{name: "other bytes than before, of an old version", mutate: func(w *world) { w.at("1.3.0").Integrity = integrity("evil") },
			want: []string{"published-differs 1.3.0"}},
		{name: "other bytes by the old checksum alone", mutate: func(w *world) { w.at("1.3.0").Shasum = strings.Repeat("ab", 20) },
			want: []string{"published-differs 1.3.0"}},
		{name: "without its checksums, of an old version", mutate: func(w *world) { w.at("1.3.0").Integrity, w.at("1.3.0").Shasum = "", "" },
			want: []string{"published-differs 1.3.0"}},
		{name: "without its stronger checksum, of an old version", mutate: func(w *world) { w.at("1.3.0").Integrity = "" }},
		{name: "with one more checksum, of an old version", mutate: func(w *world) {
			w.at("1.3.0").Integrity = "sha256-" + strings.Repeat("A", 43) + "= " + w.at("1.3.0").Integrity + "?x"
		}},
		{name: "judged, not signed", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			v := w.judged["2.12.0"]
			v.Signed = false
			w.judged["2.12.0"] = v
		}, want: []string{"published-unsigned 2.12.0"}},
		{name: "not signed by the registry", mutate: func(w *world) { w.publish("2.12.0", noon).Signatures = nil },
			want: []string{"published-unsigned registry 2.12.0"}},
		{name: "attestations that do not hold", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			delete(w.built, "2.12.0")
			w.refused["2.12.0"] = "signature: expected one, found another"
		}, want: []string{"published-unverified 2.12.0"}},
		{name: "attestations that do not hold, of an old version", mutate: func(w *world) { w.refused["1.3.0"] = "no" }},
		{name: "built in another repository", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			w.built["2.12.0"] = Built{Repository: "https://github.com/evil/widget", Workflow: ".github/workflows/release.yml"}
		}, want: []string{"published-elsewhere 2.12.0"}, endless: true},
		{name: "built by another workflow", mutate: func(w *world) {
			w.publish("2.12.0", noon)
			w.built["2.12.0"] = Built{Repository: "https://github.com/acme/widget", Workflow: ".github/workflows/evil.yml"}
		}, want: []string{"published-elsewhere 2.12.0"}, endless: true},
		{name: "built in a repository that the policy names", policy: "monitor: {built-by: [acme/mono/.github/workflows/*]}",
			mutate: func(w *world) {
				w.publish("2.12.0", noon)
				w.built["2.12.0"] = Built{Repository: "https://github.com/Acme/mono", Workflow: ".github/workflows/x.yml"}
			}},
		{name: "built where the policy does not say", policy: "monitor: {built-by: [acme/mono]}",
			mutate: func(w *world) { w.publish("2.12.0", noon) }, want: []string{"published-elsewhere 2.12.0"}, endless: true},
		{name: "less trust", mutate: func(w *world) { w.publish("2.12.0", noon).Trust = registry.ProvenanceTrust },
			want: []string{"trust-lowered 2.12.0"}, events: true},
		{name: "less trust, dated before all others", mutate: func(w *world) {
			w.publish("2.12.0", day0.AddDate(-9, 0, 0)).Trust = registry.NoTrust
		}, want: []string{"trust-lowered 2.12.0"}, events: true},
		{name: "less trust, first of a line", mutate: func(w *world) { w.publish("3.0.0", noon).Trust = registry.NoTrust }},
		{name: "less trust than long ago", policy: "monitor: {trust-window: 1d}",
			mutate: func(w *world) { w.publish("2.12.0", noon).Trust = registry.NoTrust }},
		{name: "a new owner", mutate: func(w *world) { w.h.Maintainers = append(w.h.Maintainers, "Eve") },
			want: []string{"publisher-unknown owner eve"}},
		{name: "a new owner whom the policy knows", policy: "monitor: {publishers: [ann, bob, '@eve']}",
			mutate: func(w *world) { w.h.Maintainers = append(w.h.Maintainers, "Eve") }},
		{name: "a new owner who acknowledged", policy: "about: {acknowledged-by: [ann, bob, eve]}",
			mutate: func(w *world) { w.h.Maintainers = append(w.h.Maintainers, "eve") }},
		{name: "published by a stranger", mutate: func(w *world) {
			p := w.publish("2.12.0", noon)
			p.By, p.TrustedPublisher = "eve", ""
		}, want: []string{"publisher-unknown published 2.12.0 eve"}},
		{name: "approved by a stranger", mutate: func(w *world) { w.publish("2.12.0", noon).Approver = "eve" },
			want: []string{"publisher-unknown approved 2.12.0 eve"}},
		{name: "latest back", mutate: func(w *world) { w.h.Tags["latest"] = "2.3.0" },
			want: []string{"tag-moved latest 2.11.0 2.3.0"}, events: true},
		{name: "latest back to what was published since", mutate: func(w *world) { w.publish("1.12.0", noon) },
			want: []string{"tag-moved latest 2.11.0 1.12.0"}, events: true},
		{name: "latest to what is not there", mutate: func(w *world) { w.h.Tags["latest"] = "9.9.9" },
			want: []string{"tag-moved latest 2.11.0 9.9.9"}, events: true},
		{name: "a tag on an old version", mutate: func(w *world) { w.h.Tags["old"] = "1.0.0" },
			want: []string{"tag-moved old  1.0.0"}, events: true},
		{name: "the latest tag taken away", mutate: func(w *world) { delete(w.h.Tags, "latest") },
			want: []string{"tag-moved latest 2.11.0 "}, events: true},
		{name: "a version gone", mutate: func(w *world) { w.remove("2.3.0") }, want: []string{"version-gone 2.3.0"}},
		{name: "a version came and went", mutate: func(w *world) { w.h.Times["2.12.0"] = noon }, want: []string{"version-gone 2.12.0"},
			endless: true},
		{name: "the package gone", mutate: func(w *world) { w.h = nil }, want: []string{"version-gone "}, endless: true},
		{name: "a stage that the gate made", mutate: func(w *world) {
			w.judge("2.12.0")
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Integrity: integrity("the tarball of 2.12.0"), Shasum: hexOf(sha1.Sum([]byte("the tarball of 2.12.0")))})
		}},
		{name: "a stage with the judged SHA-1 and another SHA-512", mutate: func(w *world) {
			w.judge("2.12.0")
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Integrity: integrity("evil"), Shasum: hexOf(sha1.Sum([]byte("the tarball of 2.12.0")))})
		}, want: []string{"staged-unknown 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}},
		{name: "a stage with the judged SHA-512 and another", mutate: func(w *world) {
			w.judge("2.12.0")
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Integrity: integrity("the tarball of 2.12.0") + " " + integrity("evil")})
		}, want: []string{"staged-unknown 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}},
		{name: "a stage whose evidence nobody signed", mutate: func(w *world) {
			w.judge("2.12.0")
			v := w.judged["2.12.0"]
			v.Signed = false
			w.judged["2.12.0"] = v
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Integrity: integrity("the tarball of 2.12.0")})
		}, want: []string{"staged-unknown 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}},
		{name: "a stage with the judged SHA-1 alone", mutate: func(w *world) {
			w.judge("2.12.0")
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Shasum: hexOf(sha1.Sum([]byte("the tarball of 2.12.0")))})
		}, want: []string{"staged-unknown 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}},
		{name: "a stage that nobody knows", mutate: func(w *world) {
			w.stages = append(w.stages, registry.Staged{ID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f", Version: "2.12.0",
				Integrity: integrity("evil")})
		}, want: []string{"staged-unknown 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}},
		{name: "a supported version became vulnerable", mutate: func(w *world) {
			w.audits["2.11.0"] = Audit{Licenses: []string{"MIT"}, Vulnerable: []Vulnerable{{ID: "GHSA-1", Aliases: []string{"CVE-1"},
				Severity: "high", Package: "lodash@4.17.15", Published: noon, Fixed: "4.17.21"}}}
		}, want: []string{"supported-vulnerable lodash@4.17.15 GHSA-1"}},
		{name: "a licence changed in a release", mutate: func(w *world) { w.publish("2.12.0", noon).License = "BUSL-1.1" },
			want: []string{"license-changed 2.12.0"}},
		{name: "an install brings another licence", mutate: func(w *world) {
			w.audits["2.11.0"] = Audit{Licenses: []string{"MIT", "GPL-3.0-only"}}
		}, want: []string{"license-changed brings 2.11.0"}},
		{name: "an install brings a denied licence", mutate: func(w *world) {
			w.audits["1.11.0"] = Audit{Licenses: []string{"MIT"}, Denied: []string{"a@1.0.0: GPL-3.0-only"}}
		}, want: []string{"license-denied a@1.0.0 GPL-3.0-only"}},
		{name: "downloads like before", mutate: func(w *world) { w.week(21_000) }},
		{name: "many downloads", mutate: func(w *world) { w.week(90_000) }, want: []string{"downloads-unusual week 2026-10-26"}, events: true},
		{name: "few downloads", mutate: func(w *world) { w.week(100) }, want: []string{"downloads-unusual week 2026-10-26"}, events: true},
		{name: "no look for two days", policy: "monitor: {tags: daily}", mutate: func(*world) {
			day1, day2 = day0.AddDate(0, 0, 2), day0.AddDate(0, 0, 3)
		}, want: []string{"monitor-overdue tags"}, events: true},
		{name: "no look at downloads", policy: "monitor: {downloads: 12h}", mutate: func(w *world) {
			day1, day2, day3 = day0.AddDate(0, 0, 1).Add(time.Second), day0.AddDate(0, 0, 1).Add(time.Hour), day0.AddDate(0, 0, 2)
			w.missed[Downloads] = "api.npmjs.org answered 503"
		}, want: []string{"monitor-overdue downloads"}},
	} {
		day1, day2, day3 = day0.AddDate(0, 0, 1), day0.AddDate(0, 0, 2), day0.AddDate(0, 0, 3)
		t.Run(c.name, func(t *testing.T) {
			w, ask := quiet(), asks(t, "version: 1\n"+c.policy+"\n")
			first, s := run(t, New(), w.look(day0), ask)
			if len(first.New) > 0 || first.Baseline != 24 {
				t.Fatalf("the first look tells %q, and counts %d", told(first.New), first.Baseline)
			}
			c.mutate(w)
			second, s := run(t, s, w.look(day1), ask)
			if got := told(second.New); !slices.Equal(got, c.want) {
				t.Fatalf("new: %q, want %q", got, c.want)
			}
			for _, it := range second.New {
				produced[it.Finding.Rule] = true
				if it.Finding.Message == "" || it.Finding.Fix == "" || it.Why == "" || it.Event != c.events {
					t.Errorf("told as %+v", it)
				}
			}
			third, s := run(t, s, w.look(day2), ask)
			open := c.want
			if c.events {
				open = nil
			}
			if len(third.New)+len(third.Ended) > 0 || !slices.Equal(told(third.Open), open) {
				t.Errorf("the next look: new %q, open %q, ended %q", told(third.New), told(third.Open), told(third.Ended))
			}
			if c.endless || c.events {
				return
			}
			fourth, _ := run(t, s, quiet().look(day3), ask)
			ended := slices.DeleteFunc(told(fourth.Ended), func(s string) bool { return strings.HasPrefix(s, "version-gone") && c.want == nil })
			if len(c.want) > 0 && !slices.Contains(ended, c.want[0]) {
				t.Errorf("taken back: ended %q, open %q, new %q", told(fourth.Ended), told(fourth.Open), told(fourth.New))
			}
		})
	}
}

// TestTagIsMovedBack: what is told to be done about a moved tag is no finding itself;
// moved once more, it is told once more.
func TestTagIsMovedBack(t *testing.T) {
	w, ask := quiet(), asks(t, "version: 1\n")
	_, s := run(t, New(), w.look(day0), ask)
	good := w.h.Tags["latest"]
	for i, c := range []struct{ tag, to, want string }{
		{"latest", "2.3.0", "tag-moved latest 2.11.0 2.3.0"},
		{"latest", good, ""},
		{"latest", "2.3.0", "tag-moved latest 2.11.0 2.3.0"},
		{"latest", "1.0.0", "tag-moved latest 2.3.0 1.0.0"},
		{"latest", good, "tag-moved latest 1.0.0 2.11.0"}, // where it was before the last move is another place
		{"latest", "1.0.0", ""},
		{"beta", "2.3.0", "tag-moved beta  2.3.0"},
		{"beta", "", ""},
		{"beta", "2.3.0", "tag-moved beta  2.3.0"},
	} {
		if w.h.Tags[c.tag] = c.to; c.to == "" {
			delete(w.h.Tags, c.tag)
		}
		var r Result
		if r, s = run(t, s, w.look(day0.AddDate(0, 0, i+1)), ask); strings.Join(told(r.New), ", ") != c.want {
			t.Errorf("%s to %q: %q, want %q", c.tag, c.to, told(r.New), c.want)
		}
	}
}

// week adds a week of downloads after the last one.
func (w *world) week(count int64) {
	last := w.weeks[len(w.weeks)-1].From
	w.weeks = append(w.weeks, Week{last.AddDate(0, 0, 7), count})
}

func TestEveryRuleIsProduced(t *testing.T) {
	TestRules(t)
	for _, r := range append(slices.Clone(Rules), trustRule, deniedRule, licenseRule, policy.MonitorOverdue) {
		if !produced[r.ID] {
			t.Errorf("no row shows a finding of %s", r.ID)
		}
		if r.Severity == finding.Unknown && r.ID != vulnerableRule.ID {
			t.Errorf("%s has no severity", r.ID)
		}
	}
}
