package gate

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/workflow"
)

// maxWorkflows is how many workflows of a repository are read.
const maxWorkflows = 200

// readWorkflows looks in the workflows of the checkout for what publishes beside
// the gate: those of the commit, which GitHub runs, or of the directory where
// there is no commit. unread says what could not be read; "" if nothing.
func readWorkflows(e *policy.Effective, p place, git gitCheckout) (found check.Workflows, unread string) {
	found.Up = p.up
	if e.Publish.Bypass == policy.BypassIgnore {
		return found, ""
	}
	read := func(name string) ([]byte, error) { return disk.Read(p.root, name, workflow.MaxBytes) }
	list := func(dir string) ([]fs.DirEntry, error) { return fs.ReadDir(p.root.FS(), dir) }
	if git.head != nil {
		files := git.repo.Files(git.head)
		read = func(name string) ([]byte, error) { return files.Read(name, workflow.MaxBytes) }
		list = func(dir string) ([]fs.DirEntry, error) { return fs.ReadDir(files.FS(), dir) }
	}
	const home = ".github/workflows"
	entries, err := list(home)
	if errors.Is(err, fs.ErrNotExist) {
		return found, ""
	}
	script := func(name string) ([]byte, error) {
		data, err := read(name)
		if err != nil {
			if _, listErr := list(name); listErr == nil { // a folder that a command is told of runs nothing
				err = fs.ErrNotExist
			}
		}
		return data, err
	}
	scripts := map[string]map[string]string{} // by folder
	repo := workflow.Repository{Read: script, Package: cmp.Or(p.dir, "."), Scripts: func(dir string) map[string]string {
		all, known := scripts[dir]
		if known || dir == ".." || strings.HasPrefix(dir, "../") || path.IsAbs(dir) {
			return all
		}
		if data, err := read(path.Join(dir, "package.json")); err == nil {
			if m, err := npm.ParseManifest(data, "package.json"); err == nil {
				all = m.Scripts
			}
		}
		scripts[dir] = all
		return all
	}}
	for i, entry := range entries {
		if ending := path.Ext(entry.Name()); ending != ".yml" && ending != ".yaml" || err != nil {
			continue
		}
		if i >= maxWorkflows {
			err = errors.New("there are more workflows than are read")
			break
		}
		file := path.Join(home, entry.Name())
		data, readErr := read(file)
		if readErr == nil {
			var publishes []workflow.Publish
			publishes, readErr = workflow.Find(file, data, repo)
			found.Publishes = append(found.Publishes, publishes...)
		}
		err = errors.Join(err, readErr)
	}
	found.Publishes = unique(found.Publishes)
	if err != nil {
		unread = "a workflow could not be read: " + oneLine(err)
	}
	return found, unread
}

// unique drops what two workflows lead to, as a composite action.
func unique(all []workflow.Publish) (once []workflow.Publish) {
	for _, p := range all {
		if !slices.ContainsFunc(once, func(o workflow.Publish) bool {
			return o.File == p.File && o.Line == p.Line && o.What == p.What
		}) {
			once = append(once, p)
		}
	}
	return once
}
