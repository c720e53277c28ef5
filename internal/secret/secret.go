// Package secret finds credentials in the text of packed files.
//
// Its rules are those of gitleaks, from rules.txt, and some of our own for what
// npm packages leak. The engine is our own. A text passes through five steps:
//
//  1. Keywords. One pass over the bytes finds the keywords of all rules
//     (keyword.go).
//  2. Plan. Each rule has a plan, derived from its expression (plan.go). The plan
//     rules out most keywords by the bytes around them, and gives a small window for
//     each of the others. The expression runs only in these windows (search.go).
//     Entropy and allow-lists have the meaning that gitleaks defines.
//  3. Decoding. Base64, hex digits, escapes and UTF-16 are decoded, and the sources
//     are taken out of source maps. Each result is searched as a text of its own, up
//     to five levels deep (decode.go).
//  4. Judgement. A hit that is harmless where it stands is dropped (harmless.go). A
//     hit that may be no secret is kept, with the reason for the doubt (doubt.go).
//  5. Baseline. A baseline lists, by hash, the secrets that the owner knows of
//     (baseline.go). The caller compares the candidates with it.
//
// A value that was found never leaves the package; only hashes of it do. The package
// does no I/O and never asks a service whether a secret is valid. No comment in a
// file switches it off: exceptions belong in the policy.
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
	Rule         string // rule ID, e.g. "npm-access-token"
	Description  string // the rule's description, one sentence
	Line, Column int    // of the value, 1-based, column in bytes; 0, 0: the file as a whole
	Hash         string // first 16 hex digits of the salted SHA-256 of the value
	SHA1         string // hex SHA-1 of the value, the hashed_secret of detect-secrets. Must not be printed
	Doubt        string // why it may be no secret, one of the Doubt constants; "": no doubt
	Within       string // which text in the file holds it, e.g. "base64"; "": the file itself
}

// A Scanner holds the rules. Several goroutines may use it at once.
type Scanner struct {
	rules       []*rule
	keywords    *keywordFinder // the keywords of all rules, and sourcesContentWord
	usesOf      [][]keywordUse // by keyword: the rules that have it; nil for sourcesContentWord
	byPath      []*rule        // rules that look at the path alone
	globalAllow allowlist      // gitleaks' global allow-list
	buffers     sync.Pool      // of *[]byte with capacity segment
}

// A keywordUse is a rule with the index of one of its keywords.
type keywordUse struct {
	rule    *rule
	keyword int
}

// Default returns the scanner with all rules. The first call builds it; later calls
// return the same one. The error says that the rules cannot be
// read; a test makes sure that they can.
func Default() (*Scanner, error) { return defaultScanner() }

var defaultScanner = sync.OnceValues(func() (*Scanner, error) {
	f, err := readRules(rulesText)
	var s *Scanner
	if err == nil {
		s, err = newScanner(f, ownRules())
	}
	if err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	return s, nil
})

// Scan searches a whole file. path is its path in the tarball. The result is
// ordered by position, then by rule.
func (s *Scanner) Scan(path string, content []byte) []Candidate {
	found, _ := s.Whole(path, content)
	return found
}

// Whole searches a whole file without copying it. It returns what File, Write and
// Close would return.
func (s *Scanner) Whole(path string, content []byte) (found []Candidate, skipped string) {
	f := s.File(path)
	if len(content) > segment {
		f.Write(content)
		return f.Close()
	}
	f.buf, f.borrowed = content, true
	return f.Close()
}

// salt makes the hashes differ from those of other tools. It is not secret.
const salt = "publishgate secret v1\x00"

// candidate returns what may be told about a hit. The value itself is not part of
// it.
func (h hit) candidate(line, column int) Candidate {
	salted := sha256.Sum256(append([]byte(salt), h.value...))
	plain := sha1.Sum(h.value) // for the baseline of detect-secrets only
	return Candidate{
		Rule:        h.rule.id,
		Description: h.rule.description,
		Line:        line,
		Column:      column,
		Hash:        hex.EncodeToString(salted[:8]),
		SHA1:        hex.EncodeToString(plain[:]),
	}
}
