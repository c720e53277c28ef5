package sign

import (
	"context"
	"errors"
	"net/http"

	"github.com/publishgate/publishgate/internal/web"
)

// An OutageError says that a server which signing needs could not be reached, or
// answered each time that it cannot serve now (see web.Passes). Nobody
// refused anything: later it may work. Every other error of a Signer is a
// refusal or a mistake, and waiting does not help.
type OutageError struct {
	// Signed are the bundles of the artifacts that were signed in spite of it, in
	// the artifacts' order, each as whole and as verified as ever.
	Signed []Bundle
	Err    error // the first trouble, with the server's name
}

func (e *OutageError) Error() string { return e.Err.Error() }
func (e *OutageError) Unwrap() error { return e.Err }

// A TooLargeError says that a log does not take an artifact of that size (413).
// Public logs have limits that nobody documents (github.com/sigstore/rekor,
// issue 2808).
type TooLargeError struct {
	Name string // the artifact's
	Err  error
}

func (e *TooLargeError) Error() string { return e.Err.Error() }
func (e *TooLargeError) Unwrap() error { return e.Err }

// tooLarge says of the error of an artifact whether its size is the trouble.
func tooLarge(a Artifact, err error) error {
	var status *statusError
	if errors.As(err, &status) && status.code == http.StatusRequestEntityTooLarge {
		return &TooLargeError{a.Name, err}
	}
	return err
}

// isOutage reports whether a server was the trouble and not its answer.
func isOutage(err error) bool {
	_, _, again := web.Again(err)
	return again
}

// asOutage says of an error which kind it is. Once the caller's own time is up,
// no server is to blame.
func asOutage(ctx context.Context, err error) error {
	var is *OutageError
	if err == nil || errors.As(err, &is) || ctx.Err() != nil || !isOutage(err) {
		return err
	}
	return &OutageError{Err: err}
}
