package tarball

import "fmt"

// A refusal is a Violation on its way up as an error.
type refusal struct{ Violation }

func (r *refusal) Error() string { return r.Rule + ": " + r.Text }

// refuse returns a refusal.
func refuse(rule, format string, args ...any) error {
	return &refusal{Violation{Rule: rule, Text: fmt.Sprintf(format, args...)}}
}
