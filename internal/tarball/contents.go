package tarball

import "strings"

// maxContent is the size of the largest file that Contents returns, in bytes.
const maxContent = 32 << 20

// Contents reads the archive again and calls visit with each file in paths, whole.
// Paths are relative to the root directory. Files larger than 32 MiB are left out,
// and so is everything behind the place where Read had to stop. The error is that
// of visit.
func (t *Tarball) Contents(paths map[string]bool, visit func(path string, content []byte) error) error {
	packed, err := newGunzip(t.Bytes)
	if err != nil {
		return nil // Read has reported it
	}
	in := newStream(packed)
	defer in.close()
	left := len(paths)
	for _, e := range t.Entries {
		if left == 0 || in.nextEntry() != nil {
			return nil
		}
		if e.Dir {
			continue
		}
		_, path, _ := strings.Cut(e.Path, "/")
		if !paths[path] || e.Size > maxContent {
			if in.discard(e.Size+blockPad(e.Size)) != nil {
				return nil
			}
			continue
		}
		content := make([]byte, e.Size)
		if in.read(content) != nil || in.discard(blockPad(e.Size)) != nil {
			return nil
		}
		left--
		if err := visit(path, content); err != nil {
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
func (s *stream) discard(n int64) error {
	for n > 0 {
		p, err := s.next(n)
		if err != nil {
			return err
		}
		n -= int64(len(p))
	}
	return nil
}
