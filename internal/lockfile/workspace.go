package lockfile

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// workspaceOf returns the nearest level above dir whose workspace has dir as a
// member, with those of its lockfiles that apply to dir; nil if there is none.
// Each manager has its own rule by which a member's lockfile is not read:
//   - npm, yarn 1 and bun go by workspaces of the package.json above;
//   - pnpm goes by pnpm-workspace.yaml, unless each member was to have its own;
//   - yarn 2 and later takes the nearest yarn.lock, so that a member with one of
//     its own is a project by itself.
func workspaceOf(root Files, dir string, all []level) *level {
	for _, l := range all {
		if l.folder == dir {
			continue
		}
		rel, err := filepath.Rel(filepath.FromSlash(l.folder), filepath.FromSlash(dir))
		if err != nil {
			continue
		}
		member := filepath.ToSlash(rel)
		claims := level{folder: l.folder}
		for _, f := range l.found {
			if takesIn(root, l.folder, f, member) {
				claims.found = append(claims.found, f)
			}
		}
		if len(claims.found) > 0 {
			return &claims
		}
	}
	return nil
}

func takesIn(root Files, folder string, f Format, member string) bool {
	if f.Manager == "pnpm" {
		return pnpmTakesIn(root, folder, member)
	}
	if f.Manager == "yarn" {
		text, err := ReadRegular(root, path.Join(folder, f.File), MaxBytes)
		if err != nil || bytes.HasPrefix(text, []byte("__metadata:")) || bytes.Contains(text, []byte("\n__metadata:")) {
			return false
		}
	}
	m := manifestAt(root, folder, folder)
	return m != nil && memberSetOf(m.Workspaces).has(member)
}

// own matches the setting that gives each member of a pnpm workspace its own
// lockfile.
var own = pattern.New(`(?m)^\s*shared-workspace-lockfile\s*=\s*"?false\b`)

func pnpmTakesIn(root Files, folder, member string) bool {
	text, err := ReadRegular(root, path.Join(folder, "pnpm-workspace.yaml"), npm.MaxManifest)
	if err != nil {
		return false
	}
	doc, err := strict.ParseYAML(text)
	if err != nil {
		return false
	}
	if v := doc.Get("sharedWorkspaceLockfile"); v.Exists() && !v.Bool() {
		return false
	}
	if rc, err := ReadRegular(root, path.Join(folder, ".npmrc"), npm.MaxNPMRC); err == nil && own.Match(rc) {
		return false
	}
	patterns := yamlTexts(doc.Get("packages"))
	return len(patterns) == 0 || memberSetOf(patterns).has(member)
}

// settle uses the workspace's lockfile instead of the member's own if the
// manager does, and notes that there are two.
func (c *choice) settle(host *level, dir string) error {
	if host == nil || c.folder == host.folder {
		return nil
	}
	mine := label(dir, path.Join(c.folder, c.use.File))
	if among := host.of(c.use.Manager); len(among) > 0 {
		c.folder = host.folder
		if err := c.pick(level{host.folder, among}, dir); err != nil {
			return err
		}
		c.note(npm.NoteMemberLockfile, "%s is not read: this folder is a member of the workspace in %s, and %s uses %s",
			mine, label(dir, host.folder), c.use.Manager, label(dir, path.Join(c.folder, c.use.File)))
		return nil
	}
	theirs := host.found[0]
	what := "which of them is true cannot be told"
	if c.says.name == c.use.Manager {
		what = "packageManager says " + c.says.id() + ", so " + mine + " was read"
	}
	c.note(npm.NoteMemberLockfile, "%s stands in a member of the workspace in %s, whose lockfile is %s of %s: %s", mine,
		label(dir, host.folder), label(dir, path.Join(host.folder, theirs.File)), theirs.Manager, what)
	return nil
}

// others returns the lockfiles beside the chosen one that may be used instead:
// another manager's if packageManager names none of them, and package-lock.json
// beside a shrinkwrap, which npm 12 does not read.
func (c *choice) others(at level, host *level) []string {
	var list []string
	add := func(folder string, f Format) {
		file := path.Join(folder, f.File)
		if f.Parse != nil && file != path.Join(c.folder, c.use.File) && !slices.Contains(list, file) {
			list = append(list, file)
		}
	}
	told := c.says.name == c.use.Manager
	for _, f := range at.found {
		if f.Manager == c.use.Manager {
			if at.folder == c.folder && !(told && c.says.version != "") {
				add(at.folder, f)
			}
		} else if !told {
			add(at.folder, f)
		}
	}
	if host != nil && !told {
		for _, f := range host.found {
			if f.Manager != c.use.Manager {
				add(host.folder, f)
			}
		}
	}
	return list
}
