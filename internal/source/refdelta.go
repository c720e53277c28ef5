package source

import (
	"bufio"
	"compress/zlib"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// long reports whether a pack uses SHA-256 names. The library's scanner assumes
// SHA-1, so a delta that names its base object is read here. git writes such
// deltas into a pack that it completes after a fetch.
func (p *pack) long() bool { return p.index.pack.size == sha256Size }

// reference returns the name in the delta at an offset, and the offset of the
// compressed data after it.
func (p *pack) reference(offset int64) (hash, int64, error) {
	var head [10]byte // type and length, seven bits a byte
	n, err := p.file.ReadAt(head[:], offset)
	if err != nil && err != io.EOF {
		return hash{}, 0, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	at := 0
	for at < n && head[at] >= 0x80 {
		at++
	}
	name := hash{size: sha256Size}
	start := offset + int64(at) + 1
	if err := readAt(p.file, name.bytes(), start); err != nil {
		return hash{}, 0, fmt.Errorf("read %s.pack: %w", p.name, err)
	}
	return name, start + sha256Size, nil
}

// inflateAfter decompresses the data of such a delta.
func (p *pack) inflateAfter(w io.Writer, h *packfile.ObjectHeader) (int64, error) {
	_, start, err := p.reference(h.Offset)
	if err != nil {
		return 0, err
	}
	z, err := zlib.NewReader(bufio.NewReader(io.NewSectionReader(p.file, start, 1<<62)))
	if err != nil {
		return 0, err
	}
	return io.Copy(w, io.LimitReader(z, h.Length+1))
}
