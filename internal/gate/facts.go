package gate

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// A known is what a registry says of one locked version.
type known struct {
	registry.Fact
	there  bool            // the registry has it
	kept   bool            // an earlier run was told so
	before *registry.Grade // what stood behind an earlier version of its line, if that is more; nil: no more
	past   *registry.Past  // what was published up to it; nil: nobody asked
}

// A lookup asks registries about the versions that the lockfile names: each about
// each package at most once in a run, whoever wants to know. It is safe for
// concurrent use.
type lookup struct {
	net    Net
	scopes advisory.Scopes
	locked map[string][]string // by name, the versions from a registry that the lockfile has
	people bool                // who published what is wanted too
	cache  *factCache          // nil: nothing is kept between runs

	mu      sync.Mutex
	clients map[string]*registry.Client
	answers map[[2]string]func() (map[string]known, error) // by registry and name
}

// newLookup returns the lookup of a lockfile.
func newLookup(n Net, scopes advisory.Scopes, g *npm.Graph) (*lookup, error) {
	l := &lookup{net: n, scopes: scopes, locked: map[string][]string{}, clients: map[string]*registry.Client{},
		answers: map[[2]string]func() (map[string]known, error){}}
	l.add(g)
	if n.Cache == "" {
		return l, nil
	}
	var err error
	l.cache, err = openFacts(n.Cache, n.Now())
	return l, err
}

// add adds the versions of another lockfile, before anything is asked.
func (l *lookup) add(g *npm.Graph) {
	for _, p := range g.Packages {
		if p.Source == npm.SourceRegistry && p.Version != "" && !slices.Contains(l.locked[p.Name], p.Version) {
			l.locked[p.Name] = append(l.locked[p.Name], p.Version)
		}
	}
}

// close closes the folder of the answers.
func (l *lookup) close() { l.cache.close() }

// home returns the address of the registry that a package is from, or why there
// is none that may be asked: it comes from elsewhere, or from a registry that
// this run was not told of. npm replaces the public registry by the user's.
func (l *lookup) home(p *npm.Package) (address, why string) {
	switch {
	case p.Bundler != nil || p.Source == npm.SourceBundled:
		return "", "bundled in the tarball of another package, which is what the registry signs"
	case p.Source == npm.SourceGit:
		return "", "from git"
	case p.Source == npm.SourceURL:
		return "", "a tarball at an address that is no registry"
	case p.Source == npm.SourceFile:
		return "", "from a file or folder"
	case p.Source == npm.SourceRuntime:
		return "", "a runtime, from its publisher"
	case p.Source != npm.SourceRegistry || p.Version == "":
		return "", "the lockfile does not say where it is from"
	}
	if own, ok := l.scopes.Own(p.Name); ok {
		if own == "" {
			return "", "private: the registry of its scope cannot be asked (-scope-registries)"
		}
		return slashed(own), ""
	}
	t, ok := npm.ParseTarballURL(p.Resolved)
	if ok && t.Registry != slashed(l.net.Registry) && !npm.IsPublic(t.Registry) {
		return "", "private: from " + host(t.Registry) + ", a registry that this run was not told of (-scope-registries)"
	}
	return slashed(l.net.Registry), ""
}

// of returns what the registry at an address says of a locked version. lasting is
// true if only what never changes is wanted: an earlier run's answer does then.
// Whether a version is deprecated changes.
func (l *lookup) of(ctx context.Context, address string, p *npm.Package, lasting bool) (known, error) {
	if lasting {
		if k, ok := l.cache.get(address, p); ok && (k.past != nil || !l.people) {
			return k, nil
		}
	}
	l.mu.Lock()
	key := [2]string{address, p.Name}
	ask := l.answers[key]
	if ask == nil {
		ask = sync.OnceValues(func() (map[string]known, error) { return l.ask(ctx, address, p.Name) })
		l.answers[key] = ask
	}
	l.mu.Unlock()
	all, err := ask()
	if err != nil {
		return known{}, err
	}
	k := all[p.Version]
	l.cache.put(address, p, k)
	return k, nil
}

// ask reads the packument of a package, of which it keeps the locked versions.
func (l *lookup) ask(ctx context.Context, address, name string) (map[string]known, error) {
	client, err := l.client(address)
	if err != nil {
		return nil, err
	}
	versions := l.locked[name]
	facts, found, err := client.Facts(ctx, name, func(v string) bool { return slices.Contains(versions, v) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", host(address), err)
	}
	all := map[string]known{}
	if !found {
		return all, nil
	}
	for version, fact := range facts.Of {
		k := known{Fact: fact, there: true}
		if before, ok := facts.Before(version); ok {
			k.before = &before
		}
		if l.people {
			k.past = facts.Past(version)
		}
		all[version] = k
	}
	return all, nil
}

// client returns the client of the registry at an address, with the token that is
// bound to it.
func (l *lookup) client(address string) (*registry.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.clients[address]; c != nil {
		return c, nil
	}
	n := l.net
	if address != slashed(n.Registry) {
		n.Registry, n.Token = address, registry.Tokens{Bound: n.RegistryTokens}.At(address)
	}
	c, err := n.registry()
	if err == nil {
		l.clients[address] = c
	}
	return c, err
}

func slashed(address string) string {
	if address == "" || address[len(address)-1] == '/' {
		return address
	}
	return address + "/"
}

// host returns the host of an address for a message.
func host(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
