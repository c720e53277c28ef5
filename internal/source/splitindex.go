package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// link reads the extension of a split index: the name of the shared index, and two
// bitmaps over its entries.
func (x *gitIndex) link(data []byte, n int) error {
	if len(data) < n {
		return errIndexShort
	}
	x.shared = hashOf(data[:n])
	if data = data[n:]; len(data) == 0 {
		return nil
	}
	var err error
	if x.deleted, data, err = bitmap(data); err == nil {
		x.changed, _, err = bitmap(data)
	}
	return err
}

// bitmap reads a bitmap in git's EWAH format (gitformat-bitmap(5)): the number of
// bits, the number of words, the words, and the place of the last marker. A marker
// says how many words of equal bits and how many literal words follow.
func bitmap(data []byte) (bits []bool, rest []byte, err error) {
	if len(data) < 8 {
		return nil, nil, errIndexShort
	}
	size, words := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
	if size > maxBlobs {
		return nil, nil, fmt.Errorf("a bitmap of more than %d bits", maxBlobs)
	}
	if data = data[8:]; uint64(len(data)) < uint64(words)*8+4 {
		return nil, nil, errIndexShort
	}
	bits = make([]bool, 0, size)
	add := func(word uint64, times uint64) {
		for range times {
			for i := 0; i < 64 && len(bits) < int(size); i++ {
				bits = append(bits, word>>i&1 == 1)
			}
			if len(bits) == int(size) {
				return
			}
		}
	}
	for at := uint32(0); at < words; {
		marker := binary.BigEndian.Uint64(data[at*8:])
		at++
		same := uint64(0)
		if marker&1 == 1 {
			same = ^uint64(0)
		}
		add(same, marker>>1&0xffffffff)
		for range marker >> 33 {
			if at == words {
				return nil, nil, errIndexShort
			}
			add(binary.BigEndian.Uint64(data[at*8:]), 1)
			at++
		}
	}
	return bits, data[words*8+4:], nil
}

// join completes a split index with the shared one beside it: entries that the
// bitmap names are gone or have the content of its own first entries, which have no
// path; the others come in addition.
func (r *Repository) join(x *gitIndex, size uint8) error {
	name := "sharedindex." + x.shared.String()
	data, err := disk.Read(r.own, name, maxIndex)
	var base *gitIndex
	if err == nil {
		if base, err = parseIndex(data, size); err == nil && base.shared != (hash{}) {
			err = errors.New("it is split itself")
		}
	}
	if err != nil {
		return fmt.Errorf("read the index of git, which is split: %s: %w", name, err)
	}
	own := x.entries
	at := func(bits []bool, i int) bool { return i < len(bits) && bits[i] }
	var all []indexEntry
	for i, e := range base.entries {
		if at(x.changed, i) {
			if len(own) == 0 || own[0].path != "" {
				return errors.New("read the index of git: it does not fit the shared index")
			}
			path := e.path
			e, own = own[0], own[1:]
			e.path = path
		}
		if !at(x.deleted, i) {
			all = append(all, e)
		}
	}
	// An entry in addition may stand for one of the same path.
	added := map[string]bool{}
	for _, e := range own {
		if e.path == "" {
			return errors.New("read the index of git: it does not fit the shared index")
		}
		added[e.path] = true
	}
	all = slices.DeleteFunc(all, func(e indexEntry) bool { return added[e.path] })
	x.entries = append(all, own...)
	slices.SortStableFunc(x.entries, func(a, b indexEntry) int { return strings.Compare(a.path, b.path) })
	return nil
}
