package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
)

// A Commit is what the checked-out commit says about a package.
type Commit struct {
	SHA  string    // 40 lower-case hex digits, or 64
	Date time.Time // when it was committed, UTC
	Tag  string    // a tag of this version that points to it; "" none

	// Remote is the address of the remote origin, without credentials; "" none.
	Remote string

	// Release is the commit that the tag of this release points to; "" if no
	// tag is being released, or the checkout does not have it.
	Release string

	// Manifest is the committed package.json of the package; nil if the packed
	// one is the same, or there is none.
	Manifest []byte

	// Files maps each packed path, relative to the package's directory, to the
	// commit's file; nil if that was not asked.
	Files map[string]File
}

// Short returns the abbreviated commit name.
func (c *Commit) Short() string { return c.SHA[:min(len(c.SHA), 7)] }

// A File is the commit's file at the path of a packed file.
type File struct {
	Blob    string // git's hash of its content, hex; "": the commit has no such file
	Pointer string // SHA-256, hex, of the content stored by git-lfs; "": not a git-lfs pointer
	// Clean says that the packed file differs from Blob but git converts it to
	// Blob (.gitattributes, core.autocrlf), and so calls it unchanged.
	Clean bool
	Ends  bool // the packed file differs from Blob in line endings only
	// Ignored is the ignored path: the file or a directory above it, "." for
	// the package's directory or one above it; "": git does not ignore the
	// file.
	Ignored string
}

// A Packed is a file of the tarball.
type Packed struct {
	Path string // relative to the package's directory
	Blob string // git's hash of its content, hex; may be empty where MayHave is false
	Made bool   // made by a build, so how it differs does not matter
}

// Contents passes the packed files with those paths to visit; it may leave out
// files that are too large to hold in memory. It is called at most once.
type Contents func(paths map[string]bool, visit func(path string, content []byte) error) error

// Explain returns what a commit has for each file of a package. dir is the
// package's directory relative to the checkout's root, "." for the root itself.
// Files that differ from the committed ones are read again through contents, to
// reports whether git would call them changed; if contents is nil, that is left
// out.
func (r *Repository) Explain(v *Revision, dir string, packed []Packed, contents Contents) (map[string]File, error) {
	x := &explainer{repo: r, top: v.tree, dir: dir, ignores: newIgnores(r, v.tree)}
	defer x.close()
	files := make(map[string]File, len(packed))
	for _, p := range packed {
		f, err := x.file(p)
		if err != nil {
			return nil, fmt.Errorf("look %s up in commit %s: %w", path.Join(dir, p.Path), v.Short(), err)
		}
		files[p.Path] = f
	}
	if err := x.compare(packed, files, contents); err != nil {
		return nil, fmt.Errorf("compare with commit %s: %w", v.Short(), err)
	}
	return files, nil
}

// compare looks at the content of the files that differ.
func (x *explainer) compare(packed []Packed, files map[string]File, contents Contents) error {
	differ := map[string]bool{}
	for _, p := range packed {
		f := files[p.Path]
		changed := f.Blob != "" && f.Blob != p.Blob && f.Pointer == ""
		if copied := f.Blob == "" && x.rootEntry(p.Path) != nil; (changed || copied) && !p.Made {
			differ[p.Path] = true
		}
	}
	if len(differ) == 0 || contents == nil {
		return nil
	}
	return contents(differ, func(file string, content []byte) error {
		f := files[file]
		e, owner, below, err := x.find(path.Join(x.dir, file))
		if err != nil {
			return err
		}
		if f.Blob == "" {
			e, owner, below = x.rootEntry(file), x, file
		}
		if e == nil || !e.file() {
			return nil
		}
		c, err := owner.converter()
		if err != nil {
			return err
		}
		clean, ends, err := c.clean(below, e.id, content)
		switch {
		case f.Blob != "":
			f.Clean, f.Ends = clean, ends
			files[file] = f
		case clean:
			files[file] = File{Blob: e.id.String(), Clean: true}
		}
		return err
	})
}

func (x *explainer) converter() (*converter, error) {
	if x.converts == nil {
		c, err := newConverter(x.repo, x.top)
		if err != nil {
			return nil, err
		}
		x.converts = c
	}
	return x.converts, nil
}

// MayHave reports whether Explain needs the content of a file. It is false only
// for a file that the commit does not have.
func (r *Repository) MayHave(v *Revision, dir, file string) bool {
	if len(file) > maxPath || strings.Count(file, "/") > maxDepth {
		return false
	}
	x := &explainer{repo: r, top: v.tree, dir: dir}
	full := path.Join(dir, file)
	e, err := r.lookup(v.tree, full)
	if err != nil || e != nil || x.dir != "." && !strings.Contains(file, "/") {
		return true
	}
	module, _, err := x.moduleAbove(full)
	return err != nil || module != ""
}

