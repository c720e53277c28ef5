// Package publish publishes one judged tarball to an npm registry: exactly the
// judged bytes, described only by the manifest inside them, and never twice.
//
// The registry is read before the document is sent, and again afterwards, and
// only equal digests count; its answer to the PUT is a hint. So an interrupted
// run can be repeated.
//
// It will not run npm, read .npmrc or the environment, follow a redirect, bump
// a version, move a dist-tag, or overwrite or unpublish anything.
package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// Registry is the part of *registry.Client that publishing uses.
type Registry interface {
	URL() string
	Authenticated() bool
	TokenUsable(ctx context.Context) (tried bool, err error)
	Version(ctx context.Context, name, version string) (info registry.Info, found bool, err error)
	Served(ctx context.Context, info registry.Info, limit int) ([]byte, error)
	HighestRelease(ctx context.Context, name string) (highest npm.Version, found bool, err error)
	DistTags(ctx context.Context, name string) (tags map[string]string, found bool, err error)
	Put(ctx context.Context, name string, size int64, open func() io.ReadCloser) error
}

// Published is the result of publishing, in the words of the action's output.
// The zero value is false.
type Published int

// The words for it.
const (
	No      Published = iota // "false"
	Yes                      // "true": this run published it
	Already                  // "already": the same bytes were there before
)

// String returns false, true or already.
func (p Published) String() string {
	switch p {
	case Yes:
		return "true"
	case Already:
		return "already"
	}
	return "false"
}

// An Outcome is what Publish did and saw.
type Outcome struct {
	Published Published
	Visible   bool   // it was read back with the judged digest; false after Yes: accepted, but not visible yet
	Integrity string // of the judged bytes
	Tag       string // the requested dist-tag
	URL       string // of the package version on the registry, for people
	Puts      int    // how many times the document was sent
	Warnings  []string
}

const (
	longestWait = time.Minute     // that a registry may ask for between two PUTs
	grace       = 5 * time.Second // to find out the result of a PUT after a signal to stop
)

