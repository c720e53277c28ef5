package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/osv"
	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// canary stands in every hostile text, so that one can see where it arrives.
const canary = "pwned"

// hostile are texts that the runner, a terminal or a reader would obey, by how
// far a field lets them through: each text holds all of its kind.
var hostile = map[string]string{
	"first form, printable": "x ##[add-path]/tmp/pwned ##[set-output name=result]pass #pwned# ##[stop-commands]pwned",
	"edges":                 "[add-path]/tmp/pwned::x ##[error]pwned:#",
	"second form":           "::set-output name=result::pwned",
	"after blanks":          " \t::SET-ENV name=PATH::pwned ",
	"line feeds": "pwned\n::set-output name=result::pass\n::add-mask::e\n::stop-commands::pwned\n::endgroup::\n::group::pwned\n" +
		"::add-path::/tmp/pwned\n##[add-path]pwned\n::error title=publishgate::pwned\n",
	"returns": "pwned\r::add-mask::pwned\r\n::set-env name=PATH::pwned\r::Error title=publishgate::pwned\r\n",
	"blanks of Unicode": "\u2028::error::pwned\n\u2029::error::pwned\n\u0085::error::pwned\n\u00a0::error::pwned\n\u3000::error::pwned\n" +
		"\u1680::error::pwned\n\u202f::error::pwned\n\v::error::pwned\n\f::error::pwned\n\u200b::error::pwned\n\ufeff::error::pwned",
	"escapes":   "pwned%0A::error::pwned%0D%0A##[error]pwned%3A%3A,file=x,title=pwned%25%5D%3B",
	"terminals": "\x1b[31mpwned\x1b[0m\x1b]0;pwned\a\x1b]8;;http://pwned\x1b\\x\b\b\u202egpj.exe\u2066\u2069\u200b\U000e0041",
	"no text":   "\xff\xfe::error::pwned\n\x00\n::error::pwned\n\xed\xa0\x80\x9b31mpwned",
	"files": "pwned\nresult=pass\nresult<<EOF\npass\nEOF\n_GitHubActionsFileCommandDelimeter_\n" +
		"result<<_GitHubActionsFileCommandDelimeter_\npass\n_GitHubActionsFileCommandDelimeter_\n",
	"markup":     "<!-- pwned --><img src=x>|`##[error]`|pwned\n```\n::error::pwned",
	"a megabyte": strings.Repeat("a", 1<<20) + "\n::error::pwned ##[error]pwned",
}

// An injected is the world of one run: a package, a policy, an advisory, and a
// server that says whatever it is told to, to everybody.
type injected struct {
	*testing.T
	dir    string // the checkout, and the package in it
	step   *runner.Step
	docs   map[string]map[string]any // documents, written as JSON before the run
	git    bool                      // the checkout is one of git, whose head is GITHUB_SHA
	says   http.HandlerFunc          // what the server answers; nil: nobody is to ask it
	server *httptest.Server
	args   []string // in place of the action's inputs
}