// An explainer looks up the files of one package.
type explainer struct {
	repo    *Repository
	top     hash
	dir     string
	ignores *ignores
	modules map[string]*module // submodules by path from the root

	converts *converter // made when first needed
}

func (x *explainer) file(p Packed) (File, error) {
	if len(p.Path) > maxPath || strings.Count(p.Path, "/") > maxDepth {
		return File{}, nil
	}
	full := path.Join(x.dir, p.Path)
	e, owner, _, err := x.find(full)
	if err != nil {
		return File{}, err
	}
	if e == nil || e.folder() || e.module() {
		if x.atRoot(p) {
			return File{Blob: p.Blob}, nil
		}
		at, err := x.ignores.match(full)
		return File{Ignored: within(x.dir, at)}, err
	}
	f := File{Blob: e.id.String()}
	if f.Blob != p.Blob && e.file() {
		f.Pointer, err = owner.repo.pointer(e.id)
	}
	return f, err
}

// atRoot reports whether a file at the root of a package in a subdirectory
// equals the file of the same name at the checkout's root: pnpm copies the
// workspace's licence into each of its packages, and other tools copy the
// README.
func (x *explainer) atRoot(p Packed) bool {
	e := x.rootEntry(p.Path)
	return e != nil && e.id.String() == p.Blob
}

// rootEntry returns the file at the checkout's root that a file at the root of
// a package in a subdirectory may be a copy of; nil if there is none.
func (x *explainer) rootEntry(file string) *entry {
	if x.dir == "." || strings.Contains(file, "/") {
		return nil
	}
	if e, err := x.repo.lookup(x.top, file); err == nil && e != nil && e.file() {
		return e
	}
	return nil
}

// within returns a path of the checkout relative to a directory of it; "." for
// the directory itself and for those above it.
func within(dir, at string) string {
	if dir == "." || at == "" {
		return at
	}
	if rest, ok := strings.CutPrefix(at, dir+"/"); ok {
		return rest
	}
	return "."
}

// find looks up a path, also inside submodules. It returns the entry, the
// explainer of the repository it is in, and its path there.
func (x *explainer) find(full string) (*entry, *explainer, string, error) {
	for at := full; ; {
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			break
		}
		at = at[:i]
		if m := x.modules[at]; m != nil {
			return m.find(full[len(at)+1:])
		}
	}
	e, err := x.repo.lookup(x.top, full)
	if e != nil || err != nil {
		return e, x, full, err
	}
	at, id, err := x.moduleAbove(full)
	if at == "" || err != nil {
		return nil, x, full, err
	}
	m, err := x.open(at, id)
	if err != nil {
		return nil, nil, "", fmt.Errorf("the submodule %s: %w", at, err)
	}
	return m.find(full[len(at)+1:])
}

// moduleAbove returns the submodule that contains a path; "" if none does.
func (x *explainer) moduleAbove(full string) (string, hash, error) {
	for i := range full {
		if full[i] != '/' {
			continue
		}
		e, err := x.repo.lookup(x.top, full[:i])
		if err != nil || e == nil {
			return "", hash{}, err
		}
		if e.module() {
			return full[:i], e.id, nil
		}
	}
	return "", hash{}, nil
}

// A module is a submodule, opened at the commit that its parent records: what
// is checked out there may be a different one.
type module struct {
	*explainer
	root *os.Root
}

func (x *explainer) open(at string, id hash) (*module, error) {
	if x.repo.modules == maxModules {
		return nil, fmt.Errorf("more than %d within each other", maxModules)
	}
	root, err := x.repo.root.OpenRoot(at)
	if err != nil {
		return nil, disk.Cause(err)
	}
	repo, err := open(root, x.repo.work, x.repo.modules+1)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	m := &module{&explainer{repo: repo}, root}
	v, err := repo.revision(id)
	if err != nil {
		m.close()
		return nil, err
	}
	m.top = v.tree
	if x.modules == nil {
		x.modules = map[string]*module{}
	}
	x.modules[at] = m
	return m, nil
}

// close closes the submodules.
func (x *explainer) close() {
	for _, m := range x.modules {
		m.close()
	}
}

func (m *module) close() {
	m.explainer.close()
	m.repo.Close()
	_ = m.root.Close()
}

// pointer returns the SHA-256 in a git-lfs pointer, "" for any other file
// (git-lfs, docs/spec.md). A file that a partial clone lacks is not a pointer
// either: it is already known to differ.
func (r *Repository) pointer(id hash) (string, error) {
	_, data, err := r.object(id, maxPointer)
	if errors.Is(err, errLarge) || errors.Is(err, ErrMissing) {
		return "", nil
	}
	if err != nil || !bytes.HasPrefix(data, lfsVersion) {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if sum, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "oid sha256:"); ok && len(sum) == 64 {
			return sum, nil
		}
	}
	return "", nil
}
