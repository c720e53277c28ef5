package github_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/depgraph"
	"github.com/publishgate/publishgate/internal/github"
)

func snapshot() github.Snapshot {
	return github.Snapshot{
		Owner: "acme", Repo: "demo.js", CommitSHA: strings.Repeat("4b", 20), Ref: "refs/heads/main",
		Correlator: "Release gate .", RunID: "7001", RunURL: "https://github.com/acme/demo.js/actions/runs/7001",
		Version: "1.2.3", Scanned: time.Date(2026, 9, 1, 12, 0, 0, 5, time.FixedZone("x", 3600)),
		Manifests: []depgraph.Manifest{{Path: "a/bun.lock", Packages: []depgraph.Package{
			{PURL: "pkg:npm/%40acme/left@1.0.0", Direct: true, Dependencies: []string{"pkg:npm/right@1.0.0"}},
			{PURL: "pkg:npm/right@1.0.0"},
			{PURL: "pkg:npm/tool@2.0.0", Direct: true, Development: true},
		}}},
	}
}

// graph is the part of GitHub that takes snapshots, as its description has it.
// It keeps the last body and answers with result.
func graph(t *testing.T, base, result string, body *[]byte) *api {
	t.Helper()
	a := newAPIOf(t, base, "dependency-graph.json")
	a.post = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		data, _ := io.ReadAll(r.Body)
		*body = data
		r.Body = io.NopCloser(bytes.NewReader(data))
		input, err := a.validate(r)
		if err != nil {
			t.Errorf("the request is not as described: %v", err)
		}
		rec := httptest.NewRecorder()
		reply(rec, http.StatusCreated, map[string]any{"id": 12345, "created_at": "2026-09-01T12:00:01.456Z", "result": result,
			"message": "The snapshot is \"fine\"\n::error::x " + canary})
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: rec.Code, Header: rec.Header()}
		out.SetBodyBytes(rec.Body.Bytes())
		if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
			t.Errorf("the fake's answer is not GitHub's: %v", err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
		return true
	}
	return a
}

// What is sent is what GitHub describes, and always the same bytes.
func TestSubmit(t *testing.T) {
	const want = `{"version":0,"sha":"4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b","ref":"refs/heads/main",` +
		`"job":{"correlator":"Release gate .","id":"7001","html_url":"https://github.com/acme/demo.js/actions/runs/7001"},` +
		`"detector":{"name":"publishgate","version":"1.2.3","url":"https://github.com/publishgate/publishgate"},` +
		`"scanned":"2026-09-01T11:00:00Z","manifests":{"a/bun.lock":{"name":"a/bun.lock","file":{"source_location":"a/bun.lock"},` +
		`"resolved":{"pkg:npm/%40acme/left@1.0.0":{"package_url":"pkg:npm/%40acme/left@1.0.0","relationship":"direct",` +
		`"scope":"runtime","dependencies":["pkg:npm/right@1.0.0"]},"pkg:npm/right@1.0.0":{"package_url":"pkg:npm/right@1.0.0",` +
		`"relationship":"indirect","scope":"runtime"},"pkg:npm/tool@2.0.0":{"package_url":"pkg:npm/tool@2.0.0",` +
		`"relationship":"direct","scope":"development"}}}}}` + "\n"
	for _, base := range []string{"", "/api/v3"} { // github.com and Enterprise Server
		for _, result := range []string{"SUCCESS", "ACCEPTED"} {
			var body []byte
			a := graph(t, base, result, &body)
			cfg, _ := a.config()
			got, err := github.SubmitSnapshot(t.Context(), cfg, snapshot())
			if err != nil || got != (github.Submission{ID: 12345, Current: result == "SUCCESS"}) {
				t.Errorf("%s: %+v, %v", result, got, err)
			}
			if string(body) != want {
				t.Errorf("sent %s\nwant %s", body, want)
			}
			if got, want := fmt.Sprint(a.requests), "[POST "+base+"/repos/acme/demo.js/dependency-graph/snapshots]"; got != want {
				t.Errorf("requests %s, want %s", got, want)
			}
		}
	}
}

