package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
)

// A bundler finds the installed packages that bundleDependencies includes, with
// all their dependencies (npm-packlist 10, gatherBundles; arborist,
// loadActual).
type bundler struct {
	l      *listing
	dir    string // the package's directory, relative to the root
	frozen bool   // npm reads node_modules/.package-lock.json instead of the installed packages
	done   map[string]bool
}

// bundle adds the files of the bundled packages.
func (l *listing) bundle(members []string) error {
	if len(l.own.bundle) == 0 {
		return nil
	}
	b := &bundler{l: l, dir: l.folder.in(""), done: map[string]bool{}}
	var err error
	if b.frozen, err = b.lockIsFresh(); err != nil {
		return err
	}
	workspaces := map[string]bool{}
	for _, folder := range members {
		name, err := b.nameOf(path.Join(b.dir, folder))
		if err != nil {
			return err
		}
		workspaces[name] = true
	}
	for _, name := range l.own.bundle {
		kind, declared := l.own.kinds[name]
		if !workspaces[name] && (!declared || notBundled(kind)) {
			continue // npm bundles neither peers nor undeclared dependencies
		}
		if err := b.add(b.dir, name); err != nil {
			return err
		}
	}
	return nil
}

func notBundled(k npm.EdgeKind) bool {
	return k == npm.EdgeDev || k == npm.EdgePeer || k == npm.EdgePeerOptional
}

// nameOf returns the name of a workspace member: that in its manifest, else
// that of its directory.
func (b *bundler) nameOf(folder string) (string, error) {
	m, err := b.manifest(folder)
	if err != nil || m == nil || m.Name == "" {
		return path.Base(folder), err
	}
	return m.Name, nil
}

// manifest reads the package.json of a directory; nil if there is none.
func (b *bundler) manifest(folder string) (*npm.Manifest, error) {
	name := path.Join(folder, "package.json")
	data, err := disk.Read(b.l.folder.Root, name, npm.MaxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return npm.ParseManifest(data, name)
}

// add packs the dependency with that name of the package in from, and its own
// dependencies in turn. Like npm, it leaves out a dependency that is not
// installed; the check nested-module reports that where it matters.
func (b *bundler) add(from, name string) error {
	if err := b.l.ctx.Err(); err != nil {
		return err
	}
	at, err := b.resolve(from, name)
	if err != nil || at == "" || b.done[at] {
		return err
	}
	real, err := b.real(at)
	if err != nil {
		return fmt.Errorf("the bundled dependency %s: %w", name, err)
	}
	if b.done[real] {
		return nil
	}
	b.done[real] = true
	shown, inside := strings.CutPrefix(at, strings.TrimPrefix(b.dir+"/", "./"))
	if !inside {
		return fmt.Errorf("the bundled dependency %s is installed in %s, outside of the package's folder: npm "+
			"would pack it under a path with \"..\"; install it in the package's own node_modules", name, at)
	}
	m, err := b.manifest(real)
	if err != nil {
		return err
	}
	f := &fields{}
	link := real != at
	if m != nil {
		if f, err = readFields(m, link); err != nil {
			return err
		}
	}
	if b.frozen {
		f.hasFiles, f.files, f.main, f.browser, f.binDir = false, nil, "", "", ""
	}
	w := &walker{l: b.l, source: real, shown: shown, pkg: f}
	w.chain = []*walker{w}
	w.uses = [layers]bool{layerDefault: link, layerPackage: true, layerNPMIgnore: link, layerGitIgnore: link,
		layerStrict: true}
	if w.rules[layerDefault], err = compiledDefaults(); err != nil {
		return err
	}
	if err := w.walk(); err != nil {
		return err
	}
	for _, dep := range f.deps {
		if notBundled(f.kinds[dep]) {
			continue
		}
		if err := b.add(real, dep); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the directory in node_modules of a package's dependency: in its
// own node_modules or one further up. For a package that is a link, npm stops
// where its path and the packed directory's diverge. The result is "" if the
// dependency is not installed.
func (b *bundler) resolve(from, name string) (string, error) {
	if npm.ValidName(name) != nil && path.Clean("/" + name)[1:] != name || strings.HasPrefix(name, ".") {
		return "", nil // no directory can have that name
	}
	top := common(from, b.dir)
	for at := from; ; at = path.Dir(at) {
		if path.Base(at) != "node_modules" {
			found := path.Join(at, "node_modules", name)
			_, err := b.l.folder.Root.Lstat(found)
			if err == nil {
				return found, nil
			}
			if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotFolder) {
				return "", fmt.Errorf("look for the bundled dependency %s: %w", name, disk.Cause(err))
			}
		}
		if at == top || at == "." {
			return "", nil
		}
	}
}

// common returns the deepest common directory of two paths.
func common(a, b string) string {
	for at := a; at != "."; at = path.Dir(at) {
		if at == b || strings.HasPrefix(b, at+"/") {
			return at
		}
	}
	return "."
}
