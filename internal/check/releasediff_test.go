package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
)

func TestReleaseDiff(t *testing.T) {
	changed := func(change func(d *release.Diff)) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Diff = policy.Default().For("app", policy.Flags{}).Diff
			s.Diff = &release.Diff{From: release.Side{Version: "1.0.0"}}
			change(s.Diff)
		}
	}
	ruled := func(id string, does policy.DiffRule, change func(d *release.Diff)) func(*Subject) {
		return func(s *Subject) {
			changed(change)(s)
			s.Policy.Diff[id] = does
		}
	}
	here := release.Mentions{Added: []tarball.Mention{{Name: "x", Path: "package/a.js", Line: 2}}}
	added := func(d *release.Diff) { d.Added = []release.File{{Path: "a", Now: 1}} }
	script := func(s release.Script) func(*Subject) {
		return changed(func(d *release.Diff) { d.Scripts = []release.Script{s} })
	}
	lost := func(from, to release.Known) func(*Subject) {
		return changed(func(d *release.Diff) { d.From.Provenance, d.To.Provenance = from, to })
	}
	step := func(version string, semver bool, change func(d *release.Diff)) func(*Subject) {
		return func(s *Subject) {
			changed(change)(s)
			s.Manifest.Version, s.Policy.Versions.Step = version, semver
		}
	}
	breaks := func(d *release.Diff) { d.Step.Breaks = []string{"the command x is gone"} }
	adds := func(d *release.Diff) { d.Step.Adds = []string{"exports has y now"} }
	table(t, releaseDiff, []row{
		{"not compared", func(s *Subject) { s.Diff = nil }, nil},
		{"nothing changed", changed(func(*release.Diff) {}), nil},
		{"added", changed(added), []string{"files-added package.json advice"}},
		{"added, blocks", ruled("files-added", policy.DiffBlock, added), []string{"files-added package.json always"}},
		{"added, ignored", ruled("files-added", policy.DiffIgnore, added), nil},
		{"a rule the policy does not know", func(s *Subject) { changed(added)(s); delete(s.Policy.Diff, "files-added") },
			[]string{"files-added package.json always"}},
		{"removed", changed(func(d *release.Diff) { d.Removed = []release.File{{Path: "a", Was: 1}} }),
			[]string{"files-removed package.json advice"}},
		{"larger", changed(func(d *release.Diff) { d.To.Unpacked = 200_000 }), []string{"size-jump package.json advice"}},
		{"a large file", changed(func(d *release.Diff) { d.Grown = []release.File{{Path: "a", Now: 2_000_000}} }),
			[]string{"size-jump package.json advice"}},
		{"half of it", changed(func(d *release.Diff) { d.From.Unpacked, d.To.Unpacked = 2000, 1000 }),
			[]string{"size-collapse package.json advice"}},
		{"half of the tarball", changed(func(d *release.Diff) { d.From.Packed, d.To.Packed = 2000, 999 }),
			[]string{"size-collapse package.json advice"}},
		{"more than half of it", changed(func(d *release.Diff) { d.From.Unpacked, d.To.Unpacked = 2000, 1001 }), nil},
		{"half of it, blocks", ruled("size-collapse", policy.DiffBlock,
			func(d *release.Diff) { d.From.Unpacked, d.To.Unpacked = 3, 1 }), []string{"size-collapse package.json always"}},
		{"no native code any more", changed(func(d *release.Diff) { d.Barren, d.Native.Removed = true, []string{"a.node"} }),
			[]string{"size-collapse package.json advice"}},
		{"some native code less", changed(func(d *release.Diff) { d.Native.Removed = []string{"a.node"} }), nil},
		{"dependency", changed(func(d *release.Diff) { d.Dependencies.Added = []release.Dependency{{Name: "a"}} }),
			[]string{"new-dependency a advice"}},
		{"dependency gone", changed(func(d *release.Diff) { d.Dependencies.Removed = []release.Dependency{{Name: "a"}} }), nil},
		{"new script", script(release.Script{Name: "install", Now: "x", Consumer: true}), []string{"changed-script package.json advice"}},
		{"other script", script(release.Script{Name: "install", Was: "y", Now: "x", Consumer: true}),
			[]string{"changed-script package.json advice"}},
		{"what it runs", script(release.Script{Name: "install", Was: "x", Now: "x", Files: []string{"x"}, Consumer: true}),
			[]string{"changed-script package.json advice"}},
		{"script gone", script(release.Script{Name: "install", Was: "x", Consumer: true}), nil},
		{"command", changed(func(d *release.Diff) { d.Bins.Added = []string{"a"} }), []string{"new-bin package.json advice"}},
		{"export", changed(func(d *release.Diff) { d.Exports.Added = []string{"./a"} }), []string{"new-export package.json advice"}},
		{"no exports any more", changed(func(d *release.Diff) { d.Unsealed = true }), []string{"new-export package.json advice"}},
		{"licence", changed(func(d *release.Diff) { d.To.License = "MIT" }), []string{"license-changed package.json advice"}},
		{"host", changed(func(d *release.Diff) { d.Hosts = here }), []string{"new-host package/a.js advice"}},
		{"variable", changed(func(d *release.Diff) { d.Env = here }), []string{"new-env package/a.js advice"}},
		{"native code", changed(func(d *release.Diff) { d.Native = here }), []string{"new-binary package/a.js advice"}},
		{"provenance lost", lost(release.Yes, release.No), []string{"provenance-lost package.json advice"}},
		{"provenance, somebody else publishes", lost(release.Yes, release.Unknown), nil},
		{"never had provenance", lost(release.No, release.No), nil},
		{"nobody knows whether it had provenance", lost(release.Unknown, release.No), nil},
		{"breaks, a patch", step("1.0.1", false, breaks), []string{"version-step package.json advice"}},
		{"breaks, a minor", step("1.1.0", false, breaks), []string{"version-step package.json advice"}},
		{"breaks, a major", step("2.0.0", false, breaks), nil},
		{"breaks, a prerelease of a major", step("2.0.0-rc.1", false, breaks), nil},
		{"adds, a patch", step("1.0.1", false, adds), []string{"version-step package.json advice"}},
		{"adds, a minor", step("1.1.0", false, adds), nil},
		{"breaks, semver", step("1.0.1", true, breaks), []string{"version-step package.json always"}},
		{"breaks, semver, ignored by release-diff", func(s *Subject) {
			step("1.0.1", true, breaks)(s)
			s.Policy.Diff["version-step"] = policy.DiffIgnore
		}, []string{"version-step package.json always"}},
		{"breaks, ignored", func(s *Subject) {
			step("1.0.1", false, breaks)(s)
			s.Policy.Diff["version-step"] = policy.DiffIgnore
		}, nil},
		{"breaks, a minor of 0", func(s *Subject) { step("0.3.0", true, breaks)(s); s.Diff.From.Version = "0.2.9" }, nil},
		{"breaks, a patch of 0", func(s *Subject) { step("0.2.10", true, breaks)(s); s.Diff.From.Version = "0.2.9" },
			[]string{"version-step package.json always"}},
	})
}

