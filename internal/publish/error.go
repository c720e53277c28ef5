package publish

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind says whose fault a refusal is. The zero value is the stricter one.
type Kind int

// The kinds of refusal.
const (
	Blocked Kind = iota // the package must not go out like this: exit 1
	Misuse              // it was asked for in a wrong way: exit 2
)

// A Reason is one thing that stands against publishing.
type Reason struct {
	Kind Kind
	ID   string // kebab-case, does not change: "private", "publish-config"
	Text string // one sentence; may quote foreign text, in ASCII
	Key  string // of publishConfig that it is about, foreign; empty: it is about none
}

// A RefusedError says why nothing was sent, all reasons at once.
type RefusedError struct{ Reasons []Reason }

// Error joins the reasons.
func (e *RefusedError) Error() string {
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = r.Text
	}
	return "not published: " + strings.Join(texts, "; ")
}

// Misuse reports whether every reason is a wrong use (exit 2); one that blocks
// makes it a block (exit 1).
func (e *RefusedError) Misuse() bool {
	return len(e.Reasons) > 0 && !slices.ContainsFunc(e.Reasons, func(r Reason) bool { return r.Kind != Misuse })
}

func refuse(kind Kind, id, text string) *RefusedError {
	return &RefusedError{[]Reason{{Kind: kind, ID: id, Text: text}}}
}

// A MismatchError is an alarm: the registry shows something else under this
// name and version than what was judged. Exit 1.
type MismatchError struct {
	Plan      *Plan
	What      string // integrity, shasum, dist-tag "latest"
	Want, Got string // Got is foreign text
	Sent      bool   // this run had sent its document before it saw this
}

// Error says what differs.
func (e *MismatchError) Error() string {
	when := "already has"
	if e.Sent {
		when = "now shows"
	}
	return fmt.Sprintf("alarm: the registry %s %s@%s with %s %s, judged was %s", when, e.Plan.Name, e.Plan.Version, e.What, quoted(e.Got), e.Want)
}

// An UnknownError says that the document was sent and that it could not be
// found out whether it arrived. Exit 3; running again settles it.
type UnknownError struct {
	Plan *Plan
	Err  error
}

// Error says that the outcome is unknown.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("whether %s@%s was published is not known: %v; run again: the same bytes are not published twice", e.Plan.Name, e.Plan.Version, e.Err)
}

// Unwrap returns what stood in the way of finding out.
func (e *UnknownError) Unwrap() error { return e.Err }

// quoted is foreign text for a message: ASCII, capped.
func quoted(s string) string { return fmt.Sprintf("%+.120q", s) }
