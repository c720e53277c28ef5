package action

import "strings"

// A Trigger is the event and ref that a run was started by, as the runner of
// GitHub or GitLab reports them. Values that a step of the job could set are
// not used.
type Trigger struct {
	Name      string // the event, in the runner's words: "push", "merge_request_event"
	Event     string // the same in GitHub's words; "" if there is no counterpart
	Ref       string // "refs/heads/main", "refs/tags/v1.2.3"
	Protected bool   // by the repository's rules
	SHA       string
}

// Started returns the trigger of this run; nil outside a runner.
func Started(getenv func(string) string) *Trigger {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		event := getenv("GITHUB_EVENT_NAME")
		return &Trigger{event, event, getenv("GITHUB_REF"), getenv("GITHUB_REF_PROTECTED") == "true", getenv("GITHUB_SHA")}
	case getenv("GITLAB_CI") == "true", getenv("CI_COMMIT_REF_PROTECTED") != "":
		return onGitLab(getenv)
	}
	return nil
}

// gitLabEvents maps GitLab's event names to GitHub's (docs.gitlab.com,
// "Predefined CI/CD variables", CI_PIPELINE_SOURCE). Starting a pipeline by
// hand, by token or from another pipeline needs write access to the ref. An
// event that is not listed gives no such proof.
var gitLabEvents = map[string]string{
	"": "push", "push": "push", "schedule": "schedule",
	"web": "workflow_dispatch", "api": "workflow_dispatch", "trigger": "workflow_dispatch",
	"pipeline": "workflow_dispatch", "parent_pipeline": "workflow_dispatch",
	"merge_request_event": "pull_request", "external_pull_request_event": "pull_request",
}

func onGitLab(getenv func(string) string) *Trigger {
	name := getenv("CI_PIPELINE_SOURCE")
	t := &Trigger{name, gitLabEvents[name], "refs/heads/" + getenv("CI_COMMIT_REF_NAME"),
		getenv("CI_COMMIT_REF_PROTECTED") == "true", getenv("CI_COMMIT_SHA")}
	if tag := getenv("CI_COMMIT_TAG"); tag != "" {
		t.Ref = "refs/tags/" + tag
	}
	if getenv("CI_MERGE_REQUEST_IID") != "" { // also for a child pipeline of one
		t.Event = "pull_request"
	}
	if t.Name == "" {
		t.Name = t.Event
	}
	return t
}

// Tag returns the tag that the run is for, or "".
func (t *Trigger) Tag() string {
	tag, is := strings.CutPrefix(t.Ref, "refs/tags/")
	if !is {
		return ""
	}
	return tag
}

// UnderTest reports whether the run tests a change that nobody has accepted
// yet.
func (t *Trigger) UnderTest() bool { return t.Event == "pull_request" }

// ByStrangers reports whether anybody can cause the event, and so start a run
// with this repository's rights and secrets (a "pwn request").
func (t *Trigger) ByStrangers() bool {
	switch t.Event {
	case "pull_request_target", "workflow_run", "issue_comment":
		return true
	}
	return false
}
