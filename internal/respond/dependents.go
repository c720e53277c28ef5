package respond

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// Limits of a search for lockfiles in one folder.
const (
	maxFolders   = 50_000
	maxLockfiles = 2_000
	maxDepth     = 12
)

// dependents searches the lockfiles below each folder, and the packages of each scope,
// for affected versions. Links are not followed; node_modules and .git are left out.
func (q *Inquiry) dependents(ctx context.Context, l *incident.Look, earlier *incident.Record) {
	l.Looked = true
	bad := q.Ask.Bad(l, earlier)
	for _, folder := range q.Dependents {
		if strings.HasPrefix(folder, "@") {
			q.scope(ctx, l, folder, bad)
			continue
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			l.Missed = append(l.Missed, fmt.Sprintf("the lockfiles of %s: %v", folder, errors.Unwrap(err)))
			continue
		}
		q.below(l, root, folder, bad)
		_ = root.Close()
	}
	slices.SortFunc(l.Dependents, func(a, b incident.Dependent) int {
		return strings.Compare(a.File+"\x00"+a.Brings+"\x00"+a.Name, b.File+"\x00"+b.Brings+"\x00"+b.Name)
	})
	l.Dependents = slices.Compact(l.Dependents)
}

// below searches one folder.
func (q *Inquiry) below(l *incident.Look, root *os.Root, folder string, bad map[string]bool) {
	folders, found := 0, 0
	miss := func(format string, args ...any) { l.Missed = append(l.Missed, fmt.Sprintf(format, args...)) }
	err := fs.WalkDir(root.FS(), ".", func(at string, d fs.DirEntry, err error) error {
		shown := filepath.Join(folder, filepath.FromSlash(at))
		switch {
		case err != nil:
			miss("the lockfiles of %s: %v", shown, cause(err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() && strings.Count(at, "/") >= maxDepth:
			miss("the lockfiles of %s: it lies more than %d folders deep", shown, maxDepth)
			return fs.SkipDir
		case d.IsDir():
			if folders++; folders > maxFolders {
				miss("the lockfiles of %s: it has more than %d folders", folder, maxFolders)
				return fs.SkipAll
			}
			return nil
		case !slices.ContainsFunc(lockfile.Formats, func(f lockfile.Format) bool { return f.File == d.Name() }):
			return nil
		}
		if found++; found > maxLockfiles {
			miss("the lockfiles of %s: it has more than %d", folder, maxLockfiles)
			return fs.SkipAll
		}
		if err := q.oneLockfile(l, root, at, shown, bad); err != nil {
			miss("the lockfile %s: %v", shown, err)
			return nil
		}
		l.Searched++
		return nil
	})
	if err != nil {
		miss("the lockfiles of %s: %v", folder, err)
	}
	if found == 0 {
		miss("the lockfiles of %s: there is none", folder)
	}
}

// oneLockfile reads one lockfile, as it is for the folder that it lies in.
func (q *Inquiry) oneLockfile(l *incident.Look, root *os.Root, at, shown string, bad map[string]bool) error {
	dir := path.Dir(at)
	manifest := &npm.Manifest{}
	text, err := lockfile.ReadRegular(root, path.Join(dir, "package.json"), npm.MaxManifest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		manifest = nil
	case err != nil:
		return fmt.Errorf("its package.json: %w", err)
	default:
		if manifest, err = npm.ParseManifest(text, "package.json"); err != nil {
			return err
		}
	}
	graph, err := lockfile.Read(lockfile.Location{Root: root, Dir: dir}, manifest, path.Base(at))
	if err != nil {
		return err
	}
	owner := incident.Dependent{File: shown}
	if manifest != nil {
		owner.Name, owner.Version = manifest.Name, manifest.Version
	}
	holders := []holder{{graph.Root, owner, manifest != nil && !manifest.Private}}
	for _, p := range graph.Packages {
		if p.Workspace && !p.Link && p != graph.Root {
			holders = append(holders, holder{p, incident.Dependent{Name: p.Name, Version: p.Version, File: shown},
				p.Member == nil || !p.Member.Private})
		}
	}
	for _, p := range graph.Packages {
		if p.Name != q.Ask.Package || !bad[p.Version] || p == graph.Root || p.Workspace {
			continue
		}
		told := len(l.Dependents)
		for _, h := range holders {
			if d := h.d; h.brings(p, true) {
				d.Brings, d.Shipped = p.Version, h.published && h.brings(p, false)
				l.Dependents = append(l.Dependents, d)
			}
		}
		if told == len(l.Dependents) { // nothing leads to it, and it is installed all the same
			d := owner
			d.Brings = p.Version
			l.Dependents = append(l.Dependents, d)
		}
	}
	return nil
}

// A holder is a package of ours in a lockfile: the one beside it, or a member of its
// workspace.
type holder struct {
	at        *npm.Package
	d         incident.Dependent
	published bool // it is not private
}

// brings reports whether an edge leads from the holder to a copy, by others that are
// no members. dev: those of its development count.
func (h *holder) brings(to *npm.Package, dev bool) bool {
	seen := map[*npm.Package]bool{h.at: true}
	for next := []*npm.Package{h.at}; len(next) > 0; next = next[1:] {
		for _, e := range next[0].Deps {
			switch {
			case e.To == nil || seen[e.To] || e.Kind == npm.EdgeWorkspace || e.Kind == npm.EdgeDev && !(dev && next[0] == h.at):
			case e.To == to:
				return true
			default:
				seen[e.To], next = true, append(next, e.To)
			}
		}
	}
	return false
}

// cause returns an error without the path, which is told already.
func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
