package pack

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/publishgate/publishgate/internal/disk"
)

const (
	errNotFolder = syscall.ENOTDIR
	maxLinks     = 40 // nested links, as in Linux
)

var errOutside = errors.New("a link leads out of the checkout: nothing out there is packed")

// real resolves the links in a path below the root. A link that leads out of
// the root is an error: nothing there is read.
func (b *bundler) real(name string) (string, error) {
	root := b.l.folder.Root
	done, rest, links := ".", name, 0
	for rest != "" {
		part, after, _ := strings.Cut(rest, "/")
		rest = after
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			if done == "." {
				return "", errOutside
			}
			done = path.Dir(done)
			continue
		}
		at := path.Join(done, part)
		info, err := root.Lstat(at)
		if err != nil {
			return "", disk.Cause(err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = at
			continue
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		target, err := root.Readlink(at)
		if err != nil {
			return "", disk.Cause(err)
		}
		absolute := filepath.IsAbs(target) // on Windows C:\a, as a junction's is
		if target = filepath.ToSlash(target); absolute || path.IsAbs(target) {
			if target, err = b.below(target); err != nil {
				return "", err
			}
			done = "."
		}
		rest = target + "/" + rest
	}
	return done, nil
}

// below converts an absolute link target to a path below the root.
func (b *bundler) below(target string) (string, error) {
	top := filepath.ToSlash(b.l.folder.Path)
	rest, inside := strings.CutPrefix(path.Clean(target), strings.TrimSuffix(top, "/")+"/")
	if top == "" || !inside {
		return "", errOutside
	}
	return rest, nil
}
