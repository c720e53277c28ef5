package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// A place is the package's directory within its checkout. A file whose name the
// checkout decides is read through root, so that no link leads out of it.
type place struct {
	// root is the checkout: the directory that holds .git or declares the
	// workspaces, or else the package's own.
	root *os.Root
	abs  string // absolute path of the package's directory
	dir  string // slash path of that directory below root; "." for root itself

	// named is dir as the user wrote it, before links were followed. A change
	// under test can have replaced a directory by a link.
	named string

	shared *lockfile.Shared // with the other members of the workspace; nil: one package is judged
}

const maxClimb = 32 // directories between a package and the root of its checkout

// findPlace opens the checkout that a directory belongs to.
func findPlace(dir string) (place, error) {
	if info, err := os.Stat(dir); err != nil {
		return place{}, fmt.Errorf("open %s: %w", dir, disk.Cause(err))
	} else if !info.IsDir() {
		return place{}, fmt.Errorf("open %s: not a folder; DIR must be the folder of an npm package", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return place{}, fmt.Errorf("open %s: %w", dir, err)
	}
	asNamed := abs
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return place{}, fmt.Errorf("open %s: %w", dir, disk.Cause(err))
	}
	top := checkout(abs)
	root, err := os.OpenRoot(top)
	if err != nil {
		return place{}, fmt.Errorf("open %s: %w", dir, disk.Cause(err))
	}
	rel, err := filepath.Rel(top, abs)
	if err != nil {
		return place{}, fmt.Errorf("open %s: %w", dir, err)
	}
	p := place{root: root, abs: abs, dir: filepath.ToSlash(rel), named: filepath.ToSlash(rel)}
	if named, ok := p.lexically(asNamed); ok {
		p.named = named
	}
	return p, nil
}

// lexically returns the path below root that an absolute path leads to, without
// following a link below root. It returns false if the path leads elsewhere, or
// through a link from elsewhere.
func (p place) lexically(abs string) (string, bool) {
	root, err := p.root.Stat(".")
	if err != nil {
		return "", false
	}
	var above []string // abs and all directories above it
	for at := filepath.Clean(abs); ; at = filepath.Dir(at) {
		above = append(above, at)
		if at == filepath.Dir(at) {
			break
		}
	}
	for _, at := range slices.Backward(above) {
		if info, err := os.Stat(at); err == nil && os.SameFile(info, root) {
			rel, err := filepath.Rel(at, abs)
			return filepath.ToSlash(rel), err == nil
		}
	}
	return "", false
}

// checkout returns the directory at or above abs that holds .git. If there is
// none, it returns the nearest one that declares workspaces, or else abs itself.
func checkout(abs string) string {
	workspace := ""
	for at, n := abs, 0; n < maxClimb; n++ {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if workspace == "" && declaresWorkspaces(at) {
			workspace = at
		}
		parent := filepath.Dir(at)
		if parent == at {
			break
		}
		at = parent
	}
	if workspace != "" {
		return workspace
	}
	return abs
}

