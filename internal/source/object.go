package source

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/publishgate/publishgate/internal/disk"
)

// object reads an object and checks that its bytes have its name. An object
// forged to collide with another fails here.
func (r *Repository) object(id hash, limit int64) (plumbing.ObjectType, []byte, error) {
	return r.objectFor(id, limit, r.work)
}

// objectFor reads an object as long as work has bytes left.
func (r *Repository) objectFor(id hash, limit int64, work *atomic.Int64) (plumbing.ObjectType, []byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stores {
		kind, data, err := s.find(id, min(limit, maxObject), work)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return kind, nil, fmt.Errorf("git object %s: %w", id, err)
		}
		if nameOf(kind, data, id.size) != id {
			return kind, nil, fmt.Errorf("git object %s: its bytes are those of another object: the repository is damaged", id)
		}
		return kind, data, nil
	}
	return plumbing.InvalidObject, nil, fmt.Errorf("git object %s: %w", id, ErrMissing)
}

// find looks in one object directory; fs.ErrNotExist means that the object is
// not there.
func (s *store) find(id hash, limit int64, work *atomic.Int64) (plumbing.ObjectType, []byte, error) {
	for i, p := range s.packs {
		offset, found, err := p.find(id)
		if err != nil {
			return 0, nil, err
		}
		if found {
			// The next object is most often in the same pack.
			copy(s.packs[1:i+1], s.packs[:i])
			s.packs[0] = p
			return p.read(offset, limit, work)
		}
	}
	return s.loose(id, limit, work)
}

// loose reads an object from a file of its own: type, size, a NUL byte and
// content, all compressed with zlib.
func (s *store) loose(id hash, limit int64, work *atomic.Int64) (plumbing.ObjectType, []byte, error) {
	name := id.String()
	f, _, err := disk.Open(s.root, name[:2]+"/"+name[2:])
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	z, err := zlib.NewReader(bufio.NewReader(f))
	if err != nil {
		return 0, nil, err
	}
	in := bufio.NewReaderSize(z, 64) // the header of an object is shorter
	head, err := in.ReadSlice(0)
	if err != nil {
		return 0, nil, errors.New("it has no head: the repository is damaged")
	}
	word, digits, _ := bytes.Cut(head[:len(head)-1], []byte(" "))
	kind, err := plumbing.ParseObjectType(string(word))
	if err != nil || kind > plumbing.TagObject {
		return 0, nil, fmt.Errorf("an object of type %.20q", word)
	}
	size, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || size < 0 {
		return 0, nil, fmt.Errorf("an object of size %.20q", digits)
	}
	if size > limit {
		return 0, nil, fmt.Errorf("%w: %d bytes", errLarge, size)
	}
	if err := spend(work, size); err != nil {
		return 0, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(in, size+1))
	if err != nil {
		return 0, nil, err
	}
	if int64(len(data)) != size {
		return 0, nil, fmt.Errorf("its head says %d bytes, and there are %d: the repository is damaged", size, len(data))
	}
	return kind, data, nil
}

// spend subtracts n bytes from what one run may decompress.
func spend(work *atomic.Int64, n int64) error {
	if work.Add(-n) < 0 {
		return fmt.Errorf("more than %d bytes would have to be made of the git repository's objects", maxWork)
	}
	return nil
}
