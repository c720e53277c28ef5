package sbom

import (
	"bytes"
	"crypto/sha1" // of RFC 4122's version 5 identifiers; not a signature
	"encoding/hex"
	"hash"
	"io"
)

// A Seeker is what WriteFile writes to: a file, from its beginning.
type Seeker interface {
	io.Writer
	io.WriterAt
}

// A sealer takes the pieces of a document in order, hashes them, and in the end
// puts the serial number in, which stands at the beginning and hangs on all of
// them. Pieces go to a file at once, where there is one, and are kept otherwise.
type sealer struct {
	sum   hash.Hash
	parts [][]byte // kept
	at    int64    // of the serial number

	// Where there is a file, another goroutine writes to it, since hashing alone
	// takes as long as all else.
	file    Seeker
	pieces  chan chunk
	written chan error  // the first write that failed, once all are done
	warm    chan []byte // buffers that were used and are free
	cold    chan []byte // those not made yet
}

type chunk struct {
	text   []byte
	buffer bool // to be released
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

// start begins to write; seal ends it.
func (s *sealer) start() {
	if s.file != nil {
		go func() { s.written <- s.write() }()
	}
}

// write writes the pieces as they come.
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

// buffer waits for one that is free; nil: make one. A used one is better: its
// memory is there and near.
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

// release gives a buffer back, once nobody needs what is in it.
func (s *sealer) release(b []byte) {
	switch {
	case s.file == nil:
	case b == nil:
		s.cold <- nil
	default:
		s.warm <- b
	}
}

// add takes the next piece; text is the sealer's from then on, and a buffer
// is released.
func (s *sealer) add(text []byte, buffer bool) {
	if s.at < 0 { // the serial number comes before all foreign text: the first match is the right one
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
// document as it stands (CycloneDX wants one for each content; a reproducible
// document cannot have one for each run). The error is of the first write that
// failed.
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
