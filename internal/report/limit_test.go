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

func TestTextLimit(t *testing.T) {
	d := blocked()
	for range 500 {
		d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{State: finding.Waived})
	}
	got := render(t, outputs[1].write, d)
	if n := strings.Count(got, "WAIVED"); n != someWarned+1 {
		t.Errorf("%d lines of waived findings", n)
	}
	if !strings.Contains(got, "491 more are not shown (waived): see verdict.json\n") {
		t.Errorf("%s", got[max(0, len(got)-400):])
	}
	for range 500 {
		d.Verdict.Judged = append([]policy.Judged{{State: finding.Block}}, d.Verdict.Judged...)
	}
	if got := render(t, outputs[1].write, d); strings.Count(got, "BLOCK ") != maxShown+1 ||
		!strings.Contains(got, "402 more are not shown (blocks)") {
		t.Errorf("%s", got)
	}
}

// Of many findings alike that do not block, those after the first few get a line.
func TestTextAlike(t *testing.T) {
	d := passed()
	for _, state := range []finding.State{finding.Block, finding.Warn} {
		d.Verdict.Judged = nil
		for i := range 10 {
			d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{State: state,
				Finding: finding.Finding{Rule: "r", Name: fmt.Sprint("p", i), File: "package.json", Line: i + 1, Message: "said at length"}})
		}
		want := 10
		if state != finding.Block {
			want = maxAlike
		}
		got := render(t, outputs[1].write, d)
		if n := strings.Count(got, "said at length"); n != want {
			t.Errorf("%s: %d of 10 messages", state, n)
		}
		if state != finding.Block && !strings.Contains(got, "p9  [r]  package.json:10\n") {
			t.Errorf("%s", got)
		}
	}
}