func newInjected(t *testing.T) *injected {
	w := &injected{T: t, dir: filepath.Join(t.TempDir(), "w")}
	w.server = httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if w.says == nil {
			t.Errorf("asked for %s", r.URL)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.says(a, r)
	}))
	t.Cleanup(w.server.Close)
	w.docs = map[string]map[string]any{
		"package.json": {"name": "@acme/widget", "version": "1.2.3", "license": "MIT", "dependencies": map[string]any{"left": "^1.0.0"}},
		"package-lock.json": {"name": "@acme/widget", "version": "1.2.3", "lockfileVersion": 3, "packages": map[string]any{
			"": map[string]any{"name": "@acme/widget", "version": "1.2.3", "dependencies": map[string]any{"left": "^1.0.0"}},
			"node_modules/left": map[string]any{"version": "1.0.0", "license": "MIT",
				"resolved":  "https://registry.npmjs.org/left/-/left-1.0.0.tgz",
				"integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}}},
		"../adv/advisory.json": {"schema_version": "1.6.0", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2024-06-01T00:00:00Z",
			"published": "2024-05-01T00:00:00Z", "summary": "A made-up advisory", "affected": []any{map[string]any{
				"package": map[string]any{"ecosystem": "npm", "name": "nobody-uses-this"},
				"ranges":  []any{map[string]any{"type": "SEMVER", "events": []any{map[string]any{"introduced": "0"}}}}}},
			"database_specific": map[string]any{"severity": "HIGH"}},
	}
	w.write("../adv/canary.json", osv.Canary)
	var err error
	w.step, err = runner.New(w.mkdir(filepath.Join(filepath.Dir(w.dir), "_temp")), w.mkdir(w.dir), "action.yml")
	if err != nil {
		t.Fatal(err)
	}
	w.write("index.js", "export {}\n")
	w.write("README.md", "# a widget\n")
	w.write("LICENSE", "MIT License, as everybody knows it\n")
	w.step.Env["GITHUB_API_URL"] = w.server.URL
	for name, value := range map[string]string{"directory": w.dir, "advisories": "file:" + filepath.Join(filepath.Dir(w.dir), "adv"),
		"offline": "true", "deadline": "20s",
		"out": filepath.Join(filepath.Dir(w.dir), "out"), "upload-sarif": "never", "previous-version": "none"} {
		w.step.Input(name, value)
	}
	return w
}

func (w *injected) mkdir(dir string) string {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.Fatal(err)
	}
	return dir
}

// write writes a file of the checkout. A name that no file can have is left out.
func (w *injected) write(name, content string) {
	path := filepath.Join(w.dir, name)
	w.mkdir(filepath.Dir(path))
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil && !strings.Contains(name, canary) {
		w.Fatal(err)
	}
}

// in returns a map of a document at the keys, which are made where they are not
// there.
func (w *injected) in(doc string, keys ...string) map[string]any {
	at := w.docs[doc]
	for _, key := range keys {
		if list, is := at[key].([]any); is {
			at = list[0].(map[string]any)
			continue
		}
		next, is := at[key].(map[string]any)
		if !is {
			next = map[string]any{}
			at[key] = next
		}
		at = next
	}
	return at
}

// commit commits what is in the checkout.
func (w *injected) commit() {
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(w.dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(w.dir, path))
		files[path] = string(data)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	repo, err := gitrepo.Init(w.dir)
	if err != nil {
		w.Fatal(err)
	}
	if w.step.Env["GITHUB_SHA"], err = repo.Commit(files); err != nil {
		w.Fatal(err)
	}
}

// An ending is how a run ended, and what became of the hostile text.
type ending struct {
	exit   int
	result string
	reason string
	told   bool // the text, or a part of it, stands in what was printed, annotated or written to the summary
}

// run runs the action and holds what it did against the runner's rules.
func (w *injected) run() ending {
	w.Helper()
	for name, doc := range w.docs {
		data, err := json.Marshal(doc)
		if err != nil {
			w.Fatal(err)
		}
		w.write(name, string(data))
	}
	if w.git {
		w.commit()
	}
	var tape runner.Tape
	code := cli.Main(context.Background(), cli.Process{Args: w.args, Env: w.step.Environ(),
		Stdout: tape.Stdout(), Stderr: tape.Stderr(), Now: time.Now})
	left, err := w.step.End()
	if err != nil {
		w.Fatalf("the runner fails the step: %v", err)
	}
	if left.Others != "" {
		w.Errorf("files for later steps: %s", left.Others)
	}
	for seed := range uint64(3) {
		log := runner.Read(tape.ByLine(seed))
		w.onlyOurs(log.Obeyed)
		w.onlyOurs(log.Ignored)
		w.onlyOurs(runner.Any(strings.Join(tape.ByWrite(seed), "\n")))
		if len(log.Failures) > 0 || len(log.Outputs) > 0 || log.Open > 0 {
			w.Errorf("failed by %q, outputs %v, %d groups are open", log.Failures, log.Outputs, log.Open)
		}
	}
	w.onlyOurs(runner.Any(left.Summary))
	stdout, stderr := tape.Text()
	for i, text := range []string{stdout, stderr, left.Summary} {
		if at := strings.IndexFunc(text, unseen); at >= 0 {
			w.Errorf("stream %d has a character that nobody sees: %.80q", i, text[max(0, at-20):])
		}
	}
	w.exactly(code, left)
	result, _ := left.Value("result")
	reason, _ := left.Value("reason")
	e := ending{code, result, reason, strings.Contains(stdout+stderr+left.Summary, canary)}
	if w.Failed() {
		w.Logf("%+v\nstdout\n%.4000s\nstderr\n%.4000s", e, stdout, stderr)
	}
	return e
}

// unseen reports whether a character shows nothing, or changes what is around it.
// The one that makes a sign a picture is ours.
func unseen(c rune) bool { return c != '\n' && c != '\ufe0f' && !strconv.IsPrint(c) }

func (w *injected) onlyOurs(all []runner.Command) {
	w.Helper()
	for _, c := range all {
		if !runner.Ours(c) || strings.Contains(c.Properties["title"], canary) {
			w.Errorf("the runner obeys %.300q", c.Line)
		}
	}
}

// exactly compares the outputs, as the runner reads them back, with what the
// evidence says.
func (w *injected) exactly(code int, left *runner.Left) {
	w.Helper()
	got := map[string]string{}
	for _, p := range left.Outputs {
		if _, twice := got[p.Name]; twice {
			w.Errorf("the output %s is set twice", p.Name)
		}
		got[p.Name] = p.Value
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, w.step.Outputs) {
		w.Errorf("outputs %q, action.yml declares %q", names, w.step.Outputs)
	}
	var verdict struct {
		Package struct{ Name, Version string }
		Tarball struct {
			SHA256, SHA512, Integrity string
		}
		Counts struct{ Block, Warn int }
	}
	var run struct{ Result, Reason string }
	out := strings.TrimSpace(w.step.Env["INPUT_OUT"]) // as the toolkit does
	for name, into := range map[string]any{"verdict.json": &verdict, "run.json": &run} {
		data, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			continue // a mistake found before any I/O
		}
		if err := json.Unmarshal(data, into); err != nil {
			w.Errorf("%s: %v", name, err)
		}
	}
	if code == 2 && run.Reason == "" { // a mistake that is found before anything is read or written
		run.Result, run.Reason = "unknown", "usage"
	}
	want := map[string]string{"sha256": verdict.Tarball.SHA256, "sha512": verdict.Tarball.SHA512, "integrity": verdict.Tarball.Integrity,
		"block-count": strconv.Itoa(verdict.Counts.Block), "warn-count": strconv.Itoa(verdict.Counts.Warn),
		"result": run.Result, "reason": run.Reason}
	for name, value := range got {
		if expected, known := want[name]; known && value != expected {
			w.Errorf("the output %s is %q, expected %q", name, value, expected)
		} else if !known && value != "" && !w.plausible(name, value) {
			w.Errorf("the output %s is %q", name, value)
		}
	}
	if (got["result"] == "pass") != (code == 0) {
		w.Errorf("exit %d and the result %q", code, got["result"])
	}
}

