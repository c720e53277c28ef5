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
	What      string // integrity, shasum, dist-tag "latest"
	Want, Got string // Got is foreign text
	Sent      bool   // this run had sent its document before
}

// Error says what differs.
func (e *MismatchError) Error() string {
	when := "already has"
	if e.Sent {
		when = "now shows"
	}
	return fmt.Sprintf("alarm: the registry %s %s@%s with %s %s, judged was %s", when, e.Plan.Name, e.Plan.Version,
		e.What, quoted(e.Got), e.Want)
}

// An UnknownError says that the document was sent and it is not known whether
// it was stored. Exit 3; another run finds out.
type UnknownError struct {
	Plan *Plan
	Err  error
}

// Error says that the outcome is unknown.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("whether %s@%s was published is not known: %v; run again: the same bytes are not published twice",
		e.Plan.Name, e.Plan.Version, e.Err)
}

// Unwrap returns why it could not be found out.
func (e *UnknownError) Unwrap() error { return e.Err }

// quoted returns foreign text for a message: ASCII, shortened.
func quoted(s string) string { return fmt.Sprintf("%+.120q", s) }
