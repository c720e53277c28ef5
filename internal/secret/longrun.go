package secret

// startLongRun begins to decode a run that goes on behind the buffer. An inline
// source map may be longer than a segment.
func (f *File) startLongRun(start int) {
	if !looksLikeText(f.buf[start:]) {
		f.decodedUpTo = f.bufStart + len(f.buf)
		return
	}
	f.longRun = f.newInner("base64")
	f.longRunAt.from = f.bufStart + start
	f.longRunAt.line, f.longRunAt.column = f.position(start)
	f.longRunRest = f.longRunRest[:0]
	f.feedLongRun(f.buf[start:])
	f.decodedUpTo = f.bufStart + len(f.buf)
}

// continueLongRun decodes more of a long run and returns where it ends in the
// buffer.
func (f *File) continueLongRun(from int, last bool) int {
	end := from
	for end < len(f.buf) && base64Byte[f.buf[end]] == 1 {
		end++
	}
	f.feedLongRun(f.buf[from:end])
	f.decodedUpTo = f.bufStart + end
	if end < len(f.buf) || last {
		for _, p := range f.longRun.results() {
			f.keepHit(p, f.longRun, f.longRunAt.from, f.bufStart+end, f.longRunAt.line, f.longRunAt.column)
		}
		f.longRun = nil
	}
	return end
}

// feedLongRun decodes the next characters of a long run.
func (f *File) feedLongRun(run []byte) {
	f.longRunRest = append(f.longRunRest, run...)
	whole := len(f.longRunRest) / 4 * 4
	f.longRun.Write(decodeBase64(f.longRunRest[:whole]))
	f.longRunRest = append(f.longRunRest[:0], f.longRunRest[whole:]...)
}
