package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// keepEnded is how long it is remembered that something ended: long enough for a
// run that read the state before.
const keepEnded = 90 * 24 * time.Hour

// result compares what was found with what was told, and remembers it.
func (j *judging) result() Result {
	r := Result{Package: j.look.Package, Missed: j.missed, Stale: j.stale, Baseline: j.base}
	now := map[string]*Item{}
	var all []finding.Finding
	for _, f := range j.found {
		f.finding = clean(f.finding)
		key := f.finding.Fingerprint()
		if now[key] == nil {
			now[key] = &Item{Topic: f.topic, Event: f.event, key: key}
			all = append(all, f.finding)
		}
	}
	for key, old := range j.was.Findings {
		if now[key] == nil && old.Open() && !j.ends(key, &old) {
			now[key] = &Item{Topic: old.Topic, key: key, Stale: true}
			all = append(all, old.Finding)
		}
	}
	for _, judged := range j.decide(all) {
		if it := now[judged.Finding.Fingerprint()]; it != nil { // else it is about the policy
			it.Judged = judged
			j.tell(&r, it)
		}
	}
	for key, old := range j.was.Findings {
		switch {
		case now[key] != nil:
		case old.Open():
			was := Item{Judged: policy.Judged{Finding: old.Finding, State: finding.Warn, Why: "it is so no more"}, Since: old.Since,
				Ended: j.at, Topic: old.Topic, key: key, n: old.N}
			old.Ended = j.at
			j.next.Findings[key] = old
			r.Ended = append(r.Ended, was)
		case j.at.Sub(later(old.Ended, old.Seen)) > keepEnded:
			delete(j.next.Findings, key)
		}
	}
	r.sort()
	return r
}

// ends reports whether this look shows that an open finding is over. One that was
// missed in part shows it of the versions and stages that it could look at.
func (j *judging) ends(key string, old *Record) bool {
	if old.Topic == Publishes && j.look.History != nil && j.sees(Publishes) && old.Finding.Rule != policy.MonitorOverdue.ID {
		switch old.Finding.Rule {
		case stagedRule.ID:
			return !j.kept[key] && !j.unlooked(old.Finding.Subject)
		case elsewhereRule.ID, unverifiedRule.ID:
			return !j.kept[key] && !j.untraced(old.Finding.Version)
		}
		return !j.kept[key] && !j.unlooked(old.Finding.Version)
	}
	return j.good[old.Topic] && !j.kept[key]
}

// decide asks the policy. Where a time counts in releases, the last one published
// is that before the next patch; where the minor release went out by which there should
// be a fix, it is that before the next minor one.
func (j *judging) decide(all []finding.Finding) []policy.Judged {
	ctx := policy.Context{Now: j.at}
	last, ok := j.lastRelease()
	if ok {
		next := last.Number
		next.Patch++
		ctx.Version, ctx.Previous = next.Canonical(), policy.Release{Known: true, Version: last.Version, Published: last.Published}
	}
	var late []finding.Finding
	if ok && j.policy().CountsReleases() {
		all = slices.DeleteFunc(slices.Clone(all), func(f finding.Finding) bool {
			passed := j.policy().ByRelease(f.Severity) && j.passedMinor(&f)
			if passed {
				late = append(late, f)
			}
			return passed
		})
	}
	judged := policy.Decide(j.policy(), all, ctx).Judged
	if len(late) > 0 {
		next := last.Number
		next.Minor, next.Patch = next.Minor+1, 0
		ctx.Version = next.Canonical()
		judged = append(judged, policy.Decide(j.policy(), late, ctx).Judged...)
	}
	return judged
}

// tell puts a finding that is so into the result and remembers it.
func (j *judging) tell(r *Result, it *Item) {
	old := j.was.Findings[it.key]
	rec := Record{N: old.N, Since: old.Since, Seen: j.at, Ended: old.Ended, Overdue: old.Overdue, Topic: it.Topic, Finding: short(&it.Finding)}
	opens := it.Event || !old.Open()
	if opens {
		rec.N, rec.Since, rec.Ended, rec.Overdue = old.N+1, j.at, time.Time{}, time.Time{}
	}
	if it.Stale {
		rec.Seen, rec.Finding = old.Seen, old.Finding
	}
	again := !opens && it.Judged.Overdue && rec.Overdue.IsZero()
	if it.Judged.Overdue {
		rec.Overdue = earlier(rec.Overdue, j.at)
	}
	if it.Event {
		rec.Ended = j.at
	}
	it.Since, it.Overdue, it.n = rec.Since, again, rec.N
	switch {
	case it.State == finding.Waived:
		if opens && !it.Event { // it was not told: it may be, once nothing waives it any more
			r.Waived = append(r.Waived, *it)
			return
		}
		rec.Ended = later(rec.Ended, j.at)
		r.Waived = append(r.Waived, *it)
	case opens || again:
		r.New = append(r.New, *it)
	default:
		r.Open = append(r.Open, *it)
	}
	j.next.Findings[it.key] = rec
}

// sort puts each list in the order of a verdict: what blocks first, the worst first.
func (r *Result) sort() {
	for _, list := range [][]Item{r.New, r.Open, r.Waived, r.Ended} {
		slices.SortFunc(list, func(a, b Item) int {
			return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(b.Finding.Severity.Rank(), a.Finding.Severity.Rank()),
				cmp.Compare(a.Finding.Rule, b.Finding.Rule), a.Since.Compare(b.Since), cmp.Compare(a.Finding.Version, b.Finding.Version),
				cmp.Compare(a.Finding.Message, b.Finding.Message), cmp.Compare(a.key, b.key))
		})
	}
}

// clean replaces what is no UTF-8 in what a finding is known by: the file has no
// form for it.
func clean(f finding.Finding) finding.Finding {
	for _, text := range []*string{&f.Name, &f.Version, &f.Subject, &f.Message} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	return f
}

// maxMessage bounds the message of a remembered finding, in bytes.
const maxMessage = 2000

// short returns what is remembered of a finding.
func short(f *finding.Finding) finding.Finding {
	message := f.Message
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return finding.Finding{Rule: f.Rule, Severity: f.Severity, Level: f.Level, Name: f.Name, Version: f.Version, Package: f.Package,
		IDs: f.IDs, Paths: f.Paths, Shipped: f.Shipped, Message: message, Fix: f.Fix, Published: f.Published, Ends: f.Ends, Subject: f.Subject}
}

// text is all of a record, for comparisons.
func (r *Record) text() string { return fmt.Sprintf("%s %+v", r.Topic, r.Finding) }
