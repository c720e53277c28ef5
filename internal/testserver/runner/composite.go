package runner

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expression is one of the expressions that a composite action here may have.
var expression = regexp.MustCompile(`^\$\{\{ (?:inputs\.([\w-]+)|steps\.([\w-]+)\.outputs\.([\w-]+)) \}\}$`)

// A composite is what is read of the action.yml of a composite action.
type composite struct {
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Name, Shell, Run string
			Env                  map[string]string
		}
	}
}

// Composite runs the steps of the composite action in a folder, of which s was made,
// as the runner runs them (CompositeActionHandler.cs, ScriptHandler.cs): inputs
// reach a step only by its env, a step that fails is the last, and the outputs are
// those of the steps, whatever came of them. It returns what was printed and the
// exit code of the last step.
func (s *Step) Composite(ctx context.Context, dir string) (outputs map[string]string, printed string, code int, err error) {
	data, err := os.ReadFile(filepath.Join(dir, "action.yml"))
	if err != nil {
		return nil, "", 0, err
	}
	var action composite
	if err := yaml.Unmarshal(data, &action); err != nil {
		return nil, "", 0, err
	}
	path, err := filepath.Abs(dir)
	if err != nil || action.Runs.Using != "composite" || len(action.Runs.Steps) == 0 {
		return nil, "", 0, fmt.Errorf("%s is no composite action: %w", dir, err)
	}
	env := maps.Clone(s.Env)
	env["GITHUB_ACTION_PATH"] = path
	maps.DeleteFunc(env, func(name, _ string) bool { return strings.HasPrefix(name, "INPUT_") })
	left := map[string]*Left{}
	for _, step := range action.Runs.Steps {
		if step.Shell != "bash" || strings.Contains(step.Run, "${{") {
			return nil, "", 0, fmt.Errorf("step %s: its shell is no bash, or an expression is in its script", step.ID)
		}
		now := maps.Clone(env)
		for name, value := range step.Env {
			if now[name], err = s.value(value, left); err != nil {
				return nil, "", 0, fmt.Errorf("step %s: %s: %w", step.ID, name, err)
			}
		}
		if err := os.WriteFile(now["GITHUB_OUTPUT"], nil, 0o644); err != nil {
			return nil, "", 0, err
		}
		script := filepath.Join(s.Env["RUNNER_TEMP"], "step.sh")
		if err := os.WriteFile(script, []byte(step.Run), 0o644); err != nil {
			return nil, "", 0, err
		}
		cmd := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		cmd.Dir = s.Env["GITHUB_WORKSPACE"]
		for _, name := range slices.Sorted(maps.Keys(now)) {
			cmd.Env = append(cmd.Env, name+"="+now[name])
		}
		said, failed := cmd.CombinedOutput()
		printed += string(said)
		if left[step.ID], err = s.End(); err != nil {
			return nil, printed, 0, err
		}
		if code = cmd.ProcessState.ExitCode(); failed != nil {
			break
		}
	}
	outputs = map[string]string{}
	for name, output := range action.Outputs {
		if outputs[name], err = s.value(output.Value, left); err != nil {
			return nil, printed, code, fmt.Errorf("output %s: %w", name, err)
		}
	}
	return outputs, printed, code, nil
}

// value evaluates an expression; a text without one is itself. The output of a step
// that did not run is empty.
func (s *Step) value(text string, left map[string]*Left) (string, error) {
	if !strings.Contains(text, "${{") {
		return text, nil
	}
	m := expression.FindStringSubmatch(text)
	switch {
	case m == nil:
		return "", fmt.Errorf("%s is no expression that is known here", text)
	case m[1] != "":
		value, declared := s.Env["INPUT_"+strings.ToUpper(m[1])]
		if !declared {
			return "", fmt.Errorf("%s: there is no such input", text)
		}
		return value, nil
	case left[m[2]] == nil:
		return "", nil
	}
	value, _ := left[m[2]].Value(m[3])
	return value, nil
}
