package monitor

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// A State is what earlier runs saw and told. All times are UTC, in whole seconds.
// The zero value remembers nothing. Strings are foreign text, except for keys of
// Findings.
type State struct {
	Since    time.Time           // the day of the first look; zero: there was none
	Packages map[string]*Package // by npm name
}

// A Package is what is remembered of one package.
type Package struct {
	Looks    map[Topic]time.Time // the last good look at each topic
	Versions map[string]Version  // each version that was ever seen, or that the registry has a time of
	Built    map[string][]string // "REPOSITORY WORKFLOW" of verified provenance → versions, sorted
	People   First               // npm names of those who might publish, or had, at the first look, in lower case
	Licenses map[string]First    // supported version → licences of it and of what it brings, at the first look
	Tags     Tagged
	Counts   map[string]Count  // weekly downloads of deprecated versions
	Week     time.Time         // first day of the last week of downloads that was judged; zero: none
	Findings map[string]Record // what was found, by Finding.Fingerprint
}

// A Version is what is remembered of one version.
type Version struct {
	Digests   []string // short digests of its bytes, as the registry said first, sorted; see digests
	Trust     registry.Trust
	Published time.Time // zero: the registry had no time of it
	Known     Known     // counts for the bytes of Digests, if they are of one tarball
	Late      bool      // it was not there at the first look: it is judged, whatever its time
	Gone      bool      // it was gone already at the first look
}

// Known is what is known for good of the judgement of a version.
type Known int

// The judgements that are remembered. That there is none is not: it is looked for
// again.
const (
	Unjudged Known = iota
	Passed         // one of ours passed these bytes
	Signed         // the same, and its verdict is signed
)

// Tagged are the dist-tags at one look.
type Tagged struct {
	At time.Time         // zero: nobody looked
	N  int               // how often they changed within the second of At: later looks of it have more
	Of map[string]string // dist-tag → version
}

// A First is what was there when somebody first looked, which later looks are
// compared with.
type First struct {
	At time.Time // zero: nobody looked
	Of []string  // sorted
}

// A Count is the downloads of a version in the seven days before a look.
type Count struct {
	At time.Time
	N  int64
}

// A Record is one finding that was told. A condition is open from Since until
// Ended; an event ends when it is told.
type Record struct {
	N       int       // how often it opened, from 1 on
	Since   time.Time // when it was first seen, this time
	Seen    time.Time // when it was last seen
	Ended   time.Time // when it was first seen to be over, or waived; zero or before Seen: it is open
	Overdue time.Time // when it was told that its time to be fixed had run out; zero: not yet
	Topic   Topic
	Finding finding.Finding // what is needed to tell it again; see short
}

// Open reports whether it is still so, as far as is known.
func (r *Record) Open() bool { return r.N > 0 && r.Ended.Before(r.Seen) }

// KnownAs returns what is known for good of a version with that integrity and
// SHA-1, so that it need not be asked again.
func (p *Package) KnownAs(version, integrity, shasum string) Known {
	if p == nil {
		return Unjudged
	}
	v, now := p.Versions[version], digests(integrity, shasum)
	if d := strong(now); d == "" || d != strong(v.Digests) || !same(v.Digests, now) {
		return Unjudged
	}
	return v.Known
}

// BuiltAt reports whether it is remembered where a version was built.
func (p *Package) BuiltAt(version string) bool {
	if p != nil {
		for _, versions := range p.Built {
			if slices.Contains(versions, version) {
				return true
			}
		}
	}
	return false
}

// Old reports whether a version that the registry has now was there before what is
// judged begins: by its time, before monitor.since of the policy, else before the
// day of the first look. What appeared after the first look at the package was not,
// whatever time the registry gives it; what has no time was, if it was there then
// and the policy names no day.
func (s *State) Old(name string, r *registry.Publication, e *policy.Effective, now time.Time) bool {
	p := s.Packages[name]
	if p == nil {
		p = &Package{}
	}
	v, seen := p.Versions[r.Version]
	if !seen {
		v.Late = p.looked()
	}
	return v.old(r, s.begin(e, now), e.Monitor.Since.IsZero())
}

// looked reports whether anybody looked at what is published.
func (p *Package) looked() bool { return !p.Looks[Publishes].IsZero() || len(p.Versions) > 0 }

