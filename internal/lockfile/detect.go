package lockfile

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A stated manager is what a package.json says under packageManager, in
// corepack's form name@version+hash.
type stated struct {
	name, version string
	by            *npm.Manifest
}

func statedBy(m *npm.Manifest) stated {
	if m == nil || strings.TrimSpace(m.PackageManager) == "" {
		return stated{}
	}
	name, version, _ := strings.Cut(strings.TrimSpace(m.PackageManager), "@")
	version, _, _ = strings.Cut(version, "+")
	return stated{name, version, m}
}

// id returns name@version, for messages.
func (s stated) id() string {
	if s.version == "" {
		return s.name
	}
	return s.name + "@" + s.version
}

// ignoresShrinkwrap reports whether the manager is npm 12 or later, which do
// not read the package's own npm-shrinkwrap.json.
func (s stated) ignoresShrinkwrap() bool {
	v, err := npm.ParseVersion(s.version)
	return s.name == "npm" && err == nil && v.Major >= 12
}

// installsNoPeers reports whether the manager is npm 6 or older.
func (s stated) installsNoPeers() bool {
	v, err := npm.ParseVersion(s.version)
	return s.name == "npm" && err == nil && v.Major < 7
}

// refusesEdits reports whether the manager is bun 1.4 or later, whose frozen install
// refuses any other override or catalog than the lockfile was made with.
func (s stated) refusesEdits() bool {
	v, err := npm.ParseVersion(s.version)
	return s.name == "bun" && err == nil && (v.Major > 1 || v.Major == 1 && v.Minor >= 4)
}

// readsManifestAlone reports whether the manager is pnpm 9 or older, which take
// settings from package.json and .npmrc only.
func (s stated) readsManifestAlone() bool {
	v, err := npm.ParseVersion(s.version)
	return s.name == "pnpm" && err == nil && v.Major < 10
}

// A level is a directory that holds lockfiles.
type level struct {
	folder string
	found  []Format // in order of precedence
}

// of returns the level's lockfiles of one manager.
func (l level) of(manager string) []Format {
	var all []Format
	for _, f := range l.found {
		if f.Manager == manager {
			all = append(all, f)
		}
	}
	return all
}

// levels lists the directories with lockfiles from dir up to the first that
// holds .git, the nearest first.
func levels(root Files, dir string) ([]level, error) {
	var all []level
	for here := dir; ; here = path.Dir(here) {
		found, err := formatsIn(root, here)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			all = append(all, level{here, found})
		}
		if _, err := root.Lstat(path.Join(here, ".git")); err == nil || here == "." {
			return all, nil
		}
	}
}

// A choice is the lockfile that is read, and why.
type choice struct {
	folder string
	use    Format // the zero value: there is none, and none is needed
	says   stated
	also   []string   // lockfiles that may be used as well, below root
	notes  []npm.Note // without their File where they are about the lockfile itself
}

// choose decides which lockfile is read. If packageManager of DIR's
// package.json names a manager, it is the nearest lockfile of that manager.
// Else packageManager of the package.json beside the nearest lockfiles decides.
// If that manager has no lockfile, or none is named, it is the first of the
// nearest ones, in the order of Formats, that can be read. No lockfile at all
// is an error unless package.json has no dependencies.
func choose(root Files, dir string, manifest *npm.Manifest) (choice, error) {
	all, err := levels(root, dir)
	if err != nil {
		return choice{}, err
	}
	says := statedBy(manifest)
	if manifest == nil && (len(all) == 0 || all[0].folder != dir) {
		return choice{}, fmt.Errorf("%s holds neither a package.json nor a lockfile: DIR must be the folder of an npm package", label(dir, dir))
	}
	if len(all) == 0 {
		if why := needed(root, dir, manifest); why != "" {
			return choice{}, absent(root, dir, manifest, says, why)
		}
		return choice{}, nil
	}
	at := all[0]
	host := workspaceOf(root, dir, all)
	switch {
	case says.name != "":
	case at.folder != dir:
		says = statedBy(manifestAt(root, dir, at.folder))
		all = all[:1]
	case host != nil:
		says = statedBy(manifestAt(root, dir, host.folder))
	}
	for _, l := range all {
		if len(l.of(says.name)) > 0 {
			at = l
			break
		}
	}
	c := choice{folder: at.folder, says: says}
	if err := c.pick(at, dir); err != nil {
		return choice{}, err
	}
	c.tell(all, at, dir)
	if err := c.settle(host, dir); err != nil {
		return choice{}, err
	}
	c.also = c.others(at, host)
	return c, nil
}

// pick chooses one lockfile of a directory.
func (c *choice) pick(at level, dir string) error {
	among := at.of(c.says.name)
	if len(among) == 0 {
		among = at.found
	}
	for _, f := range among {
		if f.File == "npm-shrinkwrap.json" && c.says.ignoresShrinkwrap() {
			if len(among) == 1 {
				return fmt.Errorf("%s: packageManager says %s, which no longer reads this file: rename it to package-lock.json",
					label(dir, path.Join(at.folder, f.File)), c.says.id())
			}
			c.note(npm.NoteShrinkwrap, "package-lock.json was read and npm-shrinkwrap.json beside it was not: packageManager "+
				"says %s, which ignores it", c.says.id())
			continue
		}
		if f.Parse != nil {
			c.use = f
			return nil
		}
	}
	return unread(label(dir, path.Join(at.folder, among[0].File)), among[0])
}

// tell notes the lockfiles and settings that contradict the choice.
func (c *choice) tell(all []level, at level, dir string) {
	why := ": which of them is true cannot be told"
	if c.says.name == c.use.Manager {
		why = "; packageManager says " + c.says.id()
	} else if c.says.name != "" {
		line, column := 1, 1
		if doc, err := strict.Parse(c.says.by.Raw); err == nil {
			line, column = doc.Get("packageManager").Position()
		}
		c.notes = append(c.notes, npm.Note{
			Kind: npm.NoteOtherManager, File: c.says.by.File, Line: line, Column: column,
			Text: fmt.Sprintf("packageManager says %s, but the lockfile is %s of %s", c.says.id(),
				label(dir, path.Join(at.folder, c.use.File)), c.use.Manager),
		})
	}
	for _, l := range all {
		for _, f := range l.found {
			if f.Manager != c.use.Manager {
				c.note(npm.NoteTwoLockfiles, "%s was read, but %s of %s stands %s%s", c.use.File, f.File, f.Manager, c.beside(l), why)
			}
		}
		if l.folder == at.folder {
			return // lockfiles further up belong to other packages
		}
	}
}

func (c *choice) beside(l level) string {
	if l.folder == c.folder {
		return "beside it"
	}
	return "nearer"
}

func (c *choice) note(kind, format string, args ...any) {
	c.notes = append(c.notes, npm.Note{Kind: kind, Line: 1, Column: 1, Text: fmt.Sprintf(format, args...)})
}

// manifestAt reads the package.json of a directory. It returns nil if that
// fails; the caller that needs it reports the error.
func manifestAt(root Files, dir, folder string) *npm.Manifest {
	file := path.Join(folder, "package.json")
	text, err := ReadRegular(root, file, npm.MaxManifest)
	if err != nil {
		return nil
	}
	m, err := npm.ParseManifest(text, label(dir, file))
	if err != nil {
		return nil
	}
	return m
}
