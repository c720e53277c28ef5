package matrix

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// An Artifact is what a job left for others.
type Artifact struct {
	ID      int
	Name    string
	Attempt int
	Files   map[string][]byte
}

// A Store keeps the artifacts of a run, of all its attempts. Their ids do not
// grow with time: of one name the highest id may be an older one's.
type Store struct {
	All  []*Artifact
	rand *rand.Rand
}

// upload keeps what is at a path, as actions/upload-artifact 7 does: no modes, no
// empty or hidden folders or files, and one name once in an attempt.
func (s *Store) upload(with map[string]string, attempt int) (id int, err error) {
	for input := range with {
		if !slices.Contains([]string{"name", "path", "if-no-files-found", "compression-level", "retention-days", "overwrite"}, input) {
			return 0, fmt.Errorf("upload-artifact: the input %s is not known here", input)
		}
	}
	a := &Artifact{Name: with["name"], Attempt: attempt, Files: map[string][]byte{}}
	if a.Name == "" || strings.ContainsAny(a.Name, "\":<>|*?\r\n\\/") {
		return 0, fmt.Errorf("%q is no name of an artifact", a.Name)
	}
	if a.Files, err = filesAt(with["path"]); err != nil {
		return 0, err
	}
	if len(a.Files) == 0 {
		if with["if-no-files-found"] == "error" {
			return 0, fmt.Errorf("no files were found with the provided path %s", with["path"])
		}
		return 0, nil
	}
	same := func(b *Artifact) bool { return b.Name == a.Name && b.Attempt == attempt }
	if with["overwrite"] == "true" {
		s.All = slices.DeleteFunc(s.All, same)
	} else if slices.ContainsFunc(s.All, same) {
		return 0, fmt.Errorf("409: an artifact with the name %s already exists", a.Name)
	}
	a.ID = s.rand.IntN(1 << 40)
	s.All = append(s.All, a)
	return a.ID, nil
}

// filesAt reads a file, or a folder with all that is not hidden.
func filesAt(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	info, err := os.Stat(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.IsDir() {
		files[filepath.Base(root)], err = os.ReadFile(root)
		return files, err
	}
	err = filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case at != root && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return filepath.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		rel, err := filepath.Rel(root, at)
		if err == nil {
			files[filepath.ToSlash(rel)], err = os.ReadFile(at)
		}
		return err
	})
	return files, err
}

// latest returns of each name the artifact with the highest id, as the toolkit's
// listArtifacts does with latest.
func (s *Store) latest() (all []*Artifact) {
	of := map[string]*Artifact{}
	for _, a := range s.All {
		if of[a.Name] == nil || of[a.Name].ID < a.ID {
			of[a.Name] = a
		}
	}
	for _, a := range of {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *Artifact) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// download writes artifacts to a folder as actions/download-artifact 8 does: each
// into a folder of its name, unless it is the only one.
func (s *Store) download(with map[string]string) error {
	for input := range with {
		if !slices.Contains([]string{"name", "artifact-ids", "pattern", "path", "merge-multiple"}, input) {
			return fmt.Errorf("download-artifact: the input %s is not known here", input)
		}
	}
	// Without a name, ids and a pattern all are wanted: an id that is empty is none.
	name, ids, pattern := with["name"], with["artifact-ids"], with["pattern"]
	wanted := slices.DeleteFunc(s.latest(), func(a *Artifact) bool {
		switch {
		case name != "":
			return a.Name != name
		case ids != "":
			return !slices.Contains(strings.Split(ids, ","), strconv.Itoa(a.ID))
		}
		matched, err := path.Match(pattern, a.Name)
		return err != nil || pattern != "" && !matched
	})
	if len(wanted) == 0 && (name != "" || ids != "") {
		return fmt.Errorf("there is no artifact %s%s", name, ids)
	}
	for _, a := range wanted {
		dir := with["path"]
		if len(wanted) > 1 && with["merge-multiple"] != "true" {
			dir = filepath.Join(dir, a.Name)
		}
		for file, data := range a.Files {
			at := filepath.Join(dir, filepath.FromSlash(file))
			if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, data, 0o644)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Named returns the newest artifact of a name, nil if there is none.
func (s *Store) Named(name string) *Artifact {
	for _, a := range slices.Backward(s.All) {
		if a.Name == name {
			return a
		}
	}
	return nil
}
