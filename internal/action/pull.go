package action

import (
	"fmt"
	"slices"
	"strconv"
)

// A Pull is the head of a pull request: what its author wrote, without the
// merge that the runner tries out.
type Pull struct {
	Number int
	SHA    string // 40 or 64 hex digits
}

// Ref is the ref that GitHub keeps of it.
func (p Pull) Ref() string { return fmt.Sprintf("refs/pull/%d/head", p.Number) }

// Pull returns the head of the pull request that the event is about.
func (r *Runner) Pull() (Pull, error) {
	event, err := r.event()
	if err != nil {
		return Pull{}, err
	}
	pull := event.Get("pull_request")
	number, err := strconv.Atoi(string(pull.Get("number").Raw()))
	sha := pull.Get("head").Get("sha").Text()
	if err != nil || number <= 0 || !isCommit(sha) {
		return Pull{}, fmt.Errorf("read the event: it names no head of a pull request")
	}
	return Pull{number, sha}, nil
}

// OwnRef reports whether what this event builds is what its ref holds, so that
// findings may be filed for that ref: a commit that was pushed, tagged or named
// by somebody who may write. On other events the ref is the default branch
// though anybody's change may be what is checked out (pull_request_target,
// workflow_run, issue_comment), and the list is of what may, so that a new
// event may not.
func (r *Runner) OwnRef() bool {
	return slices.Contains([]string{"push", "release", "schedule", "workflow_dispatch", "repository_dispatch", "create", "merge_group"}, r.Event)
}
