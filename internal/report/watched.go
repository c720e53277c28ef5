package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Watched is what one run of monitor saw of published packages.
type Watched struct {
	At       time.Time // UTC
	Registry string    // its address
	Packages int       // looked at
	Versions int       // that the registry has of them
	Topics   []string  // looked at, of any package
	Courts   []string  // repositories at GitHub that were asked for verdicts, owner/name
	Evidence []string  // folders that were searched for verdicts
	Whole    string    // why the list of packages may lack some; empty: it was given, or is complete

	Told   []Told
	Missed []Miss
	NotDue []NotDue
	Notes  []string // what people must know of how it was looked at; each may quote foreign text

	Remembers string // the state's file; empty: nothing is remembered
	First     int    // packages that were looked at for the first time: what is there is where it begins from
	Tool      string // publishgate's version
}

// A Told is one finding of the monitor.
type Told struct {
	State   ToldState
	Of      string    // the package that was looked at: Finding may be about one that it brings
	Since   time.Time // when it was first seen
	Finding finding.Finding
	Why     string // the rule's, why it matters
	Ours    bool   // Finding.Fix is our own words; what is foreign in it stands between backticks
	Reason  string // of the exception, if it is waived
	Expires time.Time

	Blocks  bool   // by the policy it blocks; else it is a warning
	Due     string // the time left by the policy's sla, or how long it is over; empty: none applies
	Overdue bool   // it was told before, and is told again since that time is over
	Event   bool   // it happened once; else it is so until it ends
	Stale   bool   // this run did not look at it
}

// A ToldState says how new a finding is. The zero value is a new one.
type ToldState int

// The states, in the order of reports.
const (
	ToldNew  ToldState = iota // seen now for the first time
	ToldOpen                  // still so
	ToldEnded
	ToldWaived // the policy has an exception
)

// String returns the word for it.
func (s ToldState) String() string { return [...]string{"new", "open", "ended", "waived"}[s] }

// A Miss is one topic of one package that could not be looked at.
type Miss struct {
	Package, Topic string
	Why            string
	Last           time.Time // the last good look; zero: there was none
}

// A NotDue is a topic that was left for a later run.
type NotDue struct {
	Topic    string
	Packages int
	Next     time.Time // when it is due for the first of them
}

// Count returns how many findings are in a state.
func (d *Watched) Count(s ToldState) (n int) {
	for i := range d.Told {
		if d.Told[i].State == s {
			n++
		}
	}
	return n
}

// Result is pass where nothing is open, unknown where something could not be looked
// at, whatever was found, and else block.
func (d *Watched) Result() policy.Result {
	switch {
	case len(d.Missed) > 0:
		return policy.Unknown
	case d.Count(ToldNew)+d.Count(ToldOpen) > 0:
		return policy.Block
	}
	return policy.Pass
}

// Sort puts the findings in order: by state, the newest first, the worst first.
func (d *Watched) Sort() {
	slices.SortStableFunc(d.Told, func(a, b Told) int {
		return cmp.Or(cmp.Compare(a.State, b.State), b.Since.Compare(a.Since),
			cmp.Compare(b.Finding.Severity.Rank(), a.Finding.Severity.Rank()), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Finding.Name, b.Finding.Name),
			cmp.Compare(a.Finding.Rule, b.Finding.Rule), cmp.Compare(a.Finding.Subject, b.Finding.Subject))
	})
	slices.SortFunc(d.Missed, func(a, b Miss) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Topic, b.Topic))
	})
	slices.Sort(d.Notes)
	d.Notes = slices.Compact(d.Notes)
}

// headline says in one line how it ended.
func (d *Watched) headline() string {
	var parts []string
	for _, s := range []ToldState{ToldNew, ToldOpen, ToldEnded, ToldWaived} {
		if n := d.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	about := fmt.Sprintf("%s, %s", count(d.Packages, "package", "packages"), count(d.Versions, "version", "versions"))
	if n := len(d.Missed); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not looked at", n))
	}
	if len(parts) == 0 {
		return "nothing found – " + about
	}
	return strings.Join(parts, ", ") + " – " + about
}

