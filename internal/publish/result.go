package publish

import (
	"context"
	"errors"
	"fmt"
)

// goesOn reports whether only the deadline of the run is over, so that what was
// sent is still followed.
func (r *run) goesOn() bool {
	if r.wait.Context == nil || r.wait.Context.Err() != nil {
		return false
	}
	r.ctx = r.wait.Context
	return true
}

// settled finds out whether a document with an unclear answer arrived, and if so
// completes the run.
func (r *run) settled(fate fate) (there bool, err error) {
	waits := settle
	if fate == busy {
		waits = glance
	}
	if r.plan.Road == Staging {
		s, found, err := r.whose()
		switch {
		case found:
			r.out.StageID = s.ID
			return true, r.staged()
		case !errors.Is(err, errUnseen):
			return false, err
		}
		if fate == unclear { // a 409 says that this document was not stored
			r.hidden = err != errUnseen // it wraps why the list could not be read
		}
		waits = glance
	}
	if there, err = r.poll(waits); !there || err != nil {
		return false, err
	}
	r.out.Published = Yes
	return true, r.readBack()
}

// accepted follows up a PUT that the registry accepted.
func (r *run) accepted() error {
	r.out.Published = Accepted
	there, err := r.follow(0)
	if there {
		r.out.Published = Yes
		return r.readBack()
	}
	if !final(err) && errors.Is(context.Cause(r.ctx), context.Canceled) { // told to stop
		return r.lastLook(nil)
	}
	if err != nil && r.ctx.Err() == nil && !final(err) { // it could not be read
		return r.unsettled(nil, err)
	}
	return r.unseen(err)
}

// final reports whether an error says what the registry has, or will not have.
func final(err error) bool {
	var mismatch *MismatchError
	var blocked *BlockedError
	var state stateError
	return errors.As(err, &mismatch) || errors.As(err, &blocked) || errors.As(err, &state)
}

// unseen returns the error for a version that was accepted and is not visible.
func (r *run) unseen(err error) error {
	if final(err) {
		return err
	}
	return &InvisibleError{r.plan, r.out.State, err}
}

// takenBefore is for a PUT that was refused because the registry has the version
// already or is not done with it. It may be an earlier PUT's of these bytes, so
// it is waited for as for one that was accepted.
func (r *run) takenBefore(sent error, fate fate) error {
	there, err := r.follow(least)
	switch e := r.earlier(); {
	case there:
		r.out.Published = Yes
		if r.out.Puts == 1 {
			r.out.Published = Already
		}
		return r.readBack()
	case final(err):
		return err
	case e != nil && (e.Published == Accepted.String() || e.Published == Yes.String()):
		r.out.Published = Accepted
		return &InvisibleError{r.plan, r.out.State, err}
	case err != nil:
		return r.unsettled(sent, err)
	case fate == taken:
		return &UnknownError{r.plan, fmt.Errorf("it says that the version exists, and does not show it: %w; a version that was "+
			"unpublished keeps its number for ever: if that is so, raise the version", sent)}
	}
	return &UnknownError{r.plan, fmt.Errorf("a version with this number waits there, and whose bytes it has is not shown: %w%s",
		sent, fate.advice())}
}

// lastLook is for a run that gets a signal to stop while it sends, or waits for
// what it sent: it has a few seconds to find out the result.
func (r *run) lastLook(sent error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), grace)
	defer cancel()
	why := context.Cause(r.ctx)
	r.ctx = ctx
	switch {
	case sent == nil && r.plan.Road == Staging:
		r.out.Published = Staged
		return nil
	case sent == nil:
		r.out.Published = Accepted
	case r.plan.Road == Staging:
		s, found, err := r.whose()
		if found && err == nil {
			r.out.Published, r.out.StageID = Staged, s.ID
			return nil
		}
		return r.unsettled(sent, err)
	}
	there, err := r.read()
	switch {
	case there:
		r.out.Published, r.out.Visible = Yes, true
		r.warn("told to stop while publishing: only the bytes were read back")
		return nil
	case sent == nil:
		return r.unseen(errors.Join(err, fmt.Errorf("told to stop: %w", why)))
	case err == nil:
		err = errors.New("told to stop, and it is not there yet")
	}
	return r.unsettled(sent, err)
}

// unsettled returns the error for a document whose result could not be read.
func (r *run) unsettled(sent, look error) error {
	var mismatch *MismatchError
	switch {
	case errors.As(look, &mismatch):
		return look
	case look == nil:
		look = sent
	case sent != nil:
		look = fmt.Errorf("%w; then: %w", sent, look)
	}
	r.out.Published = No
	return &UnknownError{r.plan, look}
}
