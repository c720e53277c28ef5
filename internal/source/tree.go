package source

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// A tree is a directory of a commit; its keys are the names.
type tree map[string]entry

// An entry is one entry of a directory.
type entry struct {
	mode uint32 // as git writes it, octal
	id   hash
}

// The types of entry, in the upper bits of its mode.
const (
	typeMask   = 0o170000
	typeFolder = 0o040000
	typeFile   = 0o100000
	typeLink   = 0o120000
	typeModule = 0o160000 // the commit of a submodule
)

func (e *entry) file() bool   { return e.mode&typeMask == typeFile }
func (e *entry) folder() bool { return e.mode&typeMask == typeFolder }
func (e *entry) module() bool { return e.mode&typeMask == typeModule }

// folder reads a directory of a commit.
func (r *Repository) folder(id hash) (tree, error) {
	r.mu.Lock()
	t, ok := r.trees[id]
	r.mu.Unlock()
	if ok {
		return t, nil
	}
	kind, data, err := r.object(id, maxObject)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.TreeObject {
		return nil, fmt.Errorf("git object %s is a %s, expected a tree", id, kind)
	}
	t, err = parseTree(data, id.size)
	if err != nil {
		return nil, fmt.Errorf("git object %s: %w", id, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cached += len(t); r.cached <= maxCached {
		r.trees[id] = t
	}
	return t, nil
}

// parseTree reads the entries of a directory: mode, space, name, NUL, and the
// size bytes of an object name. A duplicate name is an error: two readers might
// choose different files.
func parseTree(data []byte, size uint8) (tree, error) {
	nameSize := int(size)
	t := make(tree, len(data)/40)
	for len(data) > 0 {
		end := bytes.IndexByte(data, 0)
		if end < 0 || len(data)-end-1 < nameSize {
			return nil, errors.New("a tree that is cut off")
		}
		digits, name, ok := strings.Cut(string(data[:end]), " ")
		mode, err := strconv.ParseUint(digits, 8, 32)
		if !ok || err != nil {
			return nil, errors.New("a tree with a line that is none")
		}
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			return nil, fmt.Errorf("a tree with the name %.80q", name)
		}
		if _, twice := t[name]; twice {
			return nil, fmt.Errorf("a tree with the name %.80q twice", name)
		}
		t[name] = entry{uint32(mode), hashOf(data[end+1 : end+1+nameSize])}
		data = data[end+1+nameSize:]
	}
	return t, nil
}

// lookup finds a path below a directory of a commit; nil if there is none. "."
// is the directory itself.
func (r *Repository) lookup(id hash, path string) (*entry, error) {
	at := &entry{mode: typeFolder, id: id}
	if path == "." || path == "" {
		return at, nil
	}
	for name := range strings.SplitSeq(path, "/") {
		if !at.folder() {
			return nil, nil
		}
		t, err := r.folder(at.id)
		if err != nil {
			return nil, err
		}
		e, ok := t[name]
		if !ok {
			return nil, nil
		}
		at = &e
	}
	return at, nil
}

// parseCommit reads the tree and the committer's date of a commit.
func parseCommit(data []byte) (*Revision, error) {
	v := &Revision{}
	var err error
	if v.tree, err = hashHeader(data, "tree"); err != nil {
		return nil, err
	}
	text, ok := header(data, "committer")
	if !ok {
		return nil, errors.New("no committer")
	}
	// "Name <mail> 1700000000 +0100"
	fields := strings.Fields(text[strings.LastIndexByte(text, '>')+1:])
	if len(fields) == 0 {
		return nil, errors.New("no date")
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || seconds < 0 || seconds > 253402300799 { // the year 9999
		return nil, fmt.Errorf("its date is %.30q, expected seconds since 1970", fields[0])
	}
	v.Date = time.Unix(seconds, 0).UTC()
	return v, nil
}

// parseTag returns the object that an annotated tag points to.
func parseTag(data []byte) (hash, error) { return hashHeader(data, "object") }

func hashHeader(data []byte, name string) (hash, error) {
	text, ok := header(data, name)
	if !ok {
		return hash{}, fmt.Errorf("no %s", name)
	}
	return parseHash(text)
}

// header returns the first header with that name of a commit or tag. An empty
// line ends the headers; a line that begins with a space continues the one
// before.
func header(data []byte, name string) (string, bool) {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			break
		}
		if key, value, ok := bytes.Cut(line, []byte(" ")); ok && string(key) == name {
			return string(value), true
		}
	}
	return "", false
}
