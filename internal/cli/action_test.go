package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestActionYML compares the flags with the action's inputs. Each flag is an
// input of the same name and default, and there is no other input. action.yml
// passes no inputs as arguments, because an input could add arguments of its own.
func TestActionYML(t *testing.T) {
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs  map[string]struct{ Description, Default string }
		Outputs map[string]struct{ Description string }
		Runs    map[string]any
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	known := slices.Concat(options, inputsOnly)
	for _, o := range known {
		input, ok := file.Inputs[o.name]
		switch {
		case o.flag && ok:
			t.Errorf("%s is an input, but should be a flag only", o.name)
		case o.flag:
			continue
		case !ok:
			t.Errorf("the flag -%s is no input of action.yml", o.name)
		case input.Description == "":
			t.Errorf("the input %s has no description", o.name)
		}
		want := o.def
		if def, differs := actionDefaults[o.name]; differs {
			want = def
		}
		if input.Default != want {
			t.Errorf("input %s: default %q, the flag's is %q", o.name, input.Default, want)
		}
	}
	for name := range file.Inputs {
		if !isOption(known, name) {
			t.Errorf("the input %s is no flag", name)
		}
	}
	for name, output := range file.Outputs {
		if output.Description == "" {
			t.Errorf("the output %s has no description", name)
		}
	}
	outputs := strings.Fields("result reason name version tarball sha256 sha512 integrity sbom sarif sarif-id report " +
		"verdict bundle provenance vsa published stage-id block-count warn-count")
	if len(file.Outputs) != len(outputs) {
		t.Errorf("%d outputs, the contract has %d", len(file.Outputs), len(outputs))
	}
	for _, name := range outputs {
		if _, ok := file.Outputs[name]; !ok {
			t.Errorf("no output %s", name)
		}
	}
	for _, key := range []string{"args", "entrypoint", "env"} {
		if _, ok := file.Runs[key]; ok {
			t.Errorf("action.yml has runs.%s", key)
		}
	}
}
