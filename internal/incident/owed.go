package incident

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
)

// An Owed is one thing that a record says is left to do.
type Owed struct {
	ID   string    // of the step; "respond": nobody has begun; "look": something could not be looked at
	What string    // a clause for a person, without a full stop; of a record it is foreign text
	By   string    // who may do it; empty: anybody
	Due  time.Time // zero: nobody says until when

	Release bool // a release does it, so it must hold none
}

// byRelease are the steps that a release does.
var byRelease = []string{"release", "trusted-publishing"}

// Owed returns what is left, in the order of the record. It takes no word for
// more than it says: a step that is done or dropped without a reason is left, and so
// is a look that saw not everything. The clocks are those of the policy of today;
// what the record itself says counts where it is earlier. latest is the latest
// time that the record says something happened at.
func (r *Record) Owed(c Clocks) (left []Owed, latest time.Time, err error) {
	began, err := at(r.Started)
	if err != nil {
		return nil, latest, err
	}
	if latest, err = at(r.Looked); err != nil {
		return nil, latest, err
	}
	latest = later(latest, began)
	if r.Kind == Token && r.Since != "" {
		since, err := at(r.Since)
		if err != nil {
			return nil, latest, err
		}
		latest = later(latest, since)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		switch {
		case (s.State == Done || s.State == Dropped) && s.Proof != "":
			done, err := at(s.Done)
			if err != nil {
				return nil, latest, err
			}
			latest = later(latest, done)
			continue
		case !slices.Contains([]State{Open, Done, Dropped}, s.State):
			return nil, latest, fmt.Errorf("%w: the step %s is in no state that this version knows", ErrRecord, s.ID)
		}
		due := c.due(s.Clock, began)
		if s.Due != "" {
			said, err := at(s.Due)
			if err != nil {
				return nil, latest, err
			}
			due = earlier(due, said)
		}
		if due.IsZero() && !slices.Contains([]string{contain, notify, final}, s.Clock) {
			due = c.due(contain, began)
		}
		left = append(left, Owed{s.ID, display.Clip(s.What, 200), s.By.brief(), due, slices.Contains(byRelease, s.ID)})
	}
	if len(left) > 0 && len(left) == len(r.Steps) {
		if due := c.due(respond, began); !due.IsZero() {
			left = slices.Insert(left, 0, Owed{ID: respond, What: "Begin: no step is done", Due: due})
		}
	}
	if r.Result != NothingLeft && r.Result != StepsLeft || len(r.Missed) > 0 {
		what := "Look again: the last look did not see everything"
		if len(r.Missed) > 0 {
			what += ": " + display.Clip(r.Missed[0], 200)
		}
		left = append(left, Owed{ID: "look", What: strings.TrimRight(what, "."), Due: c.due(contain, began)})
	}
	return left, latest, nil
}

// Concerns reports whether an incident holds a package: a token may publish more
// than the package that it was found with, so it holds all of ours.
func (r *Record) Concerns(name string) bool { return r.Kind == Token || r.Package == name }

// Again returns the command that looks again, and writes the record in a folder.
func (r *Record) Again(file string) string {
	words := []string{"publishgate incident", string(r.Kind), foreign(r.Package + "@" + r.Range)}
	if r.Kind == Exposure {
		words = append(words, "-file "+blank)
	}
	if path.Base(file) == File {
		words = append(words, "-out", foreign(path.Dir(file)))
	}
	if !(&Ask{Registry: r.Registry}).public() {
		words = append(words, "-registry", foreign(r.Registry))
	}
	return line(words...)
}

// IsDraft reports whether a file of the folder of an incident is a draft that
// stands beside the record, by its name.
func IsDraft(name string) bool {
	vex, _ := path.Match("openvex-*.json", name)
	return vex || name == OSVDraft || name == GitHubDraft
}

// brief says in a few words who it is.
func (w Who) brief() string {
	switch w {
	case Machine, Person:
		return "a maintainer"
	case Owner:
		return "an owner of the npm organisation"
	case Support:
		return "npm's support, if one of ours writes to them"
	}
	return ""
}

// at reads a time of a record.
func at(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%w: %s is no time", ErrRecord, display.Quote(s, 60))
	}
	return t.UTC(), nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier returns the earlier of two times; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Began returns when the incident began; Parse has seen that the record says it.
func (r *Record) Began() time.Time {
	began, _ := at(r.Started)
	return began
}
