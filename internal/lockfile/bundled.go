package lockfile

import (
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// bundled finds the bundler of each copy that is flagged as inBundle, as
// arborist's getBundler does: the package in whose node_modules the copy is, if
// it lists the copy or if another copy that it bundles depends on it. A flagged
// copy without a bundler is fetched like any other. So is one that the package
// itself or a workspace member bundles: it is in no tarball yet.
//
// Version 1 and bun.lock have no list of names. There, as arborist takes it, the
// package that needs the copy and has it in its node_modules bundles it.
func (b *builder) bundled() {
	var claims []*entry
	for i := range b.entries {
		if b.entries[i].pkg.Bundled && b.entries[i].inModules {
			claims = append(claims, &b.entries[i])
		}
	}
	// A host that is flagged too may itself be in a bundle, so hosts without the
	// flag come first.
	b.bundlers(claims, func(host *entry) bool { return !host.pkg.Bundled })
	b.bundlers(claims, func(*entry) bool { return true })
	for _, e := range claims {
		if p := e.pkg; p.Bundler == nil && p.Source == npm.SourceBundled {
			p.Source = npm.SourceUnknown
			if p.Version != "" {
				p.Source = npm.SourceRegistry
			}
		}
	}
}

// bundlers finds bundlers among the hosts that may be one, until none is left
// to find.
func (b *builder) bundlers(claims []*entry, may func(host *entry) bool) {
	for found := len(claims) > 0; found; {
		found = false
		for _, e := range claims {
			host := b.hostOf(e)
			if e.pkg.Bundler != nil || host == nil {
				continue
			}
			switch {
			case host.pkg.Bundler != nil:
				e.pkg.Bundler = host.pkg.Bundler
			case may(host) && b.bundlesByName(host, e):
				e.pkg.Bundler = host.pkg
			default:
				continue
			}
			found = true
			b.passOn(e, host)
		}
	}
}

// hostOf returns the entry in whose node_modules a copy is, if that package is
// fetched; else nil.
func (b *builder) hostOf(e *entry) *entry {
	at := e.home.dir
	host, name, ok := split(at)
	if !ok {
		return nil // the package itself, a workspace member or a directory
	}
	h := b.tree.at(host, name)
	if h == nil || h.pkg.Link || h.pkg.Source == npm.SourceLocal {
		return nil
	}
	return h
}

// bundlesByName reports whether a package says that it bundles a copy.
func (b *builder) bundlesByName(host, e *entry) bool {
	if host.bundles.Exists() {
		for v := range host.bundles.Elements() {
			if v.Shared() == e.installed {
				return true
			}
		}
		if host.bundles.Kind() != strict.True { // true: all that it depends on
			return false
		}
	} else if b.flat && b.graph.Manager != "bun" {
		return false
	}
	for i := range host.pkg.Deps {
		if host.pkg.Deps[i].To == e.pkg {
			return true
		}
	}
	return b.ancient
}

// passOn sets the same bundler for the dependencies of a bundled copy that are
// flagged as bundled and are beside the copy or in the bundler.
func (b *builder) passOn(e, host *entry) {
	queue := []*npm.Package{e.pkg}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for i := range p.Deps {
			to := p.Deps[i].To
			if to == nil || !to.Bundled || to.Bundler != nil {
				continue
			}
			at, _, ok := split(to.Location)
			if ok && (at == host.pkg.Location || at == e.pkg.Bundler.Location) {
				to.Bundler = e.pkg.Bundler
				queue = append(queue, to)
			}
		}
	}
}
