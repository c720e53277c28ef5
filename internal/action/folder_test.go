package action

import "testing"

func TestFolders(t *testing.T) {
	r, _ := runner(t, map[string]string{
		"GITHUB_OUTPUT": "/t/_temp/_runner_file_commands/out", "GITHUB_EVENT_PATH": "/w/event.json",
		"GITHUB_WORKSPACE": "/w", "RUNNER_TOOL_CACHE": "/opt/tools", "RUNNER_TEMP": "/t/_temp", "GITHUB_STEP_SUMMARY": "",
		"GITHUB_ENV": "", "HOME": "",
	})
	got := map[Folder]bool{}
	for _, f := range r.Folders() {
		got[f] = true
	}
	for _, want := range []Folder{{"/t/_temp/_runner_file_commands", true}, {"/w", false}, {"/opt/tools", true}} {
		if !got[want] {
			t.Errorf("%v is not among %v", want, got)
		}
	}
	if got[Folder{"/t/_temp", false}] || got[Folder{"/t/_temp", true}] {
		t.Error("the temporary folder is for the job's files")
	}
}
