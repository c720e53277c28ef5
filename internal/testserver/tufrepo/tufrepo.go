// Package tufrepo is a TUF repository on loopback, made with go-tuf, whose
// versions, expiry and keys the test decides. It is for tests only.
package tufrepo

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Roles are those that can expire.
var Roles = []string{"root", "timestamp", "snapshot", "targets"}

// A State is one state of the repository.
type State struct {
	Version int                  // of timestamp, snapshot and targets; 0 means 1
	Roots   int                  // how many roots there are, each with a key of its own; 0 means 1
	Expires map[string]time.Time // by role; others in an hour
	Targets map[string][]byte    // files by name
}

// A Repository serves one state at a time.
type Repository struct {
	URL  string
	Root []byte // the first root.json

	server *httptest.Server
	keys   []ed25519.PrivateKey // of each root; the first signs the rest, too
	mu     sync.Mutex
	files  map[string][]byte
	asked  []string
	status int // of every answer; 0: as it is
}

// Start serves a repository in a state.
func Start(s State) (*Repository, error) {
	r := &Repository{}
	r.server = httptest.NewServer(r)
	r.URL = r.server.URL
	if err := r.Set(s); err != nil {
		r.server.Close()
		return nil, err
	}
	return r, nil
}

// Close ends it: nothing answers at its address any more.
func (r *Repository) Close() { r.server.Close() }

// Fail makes every answer one of this status; 0: none.
func (r *Repository) Fail(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Asked returns the paths that were asked for.
func (r *Repository) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Change replaces the content of a target without telling the metadata.
func (r *Repository) Change(name string, to []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for file := range r.files {
		if strings.HasPrefix(file, "/targets/") && strings.HasSuffix(file, "."+path.Base(name)) {
			r.files[file] = to
		}
	}
}

// ServeHTTP answers with the files of the state.
func (r *Repository) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, request.URL.Path)
	data, ok := r.files[request.URL.Path]
	switch {
	case r.status != 0:
		http.Error(w, "sorry", r.status)
	case !ok:
		http.NotFound(w, request)
	default:
		_, _ = w.Write(data)
	}
}

// Set makes the repository be in a state. Its keys stay.
func (r *Repository) Set(s State) error {
	s.Version, s.Roots = max(s.Version, 1), max(s.Roots, 1)
	for len(r.keys) < s.Roots {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		r.keys = append(r.keys, key)
	}
	until := func(role string) time.Time {
		if at, ok := s.Expires[role]; ok {
			return at.UTC()
		}
		return time.Now().Add(time.Hour).UTC()
	}
	files := map[string][]byte{}
	if err := r.roots(files, s, until("root")); err != nil {
		return err
	}
	if err := r.rest(files, s, until); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = files
	return nil
}

// roots writes the chain of roots: each is signed by its own key and by that of
// the one before.
func (r *Repository) roots(files map[string][]byte, s State, expires time.Time) error {
	online, err := metadata.KeyFromPublicKey(r.keys[0].Public())
	if err != nil {
		return err
	}
	for i := range s.Roots {
		root := metadata.Root(expires)
		root.Signed.Version = int64(i + 1)
		own, err := metadata.KeyFromPublicKey(r.keys[i].Public())
		if err != nil {
			return err
		}
		if err := root.Signed.AddKey(own, "root"); err != nil {
			return err
		}
		for _, role := range Roles[1:] {
			if err := root.Signed.AddKey(online, role); err != nil {
				return err
			}
		}
		for _, key := range r.keys[max(i-1, 0) : i+1] {
			if err := sign(root, key); err != nil {
				return err
			}
		}
		data, err := root.ToBytes(false)
		if err != nil {
			return err
		}
		files[fmt.Sprintf("/%d.root.json", i+1)] = data
		if i == 0 {
			r.Root = data
		}
	}
	return nil
}

// rest writes the other roles and the targets.
func (r *Repository) rest(files map[string][]byte, s State, until func(string) time.Time) error {
	targets := metadata.Targets(until("targets"))
	targets.Signed.Version = int64(s.Version)
	for _, name := range slices.Sorted(maps.Keys(s.Targets)) {
		data := s.Targets[name]
		target, err := metadata.TargetFile().FromBytes(name, data, "sha256")
		if err != nil {
			return err
		}
		targets.Signed.Targets[name] = target
		sum := sha256.Sum256(data)
		dir, base := path.Split(name)
		files["/targets/"+dir+hex.EncodeToString(sum[:])+"."+base] = data
	}
	if err := put(files, fmt.Sprintf("/%d.targets.json", s.Version), targets, r.keys[0]); err != nil {
		return err
	}
	snapshot := metadata.Snapshot(until("snapshot"))
	snapshot.Signed.Version = int64(s.Version)
	snapshot.Signed.Meta["targets.json"] = metadata.MetaFile(int64(s.Version))
	if err := put(files, fmt.Sprintf("/%d.snapshot.json", s.Version), snapshot, r.keys[0]); err != nil {
		return err
	}
	timestamp := metadata.Timestamp(until("timestamp"))
	timestamp.Signed.Version = int64(s.Version)
	timestamp.Signed.Meta["snapshot.json"] = metadata.MetaFile(int64(s.Version))
	return put(files, "/timestamp.json", timestamp, r.keys[0])
}

func put[T metadata.Roles](files map[string][]byte, name string, m *metadata.Metadata[T], key ed25519.PrivateKey) error {
	if err := sign(m, key); err != nil {
		return err
	}
	data, err := m.ToBytes(false)
	files[name] = data
	return err
}

func sign[T metadata.Roles](m *metadata.Metadata[T], key ed25519.PrivateKey) error {
	signer, err := signature.LoadSigner(key, crypto.Hash(0))
	if err != nil {
		return err
	}
	_, err = m.Sign(signer)
	return err
}
