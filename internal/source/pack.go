package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/publishgate/publishgate/internal/disk"
)

// A pack is a file of objects, many stored as deltas (gitformat-pack(5)), with
// its index. Both are read in pieces, never whole.
type pack struct {
	root  *os.Root
	name  string // without .pack and .idx
	index *index // nil: not opened yet
	file  *os.File
	scan  *packfile.Scanner
}

func (p *pack) close() {
	if p.index != nil {
		_ = p.index.file.Close()
	}
	if p.file != nil {
		_ = p.file.Close()
	}
}

// find returns the offset of an object, by the index.
func (p *pack) find(id hash) (offset int64, found bool, err error) {
	if p.index == nil {
		if p.index, err = openIndex(p.root, p.name+".idx", id.size); err != nil {
			return 0, false, err
		}
	}
	offset, found, err = p.index.find(id)
	if err != nil {
		err = fmt.Errorf("read %s.idx: %w", p.name, err)
	}
	return offset, found, err
}

// open opens the pack when it is first needed, and checks that it is complete
// and belongs to its index.
func (p *pack) open() error {
	if p.file != nil {
		return nil
	}
	f, info, err := disk.Open(p.root, p.name+".pack")
	if err != nil {
		return fmt.Errorf("%w: the repository is damaged", noPath(err))
	}
	var head [8]byte
	sum := hash{size: p.index.pack.size}
	size := info.Size()
	if size < int64(len(head)+4+len(sum.bytes())) {
		err = errors.New("it is cut off")
	} else if _, err = f.ReadAt(head[:], 0); err == nil {
		_, err = f.ReadAt(sum.bytes(), size-int64(len(sum.bytes())))
	}
	switch {
	case err != nil:
	case !bytes.Equal(head[:], []byte("PACK\x00\x00\x00\x02")):
		err = errors.New("not a pack of version 2")
	case sum != p.index.pack:
		err = errors.New("its last bytes are not those that its index knows: it is cut off or of another index")
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	p.file, p.scan = f, packfile.NewScanner(f)
	return nil
}

// noPath makes an error that does not match fs.ErrNotExist: a missing pack is
// not a missing object.
func noPath(err error) error { return errors.New(err.Error()) }

// read returns the object at an offset of the pack. It follows the deltas down
// to their base object, then applies them one at a time.
func (p *pack) read(offset, limit int64, work *atomic.Int64) (plumbing.ObjectType, []byte, error) {
	if err := p.open(); err != nil {
		return 0, nil, err
	}
	var deltas []int64
	for {
		h, err := p.scan.SeekObjectHeader(offset)
		if err != nil {
			return 0, nil, fmt.Errorf("read %s.pack: %w", p.name, err)
		}
		if h.Type.IsDelta() {
			deltas = append(deltas, offset)
			if offset, err = p.base(h, offset); err != nil {
				return 0, nil, err
			}
			if len(deltas) > maxChain {
				return 0, nil, fmt.Errorf("read %s.pack: more than %d deltas on each other", p.name, maxChain)
			}
			continue
		}
		most := int64(maxObject)
		if len(deltas) == 0 {
			most = limit
		}
		data, err := p.inflate(h, most, work)
		for i := len(deltas) - 1; i >= 0 && err == nil; i-- {
			if most = maxObject; i == 0 {
				most = limit
			}
			data, err = p.apply(data, deltas[i], most, work)
		}
		return h.Type, data, err
	}
}

// base returns the offset of the base object of a delta.
func (p *pack) base(h *packfile.ObjectHeader, delta int64) (int64, error) {
	if h.Type == plumbing.OFSDeltaObject {
		return h.OffsetReference, nil // the scanner has checked that it is before the delta
	}
	on := hashOf(h.Reference[:])
	if p.long() {
		var err error
		if on, _, err = p.reference(delta); err != nil {
			return 0, err
		}
	}
	offset, found, err := p.find(on)
	if err == nil && !found {
		err = fmt.Errorf("read %s.pack: a delta is made on %s, which the pack does not hold", p.name, on)
	}
	return offset, err
}

// inflate decompresses the data after the header that was read last.
func (p *pack) inflate(h *packfile.ObjectHeader, limit int64, work *atomic.Int64) ([]byte, error) {
	if h.Length > limit {
		return nil, fmt.Errorf("%w: %d bytes", errLarge, h.Length)
	}
	if err := spend(work, h.Length); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(min(h.Length, 64<<10)))
	var n int64
	var err error
	if p.long() && h.Type == plumbing.REFDeltaObject {
		n, err = p.inflateAfter(&b, h)
	} else {
		n, _, err = p.scan.NextObject(&b)
	}
	if err == nil && n != h.Length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	return b.Bytes(), nil
}

// apply applies one delta of a chain to its base.
func (p *pack) apply(base []byte, offset, limit int64, work *atomic.Int64) ([]byte, error) {
	h, err := p.scan.SeekObjectHeader(offset)
	if err != nil {
		return nil, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	delta, err := p.inflate(h, maxObject, work)
	if err != nil {
		return nil, err
	}
	// The library allocates what the delta asks for, so the size is checked
	// first.
	size, err := targetSize(delta)
	if err != nil {
		return nil, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	if size > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes", errLarge, size)
	}
	if err := spend(work, int64(size)); err != nil {
		return nil, err
	}
	data, err := packfile.PatchDelta(base, delta)
	if err != nil {
		return nil, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	return data, nil
}

// targetSize reads the second of the two sizes at the start of a delta.
func targetSize(delta []byte) (size uint64, err error) {
	for range 2 {
		size = 0
		for shift := 0; ; shift += 7 {
			if len(delta) == 0 || shift > 56 {
				return 0, errors.New("a delta without its sizes")
			}
			c := delta[0]
			delta = delta[1:]
			size |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
	}
	return size, nil
}
