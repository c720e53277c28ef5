package check

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

func TestRequiredVersion(t *testing.T) {
	want := func(rng string) func(*Subject) {
		return func(s *Subject) { s.Policy.Dependencies.Require = map[string]string{"b": rng} }
	}
	blocked := []string{"required-version b always"}
	table(t, required, []row{
		{"satisfied", want("^2.0.0"), nil},
		{"too old", want("^2.0.1"), blocked},
		{"too new", want("^1.0.0"), blocked},
		{"later prerelease", func(s *Subject) { want("^2.0.0")(s); pkg(s, "b").Version = "2.1.0-rc.1" }, nil},
		{"prerelease of the minimum", func(s *Subject) { want("^2.0.0")(s); pkg(s, "b").Version = "2.0.0-rc.1" }, blocked},
		{"unreadable version", func(s *Subject) { want("^2.0.0")(s); pkg(s, "b").Version = "2" }, blocked},
		{"unreadable range", want("two"), blocked},
		{"every copy", func(s *Subject) {
			want("^2.0.0")(s)
			old := *pkg(s, "b")
			old.Version, old.Location = "1.0.0", "node_modules/tool/node_modules/b"
			s.Graph.Packages = append(s.Graph.Packages, &old)
		}, blocked},
		{"alias by its real name", func(s *Subject) { want("^3")(s); pkg(s, "b").Alias = "nice" }, blocked},
	})
}

func TestRequiredRange(t *testing.T) {
	about := func(name, rng string, records ...advisory.Record) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File, s.Policy.Dependencies.Require = "policy.yml", map[string]string{name: rng}
			learn(t, s, told{records: records})
		}
	}
	hit := []string{"required-range-vulnerable b advice"}
	table(t, requiredRange, []row{
		{"nothing looked up", func(s *Subject) { s.Policy.Dependencies.Require = map[string]string{"b": "^2.0.0"} }, nil},
		{"the floor is clean", about("b", "^2.0.0", old("b", "2.0.0")), nil},
		{"the floor is affected", about("b", "^2.0.0", old("b", "2.0.1")), hit},
		{"an exact version", about("b", "2.0.0", old("b", "2.0.1")), hit},
		{"another package", about("b", "^2.0.0", old("a", "9.0.0")), nil},
		{"not installed", about("x", "^2.0.0", old("x", "2.0.1")), []string{"required-range-vulnerable x advice"}},
		{"the second alternative", about("b", "^2.0.0 || ^3.0.0", advisory.Record{ID: "GHSA-b", Package: "b",
			Ranges: []advisory.Range{{Introduced: "3.0.0", Fixed: "3.0.2"}}}), hit},
		{"above the floor", about("b", ">=2.0.0", advisory.Record{ID: "GHSA-b", Package: "b",
			Ranges: []advisory.Range{{Introduced: "3.0.0", Fixed: "3.0.2"}}}), hit},
		{"above the range", about("b", "^2.0.0", advisory.Record{ID: "GHSA-b", Package: "b",
			Ranges: []advisory.Range{{Introduced: "3.0.0", Fixed: "3.0.2"}}}), nil},
		{"every version", about("b", "*", old("b", "2.0.1")), nil},
		{"withdrawn", about("b", "^2.0.0", advisory.Record{ID: "GHSA-b", Package: "b", Withdrawn: true,
			Ranges: []advisory.Range{{Introduced: "0"}}}), nil},
		{"two names of one advisory", about("b", "^2.0.0", advisory.Record{ID: "GHSA-b", Aliases: []string{"CVE-2026-1"}, Package: "b",
			Ranges: []advisory.Range{{Introduced: "0", Fixed: "2.0.1"}}}, advisory.Record{ID: "CVE-2026-1", Aliases: []string{"GHSA-b"},
			Package: "b", Ranges: []advisory.Range{{Introduced: "0", Fixed: "2.0.1"}}}), hit},
		{"malware", about("b", "^2.0.0", advisory.Record{ID: "MAL-1", Kind: advisory.Malware, Package: "b", Versions: []string{"2.0.5"}}), hit},
	})
	s := clean()
	about("b", "^2.0.0", old("b", "2.0.1"))(s)
	pkg(s, "b").Version = "2.0.4"
	f := requiredRange.Run(s)[0]
	if want := `The policy requires b "^2.0.0". That admits 2.0.0, which has a known vulnerability: GHSA-b.`; f.Message != want {
		t.Errorf("message %q", f.Message)
	}
	if want := `Write "^2.0.1" for b under dependencies.require of the policy.`; f.Fix != want || f.Ends != "^2.0.1" {
		t.Errorf("fix %q", f.Fix)
	}
	about("b", "^1.0.0", old("b", "2.0.1"))(s)
	if f := requiredRange.Run(s)[0]; !strings.Contains(f.Fix, `write "^2.0.1" for b`) {
		t.Errorf("fix %q", f.Fix)
	}
}

