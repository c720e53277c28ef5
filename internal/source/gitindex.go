package source

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// maxIndex is the largest index that is read, in bytes: some two million files.
const maxIndex = 256 << 20

// A gitIndex is the index of a checkout (gitformat-index(5), versions 2 to 4): what
// the next commit is made of.
type gitIndex struct {
	entries []indexEntry
	trees   map[string]hash // directories whose content is that of a known tree; by path, "" is the root
	shared  hash            // of a split index: the name of the file that it completes; the zero value: none
	deleted []bool          // of a split index: entries of the shared one that are gone, …
	changed []bool          // … and those that its own first entries replace
}

// An indexEntry is one file of the index; in a sparse index also a directory.
type indexEntry struct {
	path string
	entry
	unmerged bool // it is one side of a conflict
	later    bool // git add -N: it is not part of the next commit
}

// errIndexShort is the error for an index that ends too early.
var errIndexShort = errors.New("it is cut off")

// readIndex reads the index of the checkout, or the file that git names in
// GIT_INDEX_FILE; nil if there is none, as before the first git add. size is the
// length of a name in bytes.
func (r *Repository) readIndex(named string, size uint8) (*gitIndex, error) {
	var data []byte
	var err error
	if named != "" {
		data, err = disk.ReadNamed(named, maxIndex)
	} else {
		data, err = disk.Read(r.own, "index", maxIndex)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := parseIndex(data, size)
	if err != nil {
		return nil, fmt.Errorf("read the index of git: %w", err)
	}
	if x.shared != (hash{}) {
		err = r.join(x, size)
	}
	return x, err
}

// parseIndex reads an index with names of a length.
func parseIndex(data []byte, size uint8) (*gitIndex, error) {
	n := int(size)
	if len(data) < 12+n || string(data[:4]) != "DIRC" {
		return nil, errors.New("it is no index, or it is cut off")
	}
	version, count := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version < 2 || version > 4 {
		return nil, fmt.Errorf("version %d, and 2 to 4 are known", version)
	}
	body, sum := data[:len(data)-n], data[len(data)-n:]
	if !intact(body, sum) {
		return nil, errors.New("its checksum differs: it is damaged, or being written")
	}
	if count > maxBlobs {
		return nil, fmt.Errorf("it has more than %d entries", maxBlobs)
	}
	x := &gitIndex{entries: make([]indexEntry, 0, min(count, 1<<16)), trees: map[string]hash{}}
	rest, before := body[12:], ""
	for range count {
		e, used, err := parseEntry(rest, version, n, before)
		if err != nil {
			return nil, err
		}
		x.entries, before, rest = append(x.entries, e), e.path, rest[used:]
	}
	return x, x.extensions(rest, n)
}

// intact reports whether the checksum at the end is that of what stands before.
// git leaves it zero where index.skipHash is set.
func intact(body, sum []byte) bool {
	if len(bytes.Trim(sum, "\x00")) == 0 {
		return true
	}
	if len(sum) == sha1Size {
		is := sha1.Sum(body)
		return bytes.Equal(is[:], sum)
	}
	is := sha256.Sum256(body)
	return bytes.Equal(is[:], sum)
}

// The flags of an entry.
const (
	flagExtended = 0x4000
	flagStage    = 0x3000
	flagLater    = 0x2000 // of the extended ones
	statBytes    = 40     // times, sizes and owners, which say nothing of the content; the mode is among them
	modeAt       = 24
)

// parseEntry reads one entry and returns how many bytes it has.
func parseEntry(data []byte, version uint32, n int, before string) (e indexEntry, used int, err error) {
	if len(data) < statBytes+n+2 {
		return e, 0, errIndexShort
	}
	e.mode, e.id = binary.BigEndian.Uint32(data[modeAt:]), hashOf(data[statBytes:statBytes+n])
	flags := binary.BigEndian.Uint16(data[statBytes+n:])
	e.unmerged = flags&flagStage != 0
	at := statBytes + n + 2
	if version > 2 && flags&flagExtended != 0 {
		if len(data) < at+2 {
			return e, 0, errIndexShort
		}
		e.later = binary.BigEndian.Uint16(data[at:])&flagLater != 0
		at += 2
	}
	keep := ""
	if version == 4 {
		cut, length := offsetNumber(data[at:])
		if length == 0 || cut > uint64(len(before)) {
			return e, 0, errIndexShort
		}
		keep, at = before[:len(before)-int(cut)], at+length
	}
	end := bytes.IndexByte(data[at:], 0)
	if end < 0 {
		return e, 0, errIndexShort
	}
	e.path = keep + string(data[at:at+end])
	if used = at + end + 1; version < 4 {
		used = (at + end + 8) &^ 7 // one to eight NULs
	}
	if used > len(data) || len(e.path) > maxPath || strings.HasPrefix(e.path, "/") {
		return e, 0, errIndexShort
	}
	return e, used, nil
}

// offsetNumber reads a number as packs write offsets; length is 0 if it is cut off.
func offsetNumber(data []byte) (value uint64, length int) {
	for i, c := range data[:min(len(data), 9)] {
		if i > 0 {
			value++
		}
		value = value<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return value, i + 1
		}
	}
	return 0, 0
}

// extensions reads what follows the entries. One that is not known and whose name
// begins with a small letter changes what the entries mean.
func (x *gitIndex) extensions(data []byte, n int) error {
	for len(data) > 0 {
		if len(data) < 8 {
			return errIndexShort
		}
		name, size := string(data[:4]), binary.BigEndian.Uint32(data[4:])
		if uint64(size) > uint64(len(data)-8) {
			return errIndexShort
		}
		content := data[8 : 8+size]
		data = data[8+size:]
		switch {
		case name == "TREE":
			if _, err := x.cached(content, n, "", 0); err != nil {
				return err
			}
		case name == "link":
			if err := x.link(content, n); err != nil {
				return err
			}
		case name == "sdir": // directories among the entries: each has its mode
		case name[0] < 'A' || name[0] > 'Z':
			return fmt.Errorf("the extension %.4q, which is not known", name)
		}
	}
	return nil
}

// cached reads the extension TREE: name, NUL, number of entries or -1, space, number
// of directories, line feed and, unless -1, the name of the tree; then the
// directories.
func (x *gitIndex) cached(data []byte, n int, above string, depth int) (rest []byte, err error) {
	end := bytes.IndexByte(data, 0)
	if end < 0 || depth > maxDepth {
		return nil, errIndexShort
	}
	dir := above + string(data[:end])
	data = data[end+1:]
	line := bytes.IndexByte(data, '\n')
	var count, below int
	if line < 0 {
		return nil, errIndexShort
	}
	if _, err := fmt.Sscanf(string(data[:line]), "%d %d", &count, &below); err != nil {
		return nil, errors.New("the extension TREE with a line that is none")
	}
	if data = data[line+1:]; count >= 0 {
		if len(data) < n {
			return nil, errIndexShort
		}
		x.trees[dir] = hashOf(data[:n])
		data = data[n:]
	}
	if dir != "" {
		dir += "/"
	}
	for range below {
		if data, err = x.cached(data, n, dir, depth+1); err != nil {
			return nil, err
		}
	}
	return data, nil
}
