package policy

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Start is the event and the ref that a run was started by.
type Start struct {
	Event      string // in GitHub's words: "push"
	Ref        string // "refs/heads/main", "refs/tags/v1.2.3"
	Protected  bool   // by the repository's rules
	VersionTag bool   // Ref is a tag of the very version that is judged
}

// protectedRef is the word in publish.refs for every ref that the repository's
// rules protect.
const protectedRef = "protected"

// defaultEvents may sign and publish unless publish.events says otherwise: acts
// of somebody with write access to the ref. A schedule is nobody's act.
var defaultEvents = []string{"push", "release", "workflow_dispatch"}

// eventWords are the events that publish.events may list. All other events can
// be triggered by a change that nobody has accepted, or by anybody at all.
var eventWords = append(slices.Clone(defaultEvents), "schedule", "create", "repository_dispatch", "deployment")

// Refuses returns why a run may not sign or publish, as a clause that may quote
// the ref; "" if it may.
func (e *Effective) Refuses(s Start) string {
	events := defaultEvents
	if e.Publish.Events != nil {
		events = *e.Publish.Events
	}
	if !slices.Contains(events, s.Event) {
		return fmt.Sprintf("on the event %s nothing is signed or published; publish.events of the policy lets %s",
			orNone(s.Event), orNone(strings.Join(events, ", ")))
	}
	refs := e.Publish.Refs
	switch {
	case refs == nil && (s.Protected || s.VersionTag):
		return ""
	case refs == nil:
		return fmt.Sprintf("%s is neither protected nor a tag of this version: protect it, publish from such a "+
			"tag, or name it in publish.refs of the policy", orNone(s.Ref))
	case slices.ContainsFunc(*refs, func(pattern string) bool { return s.on(pattern) }):
		return ""
	}
	return fmt.Sprintf("%s is not among publish.refs of the policy (%s)", orNone(s.Ref), orNone(strings.Join(*refs, ", ")))
}

// on reports whether the run matches an entry of publish.refs.
func (s Start) on(pattern string) bool {
	if pattern == protectedRef {
		return s.Protected
	}
	ok, err := path.Match(pattern, s.Ref)
	return err == nil && ok
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// refPattern returns an error for an entry of publish.refs that no ref can
// match.
func refPattern(s string) error {
	if s == protectedRef {
		return nil
	}
	name, branch := strings.CutPrefix(s, "refs/heads/")
	if !branch {
		var tag bool
		if name, tag = strings.CutPrefix(s, "refs/tags/"); !tag {
			return fmt.Errorf("%s is neither protected nor a pattern of whole refs; did you mean refs/heads/%s or "+
				"refs/tags/%s?", quote(s), short(s), short(s))
		}
	}
	if _, err := path.Match(s, ""); err != nil || name == "" || strings.TrimSpace(s) != s {
		return errors.New(quote(s) + " is no pattern of refs")
	}
	return nil
}

// short returns a ref without its refs/heads/ or refs/tags/, for a hint.
func short(ref string) string {
	for _, prefix := range []string{"refs/", "heads/", "tags/"} {
		ref = strings.TrimPrefix(ref, prefix)
	}
	return strings.ToValidUTF8(ref[:min(len(ref), 40)], "")
}