func TestOverrides(t *testing.T) {
	documented := func(r policy.OverrideReason) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.OverridesDocumented = true
			s.Policy.Dependencies.ReviewEvery = 90 * 24 * time.Hour
			s.Policy.Dependencies.OverrideReasons = map[string]policy.OverrideReason{"jose": r}
			s.Manifest.Overrides = []npm.Override{{Path: "jose", Name: "jose", Range: "5.2.2", Line: 9}}
		}
	}
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	table(t, overrides, []row{
		{"documented and reviewed", documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-05-01")}), nil},
		{"no reason", documented(policy.OverrideReason{Reviewed: day("2026-05-01")}), []string{"override-undocumented jose always"}},
		{"never reviewed", documented(policy.OverrideReason{Why: "hole"}), []string{"override-unreviewed jose advice"}},
		{"review overdue", documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-03-02")}),
			[]string{"override-unreviewed jose advice"}},
		{"review due now", documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-03-03")}), nil},
		{"no clock", func(s *Subject) {
			documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-05-01")})(s)
			s.Now = ""
		}, []string{"override-unreviewed jose advice"}},
		{"another package is documented", func(s *Subject) {
			documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-05-01")})(s)
			s.Manifest.Overrides[0].Name, s.Manifest.Overrides[0].Path = "undici", "undici"
		}, []string{"override-undocumented undici always"}},
		{"by path", func(s *Subject) {
			documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-05-01")})(s)
			s.Manifest.Overrides[0].Name, s.Manifest.Overrides[0].Path = "x", "jose"
		}, nil},
		{"of the root, or in the lockfile of pnpm", func(s *Subject) {
			documented(policy.OverrideReason{Why: "hole", Reviewed: day("2026-05-01")})(s)
			s.Graph.Overrides = []npm.Override{{Path: "jose", Name: "jose", Range: "5.2.2"}, {Path: "a>undici", Name: "undici",
				File: "pnpm-lock.yaml"}}
		}, []string{"override-undocumented undici always"}},
		{"not asked for", func(s *Subject) { s.Manifest.Overrides = []npm.Override{{Path: "a", Name: "a", Range: "1"}} }, nil},
	})
}

func TestInstallScript(t *testing.T) {
	allow := func(list ...string) func(*Subject) {
		return func(s *Subject) {
			pkg(s, "b").HasInstallScript = true
			s.Policy.Dependencies.Allowed = &list
		}
	}
	blocked := []string{"install-script b always"}
	table(t, installScript, []row{
		{"not asked for", func(s *Subject) { pkg(s, "b").HasInstallScript = true }, nil},
		{"nobody allowed", allow(), blocked},
		{"allowed", allow("b"), nil},
		{"allowed at its version", allow("b@2.0.0"), nil},
		{"allowed at another", allow("b@1.0.0"), blocked},
		{"allowed by purl", allow("pkg:npm/b@2.0.0"), nil},
		{"allowed by another purl", allow("pkg:npm/b@1.0.0"), blocked},
		{"broken purl", allow("pkg:"), blocked},
		{"another allowed", allow("bb", "@b/b"), blocked},
		{"scope allowed", func(s *Subject) { allow("@s/*")(s); pkg(s, "b").Name = "@s/b" }, nil},
		{"scope of a longer name", func(s *Subject) { allow("@s/*")(s); pkg(s, "b").Name = "@sx/b" }, []string{"install-script @sx/b always"}},
		{"allowed by a range", allow("b@^2.0.0"), nil},
		{"allowed by one of several", allow("b@1.0.0 || ^2.0.0"), nil},
		{"allowed by another range", allow("b@^1.0.0"), blocked},
		{"allowed by a pattern", allow("[ab]@2.x"), nil},
		{"a warning", func(s *Subject) { allow()(s); s.Policy.Dependencies.OthersWarn = true }, []string{"install-script b advice"}},
		{"its registry tells", func(s *Subject) {
			allow()(s)
			pkg(s, "b").HasInstallScript = false
			s.Installs = map[*npm.Package]string{pkg(s, "b"): "install: x"}
		}, blocked},
		{"scope left out", func(s *Subject) {
			allow()(s)
			pkg(s, "b").Scope = npm.Dev
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
		}, nil},
	})
}

// TestAllowedScripts: what is allowed and not needed is told, and where the policy
// asks for versions, what has none.
func TestAllowedScripts(t *testing.T) {
	allow := func(versions bool, list ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File = ".publishgate.yml"
			s.Graph.Manager, s.Graph.Version = "npm", "3"
			pkg(s, "b").HasInstallScript = true
			s.Policy.Dependencies.Allowed, s.Policy.Dependencies.VersionsWritten = &list, versions
		}
	}
	unused, wide := []string{"install-script-unused .publishgate.yml advice"}, []string{"install-script-wide .publishgate.yml always"}
	table(t, allowedScripts, []row{
		{"no list", func(s *Subject) {}, nil},
		{"empty", allow(true), nil},
		{"used", allow(true, "b@2.0.0"), nil},
		{"used, every version", allow(false, "b"), nil},
		{"every version", allow(true, "b"), wide},
		{"every version, in words", allow(true, "b@*"), wide},
		{"every version, by purl", allow(true, "pkg:npm/b"), wide},
		{"one version, by purl", allow(true, "pkg:npm/b@2.0.0"), nil},
		{"of another version", allow(true, "b@1.0.0"), unused},
		{"of what runs none", allow(false, "a"), unused},
		{"of what is not there", allow(false, "left", "b"), unused},
		{"the lockfile does not tell", func(s *Subject) { allow(false, "left")(s); s.Graph.Manager = "yarn" }, nil},
		{"the registry does", func(s *Subject) {
			allow(false, "left")(s)
			s.Graph.Manager, s.Installs = "yarn", map[*npm.Package]string{}
		}, unused},
		{"another lockfile may need it", func(s *Subject) {
			allow(false, "left")(s)
			s.Others = []Other{{Graph: &npm.Graph{Manager: "yarn", Lockfile: "yarn.lock"}}}
		}, nil},
	})
}

func unchecked(acts bool) func(*Subject) {
	return func(s *Subject) {
		s.Acts, s.Policy.File = acts, "policy.yml"
		s.Unchecked = []Unchecked{{"dependencies.signatures", "-offline"}}
	}
}

func TestPolicySettings(t *testing.T) {
	table(t, policySettings, []row{
		{"not looked at", unchecked(false), nil},
		{"not looked at, and it acts", unchecked(true), []string{"policy-not-enforced policy.yml always"}},
		{"review overdue", func(s *Subject) { s.Policy.About.NextReview = time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC) },
			[]string{"policy-review-overdue  advice"}},
		{"review ahead", func(s *Subject) { s.Policy.About.NextReview = time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC) }, nil},
	})
}
