package respond

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
)

// Limits of acting.
const (
	writes    = 4 // of one document, where somebody else writes meanwhile or an answer is lost
	codes     = 3 // one-time codes that a person is asked for in one act
	readBacks = 6 // looks at the registry until it shows what was done
)

// An Actor does the two acts that may be done for somebody.
type Actor struct {
	Client *registry.Client
	Sleep  func(context.Context, time.Duration) error

	// Code asks a person for a one-time code; nil: nobody is there.
	Code func(context.Context) (credential.Secret, error)
}

// Act moves the dist-tags and deprecates the versions of a record. done says what
// was written; the registry has to be looked at to know whether it holds.
func (a *Actor) Act(ctx context.Context, todo incident.Acts) (done []string, err error) {
	var failed []error
	for _, m := range todo.Moves {
		err := a.once(ctx, func(c *registry.Client) error { return c.SetTag(ctx, todo.Package, m.Tag, m.To) })
		if err != nil {
			failed = append(failed, fmt.Errorf("move dist-tag %s to %s: %w", m.Tag, m.To, err))
			continue
		}
		done = append(done, fmt.Sprintf("dist-tag %s was moved from %s to %s", m.Tag, m.From, m.To))
	}
	if len(todo.Versions) > 0 {
		n, err := a.deprecate(ctx, todo)
		if err != nil {
			failed = append(failed, fmt.Errorf("deprecate %s: %w", todo.Package, err))
		} else if n > 0 {
			done = append(done, fmt.Sprintf("%d versions were deprecated", n))
		}
	}
	return done, errors.Join(failed...)
}

// once writes, and again with a code where the registry wants one.
func (a *Actor) once(ctx context.Context, write func(*registry.Client) error) error {
	err := write(a.Client)
	for range codes {
		var status *registry.StatusError
		if !errors.As(err, &status) || !status.Code {
			return err
		}
		if a.Code == nil {
			return fmt.Errorf("%w; a person has to run it at a terminal, or use a token that needs no code (stage-only)", err)
		}
		code, wrong := a.Code(ctx)
		if wrong != nil {
			return fmt.Errorf("%w: %w", errCode, wrong)
		}
		err = write(a.Client.WithCode(code))
	}
	return err
}

// deprecate writes the document of the package back with a message at the versions
// that have none. A conflict, and an answer that was lost, are looked at before
// anything is written again. It returns the number of versions that were written.
func (a *Actor) deprecate(ctx context.Context, todo incident.Acts) (written int, err error) {
	var last error
	for range writes {
		doc, found, err := a.Client.Document(ctx, todo.Package)
		switch {
		case err != nil:
			return 0, errors.Join(last, err)
		case !found:
			return 0, errors.New("the registry does not have it, or does not show it to this credential")
		}
		var left []string
		for _, v := range todo.Versions {
			if one, there := doc.Find(v); there && !one.Deprecated {
				left = append(left, v)
			}
		}
		if len(left) == 0 {
			return written, nil
		}
		data := doc.With(left, todo.Message)
		last = a.once(ctx, func(c *registry.Client) error { return c.Deprecate(ctx, todo.Package, data) })
		switch {
		case last == nil:
			return len(left), nil
		case !uncertain(last):
			return 0, last
		}
		written = len(left)
		if err := a.Sleep(ctx, time.Second); err != nil {
			return 0, errors.Join(last, err)
		}
	}
	return 0, last
}

// uncertain reports whether a write may have arrived, or may if it is made anew: the
// connection broke, or somebody else wrote meanwhile.
func uncertain(err error) bool {
	var status *registry.StatusError
	var redirect *registry.RedirectError
	switch {
	case errors.As(err, &status):
		return status.Status == http.StatusConflict || status.Status >= 500
	case errors.As(err, &redirect), errors.Is(err, registry.ErrNoToken), errors.Is(err, errCode):
		return false
	}
	return true
}

// errCode means that nobody gave a one-time code.
var errCode = errors.New("no one-time code")

// ReadBack looks until the registry shows what was done, or the looks are used up.
func (a *Actor) ReadBack(ctx context.Context, look func() (shown bool)) error {
	wait := 500 * time.Millisecond
	for i := range readBacks {
		if look() {
			return nil
		}
		if i == readBacks-1 {
			break
		}
		if err := a.Sleep(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
	return errors.New("the registry accepted it and does not show it yet: run the command again to look")
}