// The names of SHA-256 repositories and no packages at all are described too.
func TestSubmitOdd(t *testing.T) {
	var body []byte
	a := graph(t, "", "SUCCESS", &body)
	cfg, _ := a.config()
	s := snapshot()
	s.CommitSHA, s.RunURL, s.Manifests = strings.Repeat("4b", 32), "", []depgraph.Manifest{{Path: "bun.lock"}}
	if _, err := github.SubmitSnapshot(t.Context(), cfg, s); err != nil {
		t.Error(err)
	}
}

// Every way in which GitHub does not take a snapshot has a reason, a remedy and
// a bounded number of tries.
func TestNotSubmitted(t *testing.T) {
	say := func(status int, text string, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			reply(w, status, map[string]any{"message": text})
		}
	}
	raw := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(status); fmt.Fprint(w, body) }
	}
	result := func(id int, result string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			reply(w, 201, map[string]any{"id": id, "created_at": "2026-09-01T12:00:01Z", "result": result,
				"message": "the \x1b[31mpurl\u202e is bad"})
		}
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter)
		reason github.Reason
		posts  int
		says   string
	}{
		{"fork", say(403, "Resource not accessible by integration"), github.Forbidden, 1, "`permissions: contents: write`"},
		{"another 403", say(403, "Advanced Security must be enabled"), github.Forbidden, 1, "contents: write"},
		{"off", say(404, "The Dependency graph is disabled for this repository. Please enable it before submitting snapshots."),
			github.GraphOff, 1, "enable it in the settings"},
		{"unseen", say(404, "Not Found"), github.NotFound, 1, "contents: write"},
		{"bad token", say(401, "Bad credentials"), github.Unauthorized, 1, "not accepted"},
		{"400", say(400, "bad"), github.Rejected, 1, `rejected the snapshot with 400 (GitHub: "bad")`},
		{"422", say(422, "Invalid request.\n\nInvalid property /job/id"), github.Rejected, 1, `with 422 (GitHub: "Invalid request.\n\nInvalid`},
		{"413", say(413, "too large"), github.TooLarge, 1, "GitHub found the snapshot too large"},
		{"redirected", say(307, "moved", "Location", "https://elsewhere.example/"), github.Redirected, 1, "redirected"},
		{"moved", say(301, "moved", "Location", "/repositories/1/dependency-graph/snapshots"), github.Redirected, 1, "renamed"},
		{"500", say(500, "An error occurred while processing your request."), github.Unavailable, 3, "GitHub answered 500"},
		{"502 page", raw(502, "<html>::error::bad gateway</html>"), github.Unavailable, 3, "GitHub answered 502"},
		{"reset", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, github.Unavailable, 3, "could not be reached"},
		{"429", say(429, "slow down", "Retry-After", "20"), github.RateLimited, 3, "fewer requests"},
		{"invalid", result(7, "INVALID"), github.Rejected, 1, `finds the snapshot invalid (GitHub: "the \x1b[31mpurl\u202e is bad")`},
		{"no number", result(0, "SUCCESS"), github.BadAnswer, 1, "it was not GitHub"},
		{"another result", result(7, "success"), github.BadAnswer, 1, "it was not GitHub"},
		{"no result", raw(201, `{"id":7}`), github.BadAnswer, 1, "it was not GitHub"},
		{"200", raw(200, `{"id":7,"result":"SUCCESS"}`), github.BadAnswer, 1, "it was not GitHub"},
		{"202", raw(202, `{"id":7,"result":"SUCCESS"}`), github.BadAnswer, 1, "it was not GitHub"},
		{"204", raw(204, ""), github.BadAnswer, 1, "it was not GitHub"},
		{"201 without body", raw(201, ""), github.BadAnswer, 1, "it was not GitHub"},
		{"201 null", raw(201, "null"), github.BadAnswer, 1, "it was not GitHub"},
		{"201 page", raw(201, "<html>log in</html>"), github.BadAnswer, 1, "it was not GitHub"},
		{"201 list", raw(201, "[]"), github.BadAnswer, 1, "it was not GitHub"},
		{"201 word as number", raw(201, `{"id":"7","result":"SUCCESS"}`), github.BadAnswer, 1, "it was not GitHub"},
		{"201 cut off", raw(201, `{"id":7,"result":"SUCC`), github.BadAnswer, 1, "cut off"},
		{"201 without end", raw(201, `{"message":"`+strings.Repeat("x", 2<<20)+`"}`), github.BadAnswer, 1, "it was not GitHub"},
		{"token echoed", say(422, "you sent "+canary), github.Rejected, 1, "you sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPIOf(t, "", "dependency-graph.json")
			a.post = func(w http.ResponseWriter, _ *http.Request, _ int) bool { c.answer(w); return true }
			cfg, _ := a.config()
			got, err := github.SubmitSnapshot(t.Context(), cfg, snapshot())
			var not *github.NotUploadedError
			if got != (github.Submission{}) || !errors.As(err, &not) || not.Reason != c.reason || !strings.Contains(not.Text, c.says) {
				t.Errorf("%+v, %v, want %s with %q", got, err, c.reason, c.says)
			}
			if err != nil && (strings.Contains(err.Error(), canary) || strings.ContainsAny(err.Error(), "\n\x1b\u202e") ||
				len(err.Error()) > 800 || !strings.HasPrefix(err.Error(), "dependencies not submitted: ")) {
				t.Errorf("%q", err)
			}
			if posts, _ := a.seen(); posts != c.posts {
				t.Errorf("%d posts, want %d", posts, c.posts)
			}
		})
	}
}

