package tarball

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxContent is the size of the largest file that Contents returns, in bytes.
const maxContent = 32 << 20

// Contents reads the archive again and calls visit with each file in paths, whole.
// Paths are relative to the root directory. Files larger than 32 MiB are left out,
// and so is everything behind the place where Read had to stop. The error is that
// of visit.
func (t *Tarball) Contents(paths map[string]bool, visit func(path string, content []byte) error) error {
	return t.readAgain(len(paths), func(i int) (write func(p []byte), end func() error) {
		e := &t.Entries[i]
		_, path, _ := strings.Cut(e.Path, "/")
		if !paths[path] || e.Size > maxContent {
			return nil, nil
		}
		content := make([]byte, 0, e.Size)
		return func(p []byte) { content = append(content, p...) }, func() error { return visit(path, content) }
	})
}

// Digests reads the archive again and returns the SHA-256 of the files that wanted
// holds, in lower-case hex. Both name a file by its index in Entries. Those behind
// the place where Read had to stop are left out.
func (t *Tarball) Digests(wanted map[int]bool) map[int]string {
	found := make(map[int]string, len(wanted))
	_ = t.readAgain(len(wanted), func(i int) (write func(p []byte), end func() error) { // no end returns an error
		if !wanted[i] {
			return nil, nil
		}
		sum := sha256.New()
		return func(p []byte) { sum.Write(p) }, func() error {
			found[i] = hex.EncodeToString(sum.Sum(nil))
			return nil
		}
	})
	return found
}

// readAgain reads the archive until n files were wanted. It calls open with the
// index of each file. If the file is wanted, open returns write, which is told its
// bytes piece by piece, and end. The error is that of an end.
func (t *Tarball) readAgain(n int, open func(i int) (write func(p []byte), end func() error)) error {
	packed, err := newGunzip(t.Bytes)
	if err != nil {
		return nil // Read has reported it
	}
	in := newStream(packed, nil)
	defer in.close()
	for i, e := range t.Entries {
		if n == 0 || in.nextEntry() != nil {
			return nil
		}
		if e.Dir {
			continue
		}
		write, end := open(i)
		if write == nil {
			if in.discard(e.Size+blockPad(e.Size)) != nil {
				return nil
			}
			continue
		}
		n--
		if in.each(e.Size, write) != nil || in.discard(blockPad(e.Size)) != nil {
			return nil
		}
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}

// nextEntry reads up to the end of the next header of a file or a directory.
func (s *stream) nextEntry() error {
	var h [block]byte
	for {
		if err := s.read(h[:]); err != nil {
			return err
		}
		if isLongName(h[:]) {
			size, _ := octal(fieldSize.of(h[:]))
			if err := s.discard(size + blockPad(size)); err != nil {
				return err
			}
			continue
		}
		d, err := parseHeader(h[:])
		switch {
		case err != nil:
			return err
		case d.entryType == 'x':
			if err := s.discard(d.size + blockPad(d.size)); err != nil {
				return err
			}
		case d.entryType == '0', d.entryType == '5':
			return nil
		}
	}
}

// discard reads n bytes and drops them.
func (s *stream) discard(n int64) error { return s.each(n, func([]byte) {}) }

// each calls write with the next n bytes, piece by piece.
func (s *stream) each(n int64, write func(p []byte)) error {
	for n > 0 {
		p, err := s.next(n)
		if err != nil {
			return err
		}
		write(p)
		n -= int64(len(p))
	}
	return nil
}
