package policy

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// TestAliasIsNoIdentity has two advisories that name each other and share both
// CVEs, as two real lodash ones do: an exception waives the one it names, and
// none by a name that could be either.
func TestAliasIsNoIdentity(t *testing.T) {
	advisory := func(own, other string) finding.Finding {
		return finding.Finding{
			Rule: "vulnerable-dependency", Level: finding.BySeverity, Severity: finding.High, Scope: npm.Prod,
			Name: "lodash", Version: "4.17.15", Package: "pkg:npm/lodash@4.17.15", Subject: own,
			IDs: []string{own, other, "CVE-2025-13465", "CVE-2026-2950"},
		}
	}
	first, second := advisory("GHSA-aaaa-aaaa-aaaa", "GHSA-bbbb-bbbb-bbbb"), advisory("GHSA-bbbb-bbbb-bbbb", "GHSA-aaaa-aaaa-aaaa")
	alone := first
	alone.IDs = []string{first.Subject, "CVE-2025-13465"}
	ranged := alone // the same advisory, of the range in package.json
	ranged.Version, ranged.Package, ranged.Subject = "", "pkg:npm/lodash", "prod "+first.Subject
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

	for _, c := range []struct {
		id     string
		there  []finding.Finding
		waived int
		rule   string // what is said about the exception
	}{
		{"GHSA-aaaa-aaaa-aaaa", []finding.Finding{first, second}, 1, ""},
		{"ghsa-AAAA-aaaa-aaaa", []finding.Finding{second, first}, 1, ""},
		{"CVE-2025-13465", []finding.Finding{first, second}, 0, "exception-ambiguous"},
		{"CVE-2025-13465", []finding.Finding{alone}, 1, ""},
		{"GHSA-bbbb-bbbb-bbbb", []finding.Finding{first}, 0, "unused-exception"},
		{"GHSA-aaaa-aaaa-aaaa", []finding.Finding{alone, ranged}, 2, ""},
		{"CVE-2025-13465", []finding.Finding{alone, ranged}, 2, ""},
	} {
		e := Default().For("x", Flags{})
		e.Exceptions = []Exception{{ID: c.id, Package: "lodash", Reason: "r", Owner: "o", Expires: now.Add(time.Hour)}}
		v := Decide(e, c.there, Context{Now: now})
		if v.Counts.Waived != c.waived || v.Counts.Block != len(c.there)-c.waived {
			t.Errorf("%s with %d advisories: %+v", c.id, len(c.there), v.Counts)
		}
		said := ""
		for _, j := range v.Judged {
			if j.Finding.Rule != "vulnerable-dependency" {
				said = j.Finding.Rule
			}
		}
		if said != c.rule {
			t.Errorf("%s: reported as %q, expected %q", c.id, said, c.rule)
		}
	}
}
