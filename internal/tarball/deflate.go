package tarball

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"

	"github.com/klauspost/compress/flate"
)

// How a stream is compressed. The output depends on these constants and on the
// input, not on the machine.
const (
	deflateLevel      = 6
	deflateChunk      = 1 << 20  // bytes that one core compresses at a time
	deflateDictionary = 32 << 10 // bytes of the previous chunk that a chunk refers to
)

// A deflater compresses what is written to it into one gzip member. It compresses
// chunks in parallel, each with the end of the previous one as its dictionary, and
// joins them in order at byte boundaries (RFC 1951 3.2.4, as pigz does).
type deflater struct {
	chunk      []byte
	dictionary []byte           // the end of the previous chunk
	pieces     chan chan []byte // compressed chunks to come, in order
	done       chan struct{}
	output     [][]byte // the member so far
	outputSize int      // in bytes
	crc        uint32
	size       int64
	err        error
}

func newDeflater() *deflater {
	d := &deflater{
		chunk:  make([]byte, 0, deflateChunk),
		pieces: make(chan chan []byte, runtime.GOMAXPROCS(0)),
		done:   make(chan struct{}),
	}
	// No name, no time; the operating system is "unknown" (RFC 1952 2.3).
	d.appendOutput([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	go func() {
		defer close(d.done)
		for piece := range d.pieces {
			d.appendOutput(<-piece)
		}
	}()
	return d
}

// appendOutput appends a piece to the member. Pieces beyond the limit are not kept,
// because close returns an error then.
func (d *deflater) appendOutput(piece []byte) {
	if d.outputSize += len(piece); d.outputSize <= MaxPacked {
		d.output = append(d.output, piece)
	}
}

// Write takes all of p, unless the input is larger than the limit.
func (d *deflater) Write(p []byte) (int, error) {
	n, err := d.ReadFrom(bytes.NewReader(p))
	return int(n), err
}

// ReadFrom reads directly into the chunks.
func (d *deflater) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	for {
		n, err := r.Read(d.chunk[len(d.chunk):cap(d.chunk)])
		fresh := d.chunk[len(d.chunk) : len(d.chunk)+n]
		d.chunk = d.chunk[:len(d.chunk)+n]
		total += int64(n)
		d.crc = crc32.Update(d.crc, crc32.IEEETable, fresh)
		if d.size += int64(n); d.size > MaxUnpacked && d.err == nil {
			d.err = errUnpacked
		}
		if len(d.chunk) == cap(d.chunk) {
			d.compressChunk(false)
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, d.err
		case err != nil || d.err != nil:
			return total, errors.Join(err, d.err)
		}
	}
}

var errUnpacked = fmt.Errorf("the files are larger than %d bytes", int64(MaxUnpacked))

// compressChunk gives the chunk to a core. The queue holds as many chunks as there
// are cores, so reading waits for compressing.
func (d *deflater) compressChunk(last bool) {
	chunk, before := d.chunk, d.dictionary
	piece := make(chan []byte, 1)
	d.pieces <- piece
	go func() { piece <- deflate(chunk, before, last) }()
	d.dictionary = chunk[max(0, len(chunk)-deflateDictionary):]
	d.chunk = make([]byte, 0, deflateChunk)
}

// deflate compresses one chunk. Each chunk has a new compressor, so that the output
// does not depend on which chunks a compressor saw before.
func deflate(chunk, before []byte, last bool) []byte {
	var out bytes.Buffer
	out.Grow(len(chunk) / 3)
	w, err := flate.NewWriterDict(&out, deflateLevel, before)
	if err == nil {
		_, err = w.Write(chunk)
	}
	if err == nil && last {
		err = w.Close()
	} else if err == nil {
		err = w.Flush()
	}
	if err != nil {
		panic(err) // not reached: the level is a constant and memory takes all
	}
	return out.Bytes()
}

// close ends the member and returns it.
func (d *deflater) close() ([]byte, error) {
	d.compressChunk(true)
	close(d.pieces)
	<-d.done
	trailer := binary.LittleEndian.AppendUint32(nil, d.crc)
	d.appendOutput(binary.LittleEndian.AppendUint32(trailer, uint32(d.size)))
	if d.err == nil && d.outputSize > MaxPacked {
		d.err = fmt.Errorf("the tarball is larger than %d bytes", MaxPacked)
	}
	if d.err != nil {
		return nil, d.err
	}
	return bytes.Join(d.output, nil), nil
}
