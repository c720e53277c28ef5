package action

import (
	"path/filepath"
	"slices"
)

// A Folder is one of the runner's own directories: files in it control the job.
type Folder struct {
	Path  string
	Whole bool // everything below it is the runner's too
}

// commandFolders are the names of the directories in which the runner keeps its
// own files, outside and inside a container (actions/runner,
// ContainerActionHandler.cs and Constants.cs).
var commandFolders = []string{"_runner_file_commands", "_github_workflow", "_github_home", "file_commands", "workflow"}

// Folders lists the runner's own directories, as far as it names them. The
// temporary directory is not included: it is meant for the job's files.
func (r *Runner) Folders() []Folder {
	var all []Folder
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE",
		"GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"} {
		if file := r.getenv(name); file != "" {
			dir := filepath.Dir(file)
			all = append(all, Folder{dir, slices.Contains(commandFolders, filepath.Base(dir))})
		}
	}
	for _, name := range []string{"GITHUB_WORKSPACE", "RUNNER_WORKSPACE", "HOME"} {
		if dir := r.getenv(name); dir != "" {
			all = append(all, Folder{dir, false})
		}
	}
	for _, name := range []string{"RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY", "GITHUB_ACTION_PATH"} {
		if dir := r.getenv(name); dir != "" {
			all = append(all, Folder{dir, true})
		}
	}
	return all
}