// The waits between reads. The first is for a PUT with an unknown result; the
// second for one that was accepted: reads were seen to lag between 15 seconds
// and hours (github.com/npm/cli/issues/8936), and 60 seconds to be too short.
// The last is for one that was refused; the first read without the version ends
// it.
var (
	settle  = []time.Duration{0, 1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	visible = []time.Duration{0, 1 * time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second, 120 * time.Second}
	glance  = []time.Duration{0, 1 * time.Second}
)

// pauses are the waits between PUTs, by the fate of the last one. Their number
// is the number of repetitions. The reads after a PUT take additional time.
var pauses = map[fate][]time.Duration{
	unclear: {0, 0},
	busy:    {2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second},
	staged:  {2 * time.Second, 4 * time.Second},
}

// Publish publishes the plan, once, and only with the permit for its bytes.
// sleep waits between reads; nil: web.Sleep.
//
// The errors: *RefusedError before anything is sent, *MismatchError if the
// registry has something else than was judged, *UnknownError if the document
// was sent and it is not known whether it was stored; any other: it could not
// act. With every error, the outcome is set as far as it is known.
func Publish(ctx context.Context, r Registry, p *Plan, permit Permit, sleep func(context.Context, time.Duration) error) (Outcome, error) {
	if sleep == nil {
		sleep = web.Sleep
	}
	if err := permit.covers(p); err != nil {
		return Outcome{}, err
	}
	if !r.Authenticated() {
		return Outcome{}, refuse(Misuse, "no-token", registry.ErrNoToken.Error())
	}
	run := &run{ctx: ctx, registry: r, plan: p, sleep: sleep}
	run.out = Outcome{Integrity: p.Integrity, Tag: p.Tag, URL: p.page(), Warnings: slices.Clone(p.notes)}
	err := run.publish()
	return run.out, err
}

// run is the state of one Publish.
type run struct {
	ctx      context.Context
	registry Registry
	plan     *Plan
	sleep    func(context.Context, time.Duration) error
	known    bool              // the registry has the package, in some version
	before   map[string]string // its dist-tags before anything was sent
	out      Outcome
}

func (r *run) publish() error {
	there, err := r.look()
	if err != nil || there {
		return err
	}
	for {
		again, err := r.put()
		if err != nil || !again {
			return err
		}
	}
}

// look reads the registry before anything is sent. there: it has the judged
// bytes already.
func (r *run) look() (there bool, err error) {
	if r.registry.URL() != r.plan.Registry {
		return false, fmt.Errorf("the plan is for %s, the client for %s", r.plan.Registry, r.registry.URL())
	}
	there, err = r.read()
	if err != nil {
		return false, err
	}
	tags, known, err := r.registry.DistTags(r.ctx, r.plan.Name)
	if err != nil {
		return false, err
	}
	r.known, r.before = known, tags
	if r.plan.mustExist && !known && !there {
		return false, refuse(Blocked, "name",
			fmt.Sprintf("%s is a module of Node's own, and %s has no package of that name: no new one may take it",
				quoted(r.plan.Name), r.plan.Registry))
	}
	if there {
		r.out.Published, r.out.Visible = Already, true
		if at := tags[r.plan.Tag]; at != r.plan.Version {
			// A later release may have moved the tag since; it is not moved back.
			r.warn("dist-tag %s is on %s, not on %s", quoted(r.plan.Tag), quoted(at), r.plan.Version)
		}
		return true, nil
	}
	if r.plan.tagGiven || !known {
		return false, nil
	}
	highest, found, err := r.registry.HighestRelease(r.ctx, r.plan.Name)
	if err != nil || !found {
		return false, err
	}
	return false, r.plan.mayTakeLatest(highest.Canonical())
}

// read reads the version once. there: it is the judged one. Other content is a
// *MismatchError.
func (r *run) read() (there bool, err error) {
	info, found, err := r.registry.Version(r.ctx, r.plan.Name, r.plan.Version)
	if err != nil || !found {
		return false, err
	}
	err = r.plan.compare(info, r.out.Puts > 0)
	if errors.Is(err, errNoDigest) {
		err = r.readBytes(info)
	}
	return err == nil, err
}

// put sends the document once and finds out the result. again: it was not
// stored, and sending it once more is safe and may help.
func (r *run) put() (again bool, err error) {
	if r.ctx.Err() != nil { // no side effect after a signal to stop
		return false, fmt.Errorf("publish %s@%s: not sent: %w", r.plan.Name, r.plan.Version, context.Cause(r.ctx))
	}
	r.out.Puts++
	sent := r.registry.Put(r.ctx, r.plan.Name, r.plan.Size(), r.plan.Open)
	if r.ctx.Err() != nil {
		return false, r.lastLook(sent)
	}
	if sent == nil {
		return false, r.accepted()
	}
	fate := fateOf(sent)
	if fate == refused {
		return false, fmt.Errorf("publish %s@%s: %w%s", r.plan.Name, r.plan.Version, sent, remedy(sent))
	}
	there, err := r.poll(settleFor(fate))
	if err != nil {
		return false, r.unsettled(sent, err)
	}
	switch {
	case there:
		// A registry that refuses to overwrite had the version before this PUT; it
		// may come from an earlier, interrupted PUT of this run.
		r.out.Published = Yes
		if fate == taken && r.out.Puts == 1 {
			r.out.Published = Already
		}
		return false, r.readBack()
	case fate == taken:
		return false,
			&UnknownError{r.plan, fmt.Errorf("it says that the version exists, and does not show it: %w; a version that was "+
				"unpublished keeps its number for ever: if that is so, raise the version", sent)}
	case r.out.Puts > len(pauses[fate]):
		return false, fmt.Errorf("publish %s@%s: sent %d times, it did not arrive: %w%s", r.plan.Name, r.plan.Version,
			r.out.Puts, sent, fate.advice())
	}
	return true, r.comeBack(sent, fate)
}

// lastLook is for a run that gets a signal to stop during a PUT: it has a few
// seconds to find out the result.
func (r *run) lastLook(sent error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), grace)
	defer cancel()
	r.ctx = ctx
	there, err := r.read()
	switch {
	case err != nil:
		return r.unsettled(sent, err)
	case there:
		r.out.Published, r.out.Visible = Yes, true
		r.warn("told to stop while publishing: the dist-tag was not read back")
	case sent == nil:
		r.out.Published = Yes
		r.warn("told to stop: the registry accepted it and does not show it yet")
	default:
		return r.unsettled(sent, errors.New("told to stop, and it is not there yet"))
	}
	return nil
}

// comeBack waits before the next PUT: as long as the registry asked for, else
// by the fate of the last one.
func (r *run) comeBack(sent error, fate fate) error {
	pause := pauses[fate][r.out.Puts-1]
	var status *registry.StatusError
	if errors.As(sent, &status) && status.Wait > 0 {
		pause = status.Wait
	}
	if pause > longestWait {
		return fmt.Errorf("publish %s@%s: %w; it asks to come back in %s", r.plan.Name, r.plan.Version, sent, pause)
	}
	if pause == 0 {
		return nil
	}
	if err := r.sleep(r.ctx, pause); err != nil {
		return fmt.Errorf("publish %s@%s: it did not arrive, and there is no time to send it again: %w (%w)%s", r.plan.Name,
			r.plan.Version, sent, err, fate.advice())
	}
	return nil
}

// accepted follows up a PUT that the registry accepted.
func (r *run) accepted() error {
	r.out.Published = Yes
	there, err := r.poll(visible)
	var mismatch *MismatchError
	switch {
	case errors.As(err, &mismatch):
		return err
	case err != nil && r.ctx.Err() == nil:
		return r.unsettled(nil, err)
	case !there:
		r.warn("the registry accepted it and does not show it yet: look again later")
		return nil
	}
	return r.readBack()
}

// unsettled returns the error for a PUT whose result could not be read.
func (r *run) unsettled(sent, look error) error {
	var mismatch *MismatchError
	if errors.As(look, &mismatch) {
		return look
	}
	if sent != nil {
		look = fmt.Errorf("%w; then: %w", sent, look)
	}
	r.out.Published = No
	return &UnknownError{r.plan, look}
}

func (r *run) warn(format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf(format, args...))
}
