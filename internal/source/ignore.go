package source

import (
	"errors"
	"path"

	"github.com/publishgate/publishgate/internal/gitignore"
)

// ignores returns what git ignores by the .gitignore files of a commit
// (gitignore(5)). Files that exist only on disk do not count, nor does the
// machine's configuration: what is committed was reviewed, what a build writes
// was not.
type ignores struct {
	repo    *Repository
	top     hash
	lists   map[string]*gitignore.List // by directory; nil: it has none
	decided map[string]string          // path of a directory → the path that is ignored
}

func newIgnores(r *Repository, top hash) *ignores {
	return &ignores{r, top, map[string]*gitignore.List{}, map[string]string{}}
}

// match returns the path that is ignored: a directory above the file, else the
// file itself, or "". Nothing in an ignored directory can be re-included.
func (g *ignores) match(file string) (string, error) {
	if g == nil { // in a submodule: a file that its commit lacks is not in it
		return "", nil
	}
	at, err := g.folder(path.Dir(file))
	if at != "" || err != nil {
		return at, err
	}
	ignored, err := g.alone(file, false)
	if !ignored {
		file = ""
	}
	return file, err
}

// folder is match for a directory.
func (g *ignores) folder(dir string) (string, error) {
	if dir == "." {
		return "", nil
	}
	if at, ok := g.decided[dir]; ok {
		return at, nil
	}
	at, err := g.folder(path.Dir(dir))
	if at == "" && err == nil {
		var ignored bool
		if ignored, err = g.alone(dir, true); ignored {
			at = dir
		}
	}
	if err == nil {
		g.decided[dir] = at
	}
	return at, err
}

// alone matches a path itself against the lists of the directories above it,
// the nearest first.
func (g *ignores) alone(file string, dir bool) (bool, error) {
	for at := path.Dir(file); ; at = path.Dir(at) {
		list, err := g.list(at)
		if err != nil {
			return false, err
		}
		below := file
		if at != "." {
			below = file[len(at)+1:]
		}
		if m := list.Alone(below, dir); m.Pattern != "" {
			return m.Ignored, nil
		}
		if at == "." {
			return false, nil
		}
	}
}

func (g *ignores) list(dir string) (*gitignore.List, error) {
	if list, ok := g.lists[dir]; ok {
		return list, nil
	}
	data, err := g.repo.small(g.top, path.Join(dir, ".gitignore"))
	if err != nil {
		return nil, err
	}
	var list *gitignore.List
	if data != nil {
		list = gitignore.Parse(data)
	}
	g.lists[dir] = list
	return list, nil
}

// small reads one of git's own list files from a commit; nil: the commit has
// none.
func (r *Repository) small(top hash, file string) ([]byte, error) {
	e, err := r.lookup(top, file)
	if err != nil || e == nil || !e.file() {
		return nil, err
	}
	_, data, err := r.object(e.id, maxList)
	if errors.Is(err, errLarge) {
		err = errors.New(file + " is larger than is read")
	}
	return data, err
}