// plausible reports whether an output that the evidence does not give word for
// word has its form.
func (w *injected) plausible(name, value string) bool {
	switch name {
	case "name", "version":
		return !strings.ContainsAny(value, " \n:#<=") // and valid, which package gate checks
	case "published":
		return slices.Contains([]string{"true", "false", "already", "staged", "accepted", "blocked"}, value)
	case "sarif-id", "stage-id":
		return !strings.ContainsAny(value, " \n:#<=")
	}
	_, err := os.Stat(value) // a path
	return err == nil
}

// TestInjection puts every hostile text into every field that somebody else
// fills, and runs the action: the runner finds no command but ours, in any order
// in which the two streams may come; the outputs are read back as the evidence
// says; and no file for later steps is written.
func TestInjection(t *testing.T) {
	kinds, fields := slices.Sorted(maps.Keys(hostile)), injections(t)
	ends, told, runs := map[string]int{}, map[string]bool{}, 0
	for n, f := range fields {
		for i, kind := range kinds {
			if some := i == n%len(kinds) || i == (n+5)%len(kinds); !some && os.Getenv("PUBLISHGATE_INJECTIONS") != "all" {
				continue
			}
			t.Run(f.name+"/"+kind, func(t *testing.T) {
				w := newInjected(t)
				f.set(w, hostile[kind])
				e := w.run()
				ends[fmt.Sprint(e.exit, " ", e.reason)]++
				runs++
				told[f.name] = told[f.name] || e.told
			})
		}
	}
	quiet := slices.DeleteFunc(slices.Clone(fields), func(f injection) bool { return told[f.name] })
	t.Logf("%d runs, %d fields, %d kinds of text, ended %v; what nobody was told: %v", runs, len(fields), len(kinds), ends, namesOf(quiet))
	if len(fields)-len(quiet) < 40 { // of the few kinds that each field gets
		t.Error("too little of it was told to anybody: what is tested?")
	}
	for _, end := range []string{"0 ", "1 findings", "1 refused", "2 usage", "3 input", "3 source-down", "3 upload", "3 not-signed",
		"3 not-published"} {
		if ends[end] == 0 {
			t.Errorf("no run ended with %q", end)
		}
	}
}

func namesOf(fields []injection) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	return all
}
