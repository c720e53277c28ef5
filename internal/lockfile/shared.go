package lockfile

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Shared is what several readings of one checkout share: package.json files and the
// text of a lockfile, each parsed once, and where the members are, looked for once.
// What it holds is not changed. A nil Shared holds nothing.
type Shared struct {
	mu        sync.Mutex
	root      string // of the checkout: paths are below it
	manifests map[manifestKey]*npm.Manifest
	folders   map[string][]string // of the members, by the workspace's folder and its patterns
	file      string              // the lockfile that documents were parsed from, its base name
	data      []byte              // of it
	documents []strict.Value
	wholes    map[pnpmKey]func() *pnpmReader // of the documents
}

// Of returns s for a reading of the checkout at root: the first decides which that
// is. It returns nil for another.
func (s *Shared) Of(root string) *Shared {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == "" {
		s.root = root
	}
	if s.root != root {
		return nil
	}
	return s
}

// A manifestKey is the path of a package.json, and how messages name it.
type manifestKey struct{ name, shown string }

// manifest returns what read returns, from an earlier reading if there was one
// without an error.
func (s *Shared) manifest(name, shown string, read func() (*npm.Manifest, error)) (*npm.Manifest, error) {
	if s == nil {
		return read()
	}
	key := manifestKey{name, shown}
	s.mu.Lock()
	known := s.manifests[key]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	m, err := read()
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.manifests == nil {
			s.manifests = map[manifestKey]*npm.Manifest{}
		}
		s.manifests[key] = m
	}
	return m, err
}

// members returns what look finds of a workspace, from an earlier look if there was
// one without an error.
func (s *Shared) members(folder string, patterns []string, look func() ([]string, error)) ([]string, error) {
	if s == nil {
		return look()
	}
	key := folder + "\x00" + strings.Join(patterns, "\x00")
	s.mu.Lock()
	known, ok := s.folders[key]
	s.mu.Unlock()
	if ok {
		return slices.Clone(known), nil
	}
	found, err := look()
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.folders == nil {
			s.folders = map[string][]string{}
		}
		s.folders[key] = slices.Clone(found)
	}
	return found, err
}

// parsed returns the documents of a lockfile, those of an earlier reading if its
// name and its bytes were the same.
func (s *Shared) parsed(file string, data []byte, parse func([]byte) ([]strict.Value, error)) ([]strict.Value, error) {
	if s == nil {
		return parse(data)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.documents == nil || s.file != file || !bytes.Equal(s.data, data) {
		documents, err := parse(data)
		if err != nil {
			return nil, err
		}
		s.file, s.data, s.documents, s.wholes = file, data, documents, nil
	}
	return s.documents, nil
}

// document parses a lockfile of one document, if no earlier reading did.
func (in *Input) document(parse func([]byte, strict.Limits) (strict.Value, error)) (strict.Value, error) {
	all, err := in.shared().parsed(path.Base(in.File), in.Data, func(data []byte) ([]strict.Value, error) {
		doc, err := parse(data, strict.Limits{Bytes: MaxBytes, Members: 250_000})
		return []strict.Value{doc}, err
	})
	if err != nil {
		return strict.Value{}, fmt.Errorf("%s:%w", in.File, err)
	}
	return all[0], nil
}

// shared returns what the reading shares with others; nil: nothing.
func (in *Input) shared() *Shared {
	if in.Checkout == nil {
		return nil
	}
	return in.Checkout.shared
}
