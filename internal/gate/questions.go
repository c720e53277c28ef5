package gate

import (
	"context"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// Questions to the network are asked side by side, each as soon as what it needs is
// known: what registries say of the locked versions and of the package itself does
// not wait for the advisories, and what follows from the advisories waits for
// nothing else. Answers are looked at in one order, whichever comes first, so that
// a run says the same each time. Whoever asks has a copy of the subject, which the
// answers are filled into.

// questions are those under way. None writes to the subject of the run.
type questions struct {
	ctx  context.Context
	stop context.CancelFunc
	all  sync.WaitGroup
}

func newQuestions(ctx context.Context) *questions {
	q := &questions{}
	q.ctx, q.stop = context.WithCancel(ctx)
	return q
}

// end stops those that nobody waits for, and waits until they have stopped.
func (q *questions) end() {
	q.stop()
	q.all.Wait()
}

// begin asks. answer waits for the answer; it is called once.
func begin[T any](q *questions, ask func(ctx context.Context) T) (answer func() T) {
	done := make(chan T, 1)
	q.all.Go(func() { done <- ask(q.ctx) })
	return func() T { return <-done }
}

// A locking is what registries say of the locked versions.
type locking struct {
	subject check.Subject     // with the answers up to the first that is an error
	not     []check.Unchecked // what of their ages and deprecations could not be asked
	skipped []report.Skip
	err     error
}

// readLocking asks registries about the locked versions: who signed and published
// them, and what they say since. The first question asks for all of what the
// others need.
func (in *input) readLocking(ctx context.Context, c Config, q inquiry, last lastRelease, of check.Subject) (l locking) {
	l.subject = of
	s := &l.subject
	also := func(from listed) {
		s.Unchecked, l.skipped = append(slices.Clip(s.Unchecked), from.not...), append(l.skipped, from.skipped...)
	}
	l.skipped = q.lookup.cache.left()
	q.lookup.people = asksInstalls(s)
	before, since, err := in.lockedBefore(ctx, c, last)
	if l.skipped = append(l.skipped, since.skipped...); err != nil {
		l.err = err
		return l
	}
	also(listed{not: since.not})
	if l.err = readTrust(ctx, c, q, s); l.err != nil {
		return l
	}
	if s.Arrivals, l.err = readArrivals(ctx, q, s, before); l.err != nil {
		return l
	}
	var told listed
	s.Installs, told, l.err = readInstalls(ctx, q, s)
	if also(told); l.err != nil {
		return l
	}
	told, l.err = readListed(ctx, q, s, check.Listings{})
	if s.Listed, l.not = told.Listings, told.not; l.err == nil {
		l.skipped = append(l.skipped, told.skipped...)
	}
	return l
}

// fill fills the answers into the subject of the run.
func (l *locking) fill(s *check.Subject) {
	from := &l.subject
	s.Signatures, s.Attestations, s.Publishers = from.Signatures, from.Attestations, from.Publishers
	s.Arrivals, s.Installs, s.Listed, s.Unchecked = from.Arrivals, from.Installs, from.Listed, from.Unchecked
}

// A planned is the fix plan.
type planned struct {
	plan    *upgrade.Plan
	skipped []report.Skip
}

// A following is what is asked for because of the advisories.
type following struct {
	licences func() licences
	served   func() served
	plan     func() planned
}

// follow asks for it.
func (q *questions) follow(ask inquiry, s check.Subject) following {
	names := s.AskServed() // before the plan adds to what is known
	unlicensed := s.Unlicensed()
	return following{
		licences: begin(q, func(ctx context.Context) licences { return readLicences(ctx, ask, unlicensed, s.Unasked) }),
		served:   begin(q, func(ctx context.Context) served { return readServed(ctx, ask, names) }),
		plan: begin(q, func(ctx context.Context) (p planned) {
			p.plan, p.skipped = readPlan(ctx, ask, &s)
			return p
		}),
	}
}

// fill fills the answers into the subject of the run, and returns what was skipped.
func (f *following) fill(s *check.Subject) []report.Skip {
	l, v, p := f.licences(), f.served(), f.plan()
	l.fill()
	s.Served, s.Plan = v.versions, p.plan
	return slices.Concat(l.skipped, v.skipped, p.skipped)
}

// An ownership is what the registry says of the package that is judged.
type ownership struct {
	maintainers       []string
	published         *check.Published
	notAsked, unknown []check.Unchecked
}

// readOwnership asks the registry about the package that is judged.
func readOwnership(ctx context.Context, q inquiry, s *check.Subject, previous string) (o ownership) {
	sideBySide(2, 2, func(i int) {
		if i == 0 {
			o.maintainers, o.notAsked = readMaintainers(ctx, q, s)
		} else {
			o.published, o.unknown = readPublished(ctx, q, s, previous)
		}
	})
	return o
}

// A vsaSeen is what the source VSA says.
type vsaSeen struct {
	vsa    *check.SourceVSA
	unseen []check.Unchecked
	err    error
}

// licences are those that the registry states.
type licences struct {
	of      map[*npm.Package]string
	skipped []report.Skip
}

// fill fills them in.
func (l *licences) fill() {
	for p, text := range l.of {
		p.License = text
	}
}
