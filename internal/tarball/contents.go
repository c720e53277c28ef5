package tarball

import "strings"

// maxContent is the largest file that Contents gives, in bytes.
const maxContent = 32 << 20

// Contents reads the archive once more and gives visit the files that are asked
// for, by their paths below the root folder, each whole. Larger ones than 32 MiB
// are left out, and so is what follows a place where Read had to stop. Its error
// is that of visit.
func (t *Tarball) Contents(paths map[string]bool, visit func(path string, content []byte) error) error {
	packed, err := newGunzip(t.Bytes)
	if err != nil {
		return nil // Read has told of it
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

// toEntry reads up to the end of the next header of a file or a folder.
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

// pass reads n bytes and drops them.
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
