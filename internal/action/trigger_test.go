package action

import "testing"

func TestStarted(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want *Trigger
		tag  string
	}{
		{"off a runner", map[string]string{"GITHUB_REF": "refs/heads/main", "CI": "true"}, nil, ""},
		{"github", map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/v1",
			"GITHUB_REF_PROTECTED": "true", "GITHUB_SHA": "a"}, &Trigger{"push", "push", "refs/tags/v1", true, "a"}, "v1"},
		{"a branch named like a tag", map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/refs/tags/v1"},
			&Trigger{Ref: "refs/heads/refs/tags/v1"}, ""},
		{"protected is one word", map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF_PROTECTED": "1"}, &Trigger{}, ""},
		{"gitlab", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_REF_NAME": "main",
			"CI_COMMIT_REF_PROTECTED": "true"}, &Trigger{"push", "push", "refs/heads/main", true, ""}, ""},
		{"gitlab, a tag", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_REF_NAME": "v1",
			"CI_COMMIT_TAG": "v1", "CI_COMMIT_SHA": "b"}, &Trigger{"push", "push", "refs/tags/v1", false, "b"}, "v1"},
		{"gitlab, by its variable alone", map[string]string{"CI_COMMIT_REF_PROTECTED": "false", "CI_COMMIT_REF_NAME": "x"},
			&Trigger{"push", "push", "refs/heads/x", false, ""}, ""},
		{"gitlab, by hand", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "web", "CI_COMMIT_REF_NAME": "x"},
			&Trigger{"web", "workflow_dispatch", "refs/heads/x", false, ""}, ""},
		{"gitlab, a merge request", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event",
			"CI_COMMIT_REF_NAME": "x"}, &Trigger{"merge_request_event", "pull_request", "refs/heads/x", false, ""}, ""},
		{"gitlab, a child of one", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "parent_pipeline",
			"CI_MERGE_REQUEST_IID": "7"}, &Trigger{"parent_pipeline", "pull_request", "refs/heads/", false, ""}, ""},
		{"gitlab, something new", map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "chat"},
			&Trigger{"chat", "", "refs/heads/", false, ""}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Started(func(name string) string { return c.env[name] })
			if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
				t.Fatalf("got %+v, want %+v", got, c.want)
			}
			if got != nil && got.Tag() != c.tag {
				t.Errorf("tag %q, want %q", got.Tag(), c.tag)
			}
		})
	}
}
