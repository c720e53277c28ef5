package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// The lengths of an object name in bytes. A repository uses one kind of name
// (gitrepository-layout(5), extensions.objectFormat); their length tells which.
const (
	sha1Size   = 20
	sha256Size = sha256.Size
)

// A hash is the name of an object, SHA-1 or SHA-256. It is comparable; the zero
// value is no object's name.
type hash struct {
	size uint8 // sha1Size or sha256Size
	sum  [sha256Size]byte
}

// hashOf makes a hash of its bytes.
func hashOf(raw []byte) hash {
	h := hash{size: uint8(len(raw))}
	copy(h.sum[:], raw)
	return h
}

func (h *hash) bytes() []byte { return h.sum[:h.size] }

// String returns the name in lower-case hex.
func (h hash) String() string { return hex.EncodeToString(h.bytes()) }

// parseHash reads the name of an object.
func parseHash(text string) (hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha1Size && len(raw) != sha256Size {
		return hash{}, fmt.Errorf("%.80q is no name of a git object", text)
	}
	return hashOf(raw), nil
}

// nameOf computes the name, of a given size, of an object's bytes. SHA-1 is
// computed with collision detection, as git does (sha1cd).
func nameOf(kind plumbing.ObjectType, data []byte, size uint8) hash {
	if size == sha256Size {
		h := sha256.New()
		fmt.Fprintf(h, "%s %d\x00", kind, len(data))
		h.Write(data)
		return hashOf(h.Sum(nil))
	}
	sum := plumbing.ComputeHash(kind, data)
	return hashOf(sum[:])
}
