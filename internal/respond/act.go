package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
)

// readBacks is how often the registry is looked at until it shows what was done.
const readBacks = 6

// An Actor does the two acts that may be done for somebody.
type Actor struct {
	Client *registry.Client
	Ways   deprecation.Ways                 // Sleep is required
	Say    func(format string, args ...any) // is told each thing that was done; may be foreign text
}

// Act moves the dist-tags and deprecates the versions of a record. acted: something
// was written. The registry has to be looked at to know whether it holds.
func (a *Actor) Act(ctx context.Context, todo incident.Acts) (acted bool, err error) {
	var failed []error
	fail := func(what string, err error) {
		if denied := deprecation.Denied(err); denied != nil {
			err = fmt.Errorf("%w; %s", err, denied.Advice())
		}
		failed = append(failed, fmt.Errorf("%s: %w", what, err))
	}
	for _, m := range todo.Moves {
		coder := registry.Coder{Client: a.Client, Ask: a.Ways.Code}
		if err := coder.Do(ctx, func(c *registry.Client) error { return c.SetTag(ctx, todo.Package, m.Tag, m.To) }); err != nil {
			fail("move dist-tag "+m.Tag+" to "+m.To, err)
			continue
		}
		acted = true
		a.Say("dist-tag %s was moved from %s to %s", m.Tag, m.From, m.To)
	}
	if len(todo.Versions) == 0 {
		return acted, errors.Join(failed...)
	}
	done, err := a.deprecate(ctx, todo)
	switch {
	case done == 1:
		a.Say("1 version was deprecated")
	case done > 1:
		a.Say("%d versions were deprecated", done)
	}
	if err != nil {
		fail("deprecate "+todo.Package, err)
	}
	return acted || done > 0, errors.Join(failed...)
}

// deprecate writes the message at the versions that have none. They are affected,
// each by itself: neither its youth nor a dist-tag that has nowhere to go protects
// one. done is the number of those that the registry shows it at.
func (a *Actor) deprecate(ctx context.Context, todo incident.Acts) (done int, err error) {
	plan, err := deprecation.Look(ctx, a.Client, deprecation.Request{
		Name: todo.Package, Message: todo.Message, Standing: true, IncludingLatest: true, Keeps: true,
		Covers: func(_ *registry.Document, v registry.Documented) bool {
			return slices.Contains(todo.Versions, v.Version)
		},
	})
	if err != nil {
		return 0, err
	}
	err = plan.Write(ctx, a.Ways)
	for _, note := range plan.Notes {
		a.Say("%s", note)
	}
	return len(plan.In(deprecation.Done)), err
}

// ReadBack looks until the registry shows what was done to those who install, or the
// looks are used up: other caches may stand before it.
func (a *Actor) ReadBack(ctx context.Context, look func() (shown bool)) error {
	wait := 500 * time.Millisecond
	for i := range readBacks {
		if look() {
			return nil
		}
		if i == readBacks-1 {
			break
		}
		if err := a.Ways.Sleep(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
	return errors.New("the registry accepted it and does not show it yet: run the command again to look")
}
