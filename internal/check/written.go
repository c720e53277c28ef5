package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/written"
)

// Written is the policy that people wrote, held against its line file.
type Written struct {
	Prose, Lines string // the two files, as paths relative to DIR
	Coverage     *written.Coverage
}

var lineUncoveredRule = finding.Rule{
	ID:    "policy-line-uncovered",
	Title: "A line of the written policy has no answer.",
	Why: "The policy asks for something, and nothing says whether a machine checks it, a person does, or nobody. Such " +
		"a line is forgotten first.",
	Help: "Write into the line file what answers it: a key of the policy file, `rule:ID`, `review:NAME` or " +
		"`control:NAME`, or `--` and the reason why nothing does. `publishgate policy lines` drafts what is missing.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var lineUnenforcedRule = finding.Rule{
	ID:    "policy-line-unenforced",
	Title: "What answers a line of the written policy does not check it.",
	Why: "The line file says that the line is looked after, and it is not: the key is not set, asks for nothing, or is " +
		"none that this version checks.",
	Help:     "Set the key in the policy file, or write into the line file what else answers the line.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var lineGoneRule = finding.Rule{
	ID:       "policy-line-gone",
	Title:    "The line file answers a line that the written policy does not have.",
	Why:      "Either a demand was taken out of the policy, and somebody should know, or the answer is a leftover.",
	Help:     "Look whether the line was meant to go, then take its answer out of the line file.",
	Severity: finding.Low,
	Tags:     []string{"policy"},
}

var writtenPolicy = Check{
	Rules: []finding.Rule{lineUncoveredRule, lineUnenforcedRule, lineGoneRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Written == nil {
			return nil
		}
		var found []finding.Finding
		for i := range s.Written.Coverage.Rows {
			r := &s.Written.Coverage.Rows[i]
			rule, line, file := &lineUncoveredRule, r.Line, s.Written.Prose
			switch r.Class {
			case written.Uncovered:
			case written.Unenforced:
				rule, line, file = &lineUnenforcedRule, r.At, s.Written.Lines
			default:
				continue
			}
			found = append(found, finding.Finding{
				Rule: rule.ID, Severity: rule.Severity, Level: finding.Always, File: file, Line: line,
				Subject: fmt.Sprintf("%s:%s", s.Written.Prose, r.Digest),
				Message: fmt.Sprintf("Line %d of %s, %q: %s.", r.Line, s.Written.Prose, clip(r.Text), r.Reason),
				Fix:     rule.Help,
			})
		}
		for _, a := range s.Written.Coverage.Gone {
			found = append(found, finding.Finding{
				Rule: lineGoneRule.ID, Severity: lineGoneRule.Severity, Level: finding.Advice, File: s.Written.Lines, Line: a.Line,
				Subject: fmt.Sprintf("%s:%s", s.Written.Prose, a.Digest),
				Message: fmt.Sprintf("%s has no line any more that is the one written here as line %d.", s.Written.Prose, a.At),
				Fix:     lineGoneRule.Help,
			})
		}
		return found
	},
}

// maxQuoted is how much of a line a message quotes, in characters.
const maxQuoted = 120

// clip shortens a line of prose for a message.
func clip(text string) string {
	if r := []rune(text); len(r) > maxQuoted {
		return string(r[:maxQuoted-1]) + "…"
	}
	return text
}
