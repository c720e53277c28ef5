// Package pack makes from a directory the tarball that `npm pack
// --ignore-scripts` makes: the same files in the same order, the same tar
// stream byte for byte. Only the gzip layer differs; it is the same on every
// machine.
//
// It follows npm 10 and 11 (npm-packlist 10, ignore-walk 8, pacote 21, node-tar
// 7), oddities included: what a reviewer sees with `npm pack` is what is packed
// here. npm 12 reads `files` a little differently.
//
// It runs no script and writes nothing. It reads files only below the
// checkout's root, each once. It never follows symbolic links, except those in
// node_modules that lead to a bundled dependency, and these only within the
// checkout.
package pack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Folder is a package's directory within its checkout.
type Folder struct {
	Root *os.Root // the topmost directory that may be read
	Path string   // path of Root on disk, to resolve absolute links; "": none is followed
	Dir  string   // the package's directory as a slash path below Root; "." for Root itself

	// Without is a directory below Dir that is ignored, because the gate writes
	// its own output there; "": none.
	Without string

	// Within is a directory above Dir whose workspaces are known to have Dir as a
	// member, so that they need not be looked through for it; "": none is known.
	Within string

	// Shared is what others read of the checkout already; nil: nothing is shared.
	Shared *lockfile.Shared

	// Manifest is the directory's package.json, already read.
	Manifest *npm.Manifest
}

// ErrUnnamed is the error for a package.json without name or version, for which
// npm makes no tarball.
var ErrUnnamed = errors.New("package.json has no name and version")

// The limits of a directory walk.
const (
	maxIgnoreFile = 1 << 20   // bytes of one .npmignore or .gitignore
	maxDepth      = 256       // nested directories
	maxSeen       = 2_000_000 // files and directories visited
)

// Name returns the file name that npm gives the tarball of a version:
// acme-widget-1.0.0.tgz.
func Name(name, version string) string {
	return strings.NewReplacer("/", "-", `\`, "-").Replace(strings.TrimPrefix(name, "@")+"-"+version) + ".tgz"
}

// List returns the paths that npm packs, relative to the package's directory,
// in the order of the tarball. It stops with ctx's error when ctx ends.
func List(ctx context.Context, f Folder) ([]string, error) {
	l, err := list(ctx, f)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(l.files))
	for i, file := range l.files {
		paths[i] = file.path
	}
	return paths, nil
}

// list finds the files that npm would pack. Like npm, it does not validate name
// and version.
func list(ctx context.Context, f Folder) (*listing, error) {
	m := f.Manifest
	if m.Name == "" || m.Version == "" {
		return nil, ErrUnnamed
	}
	l := &listing{ctx: ctx, folder: f, rules: compiler{}, packed: map[string]string{}}
	if err := l.gather(); err != nil {
		return nil, err
	}
	l.order()
	if len(l.files) > tarball.MaxEntries {
		return nil, fmt.Errorf("the folder holds more than %d files to pack", tarball.MaxEntries)
	}
	return l, nil
}

// Pack returns the bytes of the tarball. It stops with ctx's error when ctx
// ends.
func Pack(ctx context.Context, f Folder) ([]byte, error) {
	l, err := list(ctx, f)
	if err != nil {
		return nil, err
	}
	w := tarball.NewWriter()
	links := linkCache{}
	for _, file := range l.files {
		if err := ctx.Err(); err != nil {
			w.Abort()
			return nil, err
		}
		if err := l.add(w, file, links); err != nil {
			w.Abort()
			return nil, fmt.Errorf("pack %s: %w", file.path, err)
		}
	}
	return w.Close()
}

// in returns the path relative to the root of a name in the package.
func (f Folder) in(name string) string { return path.Join(f.Dir, name) }
