package github_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/forge"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/web"
)

// A host is GitHub as its description has it. What a test says of an answer is
// put over the least that the description demands.
type host struct {
	*httptest.Server
	t      *testing.T
	router routers.Router

	mu      sync.Mutex
	asked   []string
	answers map[string]any                                    // path below the repository [and "?page=N"] → answer
	pages   map[string]int                                    // path → how many pages there are
	instead func(w http.ResponseWriter, r *http.Request) bool // answers in its place
}

func newHost(t *testing.T) *host {
	t.Helper()
	router, err := described()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, answers: map[string]any{
		"compare/release/1.x..." + commit: object{"status": "identical"},
		"rules/branches/release/1.x":      []any{object{"type": "deletion"}},
		"branches/release/1.x":            object{"protected": true, "protection": object{"enabled": true}},
		"commits/" + commit + "/pulls": []any{object{"number": 7, "user": object{"login": "bob"}, "merged_at": "2026-01-01T00:00:00Z",
			"merge_commit_sha": commit, "base": object{"ref": "release/1.x"}, "head": object{"sha": "aa"}}, object{"number": 8, "merged_at": nil}},
		"pulls/7/reviews": []any{object{"user": nil, "state": "APPROVED"}, object{"user": object{"login": "ann", "type": "User"},
			"state": "APPROVED", "commit_id": "aa", "author_association": "MEMBER"}},
		"collaborators/ann/permission": object{"permission": "write"},
		"pulls/7/commits":              []any{object{"author": object{"login": "bob"}, "committer": object{"login": "web-flow"}}},
		"commits/" + commit + "/check-runs": object{"total_count": 1, "check_runs": []any{object{"id": 5, "name": "build",
			"head_sha": commit, "status": "completed", "conclusion": "success", "app": object{"slug": "github-actions"},
			"details_url": "https://ghe.example/acme/demo.js/actions/runs/12/job/5"}}},
		"commits/" + commit + "/status": object{"total_count": 1, "statuses": []any{object{"id": 6, "context": "ci", "state": "pending"}}},
		"code-scanning/analyses": []any{object{"tool": object{"name": "CodeQL"}, "category": "js", "commit_sha": commit,
			"ref": "refs/heads/release/1.x", "created_at": "2026-01-02T00:00:00Z", "error": ""}},
		"code-scanning/alerts": []any{object{"number": 12, "html_url": "https://ghe.example/12", "tool": object{"name": "CodeQL"},
			"rule":                 object{"id": "x", "description": "bad", "security_severity_level": "high"},
			"most_recent_instance": object{"location": object{"path": "a.js", "start_line": 3}}}},
		"secret-scanning/alerts": []any{object{"number": 3, "html_url": "https://ghe.example/s3", "secret_type_display_name": "npm token"}},
	}, pages: map[string]int{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	h.router = router
	return h
}

type object = map[string]any

// described reads the description, once: that takes longer than all answers.
var described = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi/source.json")
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/api/v3/"}}
	return legacy.NewRouter(doc)
})

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := strings.TrimPrefix(r.URL.Path, "/api/v3/repos/acme/demo.js/")
	h.mu.Lock()
	h.asked = append(h.asked, at)
	instead, answer, known := h.instead, h.answers[at], h.answers[at] != nil
	if paged, ok := h.answers[at+"?page="+r.URL.Query().Get("page")]; ok {
		answer, known = paged, true
	}
	pages := h.pages[at]
	h.mu.Unlock()
	if got := r.Header.Get("Authorization"); got != "Bearer "+canary {
		h.t.Errorf("Authorization %q", got)
	}
	if instead != nil && instead(w, r) {
		return
	}
	route, params, err := h.router.FindRoute(r)
	if err != nil {
		h.t.Errorf("%s is no address of GitHub's: %v", r.URL.Path, err)
		return
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		h.t.Errorf("%s: %v", r.URL, err)
	}
	if !known {
		reply(w, http.StatusNotFound, object{"message": "Not Found"})
		return
	}
	schema := route.Operation.Responses.Value("200").Value.Content.Get("application/json").Schema.Value
	body, err := json.Marshal(over(sample(schema, 0), answer, schema))
	if err != nil {
		h.t.Fatal(err)
	}
	w.Header().Set("Content-Type", "application/json")
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: 200, Header: w.Header()}
	if err := openapi3filter.ValidateResponse(r.Context(), out.SetBodyBytes(body)); err != nil {
		h.t.Errorf("the answer to %s is not GitHub's: %.600v", at, err)
	}
	var page int
	if _, err := fmt.Sscan(r.URL.Query().Get("page"), &page); err == nil && page < pages {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, h.URL, r.URL.Path, page+1))
	}
	_, _ = w.Write(body)
}

// sample makes the least value that a schema demands.
func sample(s *openapi3.Schema, depth int) any {
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		if len(list) > 0 {
			return sample(list[0].Value, depth)
		}
	}
	switch {
	case s.Nullable && depth > 0:
		return nil
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("object"):
		o := object{}
		for _, name := range s.Required {
			if p := s.Properties[name]; p != nil {
				o[name] = sample(p.Value, depth+1)
			}
		}
		return o
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	case s.Type.Is("boolean"):
		return false
	}
	switch s.Format {
	case "date-time":
		return "2026-01-01T00:00:00Z"
	case "uri":
		return "https://ghe.example/x"
	}
	return "x"
}

// over puts what a test says over a sample.
func over(base, said any, s *openapi3.Schema) any {
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		if len(list) > 0 {
			s = list[0].Value
		}
	}
	switch said := said.(type) {
	case object:
		o, _ := base.(object)
		if o == nil {
			plain := *s
			plain.Nullable = false
			o, _ = sample(&plain, 0).(object)
		}
		o = maps.Clone(o)
		for name, v := range said {
			p := s.Properties[name]
			if p == nil {
				p = &openapi3.SchemaRef{Value: &openapi3.Schema{}}
			}
			o[name] = over(o[name], v, p.Value)
		}
		return o
	case []any:
		all := []any{}
		for _, v := range said {
			all = append(all, over(sample(s.Items.Value, 0), v, s.Items.Value))
		}
		return all
	}
	return said
}

func (h *host) config() (github.Config, *clock) {
	c := &clock{}
	transport := web.NewTransport(web.TransportOptions{})
	h.t.Cleanup(transport.CloseIdleConnections)
	return github.Config{BaseURL: h.URL + "/api/v3", Token: credential.New(canary), HTTPClient: &http.Client{Transport: transport},
		Now: c.now, Sleep: c.sleep}, c
}

func (h *host) read(q forge.Question) (*forge.Evidence, error) {
	cfg, _ := h.config()
	return github.ReadEvidence(context.Background(), cfg, "acme", "demo.js", q)
}
