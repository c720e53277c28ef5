package action

import (
	"strings"
)

// ReadOnly says why the job's token may be one that cannot write, whatever the
// workflow asks for; "" if no reason is known. Repositories can be set up so that
// it can.
func (r *Runner) ReadOnly() string {
	if strings.EqualFold(r.getenv("GITHUB_ACTOR"), "dependabot[bot]") && r.Event != "pull_request_target" {
		return "Dependabot started this run, and its token can only read unless the workflow's `permissions` say more"
	}
	if !strings.HasPrefix(r.Event, "pull_request") || r.Event == "pull_request_target" {
		return ""
	}
	event, err := r.event()
	if err != nil {
		return ""
	}
	head := event.Get("pull_request").Get("head")
	// The repository is null once the fork was deleted.
	if head.Get("sha").Text() == "" || strings.EqualFold(head.Get("repo").Get("full_name").Text(), r.Repository) {
		return ""
	}
	return "the pull request comes from a fork, whose runs can only read"
}
