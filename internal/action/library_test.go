package action

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	githubactions "github.com/sethvargo/go-githubactions"
)

// A Runner speaks through the library, and what it writes is what the library
// writes: outputs, summary and annotations.
func TestWrittenAsLibrary(t *testing.T) {
	written := func(speak func(env map[string]string, out *bytes.Buffer)) [3]string {
		dir := t.TempDir()
		env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": filepath.Join(dir, "output"),
			"GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary")}
		var out bytes.Buffer
		speak(env, &out)
		all := [3]string{out.String()}
		for i, name := range []string{"output", "summary"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			all[i+1] = string(text)
		}
		return all
	}
	ours := written(func(env map[string]string, out *bytes.Buffer) {
		r := New(func(name string) string { return env[name] }, out, http.DefaultClient)
		var lib *githubactions.Action = r.lib // by hand it would be another type
		if lib == nil {
			t.Fatal("a Runner without the library")
		}
		if err := r.Outputs(map[string]string{"sbom": "a path/with = and << in it"}); err != nil {
			t.Error(err)
		}
		if err := r.Summary("# page\n"); err != nil {
			t.Error(err)
		}
		if err := r.Annotate([]Annotation{{Kind: "error", Title: "t", File: "a,b.json", Line: 3, Message: "100% bad"}}); err != nil {
			t.Error(err)
		}
	})
	theirs := written(func(env map[string]string, out *bytes.Buffer) {
		lib := githubactions.New(githubactions.WithGetenv(func(name string) string { return env[name] }), githubactions.WithWriter(out))
		lib.SetOutput("sbom", "a path/with = and << in it")
		lib.AddStepSummary("# page\n")
		lib.IssueCommand(&githubactions.Command{Name: "error", Message: "100% bad",
			Properties: githubactions.CommandProperties{"title": "t", "file": "a,b.json", "line": "3", "col": "1"}})
	})
	if ours[1] != theirs[1] || ours[2] != theirs[2] || !bytes.Contains([]byte(ours[0]), []byte(theirs[0])) || theirs[0] == "" {
		t.Errorf("written\n%q\nthe library writes\n%q", ours, theirs)
	}
}
