package tarball

import (
	"errors"
	"io"
)

// A stream hands out the bytes of a reader in order while a goroutine reads
// ahead, so that inflating overlaps with hashing and searching. It holds at
// most chunks × chunkSize bytes.
type stream struct {
	full chan chunk
	free chan []byte
	quit chan struct{}

	cur  []byte // not yet handed out
	back []byte // the whole buffer that cur is in
	err  error  // behind cur
}

const (
	chunkSize = 128 << 10
	chunks    = 4
)

type chunk struct {
	buf []byte
	n   int
	err error
}

func newStream(r io.Reader) *stream {
	s := &stream{full: make(chan chunk, chunks), free: make(chan []byte, chunks), quit: make(chan struct{})}
	for range chunks {
		s.free <- nil
	}
	go s.fill(r)
	return s
}

func (s *stream) fill(r io.Reader) {
	defer close(s.full)
	for {
		var buf []byte
		select {
		case buf = <-s.free:
		case <-s.quit:
			return
		}
		if buf == nil {
			buf = make([]byte, chunkSize)
		}
		n, err := 0, error(nil)
		for n < len(buf) && err == nil {
			var k int
			k, err = r.Read(buf[n:])
			n += k
		}
		s.full <- chunk{buf, n, err} // never blocks: there are no more buffers than room
		if err != nil {
			return
		}
	}
}

// close stops reading ahead. The goroutine ends after at most one read.
func (s *stream) close() {
	close(s.quit)
	for range s.full { // until fill has ended: nothing outlives the reading
	}
}

// next returns the next bytes, at least one and at most limit. They are valid until
// the following call. At the end it returns the reader's error, io.EOF if all
// is well.
func (s *stream) next(limit int64) ([]byte, error) {
	for len(s.cur) == 0 {
		if s.err != nil {
			return nil, s.err
		}
		if s.back != nil {
			s.free <- s.back
		}
		c := <-s.full
		s.back, s.cur, s.err = c.buf, c.buf[:c.n], c.err
	}
	n := int(min(int64(len(s.cur)), limit))
	p := s.cur[:n]
	s.cur = s.cur[n:]
	return p, nil
}

// read fills p. At the clean end it returns io.EOF if nothing was left and
// io.ErrUnexpectedEOF if too little was.
func (s *stream) read(p []byte) error {
	for n := 0; n < len(p); {
		q, err := s.next(int64(len(p) - n))
		if err != nil {
			if errors.Is(err, io.EOF) && n > 0 {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		n += copy(p[n:], q)
	}
	return nil
}