// based says what the result is based on.
func (d *Watched) based() (lines []string) {
	looked := "nothing was due"
	if seen := d.seen(); len(seen) > 0 {
		looked = "looked at " + strings.Join(seen, ", ") + " at " + d.Registry
	} else if len(d.Topics) > 0 {
		looked = "nothing could be looked at at " + d.Registry
	}
	lines = append(lines, looked+", "+toMinute(d.At))
	if where := d.judgedAt(); where != "" {
		lines = append(lines, where)
	}
	if d.Whole != "" {
		lines = append(lines, d.Whole)
	}
	if d.First > 0 {
		lines = append(lines, fmt.Sprintf("first look at %s: what was published before is where it begins from, and is not judged",
			count(d.First, "package", "packages")))
	}
	for _, n := range d.NotDue {
		lines = append(lines, fmt.Sprintf("%s: not due for %s, next on %s", n.Topic, count(n.Packages, "package", "packages"), toMinute(n.Next)))
	}
	if d.Remembers == "" {
		lines = append(lines, "nothing is remembered: without -state FILE the next run tells all of it again, and sees no change since this one")
	} else {
		lines = append(lines, "remembered in "+d.Remembers)
	}
	return lines
}

// seen returns the topics that were looked at of any package at all.
func (d *Watched) seen() []string {
	not := map[string]int{}
	for _, m := range d.Missed {
		not[m.Topic]++
	}
	for _, n := range d.NotDue {
		not[n.Topic] += n.Packages
	}
	return slices.DeleteFunc(slices.Clone(d.Topics), func(topic string) bool { return d.Packages > 0 && not[topic] >= d.Packages })
}

