package lockfile

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Shared is what several readings of one checkout share: package.json files and the
// text of a lockfile, each parsed once, and where the members are, looked for once.
// What it holds is not changed. A nil Shared
// holds nothing.
type Shared struct {
	mu        sync.Mutex
	root      string // of the checkout: paths are below it
	manifests map[manifestKey]*npm.Manifest
	folders   map[string][]string // of the members, by the workspace's folder and its patterns
	data      []byte              // of the lockfile that documents were parsed from
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

// parsed returns the documents of a pnpm-lock.yaml, those of an earlier reading if
// its bytes were the same.
func (s *Shared) parsed(data []byte) ([]strict.Value, error) {
	if s == nil {
		return readPnpmDocuments(data)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.documents == nil || !bytes.Equal(s.data, data) {
		documents, err := readPnpmDocuments(data)
		if err != nil {
			return nil, err
		}
		s.data, s.documents, s.wholes = data, documents, nil
	}
	return s.documents, nil
}

// shared returns what the reading shares with others; nil: nothing.
func (in *Input) shared() *Shared {
	if in.Checkout == nil {
		return nil
	}
	return in.Checkout.shared
}
