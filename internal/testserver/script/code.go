package script

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/testserver/cireport"
)

// code N COMMAND ARGS… runs a command and demands its exit code exactly: the
// difference between 1, 2 and 3 is what the gate is about.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, expected %d", got, want)
	}
	if args[1] == "publishgate" {
		valid(ts, args[2:])
	}
	asked := func(flag string) bool { return slices.Contains(args, flag) }
	if len(args) > 2 && args[1] == "publishgate" && args[2] == "plan" && got == 0 && !asked("-format") && !asked("-o") {
		validPlan(ts)
	}
}

// validPlan holds the plan on standard output against its schema: one line,
// without a backslash that a shell's echo might take for an escape.
func validPlan(ts *testscript.TestScript) {
	text := ts.ReadFile("stdout")
	if strings.Count(text, "\n") != 1 || strings.Contains(text, `\`) {
		ts.Fatalf("the plan is not one plain line: %q", text)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	ts.Check(err)
	ts.Check(ts.Value(schemaKey{}).(map[string]*jsonschema.Schema)["plan.json"].Validate(doc))
}

// valid holds the documents that a run wrote against their schemas.
func valid(ts *testscript.TestScript, args []string) {
	out := "publishgate-out"
	if at := slices.Index(args, "-out"); at >= 0 && at+1 < len(args) {
		out = args[at+1]
	}
	known := ts.Value(schemaKey{}).(map[string]*jsonschema.Schema)
	for name, schema := range known {
		data, err := os.ReadFile(filepath.Join(ts.MkAbs(out), name))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			continue // a command that leaves no evidence, or -out that is no folder
		}
		ts.Check(err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		ts.Check(err)
		if all, _ := doc.(map[string]any); name == "verdict.json" && all["members"] != nil {
			schema = known["merged.json"]
		}
		ts.Check(schema.Validate(doc))
	}
	for name, refuses := range map[string]func([]byte) error{
		"gl-dependency-scanning-report.json": cireport.GitLab,
		"junit.xml":                          func(data []byte) error { _, err := cireport.JUnit(data); return err },
	} {
		if data, err := os.ReadFile(filepath.Join(ts.MkAbs(out), name)); err == nil {
			ts.Check(refuses(data))
		}
	}
}

// schemas reads the schemas of what is written, from the root of the
// repository, where the scripts are run.
func schemas() (map[string]*jsonschema.Schema, error) {
	read := map[string]*jsonschema.Schema{}
	for _, name := range []string{"verdict", "merged", "run", "verify", "receipt", "plan"} {
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join("docs", name+".schema.json"))
		if err != nil {
			return nil, err
		}
		read[name+".json"] = schema
	}
	return read, nil
}
