package sbom

import (
	"bytes"
	"crypto/sha1" // for version 5 identifiers of RFC 4122, not for a signature
	"encoding/hex"
	"hash"
	"io"
)

// A Seeker is what WriteFile writes to: a file, at its beginning.
type Seeker interface {
	io.Writer
	io.WriterAt
}

// A sealer takes the pieces of a document in order and hashes them. At the end
// it inserts the serial number, which is near the beginning and depends on all
// of them. Pieces are written to a file at once, if there is one, else kept.
type sealer struct {
	sum   hash.Hash
	parts [][]byte // kept
	at    int64    // offset of the serial number

	// If there is a file, another goroutine writes to it, because hashing alone
	// takes as long as everything else.
	file    Seeker
	pieces  chan chunk
	written chan error  // the first write error, once all writes are done
	warm    chan []byte // used buffers that are free
	cold    chan []byte // buffers still to be allocated
}

type chunk struct {
	text   []byte
	buffer bool // text is a buffer, to be released
}

func newSealer(file Seeker) *sealer {
	s := &sealer{sum: sha1.New(), file: file, at: -1}
	s.sum.Write([]byte(namespace))
	if file != nil {
		s.warm, s.cold = make(chan []byte, ahead), make(chan []byte, ahead)
		for range ahead {
			s.cold <- nil
		}
		s.pieces, s.written = make(chan chunk, ahead), make(chan error, 1)
	}
	return s
}

// start starts writing; seal ends it.
func (s *sealer) start() {
	if s.file != nil {
		go func() { s.written <- s.write() }()
	}
}

// write writes the pieces as they arrive.
func (s *sealer) write() (err error) {
	for p := range s.pieces {
		if err == nil {
			_, err = s.file.Write(p.text)
		}
		if p.buffer {
			s.release(p.text)
		}
	}
	return err
}

// buffer waits for a free buffer; nil means to allocate one. A used one is
// preferred: its memory is allocated and cached.
func (s *sealer) buffer() []byte {
	if s.file == nil {
		return nil
	}
	select {
	case b := <-s.warm:
		return b[:0]
	default:
	}
	select {
	case b := <-s.warm:
		return b[:0]
	case <-s.cold:
		return nil
	}
}

// release returns a buffer that is no longer needed.
func (s *sealer) release(b []byte) {
	switch {
	case s.file == nil:
	case b == nil:
		s.cold <- nil
	default:
		s.warm <- b
	}
}

// add takes the next piece. The sealer then owns text, and releases it if it is
// a buffer.
func (s *sealer) add(text []byte, buffer bool) {
	if s.at < 0 { // the serial number precedes all foreign text, so the first match is it
		s.at = int64(bytes.Index(text, []byte(unsealed)))
	}
	s.sum.Write(text)
	if s.file == nil {
		s.parts = append(s.parts, text)
	} else {
		s.pieces <- chunk{text, buffer}
	}
}

// seal replaces the empty serial number by a version 5 identifier of the
// document so far. CycloneDX wants a new one for each document; a reproducible
// document can only have one for each content. The error is that of the first
// failed write.
func (s *sealer) seal() error {
	id := s.sum.Sum(nil)[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	x := hex.EncodeToString(id)
	serial := "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	if s.file == nil {
		copy(s.parts[0][s.at:], serial)
		return nil
	}
	close(s.pieces)
	err := <-s.written
	if err == nil {
		_, err = s.file.WriteAt([]byte(serial), s.at)
	}
	return err
}
