package matrix

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// stepTime is how long a step may take here.
const stepTime = 2 * time.Minute

// An execution is one job that runs.
type execution struct {
	*Run
	at              Place
	job             *Job
	workspace, temp string
	scope           *scope
	steps           map[string]any
	lost            bool // the runner is
}

// execute runs the steps of a job.
func (r *Run) execute(at Place, j *Job, contexts map[string]any) (result string, outputs map[string]string, err error) {
	e := &execution{Run: r, at: at, job: j, steps: map[string]any{}}
	if e.workspace, e.temp, err = r.folders(at); err != nil {
		return "", nil, err
	}
	contexts["runner"], contexts["steps"] = map[string]any{"temp": e.temp}, e.steps
	contexts["secrets"], contexts["job"] = anyMap(r.Secrets), r.Job
	e.scope = &scope{contexts: contexts}
	if j.Uses != "" {
		return e.called(j)
	}
	for i, s := range j.Steps {
		e.at.Step = s.Name + s.Uses
		runs, err := e.scope.condition(s.If)
		if err != nil {
			return "", nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		if !runs {
			continue
		}
		said, err := e.step(s)
		if e.lost {
			fmt.Fprintf(&r.Log, "%+v: the runner was lost\n", e.at)
			return Failure, nil, nil
		}
		if err != nil {
			fmt.Fprintf(&r.Log, "%+v: %v\n", e.at, err)
			e.scope.failed = e.scope.failed || !s.Continue
		}
		if s.ID != "" {
			e.steps[s.ID] = map[string]any{"outputs": anyMap(said)}
		}
	}
	outputs = map[string]string{}
	for name, code := range j.Outputs {
		if outputs[name], err = e.scope.text(code); err != nil {
			return "", nil, err
		}
	}
	if e.scope.failed {
		return Failure, outputs, nil
	}
	return Success, outputs, nil
}

// called runs the workflow that a job uses.
func (e *execution) called(j *Job) (result string, outputs map[string]string, err error) {
	with, err := e.with(j.With)
	if err != nil {
		return "", nil, err
	}
	workflow, _, _ := strings.Cut(j.Uses, "@")
	if e.Called == nil {
		return "", nil, fmt.Errorf("the workflow %s is not known here", workflow)
	}
	return e.Called(Call{Place: e.at, Action: workflow, With: with, Workspace: e.workspace, Temp: e.temp, Permissions: j.Permissions})
}

// with is what a step or a job gives to what it uses.
func (e *execution) with(given map[string]any) (map[string]string, error) {
	with := map[string]string{}
	for name, value := range given {
		text, err := e.scope.text(fmt.Sprint(value))
		if err != nil {
			return nil, err
		}
		with[name] = text
	}
	return with, nil
}

// step runs one step and returns its outputs.
func (e *execution) step(s Step) (map[string]string, error) {
	with, err := e.with(s.With)
	if err != nil {
		return nil, err
	}
	action, _, _ := strings.Cut(s.Uses, "@")
	if e.Action != nil && action != "" {
		env, err := e.environment(s, filepath.Join(filepath.Dir(e.temp), "files"))
		if err != nil {
			return nil, err
		}
		said, known, err := e.Action(Call{Place: e.at, Action: action, With: with, Env: env, Workspace: e.workspace, Temp: e.temp,
			Permissions: e.job.Permissions})
		if known || err != nil {
			return said, err
		}
	}
	if path := with["path"]; action != "" && !filepath.IsAbs(path) && !strings.Contains(path, "\n") {
		with["path"] = filepath.Join(e.workspace, path)
	}
	switch action {
	case "":
		return e.command(s)
	case "actions/checkout":
		return nil, e.checkout(with)
	case "actions/setup-node":
		return nil, nil
	case "actions/upload-artifact":
		id, err := e.Store.upload(with, e.at.Attempt)
		if err != nil || id == 0 {
			return nil, err
		}
		return map[string]string{"artifact-id": fmt.Sprint(id)}, nil
	case "actions/download-artifact":
		return nil, e.Store.download(with)
	}
	return nil, fmt.Errorf("the action %s is not known here", action)
}

// checkout copies the repository into the workspace, or a folder of it. Credentials
// must not stay.
func (e *execution) checkout(with map[string]string) error {
	if with["persist-credentials"] != "false" {
		return errors.New("checkout leaves its token in the folder: persist-credentials is not false")
	}
	if e.job.Permissions["contents"] != "read" {
		return errors.New("checkout: the job's token may not read contents")
	}
	return os.CopyFS(with["path"], os.DirFS(e.Checkout))
}

// command runs a step's lines in bash, and kills it where that is asked for.
func (e *execution) command(s Step) (map[string]string, error) {
	shell := s.Shell
	if shell == "" {
		shell = e.Workflow.Defaults.Run.Shell
	}
	args := []string{"-e"} // the runner's own default
	if shell == "bash" {
		args = []string{"--noprofile", "--norc", "-eo", "pipefail"}
	} else if shell != "" {
		return nil, fmt.Errorf("the shell %s is not known here", shell)
	}
	if strings.Contains(s.Run, "${{") {
		return nil, errors.New("an expression stands in the lines that the shell reads")
	}
	dir, err := e.scope.text(s.Dir)
	if err != nil {
		return nil, err
	}
	files := filepath.Join(filepath.Dir(e.temp), "files")
	env, err := e.environment(s, files)
	if err != nil {
		return nil, err
	}
	script, outputs := filepath.Join(files, "script.sh"), filepath.Join(files, "output")
	if err := errors.Join(os.WriteFile(script, []byte(s.Run), 0o644), os.WriteFile(outputs, nil, 0o644)); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(context.Background(), stepTime)
	defer stop()
	cmd := exec.CommandContext(ctx, "bash", append(args, script)...)
	cmd.Dir = filepath.Join(e.workspace, dir)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = &e.Log, &e.Log
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	ran := e.start(cmd)
	text, err := os.ReadFile(outputs)
	if err != nil {
		return nil, err
	}
	pairs, err := runner.Pairs(string(text))
	said := map[string]string{}
	for _, p := range pairs {
		said[p.Name] = p.Value
	}
	return said, errors.Join(ran, err)
}

// start runs a command to its end, or to the moment at which it is killed.
func (e *execution) start(cmd *exec.Cmd) error {
	var when <-chan struct{}
	var wholeJob bool
	if e.Kill != nil {
		when, wholeJob = e.Kill(e.at)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-when:
		_ = cmd.Cancel()
		e.Killed = append(e.Killed, e.at)
		e.lost = wholeJob
		return errors.Join(errors.New("killed"), <-ended)
	case err := <-ended:
		return err
	}
}

// environment is what the runner gives a step.
func (e *execution) environment(s Step, files string) ([]string, error) {
	if err := os.MkdirAll(files, 0o755); err != nil {
		return nil, err
	}
	env := slices.Concat(e.Env, []string{
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + e.workspace, "RUNNER_TEMP=" + e.temp, "HOME=" + files,
		"GITHUB_OUTPUT=" + filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(files, "summary"),
		"GITHUB_ENV=" + filepath.Join(files, "env"), "GITHUB_PATH=" + filepath.Join(files, "path"),
		fmt.Sprintf("GITHUB_RUN_ATTEMPT=%d", e.at.Attempt), "GITHUB_JOB=" + e.at.Job,
	})
	if e.job.Permissions["id-token"] == "write" {
		env = append(env, e.IDToken...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		value, err := e.scope.text(s.Env[name])
		if err != nil {
			return nil, err
		}
		env = append(env, name+"="+value)
	}
	return env, os.WriteFile(filepath.Join(files, "summary"), nil, 0o644)
}
