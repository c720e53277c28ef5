package publish

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind says whether a refusal is a block or a wrong use. The zero value is
// the stricter one.
type Kind int

// The kinds of refusal.
const (
	Blocked Kind = iota // the package must not be published like this: exit 1
	Misuse              // a wrong use: exit 2
)

// A Reason is one reason against publishing.
type Reason struct {
	Kind Kind
	ID   string // kebab-case, does not change: "private", "publish-config"
	Text string // one sentence; may quote foreign text, in ASCII
	Key  string // of publishConfig that it is about, foreign; empty: it is about none
}

// A RefusedError has all reasons why nothing was sent.
type RefusedError struct{ Reasons []Reason }

// Error joins the reasons.
func (e *RefusedError) Error() string {
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = r.Text
	}
	return "not published: " + strings.Join(texts, "; ")
}

// Misuse reports whether every reason is a wrong use (exit 2); a single block
// makes it a block (exit 1).
func (e *RefusedError) Misuse() bool {
	return len(e.Reasons) > 0 && !slices.ContainsFunc(e.Reasons, func(r Reason) bool { return r.Kind != Misuse })
}

func refuse(kind Kind, id, text string) *RefusedError {
	return &RefusedError{[]Reason{{Kind: kind, ID: id, Text: text}}}
}

// A MismatchError is an alarm: the registry has something else under this name
// and version than what was judged. Exit 1.
type MismatchError struct {
	Plan      *Plan
	What      string // integrity, shasum, dist-tag "latest", access, provenance
	Want, Got string // Got is foreign text; empty: it has none
	Sent      bool   // this run had sent its document before
}

// Error says what differs.
func (e *MismatchError) Error() string {
	when := "already has"
	if e.Sent {
		when = "now shows"
	}
	if e.Got == "" {
		return fmt.Sprintf("alarm: the registry %s %s@%s without %s, expected %s", when, e.Plan.Name, e.Plan.Version, e.What, e.Want)
	}
	return fmt.Sprintf("alarm: the registry %s %s@%s with %s %s, judged was %s", when, e.Plan.Name, e.Plan.Version,
		e.What, quoted(e.Got), e.Want)
}

// An InvisibleError says that the registry accepted the document and did not
// show the version in the time that was given. Exit 3, unless the policy says
// otherwise; another run settles it.
type InvisibleError struct {
	Plan  *Plan
	State string // what the registry says of the version; foreign text; empty: nothing
	Err   error  // why the waiting ended early or what could not be read; may be nil
}

// Error says that it is not visible, and what to do.
func (e *InvisibleError) Error() string {
	text := fmt.Sprintf("the registry accepted %s@%s and does not show it yet", e.Plan.Name, e.Plan.Version)
	if e.State != "" {
		text += ": it says that it is " + quoted(e.State)
	}
	if e.Err != nil {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	return text + "; run again: it settles, and the same bytes are not published twice"
}

// Unwrap returns why the waiting ended.
func (e *InvisibleError) Unwrap() error { return e.Err }

// A BlockedError says that the registry took the document and its own
// validation refuses the version. Exit 1.
type BlockedError struct{ Plan *Plan }

// Error says that the registry blocks the version, and what to do.
func (e *BlockedError) Error() string {
	return fmt.Sprintf("the registry blocks %s@%s: its validation did not let the version pass, and nobody can install it; "+
		"see the maintainers' mail from the registry, or write to its support; then publish under a higher version", e.Plan.Name, e.Plan.Version)
}

// An UnreadError says that the version is published, with the judged bytes, and
// that the registry did not answer what else of it is read back. Exit 3; another
// run looks again.
type UnreadError struct {
	Plan *Plan
	What string // dist-tag, access, …
	Err  error
}

// Error says what could not be read back.
func (e *UnreadError) Error() string {
	return fmt.Sprintf("%s@%s is published, and the registry does not answer about its %s: %v; run again: it looks again",
		e.Plan.Name, e.Plan.Version, e.What, e.Err)
}

// Unwrap returns why it could not be read.
func (e *UnreadError) Unwrap() error { return e.Err }

// An UnknownError says that the document was sent and it is not known whether
// it was stored. Exit 3; another run finds out.
type UnknownError struct {
	Plan *Plan
	Err  error
}

// Error says that the outcome is unknown.
func (e *UnknownError) Error() string {
	done := "published"
	if e.Plan.Road == Staging {
		done = "staged"
	}
	return fmt.Sprintf("whether %s@%s was %s is not known: %v; run again: the same bytes are not published twice",
		e.Plan.Name, e.Plan.Version, done, e.Err)
}

// Unwrap returns why it could not be found out.
func (e *UnknownError) Unwrap() error { return e.Err }

// quoted returns foreign text for a message: ASCII, shortened.
func quoted(s string) string { return fmt.Sprintf("%+.120q", s) }
