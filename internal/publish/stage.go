package publish

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
)

// errUnseen says that the registry does not show this credential what is staged.
var errUnseen = errors.New("this credential does not see what is staged")

// staged follows up a document that is staged. Without time to wait, nothing
// more is promised than that.
func (r *run) staged() error {
	r.out.Published = Staged
	if r.wait.For <= 0 {
		return nil
	}
	there, err := r.approved()
	var rejected *RefusedError
	switch {
	case there:
		r.out.Published = Yes
		return r.readBack()
	case final(err), errors.As(err, &rejected):
		return err
	case r.ctx.Err() != nil:
		r.warn("the waiting for an approval was ended (%v): it stays staged", context.Cause(r.ctx))
	case err != nil:
		r.warn("within %s it was not seen to be approved, and it could not be read at last: %v", r.wait.For, err)
	default:
		r.warn("within %s nobody approved it: it stays staged", r.wait.For)
	}
	return nil
}

// stagedBefore is for a document that was refused because a version with its
// number is staged already.
func (r *run) stagedBefore(sent error) error {
	s, found, err := r.whose()
	if err != nil && !errors.Is(err, errUnseen) {
		return r.unsettled(sent, err)
	}
	if found {
		r.out.StageID = s.ID
		return r.staged()
	}
	if e := r.earlier(); e != nil && e.StageID != "" {
		r.out.StageID = e.StageID
		r.warn("an earlier run staged these bytes, says its receipt; the registry does not show this credential what is staged")
		return r.staged()
	}
	return &UnknownError{r.plan, fmt.Errorf("%w; this credential does not see whose stage that is, and somebody else's may hold other "+
		"bytes: let a maintainer compare it (npm stage list shows its id, publishgate verify -stage ID looks at it), "+
		"and approve it; or reject it first",
		sent)}
}

// whose looks for the staged version of this name and number. found: it has the
// judged bytes. Other bytes are a *MismatchError, and errUnseen means that there
// is none to see.
func (r *run) whose() (s registry.Staged, found bool, err error) {
	if e := r.earlier(); e != nil && e.StageID != "" {
		if s, found, err = r.registry.Staged(r.ctx, e.StageID); err == nil && found && r.isThis(s) {
			return r.sameStage(s)
		}
	}
	list, err := r.registry.StagedOf(r.ctx, r.plan.Name)
	if err != nil {
		return s, false, fmt.Errorf("%w: %w", errUnseen, err)
	}
	for _, s := range list {
		if r.isThis(s) {
			return r.sameStage(s)
		}
	}
	return s, false, errUnseen
}

func (r *run) isThis(s registry.Staged) bool {
	return s.Name == r.plan.Name && s.Version == r.plan.Version
}

// sameStage compares a staged version with the judged bytes. Only SHA-512 shows
// that they are equal, so where it is not told the bytes are read.
func (r *run) sameStage(s registry.Staged) (registry.Staged, bool, error) {
	differs := func(what, want, got string) error {
		return &MismatchError{Plan: r.plan, What: "a staged version (" + s.ID + ") of " + what, Want: want, Got: got}
	}
	switch {
	case s.Integrity == r.plan.Integrity:
	case strings.HasPrefix(s.Integrity, "sha512-"):
		return s, false, differs("integrity", r.plan.Integrity, s.Integrity)
	case s.Shasum != "" && !strings.EqualFold(s.Shasum, r.plan.Shasum):
		return s, false, differs("shasum", r.plan.Shasum, s.Shasum)
	default:
		data, err := r.registry.StagedTarball(r.ctx, s.ID, tarball.MaxPacked)
		if err != nil {
			return s, false, fmt.Errorf("%w: %w", errUnseen, err)
		}
		sum := sha512.Sum512(data)
		if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != r.plan.Integrity {
			return s, false, differs("integrity", r.plan.Integrity, got)
		}
	}
	switch {
	case s.Tag != "" && s.Tag != r.plan.Tag:
		return s, false, differs("dist-tag", r.plan.Tag, s.Tag)
	case s.Access != "" && r.plan.Access != "" && s.Access != r.plan.Access:
		return s, false, differs("access", r.plan.Access, s.Access)
	}
	return s, true, nil
}

// approved waits until the staged version is visible, which it is once somebody
// approved it, until it is rejected, or until the time is over.
func (r *run) approved() (there bool, err error) {
	r.begin(0)
	told, gone := false, 0
	for n := 0; ; n++ {
		if there, err = r.read(); there || final(err) || r.ctx.Err() != nil {
			return there, err
		}
		r.out.State = ""
		if stop := r.stands(); stop != nil {
			return false, stop
		}
		// Who was told where it stands, and now neither that nor the stage, sees
		// that it was rejected.
		switch _, found, lookErr := r.registry.Staged(r.ctx, r.out.StageID); {
		case r.out.State != "":
			told, gone = true, 0
		case told && lookErr == nil && !found:
			gone++
		}
		if gone > 1 {
			r.out.Published = No
			return false, refuse(Blocked, "rejected", fmt.Sprintf("the staged version %s was rejected by a maintainer, or removed", r.out.StageID))
		}
		left := r.until.Sub(r.wait.Now())
		if left > 0 {
			r.tell(n, left)
		}
		if left <= 0 || r.wait.Sleep(r.ctx, min(left, r.step(n))) != nil {
			return false, err
		}
	}
}
