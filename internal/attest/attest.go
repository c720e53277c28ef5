// Package attest writes in-toto statements about a judged package: where it was
// built, what is in it, and what the gate decided about it.
//
// It takes claims, digests and documents and returns the bytes to be signed. It
// signs nothing, reads nothing and knows neither Sigstore nor the network. The
// same input gives the same bytes.
package attest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PayloadType is the DSSE payload type of every statement
// (github.com/in-toto/attestation, spec/v1/envelope.md).
const PayloadType = "application/vnd.in-toto+json"

// The types of statements and predicates.
const (
	statementV1  = "https://in-toto.io/Statement/v1"
	statementV01 = "https://in-toto.io/Statement/v0.1"

	ProvenanceV1  = "https://slsa.dev/provenance/v1"           // of GitHub Actions
	ProvenanceV02 = "https://slsa.dev/provenance/v0.2"         // of GitLab CI/CD, as npm writes it
	CycloneDX     = "https://cyclonedx.org/bom"                // an SBOM
	Summary       = "https://slsa.dev/verification_summary/v1" // what a verifier decided
)

// A Subject is the tarball that a statement is about.
type Subject struct {
	Name   string // its package URL, pkg:npm/%40scope/name@version
	SHA256 string // lower-case hex
	SHA512 string // lower-case hex
}

// PackageURL returns the name that npm gives to a version of a package in its
// attestations (npm-package-arg, toPurl). npm escapes the @ of a scope, and none
// of the other characters that a package URL escapes.
func PackageURL(name, version string) string {
	if scoped, ok := strings.CutPrefix(name, "@"); ok {
		name = "%40" + scoped
	}
	return "pkg:npm/" + name + "@" + version
}

func (s Subject) check() error {
	if s.Name == "" || len(s.SHA256) != 64 || len(s.SHA512) != 128 {
		return errors.New("a statement needs the package URL, the SHA-256 and the SHA-512 of its subject")
	}
	return nil
}

// statement writes a statement v1 about one subject. It contains both digests, so
// that a consumer can look for either.
func statement(s Subject, predicateType string, predicate any) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	digest := object{{"sha256", s.SHA256}, {"sha512", s.SHA512}}
	return encode(object{
		{"_type", statementV1},
		{"subject", array{object{{"name", s.Name}, {"digest", digest}}}},
		{"predicateType", predicateType},
		{"predicate", predicate},
	}), nil
}

// MaxSBOM is the largest SBOM that an attestation contains, in bytes. GitHub
// stores no larger one (github.com/actions/attest, src/sbom.ts).
const MaxSBOM = 16 << 20

// SBOM returns the statement that a CycloneDX document describes the subject. The
// predicate is the document byte for byte, and must be valid JSON. A document of
// more than MaxSBOM bytes is a *TooLargeError.
func SBOM(s Subject, document []byte) ([]byte, error) {
	if len(document) > MaxSBOM {
		return nil, &TooLargeError{len(document)}
	}
	if len(document) == 0 {
		return nil, errors.New("an empty SBOM cannot be attested")
	}
	return statement(s, CycloneDX, verbatim(document))
}

// A TooLargeError says that an SBOM is larger than MaxSBOM.
type TooLargeError struct{ Size int } // in bytes

// Error names the size and the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the SBOM has %d bytes, an attestation contains at most %d", e.Size, MaxSBOM)
}

// A NoneError says that there can be no provenance, and why. The run itself did
// nothing wrong.
type NoneError struct{ Why string }

// Error returns the reason.
func (e *NoneError) Error() string { return "no provenance: " + e.Why }

// A DifferenceError says that the environment contradicts the ID token, so that
// one of the two belongs to another run.
type DifferenceError struct{ Variable, Value, Claim, Claimed string }

// Error names both sides.
func (e *DifferenceError) Error() string {
	return fmt.Sprintf("the environment says %s=%q and the ID token %s=%q: one of them belongs to another run",
		e.Variable, e.Value, e.Claim, e.Claimed)
}

// Environment returns those variables of env, a list of NAME=VALUE pairs, that
// provenance is compared with or, at GitLab, contains.
func Environment(env []string) map[string]string {
	found := map[string]string{}
	for _, pair := range env {
		for i := range len(pair) {
			if pair[i] != '=' {
				continue
			}
			if name := pair[:i]; slices.Contains(githubVariables, name) || slices.Contains(gitlabParameters, name) ||
				name == gitlabArchitecture {
				found[name] = pair[i+1:]
			}
			break
		}
	}
	return found
}
