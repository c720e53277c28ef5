package deprecation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// Limits of one Write.
const (
	maxWrites    = 5               // documents that are sent
	longestWait  = time.Minute     // that a registry may ask for between two writes
	readBackTime = 2 * time.Minute // to read back what was written
	grace        = 5 * time.Second // to find out what came of a write when the time is up
)

// The waits between reads: after an answer that is unclear, and after a write that
// was accepted, of which the last is repeated.
var (
	settle = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}
	follow = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}
)

// pauses are the waits between writes.
var pauses = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// Ways are how a write goes on. The zero value has nobody to ask.
type Ways struct {
	Code  func(context.Context) (credential.Secret, error) // asks a person for a one-time code; nil: nobody is there
	Sleep func(context.Context, time.Duration) error       // nil: web.Sleep
}

// Write writes the open versions and reads them back. With nothing open it sends
// nothing. After any error, the states are as the registry was last seen.
//
// The errors: *DeniedError, *UnknownError, *UnseenError, *AlteredError; any other:
// nothing was written.
func (p *Plan) Write(ctx context.Context, w Ways) error {
	if w.Sleep == nil {
		w.Sleep = web.Sleep
	}
	defer p.meanwhile()
	coder := &registry.Coder{Client: p.registry, Ask: w.Code}
	for {
		open := p.In(Open)
		if len(open) == 0 {
			return p.ended(nil)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("nothing was sent: %w", context.Cause(ctx))
		}
		p.Writes++
		document := p.doc.With(open, p.Message)
		asked := coder.Asked
		sent := coder.Do(ctx, func(to *registry.Client) error { return to.Deprecate(ctx, p.Name, document) })
		for range coder.Asked - max(asked, 1) {
			p.Notes = append(p.Notes, "the registry did not take that one-time code, or it was used up")
		}
		if sent == nil {
			return p.readBack(ctx, w)
		}
		if denied := Denied(sent); denied != nil {
			return denied
		}
		if err := p.settled(ctx, w, sent); err != nil || len(p.In(Open)) == 0 || len(p.altered) > 0 {
			return p.ended(err)
		}
		if err := p.comeBack(ctx, w, sent); err != nil {
			return err
		}
	}
}

// settled looks whether a document with an unclear answer, or with a refusal, was
// stored all the same.
func (p *Plan) settled(ctx context.Context, w Ways, sent error) error {
	waits := settle
	var status *registry.StatusError
	if errors.As(sent, &status) {
		waits = settle[:2] // an answer: what it did is done
	}
	if ctx.Err() != nil { // the time is up: one look, so that the end tells what happened
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		waits = settle[:1]
	}
	shown, err := p.poll(ctx, w, waits)
	switch {
	case err != nil:
		return &UnknownError{fmt.Errorf("%w; then: %w", sent, err)}
	case shown && len(p.In(Done)) == 0:
		p.Notes = append(p.Notes, fmt.Sprintf("somebody else deprecated what was left meanwhile, and this write was refused: %v", sent))
	case shown:
		p.Notes = append(p.Notes, fmt.Sprintf("the answer to the write was no success, and it is there all the same: %v", sent))
	}
	return nil
}

// comeBack waits before the next write, or says that there is none.
func (p *Plan) comeBack(ctx context.Context, w Ways, sent error) error {
	var status *registry.StatusError
	switch errors.As(sent, &status); {
	case errors.As(sent, new(*registry.RedirectError)),
		status != nil && status.Status != http.StatusConflict && !web.Passes(status.Status):
		return sent
	case ctx.Err() != nil:
		return fmt.Errorf("%w; it is not there, and the time is up", sent)
	case p.Writes >= maxWrites:
		return fmt.Errorf("sent %d times, it did not arrive: %w", p.Writes, sent)
	}
	pause := pauses[p.Writes-1]
	if status != nil && status.Wait > 0 {
		pause = status.Wait
	}
	if pause > longestWait {
		return fmt.Errorf("%w; it asks to come back in %s", sent, pause)
	}
	if err := w.Sleep(ctx, pause); err != nil {
		return fmt.Errorf("%w; it is not there, and there is no time to send it again", sent)
	}
	if _, err := p.read(ctx); err != nil { // the next write is of the last revision
		return fmt.Errorf("%w; it is not there, and the registry cannot be read any more: %w", sent, err)
	}
	if len(p.altered) > 0 {
		return p.ended(nil)
	}
	p.protect()
	return nil
}

// readBack reads until every version shows the message.
func (p *Plan) readBack(ctx context.Context, w Ways) error {
	ctx, cancel := context.WithTimeout(ctx, readBackTime)
	defer cancel()
	waits := append([]time.Duration{}, follow...)
	for total := time.Duration(0); total < readBackTime; total += follow[len(follow)-1] {
		waits = append(waits, follow[len(follow)-1])
	}
	_, err := p.poll(ctx, w, waits)
	for i := range p.Versions {
		if p.Versions[i].State == Open {
			p.Versions[i].State = Unseen
		}
	}
	return p.ended(err)
}

// ended returns the error of the states.
func (p *Plan) ended(err error) error {
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		return err
	}
	if len(p.altered) > 0 {
		return &AlteredError{p.altered}
	}
	if gone := p.In(Gone); len(gone) > 0 {
		return &UnseenError{gone, true, nil}
	}
	if unseen := p.In(Unseen); len(unseen) > 0 {
		return &UnseenError{unseen, false, err}
	}
	return nil
}

// meanwhile notes, once, which dist-tags are not where they were at first: nothing
// here moves one.
func (p *Plan) meanwhile() {
	var moved []string
	for _, tag := range slices.Sorted(maps.Keys(p.tags)) {
		if now := p.doc.Tags[tag]; now != p.tags[tag] {
			moved = append(moved, fmt.Sprintf("%s from %s to %s", tag, p.tags[tag], cmp.Or(now, "nothing")))
		}
	}
	if p.tags = p.doc.Tags; len(moved) > 0 {
		p.Notes = append(p.Notes, "somebody else moved dist-tags meanwhile: "+display.Clip(strings.Join(moved, ", "), 400))
	}
}

// poll reads after each wait until nothing is open. The error is that of the last
// read, if it failed.
func (p *Plan) poll(ctx context.Context, w Ways, waits []time.Duration) (shown bool, err error) {
	for _, wait := range waits {
		if wait > 0 {
			if w.Sleep(ctx, wait) != nil {
				return false, err
			}
		}
		if shown, err = p.read(ctx); shown {
			return true, nil
		}
	}
	return false, err
}

// read reads the document again. shown: nothing is open any more.
func (p *Plan) read(ctx context.Context) (shown bool, err error) {
	doc, found, err := p.registry.Document(ctx, p.Name)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, ErrNoPackage
	}
	p.doc = doc
	p.revise(doc)
	return len(p.In(Open)) == 0, nil
}
