// Package source reads the git commit that a package was made from: its date,
// its files, and the policy in an earlier commit.
//
// It reads a checkout's .git directory as bytes and nothing else. It uses no
// git binary, no child process, no hook and no filter. From the repository's
// configuration it reads only the address of a remote, which is compared as
// text, and settings for line endings; so the configuration cannot name a
// program or a file. It writes nothing and never fetches.
//
// All reading is bounded, whoever made the repository: the size of an object,
// the length of a chain of deltas, and the work of a whole run. Every object is
// checked against its name, so a damaged or forged pack is an error, never a
// file that merely looks different.
package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// The limits of what is read. Real repositories stay far below them.
const (
	maxObject   = 32 << 20 // bytes of one commit, tree, tag or file
	maxWork     = 1 << 30  // bytes of objects decompressed in one run
	maxChain    = 4096     // deltas between an object and its base object; git makes no more than 4095
	maxPacks    = 4096     // in one object directory
	maxRefs     = 64 << 20 // bytes of packed-refs
	maxSmall    = 64 << 10 // bytes of HEAD, of a loose ref and of the other one-line files
	maxLinks    = 5        // symbolic refs, tags of tags, and nested alternates, as in git
	maxModules  = 8        // nested submodules
	maxList     = 1 << 20  // bytes of a .gitignore and of a .gitattributes
	maxPointer  = 1024     // bytes of a pointer of git-lfs, by its specification
	maxPath     = 4096     // bytes of a packed path, and …
	maxDepth    = 64       // … slashes in it; a path beyond either is in no commit
	maxCached   = 1 << 20  // tree entries that are cached
	maxAltLines = 16       // alternates of one repository
)

// ErrNone is the error for a directory that is not a git checkout: it has no
// .git, or one without a repository, which git ignores too.
var ErrNone = errors.New("no git checkout")

// ErrUnborn is the error for a checkout whose branch has no commit yet.
var ErrUnborn = errors.New("the checkout has no commit yet")

// ErrMissing is the error for an object that is not in the repository, for
// instance because the clone is shallow or partial.
var ErrMissing = errors.New("not in this clone")

// errLarge is the error for an object larger than the given limit.
var errLarge = errors.New("larger than is read")

// A Repository is an open .git directory. Several goroutines may use it at once;
// one of them reads an object at a time.
type Repository struct {
	mu sync.Mutex // of all that changes: packed, stores, trees

	root *os.Root // the checkout
	own  *os.Root // its .git directory: HEAD
	// common is the same directory or, in a worktree, that of the main
	// checkout: refs and objects.
	common  *os.Root
	packed  []byte        // packed-refs, once read
	listed  bool          // packed-refs was read
	stores  []*store      // object directories, its own first
	trees   map[hash]tree // cache
	cached  int           // entries of all cached trees
	work    *atomic.Int64 // bytes left of maxWork; submodules share it
	modules int           // submodules above this one
}

// Open opens the repository of a checkout, given its root directory.
func Open(root *os.Root) (*Repository, error) {
	work := new(atomic.Int64)
	work.Store(maxWork)
	return open(root, work, 0)
}

func open(root *os.Root, work *atomic.Int64, modules int) (*Repository, error) {
	r := &Repository{root: root, trees: map[hash]tree{}, work: work, modules: modules}
	err := r.locate()
	if err == nil {
		err = r.openStores()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close closes the repository; the checkout's root stays open.
func (r *Repository) Close() {
	for _, s := range r.stores {
		s.close()
	}
	if r.own != nil {
		_ = r.own.Close()
	}
	if r.common != nil && r.common != r.own {
		_ = r.common.Close()
	}
}

// A Revision is one commit.
type Revision struct {
	SHA  string    // 40 lower-case hex digits; 64 in a SHA-256 repository
	Date time.Time // when it was committed, UTC
	tree hash
}

// Short returns the abbreviated commit name.
func (v *Revision) Short() string { return v.SHA[:min(len(v.SHA), 7)] }

// Head returns the checked-out commit.
func (r *Repository) Head() (*Revision, error) {
	id, err := r.head()
	if err != nil {
		return nil, fmt.Errorf("read the commit that is checked out: %w", err)
	}
	return r.revision(id)
}

// Revision returns the commit with that name of 40 or 64 hex digits.
func (r *Repository) Revision(sha string) (*Revision, error) {
	id, err := parseHash(sha)
	if err != nil {
		return nil, err
	}
	return r.revision(id)
}

func (r *Repository) revision(id hash) (*Revision, error) {
	kind, data, err := r.object(id, maxObject)
	if err == nil && kind != plumbing.CommitObject {
		err = fmt.Errorf("it is a %s", kind)
	}
	var v *Revision
	if err == nil {
		v, err = parseCommit(data)
	}
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", id, err)
	}
	v.SHA = id.String()
	return v, nil
}

// Branch returns the commit of a branch of a remote, as it was last fetched. If
// the checkout has no such branch, the error is fs.ErrNotExist.
func (r *Repository) Branch(remote, name string) (*Revision, error) {
	ref := "refs/remotes/" + remote + "/" + name
	if !fs.ValidPath(ref) {
		return nil, fmt.Errorf("branch %q: %w", name, fs.ErrNotExist)
	}
	id, err := r.ref(ref)
	if err != nil {
		return nil, fmt.Errorf("branch %s: %w", name, err)
	}
	return r.revision(id)
}

// Tag returns the name of the commit that a tag points to, through annotated
// tags; "" if the checkout has no such tag.
func (r *Repository) Tag(name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", nil
	}
	id, err := r.ref("refs/tags/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for n := 0; err == nil; n++ {
		var kind plumbing.ObjectType
		var data []byte
		if kind, data, err = r.object(id, maxObject); err != nil || kind != plumbing.TagObject {
			break
		}
		if n == maxLinks {
			err = errors.New("too many tags of tags")
			break
		}
		id, err = parseTag(data)
	}
	if err != nil {
		return "", fmt.Errorf("tag %s: %w", name, err)
	}
	return id.String(), nil
}

// ReadFile returns a file of a commit; path is relative to the checkout's root.
// Links are followed within the commit. If the commit has no such file, the
// error is fs.ErrNotExist.
func (r *Repository) ReadFile(v *Revision, path string, limit int64) ([]byte, error) {
	e, err := r.resolve(v, path)
	if err != nil {
		return nil, fmt.Errorf("read %s of commit %s: %w", path, v.Short(), err)
	}
	switch {
	case e == nil:
		err = fs.ErrNotExist
	case !e.file():
		err = errors.New("not a regular file")
	default:
		var data []byte
		if _, data, err = r.object(e.id, limit); err == nil {
			return data, nil
		}
		if errors.Is(err, errLarge) {
			err = fmt.Errorf("larger than %d bytes", limit)
		}
	}
	return nil, fmt.Errorf("read %s of commit %s: %w", path, v.Short(), err)
}
