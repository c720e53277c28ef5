package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/publish"
)

// defaultOut is the name of the directory that always belongs to publishgate.
const defaultOut = "publishgate-out"

// ignoreFiles keep the evidence out of the package and out of the next commit.
// npm reads .npmignore and git reads .gitignore, in every directory.
var ignoreFiles = []string{".npmignore", ".gitignore"}

const ignoreAll = "*\n"

// checkOut refuses a directory for the evidence that the user cannot have meant,
// or that a checkout may have redirected. It runs before anything there is
// touched. An absolute path outside the workspace is accepted: only the user can
// give one.
func checkOut(c Where, r *action.Runner) error {
	abs, err := filepath.Abs(c.Out)
	if err != nil {
		return fmt.Errorf("-out %s: %w", c.Out, err)
	}
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: -out %s %s", ErrUsage, c.Out, fmt.Sprintf(format, args...))
	}
	info, err := os.Lstat(abs)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return refuse("is a link: name the folder itself")
	case err == nil && !info.IsDir():
		return refuse("is no folder: name one, it is made where it is not there")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return refuse("cannot be a folder: %v", disk.Cause(err))
	}
	real, err := realPath(abs)
	if err != nil {
		return refuse("cannot be a folder: %v", disk.Cause(err))
	}
	w := workspaceOf(r)
	if !below(w.real, real) && (!filepath.IsAbs(c.Out) || below(w.named, abs) || below(w.real, abs)) {
		return refuse("leads out of the workspace, to %s: name a folder within it, or, if this is meant, that one by its "+
			"absolute path", real)
	}
	if own := runnersOwn(r, w, real); own != "" {
		return refuse("is %s: name a folder of your own", own)
	}
	if c.Dir == "" {
		return nil // no package is judged
	}
	if err := c.aroundPackages(real, w, refuse); err != nil {
		return err
	}
	return c.besideThePackage(real, refuse)
}

// aroundPackages refuses a directory of the workspace that holds this package or
// is another package's own. The ignore files there would keep all of it out of
// that package or out of the next commit.
func (c Where) aroundPackages(out string, w bounds, refuse func(string, ...any) error) error {
	dir, err := realPath(c.Dir)
	if err != nil || dir == out || !below(w.real, out) {
		return nil
	}
	if below(out, dir) {
		return refuse("holds the package's folder, which the evidence would keep out of the next commit: name a folder of " +
			"its own for the evidence")
	}
	if _, err := os.Lstat(filepath.Join(out, "package.json")); err == nil {
		return refuse("is the folder of another package, which would be packed with the evidence or without its files: name another folder")
	}
	return nil
}

// besideThePackage refuses a directory whose files belong to the package. The
// evidence would be packed with them, or they would be left out with the
// evidence.
func (c Where) besideThePackage(out string, refuse func(string, ...any) error) error {
	dir, err := realPath(c.Dir)
	if err != nil || !below(dir, out) {
		return nil // a missing package is reported elsewhere
	}
	if out == dir {
		return refuse("is the package's own folder, so that the evidence would be packed: name another folder")
	}
	entries, err := os.ReadDir(out)
	if err != nil || filepath.Base(out) == defaultOut {
		return nil
	}
	for _, e := range entries {
		if !ofEvidence(e.Name()) && !(e.IsDir() && holdsEvidence(filepath.Join(out, e.Name()))) {
			return refuse("holds %s, which is part of the package and no evidence: name a folder of its own for the evidence",
				e.Name())
		}
	}
	data, err := os.ReadFile(filepath.Join(out, ignoreFiles[0]))
	if err == nil && strings.TrimSpace(string(data)) != strings.TrimSpace(ignoreAll) {
		return refuse("has a %s of its own, so that the evidence might be packed: name another folder", ignoreFiles[0])
	}
	return nil
}

// ofEvidence reports whether a file in the directory of the evidence can be one
// of ours, or is hidden, as a .gitkeep is.
func ofEvidence(name string) bool {
	return slices.Contains(fixedEvidence, name) || name == publish.ReceiptFile || strings.HasPrefix(name, ".") ||
		strings.HasSuffix(name, bundleSuffix) || strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz")
}

// holdsEvidence reports whether a folder holds evidence, as that of a member of a
// workspace does, and nothing else.
func holdsEvidence(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.Type().IsRegular() || !ofEvidence(e.Name()) })
}

// keepOut writes the ignore files that are not there yet.
func keepOut(folder *disk.Folder) error {
	var err error
	for _, name := range ignoreFiles {
		if !folder.Has(name) {
			err = errors.Join(err, folder.Write(name, []byte(ignoreAll)))
		}
	}
	return err
}

// The bounds are the directory that relative paths must stay in: the runner's
// workspace, or else the checkout around the working directory.
type bounds struct{ named, real string }

func workspaceOf(r *action.Runner) bounds {
	cwd, err := os.Getwd()
	if err != nil {
		return bounds{}
	}
	here, err := realPath(cwd)
	if err != nil {
		here = cwd
	}
	if r != nil && r.Workspace != "" {
		if real, err := realPath(r.Workspace); err == nil && below(real, here) {
			return bounds{filepath.Clean(r.Workspace), real}
		}
	}
	top := checkout(here)
	return bounds{top, top}
}

// runnersOwn returns which of the runner's own directories holds path, or is
// path. It returns "" if none does.
func runnersOwn(r *action.Runner, w bounds, path string) string {
	if rel, err := filepath.Rel(w.real, path); err == nil && slices.Contains(strings.Split(filepath.ToSlash(rel), "/"), ".git") {
		return "git's own folder"
	}
	if r == nil {
		return ""
	}
	for _, f := range r.Folders() {
		real, err := realPath(f.Path)
		if err == nil && (real == path || f.Whole && below(real, path) && !below(real, w.real)) {
			return "the runner's own folder " + f.Path
		}
	}
	return ""
}

// realPath resolves the symbolic links of a path. Parts that do not exist yet are
// kept as they are.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for at, rest := abs, ""; ; at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if _, there := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || there == nil || at == filepath.Dir(at) {
			return "", err // a link on the path leads nowhere
		}
	}
}

// below reports whether path is folder or lies in it. Both paths are clean.
func below(folder, path string) bool {
	if folder == "" {
		return false
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}
