package incident

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
)

// Text writes a record for a person in a hurry: what happened, then what to do now.
// Each line is escaped; a command is written only from words that need no escape.
func (r *Record) Text(w io.Writer) {
	say := &display.Printer{Out: w}
	say.Printf("%s", r.title())
	say.Printf("  %s", r.times())
	for _, c := range r.Clocks {
		say.Printf("  %s", r.clock(c))
	}
	r.affectedText(say)
	r.figuresText(say)
	if r.late(respond) {
		say.Printf("nothing is done yet: call the next one")
		for _, e := range r.Escalation {
			say.Printf("  %s", e)
		}
	}
	for _, m := range r.Missed {
		say.Printf("could not look: %s", m)
	}
	say.Printf("%s", r.heading())
	n := 0
	for i := range r.Steps {
		if s := &r.Steps[i]; s.State == Open {
			n++
			s.text(say, n, r.looked())
		}
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.State != Open {
			say.Printf("%s: %s: %s: %s (since %s)", s.State, s.ID, s.What, s.Proof, shownStamp(s.Done))
		}
	}
	if len(r.Contacts) > 0 {
		say.Printf("whom to reach: %s", strings.Join(r.Contacts, "; "))
	}
	if len(r.Escalation) > 0 && !r.late(respond) {
		say.Printf("if it does not move: %s", strings.Join(r.Escalation, "; "))
	}
}

func (s *Step) text(say *display.Printer, n int, now time.Time) {
	due := ""
	if at, err := time.Parse(time.RFC3339, s.Due); err == nil {
		due = ", due " + left(at, now)
		if s.Overdue {
			due = ", OVERDUE, it was due " + left(at, now)
		}
	}
	say.Printf("%2d. %s (step %s%s)", n, s.What, s.ID, due)
	say.Printf("    why: %s", s.Why)
	say.Printf("    by: %s", s.By.Words())
	for _, c := range s.Commands {
		say.Printf("    $ %s", c)
	}
	for _, note := range s.Notes {
		say.Printf("    note: %s", note)
	}
}

func (r *Record) title() string {
	what := map[Kind]string{Package: "compromised package", Token: "leaked token", Exposure: "bytes that must not be public"}[r.Kind]
	return fmt.Sprintf("incident: %s, %s@%s at %s", what, r.Package, r.Range, r.Registry)
}

func (r *Record) times() string {
	by := "as stated"
	if r.StartedBy == "first-look" {
		by = "the first look; -started TIME says otherwise"
	}
	return fmt.Sprintf("began %s (%s), looked at %s", shownStamp(r.Started), by, shownStamp(r.Looked))
}

func (r *Record) looked() time.Time {
	at, _ := time.Parse(time.RFC3339, r.Looked)
	return at
}

func (r *Record) clock(c Clock) string {
	due, _ := time.Parse(time.RFC3339, c.Due)
	state := ""
	switch {
	case c.Overdue:
		state = " OVERDUE"
	case c.Name == respond && !r.untouched(), c.Name != respond && !r.waits(c.Name):
		state = " nothing left"
	}
	return fmt.Sprintf("clock %s: %s, %s (%s after it began)%s", c.Name, shown(due), left(due, r.looked()), c.After, state)
}

// late reports whether a clock ran out.
func (r *Record) late(name string) bool {
	for _, c := range r.Clocks {
		if c.Name == name {
			return c.Overdue
		}
	}
	return false
}

func (r *Record) heading() string {
	switch n := r.Left(); {
	case n == 0 && r.Result == Unseen:
		return "no step is left of what could be looked at"
	case n == 0:
		return "nothing is left to do"
	case n == 1:
		return "what to do now: 1 step is left"
	default:
		return fmt.Sprintf("what to do now: %d steps are left", n)
	}
}

func (r *Record) affectedText(say *display.Printer) {
	say.Printf("%s", r.counted())
	for i := range r.Affected {
		if i == maxNamed {
			say.Printf("  and %d more, see %s", len(r.Affected)-i, File)
			break
		}
		say.Printf("  %s", r.Affected[i].text())
		for _, p := range r.Affected[i].Places {
			say.Printf("    %s, found by %s", p.Path, p.How)
		}
	}
	for _, a := range r.Abilities {
		say.Printf("the token could: %s", a)
	}
}

func (r *Record) counted() string {
	if len(r.Affected) == 0 && r.Result == Unseen {
		return "affected: not known"
	}
	gone := 0
	for i := range r.Affected {
		gone += b2i(r.Affected[i].Gone)
	}
	text := fmt.Sprintf("affected: %d versions", len(r.Affected))
	if len(r.Affected) == 1 {
		text = "affected: 1 version"
	}
	if gone > 0 {
		text += fmt.Sprintf(", %d of them gone from the registry", gone)
	}
	return text
}

func (a *Affected) text() string {
	words := []string{a.Version, "published " + shownStamp(a.Published)}
	if a.By != "" || !a.Gone {
		words = append(words, "by "+orNobody(a.By)+" with "+a.Trust)
	}
	if a.Approver != "" {
		words = append(words, "approved by "+a.Approver)
	}
	switch {
	case a.Gone:
		words = append(words, "gone")
	case a.Deprecated != "":
		words = append(words, "deprecated")
	default:
		words = append(words, "not deprecated")
	}
	if a.Downloads >= 0 {
		words = append(words, fmt.Sprintf("%d downloads in the last week", a.Downloads))
	}
	if a.Until != "" {
		words = append(words, "can be unpublished until "+shownStamp(a.Until))
	}
	return strings.Join(words, ", ")
}

func (r *Record) figuresText(say *display.Printer) {
	for _, m := range r.Tags {
		say.Printf("dist-tag %s is on %s; it is to be on %s", m.Tag, m.From, cmp.Or(m.To, "nothing: no good version is there"))
	}
	if d := r.Downloads; d != nil {
		say.Printf("downloads of the package, all versions: %d from %s to %s", d.Count, d.Since, d.Until)
	}
}
