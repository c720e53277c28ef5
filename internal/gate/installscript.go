package gate

import (
	"context"
	"fmt"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
)

const scriptsKey = "dependencies.install-scripts.allow"

// readInstalls asks the registries which dependencies run a script when they are
// installed, if the policy has a list and the lockfile does not tell.
func readInstalls(ctx context.Context, q inquiry, s *check.Subject) (of map[*npm.Package]string, l listed, err error) {
	if !asksInstalls(s) {
		return nil, l, nil
	}
	decides := !s.Policy.Dependencies.OthersWarn
	if q.Offline {
		l.unasked(decides, scriptsKey, "-offline: %s does not say which dependencies run a script when they are installed, and the registry does",
			s.Graph.Lockfile)
		return nil, l, nil
	}
	scripts := map[[3]string]string{}
	var mu sync.Mutex
	seals, err := q.lookup.each(ctx, s, every, func(_ context.Context, address string, p *npm.Package, k known) (check.Seal, error) {
		if !k.there {
			return check.Seal{State: check.SealSkipped, Why: host(address) + " does not have this version (any more)"}, nil
		}
		mu.Lock()
		defer mu.Unlock()
		scripts[[3]string{address, p.ID(), p.Integrity}] = k.Install
		return check.Seal{State: check.SealVerified}, nil
	})
	if err != nil {
		return nil, l, down(theRegistry, fmt.Errorf("%s: %w", scriptsKey, err))
	}
	of = map[*npm.Package]string{}
	var private []string
	for p := range s.Installed() {
		seal := seals[p]
		if address, why := q.lookup.home(p); why == "" {
			of[p] = scripts[[3]string{address, p.ID(), p.Integrity}]
		}
		if seal.State == check.SealSkipped && p.Bundler == nil && p.Source != npm.SourceRuntime {
			private = append(private, fmt.Sprintf("%s (%s)", p.ID(), seal.Why))
		}
	}
	if len(private) > 0 {
		l.unasked(decides, scriptsKey, "%s does not say which dependencies run a script when they are installed, and nobody else could "+
			"be asked about %s", s.Graph.Lockfile, firstOf(private))
	}
	return of, l, nil
}

// asksInstalls reports whether the registry is asked for install scripts.
func asksInstalls(s *check.Subject) bool {
	return s.Policy.Dependencies.Allowed != nil && !s.Graph.TellsScripts()
}
