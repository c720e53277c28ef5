package secret

// A prefixSkipper skips the parts of a text where no prefix begins (Horspool,
// 1980).
type prefixSkipper struct {
	length int        // least number of classes of a prefix
	step   [256]uint8 // for the byte at the end of a prefix: how many bytes to move on
}

func newPrefixSkipper(prefixes []*prefix) *prefixSkipper {
	s := &prefixSkipper{length: maxPrefix}
	for _, l := range prefixes {
		s.length = min(s.length, len(l.classes))
	}
	for b := range s.step {
		s.step[b] = uint8(s.length)
		for _, l := range prefixes {
			for k, c := range l.classes[:s.length] {
				if c[b] {
					s.step[b] = min(s.step[b], uint8(s.length-1-k))
				}
			}
		}
	}
	return s
}

// nextPlace returns the next place where a prefix can begin, or -1.
func (s *prefixSkipper) nextPlace(text []byte, from int) int {
	for i := from + s.length - 1; i < len(text); {
		by := s.step[text[i]]
		if by == 0 {
			return i - s.length + 1
		}
		i += int(by)
	}
	return -1
}
