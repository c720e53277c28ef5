package advisory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The constant database format of D. J. Bernstein
// (https://cr.yp.to/cdb/cdb.txt): 256 pointers to hash tables, then the
// entries, then the tables. Two reads find a key, whatever the size of the
// file.
//
// The file is read by offset, not mapped: if another process truncates a mapped
// file, this one gets a signal instead of an error, and mapped memory can
// change while it is read.

const (
	cdbTables = 256
	cdbHeader = cdbTables * 8
	cdbMax    = 1<<32 - 1
)

var errNoDatabase = errors.New("not an advisory database made by publishgate db build, or a damaged one")

// cdbHash returns the format's hash function.
func cdbHash(key string) uint32 {
	h := uint32(5381)
	for i := range len(key) {
		h = h<<5 + h ^ uint32(key[i])
	}
	return h
}

// A cdb reads a constant database, from memory or from a file.
type cdb struct {
	data []byte      // the whole file, if it is in memory
	file io.ReaderAt // else
	size int64
}

// at returns n bytes from offset off. They are not to be changed.
func (c *cdb) at(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > c.size || n > c.size-off {
		return nil, errNoDatabase
	}
	if c.file == nil {
		return c.data[off : off+n], nil
	}
	b := make([]byte, n)
	if _, err := c.file.ReadAt(b, off); err != nil {
		return nil, fmt.Errorf("cut short while it was read: %w", err)
	}
	return b, nil
}

// pair reads two little-endian numbers at the beginning of b.
func pair(b []byte) (first, second uint32) {
	_ = b[7]
	return binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
}

// Reads fetch more bytes than needed, so that most entries, and the slots of
// most searches, need one read.
const (
	entryAhead = 512
	slotsAhead = 16 * 8
)

// entry returns the key and the value at an offset, and the offset of the next
// entry.
func (c *cdb) entry(off int64) (key, value []byte, next int64, err error) {
	head, err := c.at(off, max(8, min(entryAhead, c.size-off)))
	if err != nil {
		return nil, nil, 0, err
	}
	keyLen, valueLen := pair(head)
	n := int64(keyLen) + int64(valueLen)
	body := head[8:]
	if int64(len(body)) < n {
		if body, err = c.at(off+8, n); err != nil {
			return nil, nil, 0, err
		}
	}
	return body[:keyLen], body[keyLen:n], off + 8 + n, nil
}

// slot finds a key among slots of its hash table, from the one where its search
// begins, and returns its value without its checksum.
func (c *cdb) slot(slots []byte, hash uint32, key string) (value []byte, found bool, err error) {
	for ; len(slots) >= 8; slots = slots[8:] {
		h, at := pair(slots)
		switch {
		case at == 0:
			return nil, false, nil
		case h != hash:
			continue
		}
		have, value, _, err := c.entry(int64(at))
		if err != nil {
			return nil, false, err
		}
		if string(have) == key {
			value, err := unseal(key, value)
			return value, err == nil, err
		}
		// Another key with the same hash, or this one, damaged.
		if _, err := unseal(string(have), value); err != nil && !reserved(have) {
			return nil, false, err
		}
	}
	return nil, false, nil
}

// A cdbWriter collects entries; each key is added once.
type cdbWriter struct {
	data   []byte // the file from its end of header
	tables [cdbTables][]cdbSlot
}

type cdbSlot struct{ hash, at uint32 }

func (w *cdbWriter) add(key string, value []byte) error {
	if cdbHeader+len(w.data)+8+len(key)+len(value) > cdbMax/2 {
		return fmt.Errorf("database above %d bytes", cdbMax/2)
	}
	h := cdbHash(key)
	w.tables[h%cdbTables] = append(w.tables[h%cdbTables], cdbSlot{h, uint32(cdbHeader + len(w.data))})
	w.data = binary.LittleEndian.AppendUint32(w.data, uint32(len(key)))
	w.data = binary.LittleEndian.AppendUint32(w.data, uint32(len(value)))
	w.data = append(append(w.data, key...), value...)
	return nil
}

// finish returns the pointers and the tables, and the checksum of each table.
func (w *cdbWriter) finish() (header, tables []byte, sums [cdbTables]uint32) {
	at := uint32(cdbHeader + len(w.data))
	for n, entries := range w.tables {
		slots := make([]cdbSlot, 2*len(entries))
		for _, e := range entries {
			i := e.hash / cdbTables % uint32(len(slots))
			for slots[i].at != 0 {
				i = (i + 1) % uint32(len(slots))
			}
			slots[i] = e
		}
		header = binary.LittleEndian.AppendUint32(header, at)
		header = binary.LittleEndian.AppendUint32(header, uint32(len(slots)))
		begin := len(tables)
		for _, s := range slots {
			tables = binary.LittleEndian.AppendUint32(tables, s.hash)
			tables = binary.LittleEndian.AppendUint32(tables, s.at)
		}
		at += uint32(8 * len(slots))
		sums[n] = crc32.ChecksumIEEE(tables[begin:])
	}
	return header, tables, sums
}

// sealed returns a value followed by its checksum, which includes the key, so
// that an entry under a wrong key counts as damaged.
func sealed(key string, value []byte) []byte {
	return binary.LittleEndian.AppendUint32(value, seal(key, value))
}

// unseal returns the value without its checksum.
func unseal(key string, value []byte) ([]byte, error) {
	n := len(value) - 4
	if n < 0 || binary.LittleEndian.Uint32(value[n:]) != seal(key, value[:n]) {
		return nil, errNoDatabase
	}
	return value[:n], nil
}

func seal(key string, value []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(key)), crc32.IEEETable, value)
}
