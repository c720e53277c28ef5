package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/multitool"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// What would be uploaded to code scanning of twenty real projects is SARIF by
// OASIS's schema, and Microsoft's tool has no error and no warning for it by the
// rules of SARIF and GitHub. Of a workspace, three members are looked at. The
// tool has an error for one of these files without what GitHub needs, and so
// has the schema for one without what SARIF needs.
func TestCodeScanningOfProjects(t *testing.T) {
	race.Leave(t, "TestScript")
	data, program := os.Getenv("PUBLISHGATE_DATA"), multitool.Find()
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set")
	}
	if program == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set, or .ci/managers was not run since it installs multitool")
	}
	projects, err := filepath.Glob(filepath.Join(data, "projects", "*", "package.json"))
	if err != nil || len(projects) < 20 {
		t.Fatalf("%d projects, %v", len(projects), err)
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(data, "sarif", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	folder, files, results, shortest := t.TempDir(), []string{}, 0, []byte{}
	for _, p := range projects {
		dir, out := filepath.Dir(p), t.TempDir()
		if judgeFolder(t, out, dir) == 2 { // the root of a workspace
			judgeFolder(t, out, "-workspaces", dir)
		}
		found := 0
		err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "results.sarif" || found == 3 {
				return err
			}
			found++
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n, problem := heldAgainst(schema, text)
			if problem != nil {
				t.Errorf("%s: %v", path, problem)
			}
			if results += n; n > 0 && (len(shortest) == 0 || len(text) < len(shortest)) {
				shortest = text
			}
			copied := filepath.Join(folder, fmt.Sprintf("%s-%d.sarif", filepath.Base(dir), found))
			files = append(files, copied)
			return os.WriteFile(copied, text, 0o644)
		})
		if err != nil || found == 0 {
			t.Errorf("%s: %d files, %v", dir, found, err)
		}
	}
	lacking := filepath.Join(folder, "lacking.sarif")
	if err := os.WriteFile(lacking, stripped(t, shortest, "locations", "partialFingerprints", "help"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, problem := heldAgainst(schema, stripped(t, shortest, "message")); problem == nil {
		t.Error("the schema takes results without a message")
	}
	t.Logf("%d files with %d results", len(files), results)
	if results < 100 {
		t.Errorf("%d results in all: too few to show anything", results)
	}
	for name, found := range multitool.Validate(t, program, append(files, lacking)...) {
		var want []string
		if name == filepath.Base(lacking) {
			want = []string{"error GH1015", "error GH1017", "error GH2012"}
		}
		if !slices.Equal(found, want) {
			t.Errorf("%s: %v, expected %v", name, found, want)
		}
	}
}

// heldAgainst returns the number of results of a SARIF file, and what its schema
// says against it.
func heldAgainst(schema *jsonschema.Schema, text []byte) (results int, err error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	var file struct {
		Runs []struct{ Results []json.RawMessage }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return 0, err
	}
	if len(file.Runs) != 1 {
		return 0, fmt.Errorf("%d runs", len(file.Runs))
	}
	return len(file.Runs[0].Results), schema.Validate(doc)
}

// stripped returns a JSON text without the fields of some names.
func stripped(t *testing.T, text []byte, names ...string) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range names {
				delete(v, name)
			}
			for _, w := range v {
				strip(w)
			}
		case []any:
			for _, w := range v {
				strip(w)
			}
		}
	}
	strip(doc)
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// judgeFolder judges a folder without the network.
func judgeFolder(t *testing.T, out string, args ...string) (code int) {
	t.Helper()
	var errs bytes.Buffer
	code = cli.Main(context.Background(), cli.Process{
		Args: append([]string{"gate", "-offline", "-out", out}, args...), Stdout: &bytes.Buffer{}, Stderr: &errs, Now: time.Now,
	})
	if code > 2 {
		t.Errorf("%v: %d, %s", args, code, errs.String())
	}
	return code
}
