package action

import (
	"path/filepath"
	"slices"
)

// A Folder is one of the runner's own: what stands in it steers the job.
type Folder struct {
	Path  string
	Whole bool // what lies below it is the runner's too
}

// commandFolders are the names of the folders that the runner keeps its own
// files in, outside and inside a container (actions/runner,
// ContainerActionHandler.cs and Constants.cs).
var commandFolders = []string{"_runner_file_commands", "_github_workflow", "_github_home", "file_commands", "workflow"}

// Folders lists the runner's own folders, as far as it names them. The
// temporary folder is not among them: it is there for the job's files.
func (r *Runner) Folders() []Folder {
	var all []Folder
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"} {
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