// declaresWorkspaces reports whether a directory declares workspaces, either for
// npm, yarn and bun in package.json or for pnpm in its own file.
func declaresWorkspaces(dir string) bool {
	if info, err := os.Lstat(filepath.Join(dir, "pnpm-workspace.yaml")); err == nil && info.Mode().IsRegular() {
		return true
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	data, err := disk.Read(root, "package.json", npm.MaxManifest)
	if err != nil {
		return false
	}
	m, err := npm.ParseManifest(data, "package.json")
	return err == nil && len(m.Workspaces) > 0
}

// close closes the checkout.
func (p place) close() {
	if p.root != nil {
		_ = p.root.Close()
	}
}

// in returns the path below root of a file in the package's directory.
func (p place) in(name string) string { return path.Join(p.dir, name) }

// prefix returns the path from the checkout's root to the package's directory, in
// the form SARIF wants. It is "" for the root itself.
func (p place) prefix() string {
	if p.dir == "." {
		return ""
	}
	return p.dir
}

// exists reports whether a path below root is a file.
func (p place) exists(name string) bool {
	info, err := p.root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// files returns the names of the files in the package's directory, and the
// symbolic links there and on the paths of files that package.json names.
func (p place) files(m *npm.Manifest) (names, links []string, err error) {
	entries, err := fs.ReadDir(p.root.FS(), p.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the folder of the package: %w", err)
	}
	for _, e := range entries {
		switch {
		case e.Type().IsRegular():
			names = append(names, e.Name())
		case e.Type()&fs.ModeSymlink != 0:
			links = append(links, e.Name())
		}
	}
	pointers := m.Pointers()
	for _, ptr := range pointers[:min(len(pointers), maxPointers)] {
		for at := path.Clean(ptr.Path); at != "." && filepath.IsLocal(at); at = path.Dir(at) {
			info, err := p.root.Lstat(p.in(at))
			if err == nil && info.Mode()&fs.ModeSymlink != 0 && !slices.Contains(links, at) {
				links = append(links, at)
			}
		}
	}
	return names, links, nil
}

// maxPointers is how many files that package.json names are checked for links.
const maxPointers = 200

// either reads a file from the package's directory, or else from the checkout's
// root. shown is the path it was found at, relative to the package's directory.
// data is nil if there is no such file.
func (p place) either(name string, limit int64) (data []byte, shown string, err error) {
	for _, at := range []struct{ path, shown string }{{p.in(name), name}, {name, p.up(name)}} {
		data, err := disk.Read(p.root, at.path, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, at.shown, err
		}
	}
	return nil, "", nil
}

// lockfile reads the lockfile of the package.
func (p place) lockfile(m *npm.Manifest, named string) (*npm.Graph, error) {
	named, err := p.fromPackage(named)
	if err != nil {
		return nil, err
	}
	return lockfile.Read(lockfile.Location{Root: p.root, Dir: p.dir, Shared: p.shared}, m, named)
}

// buildPath adds to the graph what the checkout says of its build, if the policy
// asks.
func buildPath(asked *policy.Effective, at lockfile.Location, m *npm.Manifest, g *npm.Graph) error {
	if asked == nil || asked.Dependencies.BuildPath == "" {
		return nil
	}
	return lockfile.ReadBuildPath(at, m, g)
}

// fromPackage returns the path of a lockfile from the package's directory. A path
// that the user named is relative to the working directory, as all such paths
// are. It returns "" if none was named.
func (p place) fromPackage(named string) (string, error) {
	if named == "" {
		return "", nil
	}
	abs, err := filepath.Abs(named)
	if err == nil {
		named, err = filepath.Rel(p.abs, abs)
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", named, err)
	}
	return filepath.ToSlash(named), nil
}

// up returns the path of a file at the checkout's root as seen from the package's
// directory.
func (p place) up(name string) string {
	rel, err := filepath.Rel(filepath.FromSlash(p.dir), filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.ToSlash(rel)
}

// within returns the paths below the checkout's root at which a file that the
// user named can be found. The path as it was named comes first. There are none
// if the file lies elsewhere. A link inside the checkout that points out of it
// does not count; a link from elsewhere that points into it does.
func (p place) within(named string) []string {
	abs, err := filepath.Abs(named)
	if err != nil {
		return nil
	}
	var paths []string
	if path, ok := p.lexically(abs); ok {
		paths = append(paths, path)
	}
	tries := []string{}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		tries = append(tries, filepath.Join(dir, filepath.Base(abs)))
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		tries = append(tries, real)
	}
	for _, path := range tries {
		rel, err := filepath.Rel(p.root.Name(), path)
		if rel = filepath.ToSlash(rel); err == nil && filepath.IsLocal(rel) && !slices.Contains(paths, rel) {
			paths = append(paths, rel)
		}
	}
	return paths
}

// open opens a file for reading on demand: in the package's directory, or else at
// the checkout's root, as either does.
func (p place) open(name string) (*os.File, error) {
	f, _, err := disk.Open(p.root, p.in(name))
	if errors.Is(err, fs.ErrNotExist) {
		f, _, err = disk.Open(p.root, name)
	}
	return f, err
}

// inRepository returns the path of the package's directory in its repository. It
// returns "" if this is no git checkout.
func (p place) inRepository() string {
	if _, err := p.root.Lstat(".git"); err != nil {
		return ""
	}
	return p.dir
}
