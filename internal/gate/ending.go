package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/report"
)

// ErrBlocked means that the gate worked and says no. The reasons are in the
// report.
var ErrBlocked = because(report.Findings, errors.New("blocked"))

// ErrUsage means a mistake of the user that shows only when files are read: a
// policy file that is not one, or a package marked private.
var ErrUsage = because(report.Usage, errors.New("wrong use"))

// errPartial means that the package passed on incomplete advisory data, which is
// not enough to sign or publish it.
var errPartial = because(report.Partial,
	errors.New("the advisory data are partial: they are enough to judge, not to sign or publish; add a complete source, "+
		"as npm, osv or a database made of all advisories"))

// A reasoned error carries the reason why the run ends. An error without a reason
// counts as report.Input: something could not be read, understood or written.
type reasoned struct {
	reason report.Reason
	err    error
}

// because adds a reason to an error. A nil error stays nil.
func because(reason report.Reason, err error) error {
	if err == nil {
		return nil
	}
	return &reasoned{reason, err}
}

// What a run may have to wait for, after "once".
const (
	theRegistry = "the registry answers"
	gitHub      = "GitHub answers, and this job's token may read what the policy asks for"
	idTokens    = "this job is given its ID token"
	tufService  = "Sigstore's TUF repository answers"
)

// An unanswered error is about a service that gave no answer which can be used.
type unanswered struct {
	service string // report.AdvisorySource, or what to wait for: "the registry answers"
	err     error
}

// of names the service that an error is about. A nil error stays nil.
func of(service string, err error) error {
	if err == nil {
		return nil
	}
	return &unanswered{service, err}
}

// An ownFile is the error of a file that was named: no service is at fault.
type ownFile struct{ error }

// Unwrap returns the wrapped error.
func (e ownFile) Unwrap() error { return e.error }

// down says that a service which the verdict depends on gave no answer, unless it
// is a file of the caller's that is at fault.
func down(service string, err error) error {
	if errors.As(err, new(ownFile)) {
		return err
	}
	return because(report.SourceDown, of(service, err))
}

// Error returns the text of the wrapped error.
func (e *unanswered) Error() string { return e.err.Error() }

// Unwrap returns the wrapped error.
func (e *unanswered) Unwrap() error { return e.err }

// services returns the services that err and the errors it wraps are about, once
// each. Of two that wrap each other it is the inner one, which knows better.
func services(err error) (all []string) {
	var under []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		under = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		under = e.Unwrap()
	}
	for _, u := range under {
		for _, s := range services(u) {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	if e, ok := err.(*unanswered); ok && all == nil {
		all = []string{e.service}
	}
	return all
}

// Error returns the text of the wrapped error.
func (e *reasoned) Error() string { return e.err.Error() }

// Unwrap returns the wrapped error.
func (e *reasoned) Unwrap() error { return e.err }

// reasonOf returns the reason that counts most among those of err and of all
// errors that it wraps. A block stays a block, whatever else failed too.
func reasonOf(err error) report.Reason {
	if err == nil {
		return report.Fine
	}
	if found := reasonIn(err); found != report.Fine {
		return found
	}
	return report.Input
}

func reasonIn(err error) report.Reason {
	found := report.Fine
	take := func(r report.Reason) {
		if r.Before(found) {
			found = r
		}
	}
	if e, ok := err.(*reasoned); ok {
		take(e.reason)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if under := e.Unwrap(); under != nil {
			take(reasonIn(under))
		}
	case interface{ Unwrap() []error }:
		for _, under := range e.Unwrap() {
			take(reasonIn(under))
		}
	}
	return found
}

// A Failure is the error of a run that did not end with exit code 0.
type Failure struct {
	Reason report.Reason
	Kept   bool // nothing was let through
	err    error
}

// Error returns what went wrong, one line for each thing.
func (f *Failure) Error() string { return f.err.Error() }

// Unwrap returns the wrapped error.
func (f *Failure) Unwrap() error { return f.err }

// explain adds to err that the deadline passed or that the run was told to stop,
// if that is the cause.
func explain(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ErrBlocked) {
		return err
	}
	if r := reasonOf(err); r == report.Signal || r == report.Deadline {
		return err // err says so already
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return because(report.Signal, fmt.Errorf("stopped by a signal: %w", err))
	}
	return because(report.Deadline, fmt.Errorf("%w: %w", context.Cause(ctx), err))
}
