package lockfile

import (
	"hash/maphash"
	"math/bits"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A folder is a directory that has a node_modules with something in it. A name
// is resolved by walking up the directories, so the cost of an edge is the
// depth of nesting, whatever the size of the tree.
type folder struct {
	dir    string
	id     uint64
	parent *folder
}

// A tree holds the directories of a lockfile, and what is installed in them in
// one open-addressing table under a seeded hash of directory and name: a map
// for each of thousands of directories would cost more than everything else.
type tree struct {
	folders map[string]*folder // by path; "" is the lockfile's own
	last    *folder            // entries of one directory follow each other
	odd     bool               // a directory is a node_modules itself, or a scope directory in one
	seed    maphash.Seed
	slots   []*entry // nil is free; its length a power of two
	used    int
}

func newTree() tree {
	return tree{folders: map[string]*folder{}, seed: maphash.MakeSeed()}
}

// reserve makes room for n entries.
func (t *tree) reserve(n int) {
	old := t.slots
	t.slots = make([]*entry, 1<<bits.Len(uint(2*n+8)))
	for _, e := range old {
		if e != nil {
			*t.slot(t.sum(e.installed), e.home, e.installed) = e
		}
	}
}

func (t *tree) sum(name string) uint64 { return maphash.String(t.seed, name) }

// slot returns the place of a name in a directory, used or free. sum is the
// hash of the name.
func (t *tree) slot(sum uint64, in *folder, name string) **entry {
	high, low := bits.Mul64(sum^in.id, 0x9e3779b97f4a7c15)
	for at := high ^ low; ; at++ {
		e := &t.slots[at&uint64(len(t.slots)-1)]
		if *e == nil || (*e).home == in && (*e).installed == name {
			return e
		}
	}
}

// add puts an entry into the node_modules of a directory. An entry outside of
// node_modules (a workspace, a link's target) is found through links only.
func (t *tree) add(host string, e *entry) {
	if t.last == nil || t.last.dir != host {
		t.last = t.folder(host)
	}
	e.home = t.last
	if t.used++; 2*t.used > len(t.slots) {
		t.reserve(2 * t.used)
	}
	*t.slot(t.sum(e.installed), e.home, e.installed) = e
}

func (t *tree) folder(dir string) *folder {
	f := t.folders[dir]
	if f == nil {
		f = &folder{dir: dir, id: uint64(len(t.folders)+1) * 0xd6e8feb86659fd93}
		t.folders[dir] = f
		base := dir[strings.LastIndexByte(dir, '/')+1:]
		t.odd = t.odd || base == "node_modules" || strings.HasPrefix(base, "@")
	}
	return f
}

// at returns the entry of a name in one directory, nil if there is none.
func (t *tree) at(host, name string) *entry {
	if f := t.folders[host]; f != nil {
		return *t.slot(t.sum(name), f, name)
	}
	return nil
}

// connect sets the parent of every directory. All packages must have been
// added.
func (t *tree) connect() {
	for dir, f := range t.folders {
		if up, ok := above(dir); ok {
			f.parent = t.nearest(up)
		}
	}
}

// nearest returns the directory in which the dependencies of a package at a
// path are looked up first: the path's own, or the nearest one above; nil if
// there is none.
func (t *tree) nearest(dir string) *folder {
	for {
		if f := t.folders[dir]; f != nil {
			return f
		}
		up, ok := above(dir)
		if !ok {
			return nil
		}
		dir = up
	}
}

// resolve finds the package that a name leads to from the directory f.
func (t *tree) resolve(f *folder, name string) *npm.Package {
	if f == nil {
		return nil
	}
	for sum := t.sum(name); f != nil; f = f.parent {
		if e := *t.slot(sum, f, name); e != nil {
			return e.pkg
		}
	}
	return nil
}

// split splits a location into the directory whose node_modules it is in and
// its name there. It reports false for a location outside of node_modules.
func split(location string) (host, name string, ok bool) {
	const dir = "node_modules"
	slash := strings.LastIndexByte(location, '/')
	if slash < 0 {
		return "", "", false
	}
	host, name = location[:slash], location[slash+1:]
	if at := strings.LastIndexByte(host, '/') + 1; strings.HasPrefix(host[at:], "@") && at > 0 {
		host, name = host[:at-1], location[at:]
	}
	if strings.HasPrefix(name, "@") != (strings.IndexByte(name, '/') >= 0) || !strings.HasSuffix(host, dir) {
		return "", "", false
	}
	host = host[:len(host)-len(dir)]
	if host == "" {
		return "", name, true
	}
	if host[len(host)-1] != '/' {
		return "", "", false
	}
	return host[:len(host)-1], name, true
}

// above returns the parent directory; false at the top, which for paths out of
// the lockfile's directory ("../x") is the last "..".
func above(dir string) (string, bool) {
	if dir == "" {
		return "", false
	}
	i := strings.LastIndexByte(dir, '/')
	if i >= 0 {
		return dir[:i], true
	}
	return "", dir != ".."
}

// clean reports whether a location is one npm writes: relative, with forward
// slashes, no empty, "." or inner ".." elements, not a node_modules itself.
func clean(location string) bool {
	if location == "" || strings.ContainsAny(location, "\\\x00") {
		return false
	}
	leading := true
	last := ""
	for part := range strings.SplitSeq(location, "/") {
		switch {
		case part == "" || part == ".", part == ".." && !leading:
			return false
		case part != "..":
			leading = false
		}
		last = part
	}
	return last != "node_modules" && !(strings.HasPrefix(last, "@") && strings.HasSuffix(location, "node_modules/"+last))
}
