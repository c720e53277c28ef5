package secret

// nextRun returns the next run of at least leastBase64 characters of base64, in
// either alphabet, that begins at text[from] or behind it; both are the length of
// the text if there is none. The equal signs at its end do not count. Most of the
// text is jumped over: what is looked at first are the last characters that a run
// would have if it began at once (Boyer and Moore, 1977), all together, because the
// processor cannot foresee which of them is none.
func nextRun(text []byte, from int) (start, end int) {
	const tail = leastBase64 - 6
	for start = from; start+leastBase64 <= len(text); {
		first := text[start : start+leastBase64]
		if runByte[first[tail]]&runByte[first[tail+1]]&runByte[first[tail+2]]&runByte[first[tail+3]]&runByte[first[tail+4]]&runByte[first[tail+5]] == 0 {
			start += tail + 1
			continue
		}
		at := tail
		for at > 0 && runByte[first[at-1]] == 1 {
			at--
		}
		if at > 0 {
			start += at
			continue
		}
		for end = start + len(first); end < len(text) && runByte[text[end]] == 1; {
			end++
		}
		return start, end
	}
	return len(text), len(text)
}

// runByte is 1 for the characters of base64 in both alphabets.
var runByte = func() (s [256]uint8) {
	for b := range s {
		if c := byte(b); wordByte(c) || c == '+' || c == '/' || c == '-' {
			s[b] = 1
		}
	}
	return s
}()
