package secret

// A skip goes through a text in which none of some leads begins (Horspool, 1980).
type prefixSkipper struct {
	length int        // classes of a lead
	step   [256]uint8 // how far on from a byte at the last of their places a lead can end
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

// next returns the next place from which a lead can begin; -1: there is none.
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
