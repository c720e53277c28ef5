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

// maxHidden is the largest node_modules/.package-lock.json that is read.
const maxHidden = 64 << 20

// lockIsFresh reports whether npm would take the installed packages from
// node_modules/.package-lock.json instead of looking at each: it describes all
// there is, and nothing was changed after it. It does not know `files`, `main`
// and `browser` of a package, so that more of what is bundled is packed
// (arborist, Shrinkwrap: assertNoNewer).
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
	h := hidden{root: b.l.folder.Root, dir: b.dir, limit: info.ModTime().Add(jitter), packages: map[string]bool{}, seen: map[string]bool{}}
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
	for at := range h.packages { // members of workspaces that nothing links to
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

// jitter is how much later than the lockfile a folder may have been written.
const jitter = 10 * time.Millisecond

// hidden compares the folders of installed packages with the lockfile beside
// them.
type hidden struct {
	root     *os.Root
	dir      string
	limit    time.Time
	packages map[string]bool // by path below dir
	seen     map[string]bool
}

// upToDate looks at one folder, a path below dir, and at what is installed in
// it.
func (h *hidden) upToDate(at string, depth int) bool {
	h.seen[at] = true
	base := path.Base(at)
	group := base == "node_modules" || strings.HasPrefix(base, "@")
	info, err := h.root.Stat(path.Join(h.dir, at))
	if err != nil || depth > maxDepth || info.ModTime().Truncate(time.Millisecond).After(h.limit) || !group && !h.packages[at] {
		return at == "node_modules" && err != nil // nothing is installed: nothing is newer
	}
	parent := at
	if !group {
		parent = path.Join(at, "node_modules")
	}
	entries, err := readFolder(h.root, path.Join(h.dir, parent))
	if err != nil {
		return true // there is none
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

// linked looks at the folder that a link leads to.
func (h *hidden) linked(child string, depth int) bool {
	h.seen[child] = true
	target, err := h.root.Readlink(path.Join(h.dir, child))
	if err != nil || filepath.IsAbs(target) {
		return false // further than we look; npm's answer would be about another machine
	}
	at := path.Join(path.Dir(child), filepath.ToSlash(target))
	info, err := h.root.Stat(path.Join(h.dir, at))
	if err != nil || !info.IsDir() || h.seen[at] {
		return true
	}
	return h.upToDate(at, depth+1)
}
