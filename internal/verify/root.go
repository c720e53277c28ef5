package verify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// A Root is a trusted root: the certificate authorities, logs and timestamp
// authorities whose word counts, each with the time it was in use.
type Root struct{ material root.TrustedMaterial }

// ParseRoot reads a trusted root (trusted_root.json of protobuf-specs, as TUF
// and `cosign trusted-root create` give it).
func ParseRoot(data []byte) (*Root, error) {
	if len(data) > maxTrust {
		return nil, fmt.Errorf("trusted root is larger than %d MB", maxTrust>>20)
	}
	trusted, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	return &Root{trusted}, nil
}

// ParseRoots reads one trusted root, or several as JSON lines, as
// `gh attestation trusted-root` writes them.
func ParseRoots(data []byte) ([]*Root, error) {
	one, err := ParseRoot(data)
	if err == nil {
		return []*Root{one}, nil
	}
	var roots []*Root
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		r, lineErr := ParseRoot(line)
		if lineErr != nil {
			return nil, err // of the whole, which is what most files are
		}
		roots = append(roots, r)
	}
	if len(roots) == 0 {
		return nil, errors.New("read trusted root: it is empty")
	}
	return roots, nil
}

// ParseGitHubRoot reads a trusted root of GitHub's own Sigstore, alone or as a
// line among others, as `gh attestation trusted-root` writes them. A bundle needs
// a timestamp by it and neither a log entry nor an SCT, so a root with logs is
// none: it is another's, and would vouch for less than it should.
func ParseGitHubRoot(data []byte) (*Root, error) {
	roots, err := ParseRoots(data)
	if err != nil {
		return nil, err
	}
	var found *Root
	why := errors.New("")
	for _, r := range roots {
		switch {
		case len(r.material.RekorLogs()) > 0 || len(r.material.CTLogs()) > 0:
			why = errors.New("this trusted root has logs, so it is not that of GitHub's own Sigstore")
		case len(r.material.TimestampingAuthorities()) == 0:
			why = errors.New("this trusted root has no timestamp authority, so it is not that of GitHub's own Sigstore")
		case found != nil:
			return nil, errors.New("two of these trusted roots may be that of GitHub's own Sigstore: give one")
		default:
			found = r
		}
	}
	if found == nil {
		return nil, why
	}
	return found, nil
}

// A Log is a transparency log of a trusted root.
type Log struct {
	URL     string
	Version int // of its API, 1 or 2
}

// Logs returns the transparency logs of the root. The identifier of a log tells
// its version: it is the SHA-256 of the public key in version 1 (RFC 6962, 3.2),
// and the key hash of a signed note, which has the log's name in it, in version
// 2 (rekor-tiles, CLIENTS.md).
func (r *Root) Logs() []Log {
	var logs []Log
	for id, l := range r.material.RekorLogs() {
		version := 2
		if spki, err := x509.MarshalPKIXPublicKey(l.PublicKey); err == nil {
			if sum := sha256.Sum256(spki); hex.EncodeToString(sum[:]) == id {
				version = 1
			}
		}
		logs = append(logs, Log{l.BaseURL, version})
	}
	slices.SortFunc(logs, func(a, b Log) int { return cmp.Or(a.Version-b.Version, strings.Compare(a.URL, b.URL)) })
	return logs
}
