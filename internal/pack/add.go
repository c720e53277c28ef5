package pack

import (
	"errors"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A linkCache maps a file with several hard links to the path it was first
// packed under.
type linkCache map[[2]uint64]string

// add packs one file.
func (l *listing) add(w *tarball.Writer, file packed, links linkCache) error {
	// A pipe may have replaced the regular file since it was listed.
	f, info, err := disk.Open(l.folder.Root, file.source)
	if err != nil {
		return errors.Unwrap(err) // the caller names the file
	}
	defer f.Close()
	mode, id, several := identity(info)
	if l.own.command(file.path) {
		mode |= 0o111
	}
	name := "package/" + file.path
	if several {
		if first, again := links[id]; again {
			return w.Link(name, mode, first)
		}
		links[id] = name
	}
	if err := w.File(name, mode, info.Size(), f); err != nil {
		return disk.Cause(err)
	}
	return nil
}

// command reports whether npm makes a file executable because bin names it.
// Like npm, it compares the path without its first directory (once always
// "package/"), so of bin/cli.js and x/bin/cli.js the second matches (pacote 21,
// isPackageBin). npm's result is what counts.
func (f *fields) command(name string) bool {
	if strings.HasPrefix(name, "@") {
		name = "./" + name
	}
	if at := strings.IndexAny(name, `\/`); at > 0 && name[at] == '/' {
		name = name[at+1:]
	}
	if f.executable == nil {
		f.executable = map[string]bool{}
		for _, target := range f.bin {
			f.executable[target] = true
		}
		for _, target := range f.commands {
			f.executable[target] = true
		}
	}
	return f.executable[name]
}
