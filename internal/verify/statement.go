package verify

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// StatementType is the type of an envelope's payload that is an in-toto
// statement (in-toto attestation framework, spec/v1/envelope.md).
const StatementType = "application/vnd.in-toto+json"

// statementTypes are the versions of statements that are read.
var statementTypes = []string{"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"}

const maxSubjects = 1024 // of a statement, as many as GitHub stores

// A Statement is an in-toto statement: what is said of some files.
type Statement struct {
	PredicateType string
	Subjects      []NamedDigests
	Predicate     strict.Value
}

// NamedDigests are one subject of a statement: digests by algorithm, in
// lower-case hex.
type NamedDigests struct {
	Name    string
	Digests map[string]string
	Refs    []string // that a commit was on, as a source VSA says
}

// parseStatement reads a statement of which each reader reads the same.
func parseStatement(payload []byte) (Statement, error) {
	document, err := strict.ParseWithin(payload, strict.Limits{Bytes: maxBundle})
	if err != nil {
		return Statement{}, err
	}
	if is := document.Get("_type").Text(); !slices.Contains(statementTypes, is) {
		return Statement{}, fmt.Errorf("_type is %q", is)
	}
	s := Statement{PredicateType: document.Get("predicateType").Text(), Predicate: document.Get("predicate")}
	if s.PredicateType == "" {
		return Statement{}, errors.New("it has no predicateType")
	}
	subjects := document.Get("subject")
	if subjects.Kind() != strict.Array || subjects.Len() == 0 || subjects.Len() > maxSubjects {
		return Statement{}, fmt.Errorf("it has %d subjects, expected 1 to %d", subjects.Len(), maxSubjects)
	}
	for entry := range subjects.Elements() {
		subject := NamedDigests{Name: entry.Get("name").Text(), Digests: map[string]string{}, Refs: refsOf(entry)}
		for algorithm, digest := range entry.Get("digest").Members() {
			subject.Digests[algorithm.Text()] = strings.ToLower(digest.Text())
		}
		s.Subjects = append(s.Subjects, subject)
	}
	return s, nil
}

// A Subject is what an attestation must be about, and about nothing else.
type Subject struct {
	Name   string // its package URL
	SHA256 string // lower-case hex; "": the statement need not have it
	SHA512 string
}

// of answers whether it is the statement's one subject.
func (s Subject) of(statement Statement) answer {
	want := s.digests()
	expected := NamedDigests{Name: s.Name, Digests: want}.String()
	if len(statement.Subjects) != 1 {
		return failed(expected, fmt.Sprintf("%d subjects, the first is %s", len(statement.Subjects), statement.Subjects[0]))
	}
	is := statement.Subjects[0]
	if is.Name != s.Name {
		return failed(expected, is.String())
	}
	for algorithm, digest := range want {
		if is.Digests[algorithm] != digest {
			return failed(expected, is.String())
		}
	}
	return passed(expected, is.String())
}

func (s Subject) digests() map[string]string {
	all := map[string]string{}
	if s.SHA256 != "" {
		all["sha256"] = s.SHA256
	}
	if s.SHA512 != "" {
		all["sha512"] = s.SHA512
	}
	return all
}

// among answers whether an artifact is one of the statement's subjects.
func (a Artifact) among(statement Statement) answer {
	is := a.digests()
	expected := "a subject with sha256:" + is["sha256"]
	for _, subject := range statement.Subjects {
		if subject.match(is) {
			return passed(expected, subject.String())
		}
	}
	return failed(expected, fmt.Sprintf("%d subjects, the first is %s", len(statement.Subjects), statement.Subjects[0]))
}

// match reports whether at least one digest is the same and none of the same
// algorithm differs.
func (d NamedDigests) match(is map[string]string) bool {
	same := false
	for algorithm, digest := range is {
		said, ok := d.Digests[algorithm]
		if ok && said != digest {
			return false
		}
		same = same || ok
	}
	return same
}

// String returns the name with the digests.
func (d NamedDigests) String() string {
	text := d.Name
	for _, algorithm := range []string{"sha256", "sha512"} {
		if digest := d.Digests[algorithm]; digest != "" {
			text += " " + algorithm + ":" + digest
		}
	}
	return text
}

// Digest returns the SHA-256 of the artifact, in lower-case hex.
func (a Artifact) Digest() string { return a.digests()["sha256"] }

// digests returns the digests of the artifact, as far as they are known.
func (a Artifact) digests() map[string]string {
	if a.Bytes == nil {
		return map[string]string{"sha256": strings.ToLower(a.SHA256)}
	}
	short, long := sha256.Sum256(a.Bytes), sha512.Sum512(a.Bytes)
	return map[string]string{"sha256": hex.EncodeToString(short[:]), "sha512": hex.EncodeToString(long[:])}
}
