package source

import (
	"errors"
	"path"

	"github.com/publishgate/publishgate/internal/gitignore"
)

// ignores says what git ignores, by the .gitignore files of a commit
// (gitignore(5)). Those that only stand on disk do not count, nor does the
// machine's own configuration: what a commit calls generated was reviewed, what
// a build calls so was not.
type ignores struct {
	repo    *Repository
	top     hash
	lists   map[string]*gitignore.List // by folder; nil: it has none
	decided map[string]string          // folders by path: what ignores them
}

func newIgnores(r *Repository, top hash) *ignores {
	return &ignores{r, top, map[string]*gitignore.List{}, map[string]string{}}
}

// match returns the path that git ignores: a folder above the file, else the
// file; "" nothing. In an ignored folder nothing can be taken back.
func (g *ignores) match(file string) (string, error) {
	if g == nil { // in a submodule: what its commit lacks is not in it
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

// folder is match for a folder.
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

// alone asks the lists of the folders above a path about that path, the
// nearest first.
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

// small reads one of git's own lists as a commit has it; nil: it has none.
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
