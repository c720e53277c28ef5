package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// head resolves HEAD, which names a branch or, if detached, a commit.
func (r *Repository) head() (hash, error) {
	id, next, err := readRef(r.own, "HEAD")
	if err != nil || next == "" {
		return id, err
	}
	// HEAD of a reftable repository (git, Documentation/technical/reftable).
	if next == "refs/heads/.invalid" {
		return id, errors.New("its refs are in the format reftable, which is not supported; judge a plain clone")
	}
	id, err = r.ref(next)
	if errors.Is(err, fs.ErrNotExist) {
		return id, ErrUnborn
	}
	return id, err
}

// ref resolves a full ref name, such as refs/heads/main. If there is no such
// ref, the error is fs.ErrNotExist.
func (r *Repository) ref(name string) (hash, error) {
	for range maxLinks {
		if !strings.HasPrefix(name, "refs/") || !fs.ValidPath(name) {
			return hash{}, fmt.Errorf("read the ref %q: not a name", name)
		}
		root := r.common
		if strings.HasPrefix(name, "refs/worktree/") || strings.HasPrefix(name, "refs/bisect/") ||
			strings.HasPrefix(name, "refs/rewritten/") {
			root = r.own // git-worktree(1), "refs"
		}
		id, next, err := readRef(root, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, disk.ErrIrregular) { // a directory may have the name
			return r.packedRef(name)
		}
		if err != nil || next == "" {
			return id, err
		}
		name = next
	}
	return hash{}, fmt.Errorf("read the ref %s: too many symbolic refs", name)
}

// readRef reads a loose ref, which holds the name of an object or of another
// ref.
func readRef(root *os.Root, name string) (id hash, next string, err error) {
	data, err := disk.Read(root, name, maxSmall)
	if err != nil {
		return id, "", err
	}
	text := strings.TrimRight(string(data), " \t\r\n")
	if rest, ok := strings.CutPrefix(text, "ref:"); ok {
		return id, strings.TrimLeft(rest, " \t"), nil
	}
	if id, err = parseHash(text); err != nil {
		return id, "", fmt.Errorf("read %s: %w", name, err)
	}
	return id, "", nil
}

// packedRef looks up a ref in the file packed-refs.
func (r *Repository) packedRef(name string) (hash, error) {
	absent := fmt.Errorf("read the ref %s: %w", name, fs.ErrNotExist)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.listed {
		data, err := disk.Read(r.common, "packed-refs", maxRefs)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return hash{}, err
		}
		r.listed, r.packed = true, data
	}
	data := r.packed
	end := []byte(" " + name)
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if id, ok := bytes.CutSuffix(bytes.TrimSuffix(line, []byte("\r")), end); ok && !bytes.ContainsAny(id, " #^") {
			return parseHash(string(id))
		}
	}
	return hash{}, absent
}
