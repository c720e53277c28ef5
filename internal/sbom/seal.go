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
	file  Seeker      // nil: keep the pieces
	warm  chan []byte // buffers that were used and are free, where there is a file
	cold  chan []byte // those not made yet
	parts [][]byte    // kept
	at    int64       // of the serial number
	err   error       // of the first write that failed
}

func newSealer(file Seeker) *sealer {
	s := &sealer{sum: sha1.New(), file: file, at: -1}
	s.sum.Write([]byte(namespace))
	if file != nil {
		s.warm, s.cold = make(chan []byte, ahead), make(chan []byte, ahead)
		for range ahead {
			s.cold <- nil
		}
	}
	return s
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

func (s *sealer) add(part []byte) {
	if s.at < 0 { // the serial number comes before all foreign text: the first match is the right one
		s.at = int64(bytes.Index(part, []byte(unsealed)))
	}
	s.sum.Write(part)
	switch {
	case s.file == nil:
		s.parts = append(s.parts, part)
	case s.err == nil:
		_, s.err = s.file.Write(part)
	}
}

// seal replaces the empty serial number by a version 5 identifier of the
// document as it stands (CycloneDX wants one for each content; a reproducible
// document cannot have one for each run).
func (s *sealer) seal() {
	id := s.sum.Sum(nil)[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	x := hex.EncodeToString(id)
	serial := "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	switch {
	case s.file == nil:
		copy(s.parts[0][s.at:], serial)
	case s.err == nil:
		_, s.err = s.file.WriteAt([]byte(serial), s.at)
	}
}
