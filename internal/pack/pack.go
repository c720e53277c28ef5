// Package pack makes of a folder the tarball that `npm pack --ignore-scripts`
// makes of it: the same files in the same order, the same tar stream byte for
// byte. Only the gzip layer differs, and is the same on every machine.
//
// npm 10 and 11 are followed (npm-packlist 10, ignore-walk 8, pacote 21,
// node-tar 7), oddities included: what a reviewer sees with `npm pack` is what
// is packed here. npm 12 reads `files` a little differently.
//
// No script is run and nothing is written. Files are read below the checkout's
// root alone, each once; symbolic links are never followed, except those that
// put a bundled dependency into node_modules, and these no further than the
// checkout.
package pack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Folder is a package's folder within its checkout.
type Folder struct {
	Root *os.Root // the topmost folder that may be read
	Path string   // of Root on the disk, to understand absolute links; "" follows none
	Dir  string   // the package's folder as a slash path below Root; "." for Root itself

	// Without is a folder below Dir that is left out as if it were not there:
	// where we write ourselves. "": none.
	Without string

	// Manifest is the folder's package.json, as it was read before.
	Manifest *npm.Manifest
}

// ErrUnnamed says that package.json has no name or no version, so that npm
// makes no tarball of the folder.
var ErrUnnamed = errors.New("package.json has no name and version")

// The limits of a walk.
const (
	maxIgnoreFile = 1 << 20   // bytes of one .npmignore or .gitignore
	maxDepth      = 256       // folders in folders
	maxSeen       = 2_000_000 // files and folders looked at
)

// Name is the file name that npm gives the tarball of a version:
// acme-widget-1.0.0.tgz.
func Name(name, version string) string {
	return strings.NewReplacer("/", "-", `\`, "-").Replace(strings.TrimPrefix(name, "@")+"-"+version) + ".tgz"
}

// List returns the paths that npm packs, relative to the package's folder, in
// the order of the tarball. When ctx ends it does, with its error.
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

// list finds the files of a folder that npm would pack. Whether name and
// version are good ones is none of its business, nor of npm's.
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

// Pack returns the bytes of the tarball. When ctx ends it does, with its error.
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

// in is a path below the root.
func (f Folder) in(name string) string { return path.Join(f.Dir, name) }
