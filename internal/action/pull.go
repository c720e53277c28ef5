package action

import (
	"fmt"
	"slices"
	"strconv"
)

// A Pull is the head of a pull request: its author's commit, not the test merge
// that the runner checks out.
type Pull struct {
	Number int
	SHA    string // 40 or 64 hex digits
}

// Ref returns the ref under which GitHub keeps the head.
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

// OwnRef reports whether this event builds the content of its ref, so that
// findings may be filed for that ref: a commit that was pushed, tagged or
// chosen by somebody with write access. On other events (pull_request_target,
// workflow_run, issue_comment) the ref is the default branch, but anybody's
// change may be checked out. The list names the events for which it is true, so
// a new event counts as false.
func (r *Runner) OwnRef() bool {
	return slices.Contains([]string{"push", "release", "schedule", "workflow_dispatch", "repository_dispatch",
		"create", "merge_group"}, r.Event)
}
