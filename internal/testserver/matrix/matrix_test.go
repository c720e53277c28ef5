package matrix

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExpressions(t *testing.T) {
	s := &scope{contexts: map[string]any{"a": map[string]any{"b-c": "x", "n": 2.0, "yes": true, "none": nil}}}
	for code, want := range map[string]string{
		"a.b-c": "x", "a.b-c == 'X' && 'one' || 'two'": "one", "!a.yes || a.none": "", "a.n != '2'": "false", "a.gone.deeper": "",
		"(a.none || 'c') != ''": "true", "toJSON(a.n)": "2", "fromJSON('{\"k\": \"v\"}').k": "error", "b.c": "error", "a.b c": "error",
		"!cancelled() && a.yes": "true", "fromJSON('[1]')": "Object", "hashFiles('x')": "error", "'open": "error",
	} {
		v, err := s.value(code)
		if got := asText(v); (err != nil) != (want == "error") || err == nil && got != want {
			t.Errorf("%s: %q, %v, want %q", code, got, err, want)
		}
	}
	for code, want := range map[string][2]bool{ // when all is well, when something failed
		"": {true, false}, "a.yes": {true, false}, "always()": {true, true}, "${{ !cancelled() }}": {true, true},
		"failure()": {false, true}, "a.none": {false, false},
	} {
		for i, failed := range []bool{false, true} {
			s.failed = failed
			if got, err := s.condition(code); err != nil || got != want[i] {
				t.Errorf("if: %s, failed %v: %v, %v", code, failed, got, err)
			}
		}
	}
}

const small = `
on: {workflow_call: {inputs: {word: {type: string, default: ""}}, outputs: {end: {value: "${{ jobs.last.outputs.end }}"}}}}
permissions: {}
defaults: {run: {shell: bash}}
jobs:
  last:
    needs: [first, part]
    if: ${{ !cancelled() && needs.first.result == 'success' }}
    outputs: {end: "${{ steps.end.outputs.said }}"}
    steps:
      - uses: actions/download-artifact@0000000000000000000000000000000000000000
        with: {pattern: part-*, path: "${{ runner.temp }}/all"}
      - id: end
        run: echo "said=$(cd "$RUNNER_TEMP/all" && find . -type f | sort | tr '\n' ' ')" >> "$GITHUB_OUTPUT"
  first:
    outputs: {matrix: "${{ steps.x.outputs.m }}"}
    steps:
      - id: x
        env: {WORD: "${{ inputs.word }}"}
        run: |
          printf 'm={"include":[{"n":1},{"n":2}]}\n' >> "$GITHUB_OUTPUT"
          echo "$WORD"
  part:
    needs: first
    strategy: {fail-fast: false, matrix: "${{ fromJSON(needs.first.outputs.matrix) }}"}
    steps:
      - run: |
          mkdir -p "$RUNNER_TEMP/p/empty"
          echo x > "$RUNNER_TEMP/p/file"
          [ "${{ matrix.n }}" = 1 ]
`

// TestRun looks at what the runner does in general: failures, tries, artifacts.
func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.yml")
	read := func(text string) *Workflow {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		w, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := read(small)
	if got := strings.Join(w.Order, " "); got != "first part last" {
		t.Fatal(got)
	}
	r := New(w, 1)
	r.Dir, r.Env, r.Inputs = t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}, map[string]any{"word": "$(exit 1)"}
	if well, err := r.Attempt(); err != nil || well || r.Result("part") != Failure {
		t.Fatalf("an expression in a shell's lines: %v, %v, %s\n%s", well, err, r.Result("part"), r.Log.String())
	}

	w = read(strings.Replace(strings.Replace(small, `[ "${{ matrix.n }}" = 1 ]`, `[ "$N" = 1 ] || [ "$GITHUB_RUN_ATTEMPT" = 2 ]`, 1),
		"      - run: |\n          mkdir", "      - env: {N: \"${{ matrix.n }}\"}\n        run: |\n          mkdir", 1) + `
      - if: always()
        uses: actions/upload-artifact@0000000000000000000000000000000000000000
        with: {name: "part-${{ matrix.n }}-${{ github.run_attempt }}", path: "${{ runner.temp }}/p"}
`)
	r = New(w, 1)
	r.Dir, r.Env = t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}
	for attempt, want := range []string{"./part-1-1/file ./part-2-1/file ", "./part-1-1/file ./part-2-1/file ./part-2-2/file "} {
		well, err := r.Attempt()
		outputs, outErr := r.Outputs()
		if err != nil || outErr != nil || well != (attempt == 1) || outputs["end"] != want {
			t.Errorf("attempt %d: %v, %v, %v, %q\n%s", attempt+1, well, err, outErr, outputs, r.Log.String())
		}
	}
	if len(r.Store.All) != 3 {
		t.Errorf("%d artifacts: a part that passed was run again", len(r.Store.All))
	}
	if _, err := r.Store.upload(map[string]string{"name": "part-1-1", "path": file}, 1); err == nil {
		t.Error("a name was taken twice")
	}
	if err := r.Store.download(map[string]string{"artifact-ids": "1", "path": t.TempDir()}); err == nil {
		t.Error("an id was found that is none")
	}
}
