package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// grouped returns a document whose findings form groups, each fixed by one
// change: advisories about one package, and one rule about many packages, shipped
// or not.
func grouped() *Document {
	d := passed()
	var fs []finding.Finding
	for i, s := range []finding.Severity{finding.Moderate, finding.High, finding.Low, finding.High} {
		id := fmt.Sprintf("GHSA-aaaa-aaaa-aaa%d", i)
		fs = append(fs, finding.Finding{Rule: "vulnerable-dependency", Severity: s, Level: finding.BySeverity,
			Scope: npm.Prod, Shipped: true, Name: "lodash", Version: "4.17.15", File: "package-lock.json", Line: 7,
			IDs: []string{id, "CVE-2020-1"}, Subject: id, Title: "Hole " + fmt.Sprint(i), Message: "lodash has " + id + ".",
			Fix: "Run `npm update lodash`.", Ends: "4.18.0", Paths: [][]string{{"a@1", "lodash@4.17.15"}}})
	}
	for i := range 25 {
		name := fmt.Sprintf("p%02d", i)
		for _, scope := range []npm.Scope{npm.Prod, npm.Dev} {
			fs = append(fs, finding.Finding{Rule: "weak", Severity: finding.Moderate, Level: finding.Advice, Scope: scope,
				Shipped: scope == npm.Prod, Name: name + string(scope), Version: "1.0.0", File: "package-lock.json", Line: i + 1,
				Message: name + string(scope) + "@1.0.0 is weak.", Fix: "Mend it."})
		}
	}
	d.Verdict = decide(fs...)
	d.LookedAt.Dev = 25
	d.Levels = &Levels{"high", "high", "high", "none", true}
	return d
}

func TestGroupsAreToldOnce(t *testing.T) {
	d := grouped()
	for i, want := range [][]string{
		{`"package": "lodash",`, `"count": 4,`, `"count": 25,`, `"ends": "4.18.0",`, `"worst": "high",`},
		{"2 findings block as 1 problem, 53 warnings as 3 problems\n",
			"BLOCK  high      lodash@4.17.15          2 of 4  4.18.0     1  direct\n                   GHSA-aaaa-aaaa-aaa1, due at once",
			"  1  [vulnerable-dependency] lodash@4.17.15: Run `npm update lodash`.\n",
			"WARN   moderate  25 packages  [weak]\n", "25 packages  [weak]  dev\n"},
		nil,
		{"`lodash 4.17.15: 4 advisories, worst high, 2 of them block; 4.18.0 ends all.`",
			"<details><summary>Warnings about what does not ship (1)</summary>\n\n| severity", "|\n\n</details>\n",
			"**packages:** `p00prod@1.0.0`, "},
		{"<span class=\"cell\">4 advisories, 2 blocking", "<ul class=\"adv\">\n<li>",
			"<details class=\"more\"><summary>1 problem that does not block</summary>"},
	} {
		got := render(t, outputs[i].write, d)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s has no %q:\n%s", outputs[i].name, w, got)
			}
		}
		told := strings.Count(got, "GHSA-aaaa-aaaa-aaa3")
		switch i {
		case 3:
			told = strings.Count(got, "[GHSA-aaaa-aaaa-aaa3]")
		case 4:
			told = strings.Count(got, ">GHSA-aaaa-aaaa-aaa3<") // not the address of the link, nor the line on paper
		}
		if told > 1 && i > 0 {
			t.Errorf("%s tells an advisory twice", outputs[i].name)
		}
	}
}

// However little room there is, every open element is closed.
func TestFoldIsClosed(t *testing.T) {
	d := grouped()
	whole := len(markdown(d, markdownBudget))
	for budget := markdownTail; budget < whole+markdownTail+10; budget += 53 {
		got := string(markdown(d, budget))
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Fatalf("budget %d: %s", budget, got)
		}
	}
}

// The terminal says where a plan is about nothing that ships or blocks.
func TestPlanAside(t *testing.T) {
	dev := finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.Advice, Scope: npm.Dev, Name: "a",
		Version: "1.0.0", IDs: []string{"GHSA-aaaa-aaaa-aaaa"}, Message: "a has a hole."}
	ships, blocks := dev, dev
	ships.Scope, ships.Shipped = npm.Prod, true
	blocks.Level = finding.Always
	for name, c := range map[string]struct {
		found []finding.Finding
		whole bool
	}{
		"does not ship": {[]finding.Finding{dev}, false},
		"ships":         {[]finding.Finding{dev, ships}, true},
		"blocks":        {[]finding.Finding{dev, blocks}, true},
	} {
		d := passed()
		d.Verdict = decide(c.found...)
		d.Plan = &upgrade.Plan{Steps: []upgrade.Step{{Name: "a", Command: "npm update a", Verified: true,
			Removes: []upgrade.Removal{{Package: "a@1.0.0", IDs: []string{"GHSA-aaaa-aaaa-aaaa"}}}}}}
		got := render(t, outputs[1].write, d)
		if strings.Contains(got, "1 step is about what does not ship") == c.whole || !strings.Contains(got, "  npm update a\n") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}
