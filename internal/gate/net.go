package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/web"
)

func (n Net) agent() string { return "publishgate/" + n.Version }

// registry returns a client that reads from the registry that the user named, and
// from no other.
func (n Net) registry() (*registry.Client, error) {
	return registry.New(registry.Options{Registry: n.Registry, Token: n.Token, UserAgent: n.agent(), Transport: n.Transport, Now: n.Now,
		Turns: n.turns})
}

// An inquiry holds the sources and the registry that are asked about packages,
// and the rules for who may learn which name.
type inquiry struct {
	Net
	scopes   advisory.Scopes
	graph    *npm.Graph
	sources  []advisory.Source
	required advisory.Requirements // what the policy requires of the sources
	own      *own
	lookup   *lookup // what registries say of the locked versions
}

// newInquiry opens the advisory sources and finds out which scopes have a
// registry of their own.
func newInquiry(n Net, specs []SourceSpec, s *check.Subject, p place, now time.Time) (q inquiry, err error) {
	n.turns = &web.Turns{}
	q = inquiry{Net: n, graph: s.Graph, required: requirements(s.Policy, p, now), own: &own{}}
	if q.scopes, err = n.scopes(s.Policy); err != nil {
		return q, err
	}
	if q.lookup, err = newLookup(n, q.scopes, s.Graph); err != nil {
		return q, err
	}
	q.sources, err = openSources(n, q.scopes, specs)
	return q, err
}

// watch has the log tell which sources the run waits for, until stop is called.
func (q *inquiry) watch(l *Log) (stop func()) {
	q.sources, stop = l.watch(q.sources)
	return stop
}

// may returns those names that the registry may be asked about.
func (q inquiry) may(names []string) []string { return q.scopes.May(q.Registry, q.graph, names) }

// sideBySide calls do with each number below n, at most atATime at once, and
// waits for all calls.
func sideBySide(atATime, n int, do func(i int)) {
	var group sync.WaitGroup
	turn := make(chan struct{}, atATime)
	for i := range n {
		turn <- struct{}{}
		group.Go(func() {
			do(i)
			<-turn
		})
	}
	group.Wait()
}

// untilFailure is sideBySide up to the first error, which it returns: what is under
// way then is cancelled, and the rest is not begun.
func untilFailure(ctx context.Context, atATime, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sideBySide(atATime, n, func(i int) {
		if ctx.Err() != nil {
			return
		}
		if err := do(ctx, i); err != nil {
			cancel(err) // the first one counts: those after it are its doing
		}
	})
	return context.Cause(ctx)
}

// scopes returns the scopes that have a registry of their own: those of the flag,
// and those of the .npmrc that the user named. The flag is trusted. An address in
// the file must be https and must be listed in dependencies.registries of the
// policy.
func (n Net) scopes(p *policy.Effective) (advisory.Scopes, error) {
	scopes := advisory.Scopes{}
	if n.NPMRC != "" {
		data, err := disk.ReadNamed(n.NPMRC, npm.MaxNPMRC)
		if err != nil {
			return nil, fmt.Errorf("the .npmrc: %w", err)
		}
		named, err := npm.ScopeRegistries(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrUsage, n.NPMRC, err)
		}
		for _, scope := range slices.Sorted(maps.Keys(named)) {
			if err := registry.MayServe(named[scope], p.Dependencies.Registries); err != nil {
				return nil, fmt.Errorf("%w: %s: %s: %w", ErrUsage, n.NPMRC, scope, err)
			}
			scopes[scope] = named[scope]
		}
	}
	maps.Copy(scopes, n.Scopes)
	return scopes, nil
}
