// Package publish publishes one judged tarball to an npm registry: exactly the
// judged bytes, described only by the manifest inside them, and never twice. It
// sends them directly, or to the stage, where a person has to approve them.
//
// The registry is read before the document is sent, and again afterwards, and
// only equal digests count; its answer to the document is a hint. So an
// interrupted run can be repeated.
//
// It will not run npm, read .npmrc or the environment, follow a redirect, bump
// a version, move a dist-tag to a lower version, or overwrite or unpublish
// anything.
package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

// Registry is the part of *registry.Client that publishing uses.
type Registry interface {
	URL() string
	Authenticated() bool
	TokenUsable(ctx context.Context) (tried bool, err error)
	Brief(ctx context.Context, name, version string) (b registry.Brief, known bool, err error)
	Version(ctx context.Context, name, version string) (info registry.Info, found bool, err error)
	Served(ctx context.Context, info registry.Info, limit int) ([]byte, error)
	DistTags(ctx context.Context, name string) (tags map[string]string, found bool, err error)
	State(ctx context.Context, name, version string) (state string, told bool, err error)
	Visibility(ctx context.Context, name string) (public, told bool, err error)
	Put(ctx context.Context, name string, size int64, open func() io.ReadCloser) error
	Stage(ctx context.Context, name string, size int64, open func() io.ReadCloser) (id string, err error)
	Staged(ctx context.Context, id string) (s registry.Staged, found bool, err error)
	StagedOf(ctx context.Context, name string) ([]registry.Staged, error)
	StagedTarball(ctx context.Context, id string, limit int) ([]byte, error)
	SetTag(ctx context.Context, name, tag, version string) error
}

const (
	longestWait  = time.Minute     // that a registry may ask for between two PUTs
	grace        = 5 * time.Second // to find out the result of a PUT after a signal to stop
	readBackTime = 2 * time.Minute // to read back what is visible
)

