package pack

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxHidden is the largest node_modules/.package-lock.json that is read, in
// bytes.
const maxHidden = 64 << 20

// lockIsFresh reports whether npm would read the installed packages from
// node_modules/.package-lock.json instead of their own manifests. It does so if
// the file describes all of them and none changed after it was written. The
// file lacks `files`, `main` and `browser`, so then more files of bundled
// packages are packed (arborist, Shrinkwrap: assertNoNewer).
func (b *bundler) lockIsFresh() (bool, error) {
	name := path.Join(b.dir, "node_modules", ".package-lock.json")
	info, err := b.l.folder.Root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	data, err := disk.Read(b.l.folder.Root, name, maxHidden)
	if err != nil {
		return false, err
	}
	doc, err := strict.Parse(data)
	if err != nil {
		return false, err
	}
	h := hidden{root: b.l.folder.Root, dir: b.dir, limit: info.ModTime().Add(jitter), packages: map[string]bool{},
		seen: map[string]bool{}}
	targets := map[string]bool{}
	for at, e := range doc.Get("packages").Members() {
		h.packages[at.Text()] = true
		if e.Get("link").Truthy() {
			targets[strings.ReplaceAll(e.Get("resolved").Text(), `\`, "/")] = true
		}
	}
	if len(h.packages) == 0 || !h.upToDate("node_modules", 0) {
		return false, nil
	}
	for at := range h.packages { // workspace members without a link
		folder, _, _ := strings.Cut(at, "/node_modules/")
		if strings.HasPrefix(folder, "node_modules/") || folder == "" || targets[folder] {
			continue
		}
		if !h.upToDate(folder, 0) {
			return false, nil
		}
	}
	for at := range h.packages {
		if !h.seen[at] {
			return false, nil
		}
	}
	return true, nil
}

// jitter is how much newer than the lockfile a directory may be.
const jitter = 10 * time.Millisecond

// hidden compares the directories of installed packages with the hidden
// lockfile beside them.
type hidden struct {
	root     *os.Root
	dir      string
	limit    time.Time
	packages map[string]bool // by path relative to dir
	seen     map[string]bool
}

// upToDate reports whether a directory, a path relative to dir, and the
// packages installed in it are not newer than the lockfile.
func (h *hidden) upToDate(at string, depth int) bool {
	h.seen[at] = true
	base := path.Base(at)
	group := base == "node_modules" || strings.HasPrefix(base, "@")
	info, err := h.root.Stat(path.Join(h.dir, at))
	if err != nil || depth > maxDepth || info.ModTime().Truncate(time.Millisecond).After(h.limit) ||
		!group && !h.packages[at] {
		return at == "node_modules" && err != nil // nothing is installed, so nothing is newer
	}
	parent := at
	if !group {
		parent = path.Join(at, "node_modules")
	}
	entries, err := readFolder(h.root, path.Join(h.dir, parent))
	if err != nil {
		return true // it has no node_modules
	}
	for _, e := range entries {
		child := path.Join(parent, e.Name())
		switch {
		case e.IsDir() && !strings.HasPrefix(e.Name(), "."):
			if !h.upToDate(child, depth+1) {
				return false
			}
		case e.Type() == fs.ModeSymlink:
			if !h.linked(child, depth) {
				return false
			}
		}
	}
	return true
}

// linked reports the same as upToDate, for the directory that a link points to.
func (h *hidden) linked(child string, depth int) bool {
	h.seen[child] = true
	target, err := h.root.Readlink(path.Join(h.dir, child))
	if err != nil || filepath.IsAbs(target) {
		return false // not followed; npm's answer would depend on the machine
	}
	at := path.Join(path.Dir(child), filepath.ToSlash(target))
	info, err := h.root.Stat(path.Join(h.dir, at))
	if err != nil || !info.IsDir() || h.seen[at] {
		return true
	}
	return h.upToDate(at, depth+1)
}
