package tarball

import (
	"errors"
	"io"
	"sync/atomic"
)

// A stream returns the bytes of a reader in order while a goroutine reads ahead, so
// that inflating overlaps with hashing and searching. It holds at most chunkCount
// × chunkSize bytes.
type stream struct {
	full chan *chunk // chunks that were read
	free chan *chunk // chunks to read into; nil: not allocated yet
	stop chan struct{}
	done <-chan struct{} // closed: next returns ErrStopped instead of a further chunk

	unread  []byte // bytes of current that were not returned yet
	current *chunk // the chunk that next reads from; nil: none yet
	err     error  // the error behind current
}

const (
	chunkSize  = 256 << 10
	chunkCount = 12
)

// A chunk is a buffer with several users. The last of them gives it back.
type chunk struct {
	buf   []byte
	n     int
	err   error
	users atomic.Int32
}

func newStream(r io.Reader, done <-chan struct{}) *stream {
	s := &stream{full: make(chan *chunk, chunkCount), free: make(chan *chunk, chunkCount), stop: make(chan struct{}), done: done}
	for range chunkCount {
		s.free <- nil
	}
	go s.fill(r)
	return s
}

// fill reads ahead until the reader ends or the stream is closed.
func (s *stream) fill(r io.Reader) {
	defer close(s.full)
	for {
		var c *chunk
		select {
		case c = <-s.free:
		case <-s.stop:
			return
		}
		if c == nil {
			c = &chunk{buf: make([]byte, chunkSize)}
		}
		c.n, c.err = 0, nil
		for c.n < len(c.buf) && c.err == nil {
			var k int
			k, c.err = r.Read(c.buf[c.n:])
			c.n += k
		}
		c.users.Store(1) // the receiver
		err := c.err
		s.full <- c // never blocks: the channel has room for all chunks
		if err != nil {
			return
		}
	}
}

// close stops reading ahead. The goroutine ends after at most one read.
func (s *stream) close() {
	close(s.stop)
	for range s.full { // until fill has ended, so that no goroutine is left
	}
}

// hold keeps the bytes that next returned last valid until they are released.
func (s *stream) hold() *chunk {
	s.current.users.Add(1)
	return s.current
}

// release gives up a chunk. Any goroutine may call it.
func (s *stream) release(c *chunk) {
	if c.users.Add(-1) == 0 {
		s.free <- c // never blocks, as above
	}
}

// next returns the next bytes, at least one and at most limit. They are valid until
// the following call, or longer if they are held. At the end it returns the
// reader's error, io.EOF if all is well.
func (s *stream) next(limit int64) ([]byte, error) {
	for len(s.unread) == 0 {
		if s.err != nil {
			return nil, s.err
		}
		if s.current != nil {
			s.release(s.current)
		}
		var c *chunk
		select {
		case <-s.done:
			s.current, s.err = nil, ErrStopped
			return nil, s.err
		case c = <-s.full:
		}
		s.current, s.unread, s.err = c, c.buf[:c.n], c.err
	}
	n := int(min(int64(len(s.unread)), limit))
	p := s.unread[:n]
	s.unread = s.unread[n:]
	return p, nil
}

// read fills p. At the end it returns io.EOF if there were no bytes left, and
// io.ErrUnexpectedEOF if there were too few.
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
