package advisory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The constant database format of D. J. Bernstein (https://cr.yp.to/cdb/cdb.txt):
// 256 pointers to hash tables, then the entries, then the tables. Two reads
// find a key, whatever the size of the file; the file is never read whole.

const (
	cdbTables = 256
	cdbHeader = cdbTables * 8
	cdbMax    = 1<<32 - 1
)

var errNoDatabase = errors.New("not an advisory database, or a damaged one")

// cdbHash is the format's hash function.
func cdbHash(key string) uint32 {
	h := uint32(5381)
	for i := range len(key) {
		h = h<<5 + h ^ uint32(key[i])
	}
	return h
}

// A cdb reads a constant database, from memory or from a file.
type cdb struct {
	text   string      // the whole of it, when it is in memory
	file   io.ReaderAt // else
	size   int64
	header string // the pointers, kept by check
}

// What a read of a file fetches beyond what is asked: the slots that a search
// goes through, and most entries, come with one system call.
const (
	slotsAhead = 16 * 8
	entryAhead = 512
)

// check compares the size with what the pointers say: a file cut short, or one
// that is something else, does not get past it.
func (c *cdb) check() error {
	if c.size < cdbHeader || c.size > cdbMax {
		return errNoDatabase
	}
	header, err := c.at(0, cdbHeader)
	if err != nil {
		return err
	}
	c.header = header
	end := int64(cdbHeader)
	for i := range cdbTables {
		at, slots := pair(header[i*8:])
		if at < cdbHeader {
			return errNoDatabase
		}
		end = max(end, int64(at)+int64(slots)*8)
	}
	if end != c.size {
		return errNoDatabase
	}
	return nil
}

// at returns n bytes from offset off.
func (c *cdb) at(off, n int64) (string, error) {
	if off < 0 || n < 0 || off+n > c.size {
		return "", errNoDatabase
	}
	if c.file == nil {
		return c.text[off : off+n], nil
	}
	b := make([]byte, n)
	if _, err := c.file.ReadAt(b, off); err != nil {
		return "", err
	}
	return string(b), nil
}

// pair reads two little-endian numbers from the front of s.
func pair(s string) (a, b uint32) {
	_ = s[7]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24,
		uint32(s[4]) | uint32(s[5])<<8 | uint32(s[6])<<16 | uint32(s[7])<<24
}

// get returns the value of a key.
func (c *cdb) get(key string) (value string, found bool, err error) {
	h := cdbHash(key)
	table, slots := pair(c.header[h%cdbTables*8:])
	if slots == 0 {
		return "", false, nil
	}
	end := int64(table) + int64(slots)*8
	at := int64(table) + int64(h/cdbTables%slots)*8
	var ahead string
	for range slots {
		if at == end {
			at, ahead = int64(table), ""
		}
		if ahead == "" {
			if ahead, err = c.at(at, min(slotsAhead, end-at)); err != nil {
				return "", false, err
			}
		}
		hash, entry := pair(ahead)
		at, ahead = at+8, ahead[8:]
		if entry == 0 {
			return "", false, nil
		}
		if hash != h {
			continue
		}
		if value, found, err = c.entry(int64(entry), key); found || err != nil {
			return value, found, err
		}
	}
	return "", false, nil
}

// entry returns the value at an offset if it is the key's.
func (c *cdb) entry(off int64, key string) (value string, found bool, err error) {
	text, err := c.at(off, min(entryAhead, c.size-off))
	if err != nil {
		return "", false, err
	}
	if len(text) < 8 {
		return "", false, errNoDatabase
	}
	keyLen, valueLen := pair(text)
	if int64(keyLen) != int64(len(key)) {
		return "", false, nil
	}
	text, n := text[8:], int64(keyLen)+int64(valueLen)
	if int64(len(text)) < n {
		if text, err = c.at(off+8, n); err != nil {
			return "", false, err
		}
	}
	if !strings.HasPrefix(text, key) {
		return "", false, nil
	}
	return text[len(key):n], true, nil
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

func (w *cdbWriter) writeTo(out io.Writer) error {
	header := make([]byte, 0, cdbHeader)
	at := uint32(cdbHeader + len(w.data))
	var tables []byte
	for _, entries := range w.tables {
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
		for _, s := range slots {
			tables = binary.LittleEndian.AppendUint32(tables, s.hash)
			tables = binary.LittleEndian.AppendUint32(tables, s.at)
		}
		at += uint32(8 * len(slots))
	}
	for _, part := range [][]byte{header, w.data, tables} {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	return nil
}
