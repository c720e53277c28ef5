package gate

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

const (
	maxLicences     = 2000 // documents read for the licences of one run
	licenceParallel = 16
)

// packedLicences fills in what the packages bundled in the tarball state of
// themselves.
func (in *input) packedLicences() {
	s := in.subject
	if s.Tarball == nil {
		return
	}
	for _, b := range s.Tarball.Bundled {
		for _, p := range s.Graph.Packages {
			if p.License == "" && p.Name == b.Name && p.Version == b.Version {
				p.License = b.License
			}
		}
	}
}

// readLicences asks the registry for the licences that a decision hangs on and
// that neither the lockfile nor node_modules nor the tarball states: of the
// packages that it may be asked about, and that a source was asked about before.
// What it does not say stays unknown, and is a finding.
func (in *input) readLicences(ctx context.Context, c Net, scopes advisory.Scopes) {
	s := in.subject
	lacking := map[string][]*npm.Package{} // by name and version: each is asked for once
	var names []string
	all := s.Unlicensed()
	for _, p := range all {
		if s.Unasked[p.Name] {
			continue
		}
		if lacking[p.ID()] == nil {
			names = append(names, p.Name)
		}
		lacking[p.ID()] = append(lacking[p.ID()], p)
	}
	if len(lacking) == 0 || c.Offline {
		return
	}
	const what = "licences"
	may := map[string]bool{}
	for _, name := range scopes.May(c.Registry, in.subject.Graph, names) {
		may[name] = true
	}
	client, err := c.registry()
	if err != nil {
		in.skip(what, "%s", display.Text(err.Error()))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	var group sync.WaitGroup
	var mu sync.Mutex
	turn := make(chan struct{}, licenceParallel)
	asked := 0
	for _, p := range all {
		copies := lacking[p.ID()]
		if !may[p.Name] || copies == nil {
			continue
		}
		delete(lacking, p.ID())
		if asked++; asked > maxLicences {
			in.skip(what, "the registry was asked for those of %d packages, and of no more", maxLicences)
			break
		}
		turn <- struct{}{}
		group.Go(func() {
			defer func() { <-turn }()
			if ctx.Err() != nil {
				return
			}
			info, _, failed := client.Version(ctx, copies[0].Name, copies[0].Version)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				err = failed
			}
			if failed != nil && !isAnswer(failed) { // who does not answer is asked no more
				cancel()
			}
			for _, p := range copies {
				p.License = info.License
			}
		})
	}
	group.Wait()
	if err != nil {
		in.skip(what, "the registry could not be asked for all of them: %s", display.Text(err.Error()))
	}
}

// isAnswer reports whether an error is the registry's own word about one package.
func isAnswer(err error) bool {
	var status *registry.StatusError
	var answer *registry.AnswerError
	return errors.As(err, &answer) || errors.As(err, &status) && status.Status < 500 && status.Status != http.StatusTooManyRequests
}
