package monitor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// An Ask is what a look is judged by.
type Ask struct {
	Policy     *policy.Effective // for this package
	Repository string            // "https://github.com/acme/widget", where it is built if the policy does not say; empty: not known
}

// A Result is what one look at one package gives.
type Result struct {
	Package string
	New     []Item // told for the first time: each is in one run's New, whatever runs there are
	Open    []Item // told before, and still so as far as is known
	Waived  []Item // so, and an exception of the policy covers it
	Ended   []Item // told before, and so no more

	Missed   map[Topic]string // what was asked for and could not be looked at, and why
	Stale    []Topic          // what another run looked at later: nothing follows from this look
	Baseline int              // versions that were there before what is judged begins
}

// An Item is one finding in time.
type Item struct {
	policy.Judged           // with what the policy decides about it; of one that ended, as of its last look
	Since         time.Time // when it was first seen, this time
	Ended         time.Time // when it was first seen to be over; zero: it is not, or it is an event
	Topic         Topic
	Event         bool // it happened once; else it is so until it ends
	Overdue       bool // it was told before, and is told again: its time to be fixed has run out
	Stale         bool // this run did not look at it

	key string // in Findings
	n   int    // of its Record
}

// Judge judges what one run saw of one package, by what is remembered. It returns
// what there is to tell and what is to be remembered of the package from now on.
// It changes none of its arguments; several packages may be judged at a time.
//
// A condition is new once, then open until a good look finds it gone, or the policy
// waives it. An event is told once. What could not be looked at ends nothing and
// begins nothing. Whoever judges by a state that another run may have written since
// must let Settle decide what is new.
func Judge(s *State, look *Look, ask *Ask) (Result, *Package) {
	at := look.At.UTC().Truncate(time.Second)
	j := &judging{look: look, ask: ask, at: at, was: s.Packages[look.Package], missed: maps.Clone(look.Missed)}
	if j.was == nil {
		j.was = &Package{}
	}
	for _, topic := range Topics {
		if j.was.Looks[topic].After(at.Add(policy.Ahead)) {
			j.ahead = append(j.ahead, topic)
		}
	}
	j.was = j.was.until(at)
	j.next, j.since = j.was.clone(), s.begin(j.policy(), at)
	j.good, j.kept = map[Topic]bool{}, map[string]bool{}
	for _, topic := range Topics {
		j.topic(topic)
	}
	j.gone()
	for _, rule := range []func(*judging){(*judging).publishes, (*judging).staged, (*judging).tags, (*judging).access,
		(*judging).vulnerabilities, (*judging).licenses, (*judging).downloads, (*judging).overdue} {
		rule(j)
	}
	return j.result(), j.next
}

// judging is one call of Judge.
type judging struct {
	look   *Look
	ask    *Ask
	at     time.Time
	since  time.Time // what was published before is not judged
	was    *Package
	next   *Package
	missed map[Topic]string
	good   map[Topic]bool // asked for, looked at, and not older than what is remembered
	stale  []Topic
	ahead  []Topic // whose last look lies in the future, as the state has it
	base   int
	found  []found
	built  string          // where the first version was built; "": not looked up, or not known
	kept   map[string]bool // findings that this look says nothing about, by key
}

// found is a finding of this look.
type found struct {
	finding finding.Finding
	topic   Topic
	event   bool
}

// topic settles whether a topic counts in this look.
func (j *judging) topic(topic Topic) {
	if !slices.Contains(j.look.Asked, topic) {
		return
	}
	if _, missed := j.missed[topic]; missed {
		return
	}
	if j.at.Before(j.was.Looks[topic]) {
		j.stale = append(j.stale, topic)
		return
	}
	j.good[topic] = true
	j.next.Looks[topic] = j.at
}

// sees reports whether findings of a topic may be made of this look. One that was
// missed in part counts for what it saw.
func (j *judging) sees(topic Topic) bool {
	return slices.Contains(j.look.Asked, topic) && !slices.Contains(j.stale, topic)
}

// unlooked reports whether it could not be looked at who judged a version, or a stage by
// its ID.
func (j *judging) unlooked(what string) bool {
	return !j.good[Publishes] && (j.look.Unlooked == nil || j.look.Unlooked[what])
}

// untraced reports whether the attestations of a version could not be verified.
func (j *judging) untraced(version string) bool {
	return !j.good[Publishes] && (j.look.Untraced == nil || j.look.Untraced[version])
}

// add adds a finding about the package. version is the one of ours that it is about,
// or empty; subject tells findings of a rule apart, as in finding.Finding.
func (j *judging) add(topic Topic, rule *finding.Rule, level finding.Level, version, subject, format string, args ...any) {
	f := finding.Finding{Rule: rule.ID, Severity: rule.Severity, Level: level, Name: j.look.Package, Version: version,
		Package: npm.PURLOf(j.look.Package, version), Subject: subject, Shipped: true, Message: fmt.Sprintf(format, args...), Fix: rule.Help}
	j.found = append(j.found, found{finding: f, topic: topic})
}

// happened is add for an event.
func (j *judging) happened(topic Topic, rule *finding.Rule, level finding.Level, version, subject, format string, args ...any) {
	j.add(topic, rule, level, version, subject, format, args...)
	j.found[len(j.found)-1].event = true
}

// policy returns the policy of the package, or the built-in one.
func (j *judging) policy() *policy.Effective {
	if j.ask.Policy == nil {
		j.ask = &Ask{policy.Default().For(j.look.Package, policy.Flags{}), j.ask.Repository}
	}
	return j.ask.Policy
}

// clone copies a package, so that the copy can be changed.
func (p *Package) clone() *Package {
	q := *p
	q.Looks, q.Versions, q.Licenses, q.Counts = copied(p.Looks), copied(p.Versions), copied(p.Licenses), copied(p.Counts)
	q.Built, q.Findings = copied(p.Built), copied(p.Findings)
	return &q
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