// begin returns from when on versions are judged.
func (s *State) begin(e *policy.Effective, now time.Time) time.Time {
	if !e.Monitor.Since.IsZero() {
		return e.Monitor.Since
	}
	return earlier(s.Since, now).UTC().Truncate(24 * time.Hour)
}

// old is Old, of a version as it is remembered. untimed says that the policy names no
// day.
func (v Version) old(r *registry.Publication, since time.Time, untimed bool) bool {
	if r.Published.IsZero() {
		return !v.Late && untimed
	}
	return !v.Late && r.Published.Before(since)
}

// Last returns when a topic of a package was last looked at; zero: never.
func (s *State) Last(name string, topic Topic) time.Time {
	if p := s.Packages[name]; p != nil {
		return p.Looks[topic]
	}
	return time.Time{}
}

// Merge returns what two states remember together. It is commutative, associative
// and idempotent, and forgets nothing: two runs may write the same file. Neither
// argument is changed; the result may share parts with both.
func Merge(a, b *State) *State {
	return &State{Since: earlier(a.Since, b.Since), Packages: union(a.Packages, b.Packages, merged)}
}

// union joins two maps; both is asked about the keys of both.
func union[K comparable, V any](a, b map[K]V, both func(a, b V) V) map[K]V {
	out := make(map[K]V, max(len(a), len(b)))
	maps.Copy(out, a)
	for k, v := range b {
		if w, ok := a[k]; ok {
			v = both(w, v)
		}
		out[k] = v
	}
	return out
}

// merged joins what is remembered of one package.
func merged(a, b *Package) *Package {
	return &Package{
		Looks:    union(a.Looks, b.Looks, later),
		Versions: union(a.Versions, b.Versions, Version.with),
		Built:    union(a.Built, b.Built, together),
		People:   first(a.People, b.People),
		Licenses: union(a.Licenses, b.Licenses, first),
		Tags:     latest(a.Tags, b.Tags),
		Counts: union(a.Counts, b.Counts, func(a, b Count) Count {
			if c := cmp.Or(a.At.Compare(b.At), cmp.Compare(a.N, b.N)); c < 0 {
				return b
			}
			return a
		}),
		Week:     later(a.Week, b.Week),
		Findings: union(a.Findings, b.Findings, Record.with),
	}
}

func (v Version) with(w Version) Version {
	all, same := joined(v.Digests, w.Digests)
	known := max(v.Known, w.Known)
	if !same {
		known = Unjudged // of which bytes?
	}
	return Version{all, max(v.Trust, w.Trust), earlier(v.Published, w.Published), known, v.Late || w.Late, v.Gone && w.Gone}
}

// with joins two records of one finding: of different openings the later one
// counts, of the same one each time by itself.
func (r Record) with(s Record) Record {
	switch {
	case r.N > s.N:
		return r
	case r.N < s.N:
		return s
	}
	last := r
	if c := cmp.Or(r.Seen.Compare(s.Seen), strings.Compare(r.text(), s.text())); c < 0 {
		last = s
	}
	last.Since, last.Seen = earlier(r.Since, s.Since), later(r.Seen, s.Seen)
	last.Ended, last.Overdue = later(r.Ended, s.Ended), earlier(r.Overdue, s.Overdue)
	return last
}

// latest returns the tags of the later look; of two that may have been at once those
// whose text is greater, so that the order does not matter.
func latest(a, b Tagged) Tagged {
	if c := cmp.Or(a.At.Compare(b.At), cmp.Compare(a.N, b.N), slices.Compare(a.lines(), b.lines())); c < 0 {
		return b
	}
	return a
}

func (t Tagged) lines() (lines []string) {
	for tag, version := range t.Of {
		lines = append(lines, tag+"\x00"+version)
	}
	slices.Sort(lines)
	return lines
}

// first returns what the earlier look saw; of two at the same second the list that
// comes first.
func first(a, b First) First {
	switch {
	case a.At.IsZero():
		return b
	case b.At.IsZero() || cmp.Or(a.At.Compare(b.At), slices.Compare(a.Of, b.Of)) <= 0:
		return a
	}
	return b
}

// together joins two sorted lists without repetitions.
func together(a, b []string) []string {
	if slices.Equal(a, b) {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// later and earlier compare times; the zero time is none, and gives way.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