// judgedAt says where verdicts were looked for: who is told that there is none has to
// know whether it was the right place.
func (d *Watched) judgedAt() string {
	if !slices.Contains(d.seen(), "publishes") {
		return ""
	}
	var parts []string
	if n := len(d.Courts); n > 0 {
		names := strings.Join(d.Courts[:min(n, maxCourts)], ", ")
		if n > maxCourts {
			names += fmt.Sprintf(" and %d more", n-maxCourts)
		}
		parts = append(parts, "among the attestations at GitHub of "+names)
	}
	if len(d.Evidence) > 0 {
		parts = append(parts, "in "+strings.Join(d.Evidence, ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	return "verdicts were looked for " + strings.Join(parts, ", and ")
}

// maxCourts is how many repositories are named.
const maxCourts = 5

// toMinute writes a time for people, to the minute.
func toMinute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func (m *Miss) since() string {
	if m.Last.IsZero() {
		return "never looked at before"
	}
	return "last looked at " + toMinute(m.Last)
}

// misses returns what was not looked at with the topics of one package together that
// were not for one reason: a registry that does not answer is told once.
func (d *Watched) misses() (all []Miss) {
	for _, m := range d.Missed {
		same := func(o Miss) bool { return o.Package == m.Package && o.Why == m.Why && o.Last.Equal(m.Last) }
		from := len(all)
		for from > 0 && all[from-1].Package == m.Package {
			from-- // they are in the order of packages
		}
		if at := slices.IndexFunc(all[from:], same); at >= 0 {
			all[from+at].Topic += ", " + m.Topic
			continue
		}
		all = append(all, m)
	}
	return all
}

// An adviser tells why a rule matters, and what to do, once.
type adviser struct {
	why map[string]bool
	do  map[string]string // what is about, by what is to be done
}

func newAdviser() adviser { return adviser{map[string]bool{}, map[string]string{}} }

// first reports whether what a finding asks to be done was not told yet, but for the
// version; else it returns about what it was.
func (a adviser) first(t *Told) (before string, first bool) {
	fix := t.Finding.Fix
	if t.Finding.Version != "" {
		fix = strings.ReplaceAll(fix, "@"+t.Finding.Version, "@VERSION")
	}
	key := t.Finding.Rule + "\x00" + t.Of + "\x00" + fix
	before, told := a.do[key]
	if !told {
		a.do[key] = t.about()
	}
	return before, !told
}

// when says since when it is so, in our own words.
func (t *Told) when() string {
	word := "since "
	if t.Event {
		word = "seen "
	}
	said := word + toMinute(t.Since)
	if t.Due != "" {
		said += ", " + t.Due
	}
	if t.Stale {
		said += ", not looked at this time"
	}
	return said
}

// about names the package and version that a finding is about.
func (t *Told) about() string {
	about := t.Finding.Name
	if t.Finding.Version != "" {
		about += "@" + t.Finding.Version
	}
	if t.Of != "" && t.Of != t.Finding.Name {
		return t.Of + ": " + about
	}
	return about
}

// maxTold is how many findings, and how many misses, a report for people shows.
const maxTold = 500

// WatchedText writes the result for a terminal, the newest findings first.
func WatchedText(w io.Writer, d *Watched) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(watchedWord(d.Result())), d.headline())
	for _, line := range d.based() {
		fmt.Fprintf(&b, "  %s\n", display.Text(line))
	}
	shown, advice := 0, newAdviser()
	for i := range d.Told {
		t := &d.Told[i]
		if i == 0 || d.Told[i-1].State != t.State {
			fmt.Fprintf(&b, "\n%s (%d)\n", t.State, d.Count(t.State))
		}
		if shown++; shown > maxTold {
			continue
		}
		if t.State == ToldEnded {
			fmt.Fprintf(&b, "  %s  [%s] %s\n", display.Text(t.about()), t.Finding.Rule, t.when())
			continue
		}
		fmt.Fprintf(&b, "  %s  %s  [%s] %s\n    %s\n", display.Text(t.about()), t.Finding.Severity, t.Finding.Rule, t.when(),
			display.Cap(t.Finding.Message, maxMessage))
		if t.State == ToldWaived {
			fmt.Fprintf(&b, "    waived until %s: %s\n", t.Expires.UTC().Format(time.DateOnly), display.Cap(t.Reason, maxMessage))
			continue
		}
		if t.State == ToldNew && t.Why != "" && !advice.why[t.Finding.Rule] {
			advice.why[t.Finding.Rule] = true
			fmt.Fprintf(&b, "    why: %s\n", t.Why)
		}
		if t.Finding.Fix == "" {
			continue
		}
		if before, first := advice.first(t); !first {
			fmt.Fprintf(&b, "    do: as for %s above\n", display.Text(before))
		} else {
			fmt.Fprintf(&b, "    do: %s\n", display.Cap(t.Finding.Fix, maxMessage))
		}
	}
	if shown > maxTold {
		fmt.Fprintf(&b, "  … %d more: -format json has all\n", shown-maxTold)
	}
	if len(d.Missed) > 0 {
		fmt.Fprintf(&b, "\nnot looked at (%d)\n", len(d.Missed))
	}
	misses := d.misses()
	for i := range misses {
		m := &misses[i]
		if i == maxTold {
			fmt.Fprintf(&b, "  … %d more: -format json has all\n", len(misses)-maxTold)
			break
		}
		fmt.Fprintf(&b, "  %s  %s: %s\n    %s\n", display.Text(m.Package), m.Topic, display.Cap(m.Why, maxMessage), m.since())
	}
	if len(d.Notes) > 0 {
		b.WriteString("\nto know\n")
	}
	for i, n := range d.Notes {
		if i == maxTold {
			fmt.Fprintf(&b, "  … %d more\n", len(d.Notes)-maxTold)
			break
		}
		fmt.Fprintf(&b, "  %s\n", display.Cap(n, maxMessage))
	}
	if d.Count(ToldNew)+d.Count(ToldOpen) > 0 {
		b.WriteString("\nMore about a rule: publishgate explain RULE\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// watchedWord is the result as monitor says it.
func watchedWord(r policy.Result) string {
	switch r {
	case policy.Pass:
		return "quiet"
	case policy.Block:
		return "found"
	}
	return "could not look"
}
