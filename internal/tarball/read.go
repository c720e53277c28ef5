package tarball

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/secret"
)

// Options say how to read. The zero value is right for the package that is being
// published.
type Options struct {
	// ParseManifest parses package/package.json; nil: npm.ParseManifest.
	ParseManifest func(data []byte, file string) (*npm.Manifest, error)

	// AnyRoot accepts a root directory of any name, as some published packages have
	// (@types/node has node/). It is for dependencies only: npm itself always packs
	// package/.
	AnyRoot bool

	// GitBlob chooses, by the path below the root directory, the files that get git's
	// object ID, to be compared with a commit; nil: none. Much of what is packed was
	// built, and no commit has it.
	GitBlob   func(path string) bool
	GitSHA256 bool // the ID is a SHA-256, as in SHA-256 repositories

	// Digests has the SHA-256 of every file computed, for Entry.SHA256. The files that
	// GitBlob chooses get theirs in any case: a commit may hold pointers of Git LFS.
	Digests bool

	// Watch is asked about each file, and told its bytes piece by piece, in order,
	// unless it returns nil. It must not keep a piece.
	Watch func(path string) func(piece []byte)

	// Programs has the programs parsed, for Tarball.Programs.
	Programs bool

	// NoSecrets omits the search for secrets. Unscanned then says so.
	NoSecrets bool

	// Done stops Read when it is closed. The error is ErrStopped then.
	Done <-chan struct{}
}

// ErrStopped is the error of Read where Options.Done stopped it.
var ErrStopped = errors.New("the reading was stopped")

// Prepare sets up the search for secrets, which the first Read does otherwise. Who
// waits for something before Read calls it meanwhile.
func Prepare() { _, _ = secret.Default() }

// Read judges data, the bytes of a .tgz. file is its name for people. Departures
// from the canonical profile are Violations of the result. An error means that
// nothing could be judged. Read keeps data and does not change it.
func Read(data []byte, file string, opts Options) (*Tarball, error) {
	if len(data) > MaxPacked {
		return nil, fmt.Errorf("read %s: larger than %d bytes", file, MaxPacked)
	}
	if opts.ParseManifest == nil {
		opts.ParseManifest = npm.ParseManifest
	}
	t := &Tarball{File: file, Bytes: data}
	var scanner *secret.Scanner
	if !opts.NoSecrets {
		var err error
		if scanner, err = secret.Default(); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
	}
	digested := make(chan struct{})
	go func() { // in parallel with inflating: digests need the packed bytes only
		defer close(digested)
		t.digest()
	}()
	walk(t, opts, scanner)
	<-digested
	select {
	case <-opts.Done:
		return nil, fmt.Errorf("read %s: %w", file, ErrStopped)
	default:
		return t, nil
	}
}

// digest computes the digests of the packed bytes.
func (t *Tarball) digest() {
	s1, s256, s512 := sha1.Sum(t.Bytes), sha256.Sum256(t.Bytes), sha512.Sum512(t.Bytes)
	t.SHA1 = hex.EncodeToString(s1[:])
	t.SHA256 = hex.EncodeToString(s256[:])
	t.SHA512 = hex.EncodeToString(s512[:])
	t.Integrity = "sha512-" + base64.StdEncoding.EncodeToString(s512[:])
}
