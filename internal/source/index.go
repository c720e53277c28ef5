package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/publishgate/publishgate/internal/disk"
)

// An index tells where in a pack an object is. It is read in small pieces: for
// a repository with a million objects it has thirty megabytes.
//
// The format is version 2 of gitformat-pack(5): a header, 256 counts by the
// first byte of the name, then the sorted names, their checksums and their
// offsets, and the checksums of the pack and of the index itself.
type index struct {
	file   *os.File
	counts [256]uint32 // number of objects whose name begins with at most this byte
	large  int64       // number of eight-byte offsets
	pack   hash        // the pack's checksum, from the trailer
	name   int64       // length of a name and of a checksum, in bytes
}

const (
	indexHead  = 8
	indexNames = indexHead + 256*4
)

func openIndex(root *os.Root, name string, nameSize uint8) (*index, error) {
	f, info, err := disk.Open(root, name)
	if err != nil {
		return nil, noPath(err)
	}
	x := &index{file: f, name: int64(nameSize)}
	if err := x.head(info.Size()); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return x, nil
}

// head reads the parts at fixed positions and checks that the file has room for
// the rest.
func (x *index) head(size int64) error {
	var b [indexNames]byte
	if err := readAt(x.file, b[:], 0); err != nil {
		return err
	}
	if !bytes.Equal(b[:indexHead], []byte("\xfftOc\x00\x00\x00\x02")) {
		return errors.New("not an index of version 2; run git gc to write it anew")
	}
	last := uint32(0)
	for i := range x.counts {
		x.counts[i] = binary.BigEndian.Uint32(b[indexHead+4*i:])
		if x.counts[i] < last {
			return errors.New("its counts go down: it is damaged")
		}
		last = x.counts[i]
	}
	fixed := indexNames + int64(last)*(x.name+4+4) + 2*x.name
	if size < fixed || (size-fixed)%8 != 0 {
		return errors.New("it is cut off")
	}
	x.large = (size - fixed) / 8
	x.pack.size = uint8(x.name)
	return readAt(x.file, x.pack.bytes(), size-2*x.name)
}

// find returns the offset of an object in the pack.
func (x *index) find(id hash) (offset int64, found bool, err error) {
	if int64(id.size) != x.name { // the other kind of hash: no object of this pack has such a name
		return 0, false, nil
	}
	first, nameSize := id.sum[0], x.name
	low, high := int64(0), int64(x.counts[first])
	if first > 0 {
		low = int64(x.counts[first-1])
	}
	// Bisect until the rest fits a page, then read that page at once.
	name := hash{size: id.size}
	for high-low > 4096/nameSize {
		middle := (low + high) / 2
		if err := readAt(x.file, name.bytes(), indexNames+middle*nameSize); err != nil {
			return 0, false, err
		}
		if bytes.Compare(name.bytes(), id.bytes()) > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	var page [4096]byte
	names := page[:(high-low)*nameSize]
	if err := readAt(x.file, names, indexNames+low*nameSize); err != nil {
		return 0, false, err
	}
	for at := low; len(names) > 0; at, names = at+1, names[nameSize:] {
		if bytes.Equal(names[:nameSize], id.bytes()) {
			offset, err := x.offset(at)
			return offset, err == nil, err
		}
	}
	return 0, false, nil
}

// offset reads the offset of the object at a position in the order of names.
func (x *index) offset(at int64) (int64, error) {
	n := int64(x.counts[255])
	offsets := indexNames + n*(x.name+4)
	var b [8]byte
	if err := readAt(x.file, b[:4], offsets+4*at); err != nil {
		return 0, err
	}
	short := binary.BigEndian.Uint32(b[:4])
	if short < 1<<31 {
		return int64(short), nil
	}
	far := int64(short - 1<<31)
	if far >= x.large {
		return 0, errors.New("an offset that it does not have: it is damaged")
	}
	if err := readAt(x.file, b[:], offsets+4*n+8*far); err != nil {
		return 0, err
	}
	long := int64(binary.BigEndian.Uint64(b[:]))
	if long < 0 {
		return 0, errors.New("an offset that no file has: it is damaged")
	}
	return long, nil
}

// readAt fills p. A shorter file is an error, not an end of file.
func readAt(f *os.File, p []byte, at int64) error {
	if n, err := f.ReadAt(p, at); n < len(p) {
		if err == io.EOF {
			return errors.New("it is cut off")
		}
		return err
	}
	return nil
}