// TestDiffRules compares the rules with the keys of the policy.
func TestDiffRules(t *testing.T) {
	var ids []string
	for _, r := range diffRules {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, policy.DiffRules) {
		t.Errorf("%v, the policy has %v", ids, policy.DiffRules)
	}
}

// TestDependencyAge says it in days, and rates what is young higher.
func TestDependencyAge(t *testing.T) {
	at := func(text string) time.Time {
		m, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		dep      release.Dependency
		severity string
		says     string
	}{
		{release.Dependency{}, "moderate", "how old it is was not found out"},
		{release.Dependency{Local: true}, "moderate", "no registry is asked for it"},
		{release.Dependency{First: at("2026-11-20T12:00:00Z")}, "high", "first published on 2026-11-20, 1 day ago"},
		{release.Dependency{First: at("2026-10-22T12:00:01Z")}, "high", ", 29 days ago"},
		{release.Dependency{First: at("2026-10-22T12:00:00Z")}, "moderate", ", 30 days ago"},
		{release.Dependency{First: at("2027-01-01T00:00:00Z")}, "high", ", 0 days ago"}, // a registry that lies about the day
	} {
		s := clean()
		s.Now = "2026-11-21T12:00:00Z"
		s.Diff = &release.Diff{Dependencies: release.Dependencies{Added: []release.Dependency{c.dep}}}
		f := releaseDiff.Run(s)[0]
		if f.Severity.String() != c.severity || !strings.Contains(f.Message, c.says) {
			t.Errorf("%+v: %s, %s", c.dep, f.Severity, f.Message)
		}
	}
}
