package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Location is the directory of the judged package.
type Location struct {
	// Root is the topmost directory that may be read: the root of the repository,
	// or DIR itself if there is none; an *os.Root, or the files of a commit.
	Root Files
	// Dir is DIR as a slash path below Root; "" or ".": Root itself.
	Dir string
	// Shared is what readings for other packages of the checkout read already; nil:
	// nothing is shared.
	Shared *Shared
}

// Read finds the lockfile of the package in at.Dir and reads it. It looks in
// Dir, then in each directory above it, up to the first that holds .git and
// never above Root. name is the lockfile's path below Dir when the user named
// one, else "". manifest is Dir's package.json; nil: Dir has none; then the
// lockfile in Dir itself is read, and it describes the package.
//
// If there are several, choose decides. A package without dependencies needs no
// lockfile: its graph has no Lockfile. Otherwise a missing lockfile is an
// error, and so is one that is unreadable or not a regular file of up to
// MaxBytes. Symbolic links are not followed.
func Read(at Location, manifest *npm.Manifest, name string) (*npm.Graph, error) {
	dir := path.Clean(filepath.ToSlash(at.Dir))
	if name != "" {
		return read(at, dir, path.Join(dir, filepath.ToSlash(name)), manifest)
	}
	c, err := choose(at.Root, dir, manifest)
	if err != nil {
		return nil, err
	}
	if c.use.File == "" || c.use.Manager == "pnpm" && c.ofOthers(at.Root, dir) && manifest != nil && needed(at.Root, dir, manifest) == "" {
		return none(manifest), nil
	}
	g, err := read(at, dir, path.Join(c.folder, c.use.File), manifest)
	if other := (notMember{}); errors.As(err, &other) && manifest != nil && needed(at.Root, dir, manifest) == "" {
		return none(manifest), nil // the lockfile above is of other packages
	}
	if err != nil {
		return nil, err
	}
	for _, n := range c.notes {
		if n.File == "" {
			n.File = g.Lockfile
		}
		g.Notes = append(g.Notes, n)
	}
	for _, file := range c.also {
		other, err := read(at, dir, file, manifest)
		if err != nil {
			g.Notes = append(g.Notes, npm.Note{
				Kind: npm.NoteTwoLockfiles, File: label(dir, file), Line: 1, Column: 1,
				Text: fmt.Sprintf("%s may be used as well and was not judged: it cannot be read: %v", label(dir, file), err),
			})
			continue
		}
		g.Others = append(g.Others, other)
	}
	return g, nil
}

// show returns a directory as messages name it.
func show(dir string) string {
	if dir == "." {
		return ""
	}
	return dir
}

// formatsIn lists the lockfiles in a directory, in order of precedence.
func formatsIn(root Files, dir string) ([]Format, error) {
	var found []Format
	for _, f := range Formats {
		_, err := root.Lstat(path.Join(dir, f.File))
		switch {
		case err == nil:
			found = append(found, f)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("look for %s: %w", path.Join(dir, f.File), err)
		}
	}
	return found, nil
}

// read reads one lockfile for the package in dir, both below root.
func read(at Location, dir, file string, manifest *npm.Manifest) (*npm.Graph, error) {
	root, folder := at.Root, path.Dir(file)
	in := Input{File: label(dir, file), Manifest: manifest, Checkout: NewCheckout(root, folder, dir)}
	in.Checkout.shared = at.Shared
	member, err := filepath.Rel(folder, dir)
	member = filepath.ToSlash(member)
	if err != nil || member == ".." || strings.HasPrefix(member, "../") {
		member = "." // a file below DIR, named by the user, is DIR's own
	}
	if member != "." {
		in.Member = member
		// npm takes overrides and workspaces from the package.json beside the
		// lockfile, so it has to be there and readable.
		ownerFile := label(dir, path.Join(folder, "package.json"))
		text, err := ReadRegular(root, path.Join(folder, "package.json"), npm.MaxManifest)
		if err != nil {
			return nil, fmt.Errorf("read %s, to which %s belongs: %w", ownerFile, in.File, err)
		}
		if in.Owner, err = npm.ParseManifest(text, ownerFile); err != nil {
			return nil, err
		}
	}
	if in.Data, err = ReadRegular(root, file, MaxBytes); err != nil {
		return nil, fmt.Errorf("read %s: %w", in.File, err)
	}
	return ParseInput(in)
}

// label returns a path as shown to users: relative to DIR.
func label(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}
