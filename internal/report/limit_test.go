package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

func TestMarkdownBudget(t *testing.T) {
	d := blocked()
	for i := range 4_000 {
		d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{State: finding.Warn,
			Finding: finding.Finding{Rule: "vulnerable-dependency", Name: fmt.Sprint("p", i), Severity: finding.Low,
				Message: strings.Repeat("`\u202e", 1000)}})
	}
	for _, budget := range []int{markdownBudget, 100_000, 4000, markdownTail} {
		got := string(markdown(d, budget))
		if len(got) > budget {
			t.Errorf("%d bytes of %d", len(got), budget)
		}
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "left out") {
			t.Errorf("budget %d ends in %q", budget, last)
		}
		if budget > markdownTail && !strings.Contains(lines[0], "blocked: ") {
			t.Errorf("budget %d begins with %q", budget, lines[0])
		}
	}
}

// The budget holds to the byte, and after the first row that finds no room
// none is written: what is shown is a beginning, not a selection.
func TestMarkdownStopsInOrder(t *testing.T) {
	d := passed()
	d.Verdict = policy.Verdict{}
	for i := range 50 {
		f := finding.Finding{Rule: "r", Name: fmt.Sprint("p", i), Severity: finding.Low}
		if i == 20 {
			f.Message = strings.Repeat("x", maxMessage)
		}
		d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{State: finding.Warn, Finding: f})
	}
	stopped := false
	for budget := markdownTail + 300; budget < 6000; budget += 31 {
		got := string(markdown(d, budget))
		rows := strings.Count(got, "| **low** |")
		if len(got) > budget {
			t.Errorf("%d bytes of %d", len(got), budget)
		}
		if rows < 50 && rows > 0 && !strings.Contains(got, fmt.Sprintf("**%s left out", count(50-rows, "line is", "lines are"))) {
			t.Errorf("budget %d shows %d rows and says otherwise: %s", budget, rows, got[len(got)-200:])
		}
		for i := range rows {
			if !strings.Contains(got, fmt.Sprintf("`p%d`", i)) {
				t.Errorf("budget %d shows %d rows, but not p%d", budget, rows, i)
			}
		}
		stopped = stopped || rows == 20
	}
	if !stopped {
		t.Error("no budget stopped before the large row")
	}
	full := string(markdown(d, markdownBudget))
	for spare := 0; spare < markdownTail; spare += 37 {
		if got := string(markdown(d, len(full)-spare)); len(got) > len(full)-spare {
			t.Fatalf("%d bytes of %d", len(got), len(full)-spare)
		}
	}
}
