package respond

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// maxScope is how many packages of a scope are read.
const maxScope = 1000

// scope reads the packages of a scope of ours, and tells those whose newest version
// asks for the package with a range that an affected version is in: an install of
// one may bring it. Development dependencies bring nothing.
func (q *Inquiry) scope(ctx context.Context, l *incident.Look, scope string, bad map[string]bool) {
	miss := func(format string, args ...any) { l.Missed = append(l.Missed, fmt.Sprintf(format, args...)) }
	list, err := q.Client.ScopePackages(ctx, scope)
	switch {
	case err != nil:
		miss("the packages of %s: %v", scope, err)
		return
	case !list.Complete:
		miss("all packages of %s: %s", scope, list.Why)
	case len(list.Names) == 0:
		miss("the packages of %s: there is none", scope)
	}
	names := list.Names
	if len(names) > maxScope {
		miss("%d of %d packages of %s: no more than %d are read", len(names)-maxScope, len(names), scope, maxScope)
		names = names[:maxScope]
	}
	found := make([]*incident.Dependent, len(names))
	why := make([]error, len(names))
	slots := make(chan struct{}, atATime)
	var all sync.WaitGroup
	for i, name := range names {
		all.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; all.Done() }()
			found[i], why[i] = q.asks(ctx, name, bad)
		}()
	}
	all.Wait()
	for i := range names {
		switch {
		case why[i] != nil:
			miss("what %s depends on: %v", names[i], why[i])
		case found[i] != nil:
			l.Dependents = append(l.Dependents, *found[i])
			fallthrough
		default:
			l.Packages++
		}
	}
}

// asks reports whether the newest version of a package asks for an affected one.
func (q *Inquiry) asks(ctx context.Context, name string, bad map[string]bool) (*incident.Dependent, error) {
	if name == q.Ask.Package {
		return nil, nil
	}
	p, found, err := q.Client.Package(ctx, name, false)
	if err != nil || !found || len(p.Releases) == 0 {
		return nil, err
	}
	newest := p.Releases[len(p.Releases)-1]
	for _, r := range p.Releases {
		if r.Version == p.Tags["latest"] {
			newest = r
		}
	}
	if brings := q.admitted(newest, bad); brings != "" {
		return &incident.Dependent{Name: name, Version: newest.Version, File: name + "@" + newest.Version + " at the registry", Brings: brings,
			Shipped: true}, nil
	}
	return nil, nil
}

// admitted returns the highest affected version that a release asks for, or "".
func (q *Inquiry) admitted(r registry.Release, bad map[string]bool) (version string) {
	var best npm.Version
	for _, deps := range []map[string]string{r.Dependencies, r.Optional, r.Peer} {
		for name, value := range maps.All(deps) {
			spec := npm.ParseSpec(value)
			if spec.Kind == npm.SpecAlias {
				name = spec.Name
			}
			if name != q.Ask.Package || spec.Kind != npm.SpecAlias && spec.Kind != npm.SpecRegistry {
				continue
			}
			wants, err := npm.ParseRange(spec.Range)
			for v := range bad {
				number, wrong := npm.ParseVersion(v)
				if wrong != nil || err == nil && !wants.Contains(number, false) { // what is no range, such as a tag, may be any
					continue
				}
				if version == "" || number.Compare(best) > 0 {
					best, version = number, v
				}
			}
		}
	}
	return version
}
