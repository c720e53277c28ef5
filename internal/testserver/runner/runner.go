// Package runner is GitHub's runner as a step sees it: the environment and the
// files that it makes, how it reads those files afterwards, and how it finds
// commands in what the step prints. The rules are those of actions/runner
// (ActionCommand.cs, ActionCommandManager.cs, FileCommandManager.cs,
// ExecutionContext.cs, ContainerActionHandler.cs). It is used by tests only.
//
// It does not mount anything: the paths of a container (/github/workspace) are
// those of the machine.
package runner

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SummaryLimit is the largest job summary that is kept, in bytes
// (CreateStepSummaryCommand.AttachmentSizeLimit).
const SummaryLimit = 1 << 20

// fileCommands are the file commands: the variable that names the file, and the
// prefix of its name.
var fileCommands = map[string]string{
	"GITHUB_OUTPUT": "set_output_", "GITHUB_STEP_SUMMARY": "step_summary_", "GITHUB_ENV": "set_env_",
	"GITHUB_PATH": "add_path_", "GITHUB_STATE": "save_state_", "GITHUB_ARTIFACTS": "create_artifacts_",
}

// A Step is one step that uses a container action.
type Step struct {
	// Env is the environment, by name. A test may change it.
	Env map[string]string
	// Outputs are the names of the outputs that the action declares.
	Outputs []string
}

// New makes the files of a step in an empty folder of the runner, for a checkout
// in workspace and the action whose action.yml is read: each input has its
// default. GITHUB_EVENT_PATH is an empty event, of a push to main.
func New(temp, workspace, action string) (*Step, error) {
	s := &Step{Env: map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true",
		"HOME": filepath.Join(temp, "_github_home"), "GITHUB_WORKSPACE": workspace,
		"GITHUB_ACTION": "gate", "GITHUB_ACTOR": "somebody", "GITHUB_TRIGGERING_ACTOR": "somebody", "GITHUB_JOB": "gate",
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
		"GITHUB_EVENT_NAME":  "push", "GITHUB_EVENT_PATH": filepath.Join(temp, "_github_workflow", "event.json"),
		"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_PROTECTED": "true",
		"GITHUB_HEAD_REF": "", "GITHUB_BASE_REF": "", "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
		"GITHUB_REPOSITORY": "acme/gate-demo", "GITHUB_REPOSITORY_ID": "1001", "GITHUB_REPOSITORY_OWNER": "acme",
		"GITHUB_REPOSITORY_OWNER_ID": "42", "GITHUB_RUN_ID": "7001", "GITHUB_RUN_NUMBER": "7", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_WORKFLOW": "release", "GITHUB_WORKFLOW_REF": "acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_NAME": "runner-1", "RUNNER_ENVIRONMENT": "github-hosted",
		"RUNNER_TEMP": temp, "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache", "RUNNER_WORKSPACE": filepath.Dir(workspace),
	}}
	commands := filepath.Join(temp, "_runner_file_commands")
	for _, dir := range []string{commands, s.Env["HOME"], filepath.Dir(s.Env["GITHUB_EVENT_PATH"])} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(s.Env["GITHUB_EVENT_PATH"], []byte("{}"), 0o644); err != nil {
		return nil, err
	}
	for name, prefix := range fileCommands {
		s.Env[name] = filepath.Join(commands, prefix+"5ab6b8f2-0000-4000-8000-000000000000")
		if err := os.WriteFile(s.Env[name], nil, 0o644); err != nil {
			return nil, err
		}
	}
	return s, s.read(action)
}

// read takes the inputs' defaults and the outputs' names from an action.yml.
func (s *Step) read(action string) error {
	data, err := os.ReadFile(action)
	if err != nil {
		return err
	}
	var doc struct {
		Inputs  map[string]struct{ Default string }
		Outputs map[string]any
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	for name, input := range doc.Inputs {
		if strings.Contains(input.Default, "${{") { // github.token, where a test gives none
			input.Default = ""
		}
		s.Input(name, input.Default)
	}
	s.Outputs = slices.Sorted(maps.Keys(doc.Outputs))
	return nil
}

// Input sets an input of the action, as the runner passes it on (Handler.cs).
func (s *Step) Input(name, value string) {
	s.Env["INPUT_"+strings.ToUpper(strings.ReplaceAll(name, " ", "_"))] = value
}

// Environ returns the environment as a process gets it, in the order of names.
func (s *Step) Environ() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		all = append(all, name+"="+s.Env[name])
	}
	return all
}

// A Left is what a step left behind in the runner's files.
type Left struct {
	Outputs []Pair
	Summary string // empty where it is larger than the runner keeps
	Others  string // of GITHUB_ENV, _PATH, _STATE and _ARTIFACTS: what was written to any of them
}

// Value returns an output as it was set last, and whether it was.
func (l *Left) Value(name string) (string, bool) {
	for _, p := range slices.Backward(l.Outputs) {
		if strings.EqualFold(p.Name, name) {
			return p.Value, true
		}
	}
	return "", false
}

// End reads the files of the step. An error is one by which the runner fails
// the step or drops the summary.
func (s *Step) End() (*Left, error) {
	l := &Left{}
	for _, name := range slices.Sorted(maps.Keys(fileCommands)) {
		data, err := os.ReadFile(s.Env[name])
		if err != nil {
			return nil, err
		}
		switch {
		case name == "GITHUB_OUTPUT":
			if l.Outputs, err = Pairs(string(data)); err != nil {
				return l, err
			}
		case name == "GITHUB_STEP_SUMMARY" && len(data) > SummaryLimit:
			return l, fmt.Errorf("the summary is dropped: %d bytes", len(data))
		case name == "GITHUB_STEP_SUMMARY":
			l.Summary = string(data)
		case len(data) > 0:
			l.Others += name + ": " + string(data) + "\n"
		}
	}
	return l, nil
}
