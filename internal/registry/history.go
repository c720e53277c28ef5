package registry

import (
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// A History is what a packument says of all versions of a package: a few words of
// each, whatever its size. Foreign text, not verified.
type History struct {
	Name        string
	Releases    []Publication        // in order of publication; those without a time first, ascending
	Times       map[string]time.Time // of every version that the packument has a time of, those that are gone too
	Tags        map[string]string    // dist-tag → version
	Maintainers []string             // npm names, in the packument's order
}

// A Publication is one published version, and how it was published.
type Publication struct {
	Version string
	Number  npm.Version // Version, parsed; the zero Version: it is no valid one

	Integrity  string // Subresource Integrity, "sha512-…"; may be empty
	Shasum     string // SHA-1 in hex; may be empty
	Tarball    string // address
	Signatures []Signature
	Attested   bool // it has attestations

	Trust            Trust
	By               string    // npm name of who published it; of a trusted publisher "GitHub Actions" or the like
	Approver         string    // npm name of who approved the stage; empty: nobody
	TrustedPublisher string    // its kind, "github"; empty: a token or a person
	Published        time.Time // zero: the packument has no time for it, or one that is none

	License    string // of its manifest
	Deprecated string // the message; "deprecated" where there is none; empty: it is not
}
