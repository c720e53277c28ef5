// Package tarball reads the .tgz that is about to be published, as npm will
// read it, within limits and without ever writing to disk.
//
// The packed bytes are read once and held; everything that needs the unpacked
// bytes is gathered as facts in one streaming pass. What two readers could read
// differently is a Violation, not a guess.
package tarball

import "github.com/publishgate/publishgate/internal/npm"

// A Tarball is the facts about one .tgz.
type Tarball struct {
	File  string // path as shown to people
	Bytes []byte // the packed bytes: these, and no others, are signed and published

	SHA1, SHA256, SHA512 string // lower-case hex of Bytes
	Integrity            string // "sha512-" + base64, as npm writes it

	Entries  []Entry       // files and folders in archive order
	Manifest *npm.Manifest // of package/package.json; nil where it could not be read
	Unpacked int64         // bytes of all files

	// Violations are departures from the canonical profile (REFERENCE 2.4).
	// With any of them the other facts may be incomplete.
	Violations []Violation

	Secrets []Secret // candidates found in the files
	Readme  string   // text of the root README, capped; empty: none
}

// An Entry is one file or folder of the archive.
type Entry struct {
	Path   string // as in the archive, "package/lib/index.js"
	Dir    bool
	Size   int64
	Mode   int64
	SHA256 string // lower-case hex of the content; empty for folders
}

// A Violation is one departure from the canonical profile.
type Violation struct {
	Rule string // rule ID, e.g. "tarball-link"
	Path string // of the entry; empty: the archive as a whole. Foreign text
	Text string // what is wrong, one sentence; may quote foreign text
}

// A Secret is a place in a packed file that looks like a credential. The value
// itself is never kept.
type Secret struct {
	Rule         string // the detector's rule, e.g. "npm-access-token"
	Description  string // the detector's words
	Path         string // of the entry
	Line, Column int    // 1-based
	Hash         string // salted SHA-256 of the value, 16 hex digits: tells two secrets apart, says nothing of either
	SHA1         string // detect-secrets' hashed_secret, for its baseline; never printed
}
