package vex

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Rules documents the findings about VEX documents. They are advice: a
// statement that does not count leaves the finding it is about as it is.
var Rules = []finding.Rule{{
	ID:    "ignored-vex",
	Title: "Statements of a VEX document would lift findings and do not count.",
	Why: "Taking a statement's word is an exception that somebody else wrote: it needs an author, a reason " +
		"and a date that is not long ago. What it is about is judged as if it had not been made.",
	Help: "Ask the author for a newer document, or write an exception with `reason`, `owner` and `expires` " +
		"of your own. How long a statement counts is said by `vex.max-age` and `exceptions-max`.",
	Severity: finding.Low,
	Tags:     []string{"policy"},
}}

// A reason is why a statement does not count. The zero value means that it
// counts.
type reason int

const (
	counts reason = iota
	malware
	ambiguous
	nobody
	unreasoned
	undated
	future
	old
	reasons
)

// text returns the end of the sentence "3 statements do not count: 2 …".
func (r reason) text() string {
	return [reasons]string{
		malware:    "about malware, which no VEX document lifts",
		ambiguous:  "by an id that several advisories share",
		nobody:     "without an author",
		unreasoned: "without a justification or impact statement",
		undated:    "without a date",
		future:     "dated in the future",
		old:        "too old or past their end",
	}[r]
}

// voids returns why a statement that would lift a finding does not count.
func (w *weigher) voids(e *entry, f *finding.Finding) reason {
	yes, _ := w.means(e, f)
	switch {
	case policy.IsMalware(f):
		return malware
	case !yes:
		return ambiguous
	case strings.TrimSpace(e.Author) == "":
		return nobody
	case strings.TrimSpace(e.Reason) == "":
		return unreasoned
	case e.Said.IsZero():
		return undated
	case e.Confirmed.After(w.Now):
		return future
	case !w.Now.Before(w.end(e, f)):
		return old
	}
	return counts
}

// findings returns one finding for each document with statements that would
// have lifted a finding but do not count.
func (w *weigher) findings() []finding.Finding {
	type tally struct {
		why         [reasons]int
		total, line int
	}
	tallies := make([]tally, len(w.docs))
	for _, e := range w.entries {
		if e.void == counts {
			continue
		}
		t := &tallies[e.doc]
		if t.total++; t.line == 0 {
			t.line = e.Line
		}
		t.why[e.void]++
	}
	var fs []finding.Finding
	for i, t := range tallies {
		if t.total == 0 {
			continue
		}
		var parts []string
		for why := counts + 1; why < reasons; why++ {
			if n := t.why[why]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, why.text()))
			}
		}
		said := "1 statement about what was found does not count"
		if t.total > 1 {
			said = fmt.Sprintf("%d statements about what was found do not count", t.total)
		}
		fs = append(fs, finding.Finding{
			Rule: Rules[0].ID, Severity: Rules[0].Severity, Level: finding.Advice, File: w.docs[i].File, Line: t.line,
			Message: fmt.Sprintf("%s: %s: %s.", w.docs[i].File, said, strings.Join(parts, ", ")),
		})
	}
	return fs
}
