package written

import (
	"fmt"
	"strings"
)

// Draft returns a line file for the prose. Answers that were there stay with
// their lines, wherever those stand now; lines without one are left open, and
// answers whose lines are gone become comments. file is the prose's name, show
// makes text of it safe to print.
func Draft(statements []Statement, answers []Answer, file string, show func(string) string) []byte {
	c := Cover(statements, answers, func(string) (Class, string) { return Enforced, "" })
	var b strings.Builder
	fmt.Fprintf(&b, "# What answers each line of %s.\n", show(file))
	b.WriteString("# => a key of the policy file, rule:ID, review:NAME or control:NAME; several with commas\n")
	b.WriteString("# -- why nothing of publishgate answers it, or: " + NotDemand + "\n")
	b.WriteString("# ?? nothing yet\n")
	for i := range c.Rows {
		r := &c.Rows[i]
		a := Answer{Targets: r.Targets, Reason: r.Reason}
		switch {
		case r.Class == Silent, r.Class == Uncovered && !r.Asks():
			a.Reason = NotDemand
		case r.Class == Uncovered:
			a.Reason = ""
		}
		fmt.Fprintf(&b, "\n# %s\nL%d sha256:%s %s\n", show(r.Text), r.Line, r.Digest[:shortest], show(a.said()))
		if r.Before != "" {
			fmt.Fprintf(&b, "# before the line was changed: %s\n", show(r.Before))
		}
	}
	for i := range c.Gone {
		a := &c.Gone[i]
		fmt.Fprintf(&b, "\n# gone: L%d sha256:%s %s\n", a.At, a.Digest, show(a.said()))
	}
	return []byte(b.String())
}
