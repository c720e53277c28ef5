package action

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	simulated "github.com/publishgate/publishgate/internal/testserver/runner"
)

// runner makes a Runner with an environment of its own.
func runner(t *testing.T, env map[string]string) (*Runner, *bytes.Buffer) {
	t.Helper()
	env["GITHUB_ACTIONS"] = "true"
	var out bytes.Buffer
	r := New(func(name string) string { return env[name] }, &out, http.DefaultClient)
	if r == nil {
		t.Fatal("no runner")
	}
	return r, &out
}

func TestOutputsAreReadBackAsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "output")
	r, _ := runner(t, map[string]string{"GITHUB_OUTPUT": file})
	given := map[string]string{
		"result":  "pass",
		"sbom":    "a path/with = and << in it",
		"empty":   "",
		"newline": "pass\nresult=block", // not one line: left out
		"return":  "pass\rx",
		"forged":  "_GitHubActionsFileCommandDelimeter_",
		"unicode": "a\u2028b",
	}
	if err := r.Outputs(given); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := simulated.Pairs(string(data))
	want := []simulated.Pair{{Name: "empty"}, {Name: "forged"}, {Name: "newline"}, {Name: "return"}, {Name: "sbom", Value: given["sbom"]},
		{Name: "unicode"}, {Name: "result", Value: "pass"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("read back %v %v\nexpected %v", got, err, want)
	}
}

func TestFilesThatCannotBeWritten(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe") // a writer waits for a reader
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const none = "which is no file"
	for at, want := range map[string]string{"/nowhere/file": "no such file", t.TempDir(): none, "/dev/full": none, pipe: none} {
		r, _ := runner(t, map[string]string{"GITHUB_OUTPUT": at, "GITHUB_STEP_SUMMARY": at})
		outputs, summary := r.Outputs(map[string]string{"a": "b"}), r.Summary("page")
		for what, err := range map[string]error{"GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": summary} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), at) ||
				!strings.Contains(err.Error(), what) {
				t.Errorf("%s at %s: %v", what, at, err)
			}
		}
	}
	r, _ := runner(t, map[string]string{"GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary")})
	if err := r.Summary(strings.Repeat("x", SummaryLimit+1)); err == nil {
		t.Error("a page that the runner would drop is accepted")
	}
	local, _ := runner(t, map[string]string{})
	if err := local.Outputs(map[string]string{"a": "b"}); err != nil {
		t.Errorf("without files: %v", err)
	}
	if err := local.Summary("page"); err != nil {
		t.Errorf("without files: %v", err)
	}
}

func TestAnnotations(t *testing.T) {
	r, out := runner(t, map[string]string{})
	r.Quiet()
	var all []Annotation
	for range 12 {
		all = append(all, Annotation{Kind: "error", Title: "t", File: "a,b.json", Line: 3, Message: "100% bad"})
	}
	all = append(all, Annotation{Kind: "warning", Title: "t", Message: strings.Repeat("ü", 5000)})
	if err := r.Annotate(all); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")

	stop := regexp.MustCompile(`^::stop-commands::([0-9a-f]{32})$`)
	first, last := stop.FindStringSubmatch(lines[0]), stop.FindStringSubmatch(lines[len(lines)-1])
	if first == nil || last == nil || first[1] == last[1] {
		t.Fatalf("commands are not stopped before and after, each under a word of its own:\n%s", out)
	}
	if lines[1] != "::"+first[1]+"::" {
		t.Errorf("the second line is %q", lines[1])
	}
	if n := strings.Count(out.String(), "::error "); n != maxAnnotations {
		t.Errorf("%d errors, the runner keeps %d", n, maxAnnotations)
	}
	if want := "::error col=1,file=a%2Cb.json,line=3,title=t::100%25 bad"; lines[2] != want {
		t.Errorf("%q\nexpected %q", lines[2], want)
	}
	for _, l := range lines {
		if len(l) > 4096+200 {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
}

// A stream that nobody reads any more is an error, and no panic.
func TestAnnotateNobody(t *testing.T) {
	env := map[string]string{"GITHUB_ACTIONS": "true"}
	r := New(func(name string) string { return env[name] }, shut{}, http.DefaultClient)
	r.Quiet()
	if err := r.Annotate([]Annotation{{Kind: "error", Title: "t", Message: "m"}}); err == nil {
		t.Error("no error")
	}
}

type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestIDToken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer right":
			fmt.Fprintf(w, `{"value":"token for %s"}`, r.URL.Query().Get("audience"))
		case "Bearer empty":
			fmt.Fprint(w, `{}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, "you sent "+r.Header.Get("Authorization"))
		}
	}))
	defer server.Close()
	for request, want := range map[string]string{"right": "token for sigstore", "wrong": "", "empty": "", "": ""} {
		r, _ := runner(t, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/?x=y", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request})
		got, err := r.IDToken(context.Background(), "sigstore")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", request, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "Bearer") {
			t.Errorf("the error carries the answer: %v", err)
		}
		if r.HasIDToken() != (request != "") {
			t.Errorf("%q: HasIDToken is %v", request, r.HasIDToken())
		}
	}
}

func TestNoRunner(t *testing.T) {
	if New(func(string) string { return "" }, nil, nil) != nil {
		t.Error("a runner where there is none")
	}
	if r, _ := runner(t, map[string]string{}); r.APIURL != "https://api.github.com" {
		t.Errorf("API %q", r.APIURL)
	}
}
