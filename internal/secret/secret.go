// Package secret finds credentials in the text of packed files.
//
// The rules are those of gitleaks, imported so that upgrading the module
// upgrades them, and some of ours for what npm packages leak. The engine is
// our own: one pass over the bytes for all keywords, then each rule's
// expression only in a bounded window around its keyword; entropy and
// allow-lists mean what gitleaks defines.
//
// A value that was found never leaves the package: only hashes of it do. The
// package does no I/O, never asks a service whether a secret is alive, and
// knows no comment that switches it off: exceptions belong in the policy.
package secret

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// A Candidate is a place in a file that looks like a credential.
type Candidate struct {
	Rule         string // e.g. "npm-access-token"
	Description  string // the rule's words, one sentence
	Line, Column int    // of the value, 1-based, column in bytes; 0, 0 where the file as a whole is meant
	Hash         string // salted SHA-256 of the value, its first 16 hex digits
	SHA1         string // detect-secrets' hashed_secret: hex SHA-1 of the value. Not for printing
	Doubt        string // why it may be none; "": it looks like one in full. See DoubtPublic and its kind
	Within       string // the text inside the file where it stands, as "base64"; "": the file itself
}

// A Scanner holds the rules. It may be used by several goroutines.
type Scanner struct {
	rules       []*rule
	keywords    *keywordFinder
	rulesOf     [][]*rule // by word of the matcher: the rules it may announce; none by mapWord, which announces a source map
	byPath      []*rule   // that look at the path alone
	globalAllow allowlist // gitleaks' global one
	buffers     sync.Pool // of []byte, segment long
}

// Default returns the scanner with all rules. It is made when first asked for
// (about 3 ms) and is the same for everybody; the error is that of reading the
// rules, which a test rules out.
func Default() (*Scanner, error) { return defaultScanner() }

var defaultScanner = sync.OnceValues(func() (*Scanner, error) {
	s, err := newScanner(gitleaksConfig, ownRules())
	if err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	return s, nil
})

// Scan looks through a whole file. path is its path in the tarball. The answer
// is ordered by position, then rule.
func (s *Scanner) Scan(path string, content []byte) []Candidate {
	found, _ := s.Whole(path, content)
	return found
}

// Whole looks through a whole file, as File, Write and Close do, without
// copying it.
func (s *Scanner) Whole(path string, content []byte) (found []Candidate, skipped string) {
	f := s.File(path)
	if len(content) > segment {
		f.Write(content)
		return f.Close()
	}
	f.buf, f.borrowed = content, true
	return f.Close()
}

// salt keeps the hashes apart from those of other tools; it is no secret.
const salt = "publishgate secret v1\x00"

func (h hit) candidate(line, column int) Candidate {
	salted := sha256.Sum256(append([]byte(salt), h.value...))
	plain := sha1.Sum(h.value) // detect-secrets' choice, for its baseline only
	return Candidate{
		Rule:        h.rule.id,
		Description: h.rule.description,
		Line:        line,
		Column:      column,
		Hash:        hex.EncodeToString(salted[:8]),
		SHA1:        hex.EncodeToString(plain[:]),
	}
}
