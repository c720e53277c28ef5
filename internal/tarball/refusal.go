package tarball

import "fmt"

// A refusal is a violation on its way up as an error.
type refusal struct{ Violation }

func (r *refusal) Error() string { return r.Rule + ": " + r.Text }

func refuse(rule, format string, args ...any) error {
	return &refusal{Violation{Rule: rule, Text: fmt.Sprintf(format, args...)}}
}
