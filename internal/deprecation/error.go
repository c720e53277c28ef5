package deprecation

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/registry"
)

// A DeniedError says that the credential may not deprecate. Nothing was written.
type DeniedError struct {
	Code bool // a one-time code was wanted, and there was nobody to give one
	Err  error
}

// Error says what the registry answered.
func (e *DeniedError) Error() string { return e.Err.Error() }

// Unwrap returns the registry's answer.
func (e *DeniedError) Unwrap() error { return e.Err }

// WhoMay says what credentials may deprecate, and move a dist-tag.
const WhoMay = "a granular token of a maintainer that may write (one that only stages is enough), or a maintainer at a terminal; " +
	"tokens of OIDC and read-only ones may not"

// Advice says who may.
func (e *DeniedError) Advice() string {
	if e.Code {
		return "run it at a terminal, where it asks for the code, or with a token that needs none: " + WhoMay
	}
	return "what may: " + WhoMay
}

// Denied returns the *DeniedError of a write that was refused for its credential;
// nil: it was not.
func Denied(err error) *DeniedError {
	var status *registry.StatusError
	refused := errors.As(err, &status) && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden)
	if code := registry.WantsCode(err); code || refused || errors.Is(err, registry.ErrNoToken) {
		return &DeniedError{code, err}
	}
	return nil
}

// An UnknownError says that a document was sent and it is not known whether it was
// stored.
type UnknownError struct{ Err error }

// Error says why it is not known.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("whether it was written is not known: %v; run again: what has the message is not written twice", e.Err)
}

// Unwrap returns why it could not be found out.
func (e *UnknownError) Unwrap() error { return e.Err }

// An UnseenError says that the registry accepted the document and does not show the
// message at some versions.
type UnseenError struct {
	Versions []string
	Gone     bool  // they are not there any more
	Err      error // why it could not be read; may be nil
}

// Error names the versions.
func (e *UnseenError) Error() string {
	list := display.Clip(strings.Join(e.Versions, ", "), 400)
	switch {
	case e.Gone:
		return "these versions are not there any more: " + list
	case e.Err != nil:
		return fmt.Sprintf("it was written, and is not read back at %s: %v; run again: it looks again", list, e.Err)
	}
	return "it was written, and the registry does not show it at " + list + "; run again in some minutes: it looks again"
}

// Unwrap returns why it could not be read.
func (e *UnseenError) Unwrap() error { return e.Err }

// An AlteredError says that published versions have other checksums than before. No
// deprecation does that.
type AlteredError struct{ Versions []string }

// Error names the versions.
func (e *AlteredError) Error() string {
	return "the registry shows other checksums than before of these versions: " + display.Clip(strings.Join(e.Versions, ", "), 400) +
		"; no deprecation does that: find out who replaced them, and compare them (publishgate verify)"
}
