package github_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/web"
)

var canary = "ghs_" + strings.Repeat("c4n4ry", 6)

const uploadID = "47177e22-5596-11eb-80a1-c1e54ef945c6"

// api is GitHub as its own OpenAPI description has it: every request and every
// answer of a described status is held against the description.
type api struct {
	*httptest.Server
	t      *testing.T
	router routers.Router
	base   string // path of the API: "" or /api/v3

	mu       sync.Mutex
	requests []string // "POST /repos/…"
	sarif    []byte   // as uploaded, unpacked
	body     map[string]any
	status   []string // processing_status to answer with; the last one stays

	// post and get, when set, answer instead; returning false goes on as usual.
	post, get func(w http.ResponseWriter, r *http.Request, n int) bool
	posts     int
	gets      int
}

func newAPI(t *testing.T, base string) *api {
	t.Helper()
	return newAPIOf(t, base, "code-scanning.json")
}

// newAPIOf is newAPI with another part of the description.
func newAPIOf(t *testing.T, base, part string) *api {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi/" + part)
	if err != nil {
		t.Fatal(err)
	}
	a := &api{t: t, base: base, status: []string{"pending", "complete"}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	doc.Servers = openapi3.Servers{{URL: base + "/"}}
	a.router, err = legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.Method+" "+r.URL.EscapedPath())
	if got := r.Header.Get("Authorization"); got != "Bearer "+canary {
		a.t.Errorf("Authorization %q", got)
	}
	n := &a.posts
	instead := a.post
	if r.Method == http.MethodGet {
		n, instead = &a.gets, a.get
	}
	*n++
	count := *n
	a.mu.Unlock()
	if instead != nil && instead(w, r, count) {
		return
	}
	input, err := a.validate(r)
	if err != nil {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": err.Error()})
		return
	}
	rec := httptest.NewRecorder()
	if r.Method == http.MethodPost {
		a.upload(rec, r)
	} else {
		a.mu.Lock()
		now := a.status[min(count, len(a.status))-1]
		a.mu.Unlock()
		answer := map[string]any{"processing_status": now}
		if now == "failed" {
			answer["errors"] = []string{"line 1\n::error::x", "rule \u202e missing"}
		}
		reply(rec, http.StatusOK, answer)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: rec.Code, Header: rec.Header()}
	out.SetBodyBytes(rec.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		a.t.Errorf("the fake's answer is not GitHub's: %v", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// seen returns how many POSTs and GETs arrived.
func (a *api) seen() (posts, gets int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posts, a.gets
}

func (a *api) validate(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := a.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
	return input, openapi3filter.ValidateRequest(r.Context(), input)
}

func (a *api) upload(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := json.NewDecoder(r.Body).Decode(&a.body); err != nil {
		a.t.Error(err)
	}
	packed, err := base64.StdEncoding.DecodeString(fmt.Sprint(a.body["sarif"]))
	if err != nil {
		a.t.Error(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		a.t.Fatal(err)
	}
	if a.sarif, err = io.ReadAll(z); err != nil {
		a.t.Error(err)
	}
	reply(w, http.StatusAccepted, map[string]any{"id": uploadID,
		"url": "https://api.github.com/repos/acme/demo/code-scanning/sarifs/" + uploadID})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// clock stands still except while somebody sleeps.
type clock struct{ slept time.Duration }

var start = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func (c *clock) now() time.Time { return start.Add(c.slept) }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.slept += d
	return ctx.Err()
}

func (a *api) config() (github.Config, *clock) {
	c := &clock{}
	transport := web.NewTransport(web.TransportOptions{})
	a.t.Cleanup(transport.CloseIdleConnections)
	return github.Config{
		BaseURL: a.URL + a.base, Token: credential.New(canary), HTTPClient: &http.Client{Transport: transport},
		Now: c.now, Sleep: c.sleep,
	}, c
}

const sarifText = `{"version":"2.1.0"}` + "\n"

func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

func upload() github.Upload {
	return github.Upload{
		Owner: "acme", Repo: "demo.js", CommitSHA: strings.Repeat("4b", 20), Ref: "refs/heads/main",
		Packed: packed(sarifText), CheckoutURI: "file:///github/workspace/",
		StartedAt: time.Date(2026, 9, 1, 12, 0, 0, 5, time.FixedZone("x", 3600)), ToolName: "publishgate",
	}
}
