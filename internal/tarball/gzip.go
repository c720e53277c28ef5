package tarball

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// Lengths of the fixed header of RFC 1952, and of the trailer with checksum and
// size.
const (
	gzipHeader  = 10
	gzipTrailer = 8
)

// A gunzip reads a gzip file of exactly one member: CM=8, FLG=0 (RFC 1952 2.3),
// checksum and length right, nothing after it. Read returns io.EOF only if all of
// that is so. Any other error is a *refusal.
type gunzip struct {
	packedSize int
	source     *bytes.Reader
	flate      io.Reader
	crc        uint32
	size       int64
	err        error
}

func newGunzip(data []byte) (*gunzip, error) {
	switch {
	case len(data) >= 265 && string(data[257:262]) == "ustar":
		return nil, refuse(RuleGzip, "the file is a plain tar archive, not compressed with gzip")
	case len(data) < gzipHeader+gzipTrailer:
		return nil, refuse(RuleGzip, "the file is too short for a gzip file (%d bytes)", len(data))
	case data[0] != 0x1f || data[1] != 0x8b:
		return nil, refuse(RuleGzip, "the file is not compressed with gzip")
	case data[2] != 8:
		return nil, refuse(RuleGzip, "the gzip header names compression method %d, not 8 (deflate)", data[2])
	case data[3] != 0:
		return nil, refuse(RuleGzip, "the gzip header has flags %#02x set: "+
			"it carries a name, a comment, extra data or a header checksum", data[3])
	}
	src := bytes.NewReader(data[gzipHeader:])
	return &gunzip{packedSize: len(data), source: src, flate: flate.NewReader(src)}, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.flate.Read(p)
	g.crc = crc32.Update(g.crc, crc32.IEEETable, p[:n])
	g.size += int64(n)
	if err == nil {
		err = g.checkLimits()
	} else if errors.Is(err, io.EOF) {
		err = g.trailer()
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		err = refuse(RuleGzip, "the compressed data is cut off")
	} else {
		err = refuse(RuleGzip, "the compressed data is corrupt")
	}
	g.err = err
	return n, err
}

// checkLimits refuses an archive that unpacks to too much.
func (g *gunzip) checkLimits() error {
	if g.size > MaxUnpacked {
		return refuse(RuleLimit, "the archive unpacks to more than %d bytes", int64(MaxUnpacked))
	}
	if g.size > ratioFrom && g.size/int64(g.packedSize) >= MaxRatio {
		return refuse(RuleLimit, "the archive unpacks to more than %d times its size", MaxRatio)
	}
	return nil
}

// trailer checks what follows the compressed data, and that nothing follows that.
// It returns io.EOF if all is right.
func (g *gunzip) trailer() error {
	var t [gzipTrailer]byte
	if _, err := io.ReadFull(g.source, t[:]); err != nil {
		return refuse(RuleGzip, "the gzip trailer is cut off")
	}
	if binary.LittleEndian.Uint32(t[:4]) != g.crc {
		return refuse(RuleGzip, "the gzip checksum does not match the contents")
	}
	if binary.LittleEndian.Uint32(t[4:]) != uint32(g.size) {
		return refuse(RuleGzip, "the gzip length does not match the contents")
	}
	if rest := g.source.Len(); rest > 0 {
		return refuse(RuleGzip, "%d bytes follow the gzip member", rest)
	}
	return io.EOF
}
