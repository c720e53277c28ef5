package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A folder is a directory that has a node_modules with something in it.
// Resolving a name is walking up the folders, so the cost of an edge is the
// depth of nesting, whatever the size of the tree.
type folder struct {
	parent   *folder
	children map[string]*npm.Package // by the name they are installed under
}

// A tree holds the folders of a lockfile by path ("" is the lockfile's own).
type tree map[string]*folder

// add puts a package into the node_modules of a folder. What stands in none (a
// workspace, a link's target) is found through links only.
func (t tree) add(host, name string, p *npm.Package) {
	f := t[host]
	if f == nil {
		f = &folder{children: map[string]*npm.Package{}}
		t[host] = f
	}
	f.children[name] = p
}

// connect gives every folder its parent, once all packages are in.
func (t tree) connect() {
	for dir, f := range t {
		if up, ok := above(dir); ok {
			f.parent = t.nearest(up)
		}
	}
}

// nearest is the folder that a package at a path looks in first: the path's
// own, or the one nearest above it. nil: there is none.
func (t tree) nearest(dir string) *folder {
	for {
		if f := t[dir]; f != nil {
			return f
		}
		up, ok := above(dir)
		if !ok {
			return nil
		}
		dir = up
	}
}

// resolve finds what a name means to a package whose nearest folder is f.
func (f *folder) resolve(name string) *npm.Package {
	for ; f != nil; f = f.parent {
		if p := f.children[name]; p != nil {
			return p
		}
	}
	return nil
}

// split takes a location apart into the folder whose node_modules it is in and
// the name it has there. It reports false for a location in no node_modules.
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

// above is the directory one up; false at the top, which for paths that leave
// the lockfile's folder ("../x") is the last "..".
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

// clean says whether a location is one npm writes: relative, with forward
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