// The time of the run ends a submission that is not answered.
func TestSubmitHangs(t *testing.T) {
	a := newAPIOf(t, "", "dependency-graph.json")
	ctx, cancel := context.WithCancel(t.Context())
	a.post = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		_, _ = io.Copy(io.Discard, r.Body) // the server sees the end of a connection only then
		cancel()
		<-r.Context().Done()
		return true
	}
	cfg, _ := a.config()
	_, err := github.SubmitSnapshot(ctx, cfg, snapshot())
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.Unavailable {
		t.Errorf("%v", err)
	}
}

// What would change the address, say nothing or be too large is not sent.
func TestSubmitMisuse(t *testing.T) {
	a := newAPIOf(t, "", "dependency-graph.json")
	many := make([]depgraph.Package, 150_000)
	for i := range many {
		many[i].PURL = fmt.Sprintf("pkg:npm/%060d@1.0.0", i)
	}
	for name, change := range map[string]func(*github.Snapshot, *github.Config){
		"owner":      func(s *github.Snapshot, _ *github.Config) { s.Owner = "../x" },
		"commit":     func(s *github.Snapshot, _ *github.Config) { s.CommitSHA = "main" },
		"ref":        func(s *github.Snapshot, _ *github.Config) { s.Ref = "main" },
		"correlator": func(s *github.Snapshot, _ *github.Config) { s.Correlator = "" },
		"nothing":    func(s *github.Snapshot, _ *github.Config) { s.Manifests = nil },
		"no token":   func(_ *github.Snapshot, c *github.Config) { c.Token = credential.Secret{} },
		"too large":  func(s *github.Snapshot, _ *github.Config) { s.Manifests[0].Packages = many },
	} {
		s := snapshot()
		cfg, _ := a.config()
		change(&s, &cfg)
		if _, err := github.SubmitSnapshot(t.Context(), cfg, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if posts, _ := a.seen(); posts != 0 {
		t.Errorf("%d posts", posts)
	}
}

// BenchmarkSubmit sends a snapshot as large as that of the largest lockfiles.
func BenchmarkSubmit(b *testing.B) {
	size := int64(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, _ = io.Copy(io.Discard, r.Body)
		reply(w, 201, map[string]any{"id": 1, "created_at": "2026-09-01T12:00:01Z", "result": "SUCCESS", "message": ""})
	}))
	defer server.Close()
	s := snapshot()
	all := make([]depgraph.Package, 26_500)
	for i := range all {
		all[i].PURL = fmt.Sprintf("pkg:npm/package-%05d@1.0.0", i)
		for _, step := range []int{1, 7, 400, 9000} {
			all[i].Dependencies = append(all[i].Dependencies, fmt.Sprintf("pkg:npm/package-%05d@1.0.0", (i+step)%len(all)))
		}
	}
	s.Manifests[0].Packages = all
	cfg := github.Config{BaseURL: server.URL, Token: credential.New(canary), HTTPClient: server.Client(), Now: time.Now}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := github.SubmitSnapshot(b.Context(), cfg, s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "sent-B")
}
