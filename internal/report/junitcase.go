package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxCases is the largest number of groups of a suite that have a test of their
// own. The worst come first; the rest is counted in one more.
const maxCases = 5000

// suite returns what is told about one package.
func (c *CI) suite(d *Document) suite {
	s := suite{name: d.named(), properties: [][2]string{
		{"version", cmp.Or(display.Cap(d.Package.Version, maxField), "unknown")},
		{"result", d.Ending().String()},
		{"lockfile", display.Cap(d.Package.Lockfile, maxField)},
		{"publishgate", cmp.Or(display.Cap(c.Version, maxField), "unknown")},
	}}
	var out strings.Builder
	_ = Text(&out, d, false) // a Builder returns no error
	s.out = out.String()
	why := d.undecided()
	if why != "" {
		s.err = "nothing was decided: " + display.Cap(why, maxMessage)
		s.add(testcase{class: "verdict", name: "decided", outcome: errored, kind: string(cmp.Or(d.reason(), Input)),
			message: s.err, body: []string{d.whatNext()}})
	}
	s.groups(d)
	s.acts(d)
	switch {
	case d.Ending() == policy.Pass:
		s.add(testcase{class: "verdict", name: "passed"})
		s.lookedAt(d)
	case s.count(failure)+s.count(errored) == 0:
		s.add(testcase{class: "verdict", name: "passed", outcome: outcomeOf(d.Ending()), kind: string(d.reason()),
			message: plain(d.headline()), body: c.trouble()})
	case why == "":
		s.lookedAt(d)
	}
	for _, x := range d.LookedAt.Skipped {
		s.add(testcase{class: "looked at", name: display.Cap(x.What, maxField), outcome: skipped,
			message: "not looked at: " + display.Cap(x.Why, maxMessage)})
	}
	return s
}

// ownSuite returns what is told about a run that no package's suite tells: it
// judged none, or ended badly besides.
func (c *CI) ownSuite() suite {
	s := suite{name: "publishgate", properties: [][2]string{{"publishgate", cmp.Or(display.Cap(c.Version, maxField), "unknown")}}}
	t := testcase{class: "verdict", name: "decided", outcome: errored, kind: string(Input),
		message: display.Cap(cmp.Or(c.undecided(), c.Trouble, "the run did not end well"), maxMessage)}
	if c.Run != nil && c.Run.Reason != Fine {
		t.kind, t.outcome = string(c.Run.Reason), outcomeOf(c.Run.Reason.Result())
	}
	s.add(t)
	return s
}

func (c *CI) trouble() []string {
	if c.Trouble == "" || len(c.Documents) > 1 { // of several, it may be another's
		return nil
	}
	return []string{display.Cap(c.Trouble, maxMessage)}
}

// outcomeOf returns the outcome of what did not pass.
func outcomeOf(r policy.Result) outcome {
	if r == policy.Block {
		return failure
	}
	return errored
}

// add appends a test. Servers show the class up to its last point as a package, and
// so the suite's name is in front.
func (s *suite) add(t testcase) {
	t.class = s.name + "." + t.class
	s.cases = append(s.cases, t)
}

// groups adds a test for each group of findings: a failure where it blocks, else
// one that was skipped, which no server shows as red.
func (s *suite) groups(d *Document) {
	rules, lines := d.rules(), sheet{brief: true}
	groups := d.Verdict.Groups()
	for i := range groups {
		g := &groups[i]
		if i == maxCases {
			rest := testcase{class: "more", name: "further problems", kind: "findings-left-out", outcome: skipped,
				message: count(len(groups)-i, "more problem is", "more problems are") + " not listed here: see verdict.json"}
			if g.Blocking() > 0 { // the worst are first, so the others may block too
				rest.outcome = failure
			}
			s.add(rest)
			return
		}
		f, rule := g.Of(), rules.of(g)
		id := cmp.Or(display.Cap(f.Rule, maxField), "finding")
		t := testcase{class: id, name: cmp.Or(display.Cap(about(g), maxField), "this package"), kind: id,
			message: cmp.Or(display.Cap(cmp.Or(g.Says(), rule.Title), maxMessage), "Rule "+id+" is not kept.")}
		switch g.State() {
		case finding.Warn:
			t.outcome, t.message = skipped, "warning: "+t.message
		case finding.Waived:
			t.outcome, t.message = skipped, "waived: "+t.message
		default: // an unknown state blocks
			t.outcome = failure
		}
		t.body = append(t.body, "severity "+f.Severity.String())
		for _, x := range lines.details(g, rule) {
			t.body = append(t.body, x.label+": "+plain(x.parts))
		}
		s.add(t)
	}
}

// acts adds a test for each act. One that failed is an error where the run ended
// otherwise than by its findings: what may fail without a consequence is a
// warning.
func (s *suite) acts(d *Document) {
	if d.Run == nil {
		return
	}
	serious := d.reason() != Fine && d.reason() != Findings
	for i := range d.Run.Acts {
		a := &d.Run.Acts[i]
		t := testcase{class: "done", name: a.What, kind: string(a.State), message: a.Said() + ": " + display.Cap(a.Text, maxMessage)}
		switch {
		case (a.State == Failed || a.State == Unsure) && serious:
			t.outcome, t.kind = outcomeOf(d.Ending()), string(d.reason())
		case a.Warns():
			t.outcome, t.message = skipped, "warning: "+t.message
		case a.State == Skipped:
			t.outcome = skipped
		}
		s.add(t)
	}
}

// lookedAt adds a test for each kind of thing that was looked at, so that a suite
// of a package without findings is not empty, and says what it is based on. A rule
// has none: that nothing was found by it does not say that it was applied.
func (s *suite) lookedAt(d *Document) {
	l := d.LookedAt
	saw := func(name string) { s.add(testcase{class: "looked at", name: name}) }
	if l.Dependencies > 0 {
		saw("dependencies")
	}
	if d.Tarball != nil {
		saw("tarball")
	}
	if l.Commit != nil {
		saw("commit")
	}
	for _, x := range l.Sources {
		name := fmt.Sprintf("advisories of %s", display.Cap(x.Name, maxField))
		switch {
		case x.Error != "":
			s.add(testcase{class: "looked at", name: name, outcome: skipped, message: "not looked at: " + plain(source(x))})
		case x.Partial, x.StandIn, len(x.Unasked) > 0:
			s.add(testcase{class: "looked at", name: name, outcome: skipped, message: "warning: " + plain(source(x))})
		default:
			saw(name)
		}
	}
}