// The waits between reads. The first is for a PUT with an unknown result, and
// for what is read back; the second for a PUT that was refused: the first read
// without the version ends it.
var (
	settle = []time.Duration{0, 1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	glance = []time.Duration{0, 1 * time.Second}
)

// pauses are the waits between PUTs, by the fate of the last one. Their number
// is the number of repetitions. The reads after a PUT take additional time.
var pauses = map[fate][]time.Duration{
	unclear: {0, 0},
	busy:    {2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second},
}

// Publish sends the plan on its road, once, and only with the permit for its
// bytes, and waits as w says until the version is visible.
//
// The errors: *RefusedError before anything is sent, or when a person rejected
// the staged version; *MismatchError if the registry has something else than was
// judged; *BlockedError if its validation refused the version; *InvisibleError
// if it took the version and does not show it; *UnreadError if it shows it and does
// not answer about its access or dist-tag; *UnknownError if the document was
// sent and it is not known whether it was stored; any other: it could not act.
// With every error, the outcome is set as far as it is known.
func Publish(ctx context.Context, r Registry, p *Plan, permit Permit, w Wait) (Outcome, error) {
	staged := p != nil && p.Road == Staging && w.StageID != ""
	if err := permit.covers(p, staged); err != nil {
		return Outcome{}, err
	}
	if !r.Authenticated() {
		return Outcome{}, refuse(Misuse, "no-token", registry.ErrNoToken.Error())
	}
	run := &run{ctx: ctx, registry: r, plan: p, wait: w.defaults()}
	defer run.close()
	if !staged {
		run.wait.StageID = ""
	}
	run.out = Outcome{Integrity: p.Integrity, Tag: p.Tag, URL: p.page(), Warnings: slices.Clone(p.notes)}
	err := run.publish()
	if run.out.Published == Staged || run.out.Published == Accepted { // no tag can be on it yet
		run.out.TagsLeft = slices.Clone(p.Tags)
	}
	return run.out, err
}

// Again looks at a version that the registry has with the judged bytes, as Publish
// does, and sends nothing.
func Again(ctx context.Context, r Registry, p *Plan, w Wait) (Outcome, error) {
	run := &run{ctx: ctx, registry: r, plan: p, wait: w.defaults()}
	defer run.close()
	run.out = Outcome{Integrity: p.Integrity, Tag: p.Tag, URL: p.page()}
	there, err := run.look()
	if err == nil && !there {
		err = errors.New("the registry had these bytes a moment ago, and shows them no more")
	}
	if err == nil {
		err = run.already()
	}
	return run.out, err
}

// run is the state of one Publish.
type run struct {
	ctx      context.Context
	registry Registry
	plan     *Plan
	wait     Wait
	waiting  bool      // the clock of the waiting runs
	until    time.Time // when it ends
	release  []context.CancelFunc
	before   seen          // what the registry had before anything was sent
	shown    registry.Info // the version as it was read last, with the judged digest
	hidden   bool          // an answer to a stage was unclear, and this credential does not see what is staged
	out      Outcome
}

func (r *run) close() {
	for _, release := range r.release {
		release()
	}
}

func (r *run) publish() error {
	var there bool
	var err error
	if f := r.wait.Ahead; f.isFresh(r.plan) && f.plan.Registry == r.registry.URL() {
		r.before = f.seen
	} else if there, err = r.look(); err != nil {
		return err
	}
	if there {
		return r.already()
	}
	if r.wait.StageID != "" {
		r.out.StageID = r.wait.StageID
		return r.staged()
	}
	for {
		again, err := r.send()
		if err != nil || !again {
			return err
		}
	}
}

// send sends the document once and finds out the result. again: it was not
// stored, and sending it once more is safe and may help.
func (r *run) send() (again bool, err error) {
	if r.ctx.Err() != nil { // no side effect after a signal to stop
		return false, fmt.Errorf("publish %s@%s: not sent: %w", r.plan.Name, r.plan.Version, context.Cause(r.ctx))
	}
	r.out.Puts++
	var sent error
	if r.plan.Road == Staging {
		r.out.StageID, sent = r.registry.Stage(r.ctx, r.plan.Name, r.plan.Size(), r.plan.Open)
	} else {
		sent = r.registry.Put(r.ctx, r.plan.Name, r.plan.Size(), r.plan.Open)
	}
	late := r.ctx.Err() != nil
	switch {
	case late && !r.goesOn():
		return false, r.lastLook(sent)
	case sent == nil && r.plan.Road == Staging:
		return false, r.staged()
	case sent == nil:
		return false, r.accepted()
	}
	fate := fateOf(sent)
	switch {
	case fate == refused:
		return false, fmt.Errorf("publish %s@%s: %w%s", r.plan.Name, r.plan.Version, sent, r.plan.remedyFor(sent))
	case fate == pending && r.plan.Road == Staging:
		return false, r.stagedBefore(sent)
	case fate == taken, fate == pending:
		return false, r.takenBefore(sent, fate)
	}
	there, err := r.settled(fate)
	switch {
	case there:
		return false, err
	case err != nil:
		return false, r.unsettled(sent, err)
	case late:
		return false, r.unsettled(sent, errors.New("the deadline passed meanwhile, and it is not there yet"))
	case r.out.Puts > len(pauses[fate]) && r.hidden:
		return false, r.unsettled(sent, fmt.Errorf("sent %d times, and %w", r.out.Puts, errUnseen))
	case r.out.Puts > len(pauses[fate]):
		return false, fmt.Errorf("publish %s@%s: sent %d times, it did not arrive: %w%s", r.plan.Name, r.plan.Version,
			r.out.Puts, sent, fate.advice())
	}
	if err = r.comeBack(sent, fate); err != nil && r.hidden {
		err = r.unsettled(sent, err)
	}
	return true, err
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
		when := pause.String()
		if pause >= 24*time.Hour { // longer ones are cut to that
			when = "a day or more"
		}
		return fmt.Errorf("publish %s@%s: %w; it asks to come back in %s", r.plan.Name, r.plan.Version, sent, when)
	}
	if pause == 0 {
		return nil
	}
	if err := r.wait.Sleep(r.ctx, pause); err != nil {
		return fmt.Errorf("publish %s@%s: it did not arrive, and there is no time to send it again: %w (%w)%s", r.plan.Name,
			r.plan.Version, sent, err, fate.advice())
	}
	return nil
}

func (r *run) warn(format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf(format, args...))
}
