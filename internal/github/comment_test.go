package github_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/github"
)

const marker = "<!-- publishgate:comment:0123 -->"

// A remark is a comment of a conversation.
type remark struct {
	id, author int64
	body       string
}

// A conversation is GitHub's side of a pull request's comments. Every request,
// but that to GraphQL, is held against GitHub's own description.
type conversation struct {
	*api
	mu      sync.Mutex
	remarks []remark
	self    int64 // whom the token acts as; 0: GraphQL does not say
	asked   []string
	// instead answers in place of the conversation; false goes on as usual. n
	// counts the requests of the same kind.
	instead func(w http.ResponseWriter, kind string, n int) bool
	kinds   map[string]int
}

func converse(t *testing.T, base string, remarks ...remark) (*conversation, github.Config, *clock) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi/comments.json")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: base + "/"}}
	c := &conversation{api: &api{t: t, base: base}, remarks: remarks, self: 41898282, kinds: map[string]int{}}
	if c.router, err = legacy.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	cfg, clock := c.config()
	return c, cfg, clock
}

func (c *conversation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := r.Header.Get("Authorization"); got != "Bearer "+canary {
		c.t.Errorf("Authorization %q", got)
	}
	kind := map[string]string{"GET": "list", "POST": "create", "PATCH": "edit"}[r.Method]
	graph := strings.TrimSuffix(c.base, "/v3") + "/graphql"
	if r.URL.Path == graph {
		kind = "viewer"
	}
	c.asked = append(c.asked, kind)
	c.kinds[kind]++
	if c.instead != nil && c.instead(w, kind, c.kinds[kind]) {
		return
	}
	body, _ := io.ReadAll(r.Body)
	if kind == "viewer" {
		if string(bytes.TrimSpace(body)) != `{"query":"query{viewer{databaseId}}"}` {
			c.t.Errorf("GraphQL was asked %s", body)
		}
		if c.self == 0 {
			reply(w, 200, map[string]any{"errors": []any{map[string]any{"message": "Resource not accessible by integration"}}})
			return
		}
		reply(w, 200, map[string]any{"data": map[string]any{"viewer": map[string]any{"databaseId": c.self}}})
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if _, err := c.validate(r); err != nil {
		c.t.Errorf("not what GitHub takes: %v", err)
	}
	var sent struct{ Body string }
	_ = json.Unmarshal(body, &sent)
	switch kind {
	case "list":
		c.list(w, r)
	case "create":
		c.remarks = append(c.remarks, remark{int64(len(c.remarks) + 1), c.self, sent.Body})
		c.answer(w, r, http.StatusCreated, shown(c.remarks[len(c.remarks)-1]))
	case "edit":
		for i := range c.remarks {
			if strings.HasSuffix(r.URL.Path, fmt.Sprintf("/comments/%d", c.remarks[i].id)) {
				c.remarks[i].body = sent.Body
				c.answer(w, r, http.StatusOK, shown(c.remarks[i]))
				return
			}
		}
		reply(w, 404, map[string]any{"message": "Not Found"})
	}
}

// list answers with a page of remarks, and says where the next one is.
func (c *conversation) list(w http.ResponseWriter, r *http.Request) {
	var page, per int
	_, _ = fmt.Sscan(r.URL.Query().Get("page")+" "+r.URL.Query().Get("per_page"), &page, &per)
	from, to := min((page-1)*per, len(c.remarks)), min(page*per, len(c.remarks))
	list := []any{}
	for _, m := range c.remarks[from:to] {
		list = append(list, shown(m))
	}
	if to < len(c.remarks) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, c.URL, r.URL.Path, page+1))
	}
	c.answer(w, r, http.StatusOK, list)
}

func shown(m remark) map[string]any {
	at := "https://api.github.com/x"
	user := map[string]any{"login": "github-actions[bot]", "id": m.author, "node_id": "x", "type": "Bot", "site_admin": false,
		"gravatar_id": ""}
	for _, key := range []string{"avatar_url", "url", "html_url", "followers_url", "following_url", "gists_url", "starred_url",
		"subscriptions_url", "organizations_url", "repos_url", "events_url", "received_events_url"} {
		user[key] = at
	}
	return map[string]any{"id": m.id, "node_id": "x", "url": at, "html_url": at, "issue_url": at, "body": m.body, "user": user,
		"author_association": "NONE", "created_at": "2026-09-01T12:00:00Z", "updated_at": "2026-09-01T12:00:00Z"}
}

// answer answers, and holds the answer against the description.
func (c *conversation) answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	text, _ := json.Marshal(v)
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Error(err)
		return
	}
	asked := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: asked, Status: status,
		Header: http.Header{"Content-Type": {"application/json"}}}
	out.SetBodyBytes(text)
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		c.t.Errorf("the fake's answer is not GitHub's: %v", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func comment(text string) github.Comment {
	return github.Comment{Owner: "acme", Repo: "demo.js", Pull: 7, Marker: marker, Body: marker + "\n" + text, Needed: true}
}

// Which comment is made or edited, and which requests that takes.
func TestKeepComment(t *testing.T) {
	const own, other = 41898282, 99
	at := func(id, author int64, text string) remark { return remark{id, author, marker + "\n" + text} }
	many := make([]remark, 250)
	for i := range many {
		many[i] = remark{int64(i + 1), other, "chat"}
	}
	for _, c := range []struct {
		name    string
		there   []remark
		unknown bool // whose the token is
		absent  bool // none is needed
		want    github.Commented
		asked   string
		edited  int // index of the remark that has the new text; -1: none
	}{
		{"the first", nil, false, false, github.Commented{ID: 1}, "list create", 0},
		{"beside others", []remark{{1, other, "hello"}}, false, false, github.Commented{ID: 2}, "list create", 1},
		{"ours", []remark{{1, other, "hello"}, at(2, own, "old")}, false, false, github.Commented{ID: 2, Edited: true}, "list viewer edit", 1},
		{"the same", []remark{at(1, own, "new\r\n")}, false, false, github.Commented{ID: 1, Same: true}, "list viewer", -1},
		{"another's marker", []remark{at(1, other, "forged")}, false, false, github.Commented{ID: 2}, "list viewer create", 1},
		{"another's marker before ours", []remark{at(1, other, "forged"), at(2, own, "old")}, false, false,
			github.Commented{ID: 2, Edited: true}, "list viewer edit", 1},
		{"quoted", []remark{{1, own, "> " + marker}}, false, false, github.Commented{ID: 2}, "list create", 1},
		{"two of ours", []remark{at(1, own, "a"), at(2, own, "b")}, false, false, github.Commented{ID: 1, Edited: true}, "list viewer edit", 0},
		{"on the third page", append(slices.Clone(many), at(251, own, "old")), false, false, github.Commented{ID: 251, Edited: true},
			"list list list viewer edit", 250},
		{"unknown self, no marker", []remark{{1, own, "hello"}}, true, false, github.Commented{ID: 2}, "list create", 1},
		{"not needed, none there", []remark{{1, other, "hello"}}, false, true, github.Commented{}, "list", -1},
		{"not needed, ours there", []remark{at(1, own, "old")}, false, true, github.Commented{ID: 1, Edited: true}, "list viewer edit", 0},
		{"not needed, another's there", []remark{at(1, other, "forged")}, false, true, github.Commented{}, "list viewer", -1},
	} {
		for _, base := range []string{"", "/api/v3"} {
			g, cfg, _ := converse(t, base, slices.Clone(c.there)...)
			if c.unknown {
				g.self = 0
			}
			m := comment("new")
			m.Needed = !c.absent
			got, err := github.KeepComment(t.Context(), cfg, m)
			if err != nil || got != c.want || strings.Join(g.asked, " ") != c.asked {
				t.Errorf("%s: %+v, %v, asked %v", c.name, got, err, g.asked)
			}
			for i, r := range g.remarks {
				changed := i >= len(c.there) || r != c.there[i]
				if changed != (i == c.edited) || changed && r.body != m.Body {
					t.Errorf("%s: comment %d is %q", c.name, r.id, r.body)
				}
			}
		}
	}
}

// Every way in which a comment is not written has a reason and a remedy, and
// takes a bounded number of requests.
func TestKeepCommentFails(t *testing.T) {
	says := func(kind string, status int, body string, header ...string) func(http.ResponseWriter, string, int) bool {
		return func(w http.ResponseWriter, k string, _ int) bool {
			if k != kind {
				return false
			}
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	ours := []remark{{1, 41898282, marker + "\nold"}}
	message := func(text string) string { return fmt.Sprintf(`{"message":%q}`, text) }
	for _, c := range []struct {
		name    string
		there   []remark
		instead func(http.ResponseWriter, string, int) bool
		reason  github.Reason
		text    string
		asked   string
	}{
		{"list: read only", nil, says("list", 403, message("Resource not accessible by integration")), github.Forbidden,
			"`permissions: pull-requests: write`", "list"},
		{"create: read only", nil, says("create", 403, message("Resource not accessible by integration")), github.Forbidden,
			"`permissions: pull-requests: write`", "list create"},
		{"edit: read only", ours, says("edit", 403, message("Resource not accessible by integration")), github.Forbidden,
			"`permissions: pull-requests: write`", "list viewer edit"},
		{"unauthorized", nil, says("list", 401, message("Bad credentials")), github.Unauthorized, "not accepted", "list"},
		{"not found", nil, says("list", 404, message("Not Found")), github.NotFound, "no such pull request", "list"},
		{"locked", nil, says("create", 403, message("Unable to create comment because issue is locked.")), github.Locked, "locked",
			"list create"},
		{"gone", nil, says("create", 410, message("Issues are disabled for this repo")), github.Locked, "closed", "list create"},
		{"rejected", nil, says("create", 422, message("Validation Failed")), github.Rejected, "rejected the comment with 422", "list create"},
		{"deleted meanwhile", ours, says("edit", 404, message("Not Found")), github.Unavailable, "was deleted",
			"list viewer edit list viewer edit list viewer edit"},
		{"down", nil, says("list", 503, "busy"), github.Unavailable, "GitHub answered 503", "list list list"},
		{"down when it is sent", nil, says("create", 502, "busy"), github.Unavailable, "GitHub answered 502",
			"list create list create list create"},
		{"too fast", nil, says("create", 429, message("slow down")), github.RateLimited, "fewer requests", "list create list create list create"},
		{"rate limit, too long", nil, says("list", 403, message("API rate limit exceeded"), "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", fmt.Sprint(start.Add(time.Hour).Unix())), github.RateLimited, "rate limit", "list"},
		{"redirect", nil, says("list", 301, "", "Location", "https://elsewhere.example/"), github.Redirected, "redirected", "list"},
		{"redirect of what is sent", nil, says("create", 307, "", "Location", "https://elsewhere.example/"), github.Redirected, "redirected",
			"list create"},
		{"a page", nil, says("list", 200, "<html>sign in</html>"), github.BadAnswer, "not GitHub's API", "list"},
		{"an object", nil, says("list", 200, "{}"), github.BadAnswer, "not GitHub's API", "list"},
		{"null", nil, says("list", 200, "null"), github.BadAnswer, "not GitHub's API", "list"},
		{"nothing", nil, says("list", 204, ""), github.BadAnswer, "not GitHub's API", "list"},
		{"made, and no id", nil, says("create", 201, "{}"), github.BadAnswer, "whether the comment was written is not known", "list create"},
		{"edited, and another id", ours, says("edit", 200, `{"id":5}`), github.BadAnswer, "whether the comment was written is not known",
			"list viewer edit"},
		{"no viewer", ours, says("viewer", 404, message("Not Found")), github.NotOurs, "was not edited", "list viewer"},
		{"viewer: refused", ours, says("viewer", 200, `{"errors":[{"message":"Resource not accessible\n::error::x"}]}`), github.NotOurs,
			`(GitHub: "Resource not accessible\n::error::x")`, "list viewer"},
		{"viewer: null", ours, says("viewer", 200, `{"data":{"viewer":{"databaseId":null}}}`), github.NotOurs, "was not edited", "list viewer"},
		{"viewer: a page", ours, says("viewer", 200, `<html>`), github.NotOurs, "was not edited", "list viewer"},
		{"viewer: down", ours, says("viewer", 500, ``), github.Unavailable, "GitHub answered 500", "list viewer list viewer list viewer"},
		{"the next page is this one", nil, says("list", 200, "[]", "Link", `<x?page=1>; rel="next"`), "", "", "list create"},
	} {
		g, cfg, clock := converse(t, "", slices.Clone(c.there)...)
		g.instead = c.instead
		_, err := github.KeepComment(t.Context(), cfg, comment("new"))
		var not *github.NotUploadedError
		switch {
		case c.reason == "" && err == nil:
		case !errors.As(err, &not) || not.Reason != c.reason || !strings.Contains(not.Text, c.text) ||
			!strings.HasPrefix(err.Error(), "comment not written: "):
			t.Errorf("%s: %v", c.name, err)
		}
		if got := strings.Join(g.asked, " "); got != c.asked {
			t.Errorf("%s: asked %s", c.name, got)
		}
		if strings.Contains(fmt.Sprint(err), canary) || clock.slept > 10*time.Minute {
			t.Errorf("%s: %v after %s", c.name, err, clock.slept)
		}
	}
}

// A comment whose answer was lost is found by the next attempt and not made twice.
func TestKeepCommentLost(t *testing.T) {
	g, cfg, _ := converse(t, "")
	g.instead = func(w http.ResponseWriter, kind string, n int) bool {
		if kind != "create" {
			return false
		}
		g.remarks = append(g.remarks, remark{1, g.self, comment("new").Body})
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	got, err := github.KeepComment(t.Context(), cfg, comment("new"))
	if err != nil || got != (github.Commented{ID: 1, Same: true}) || len(g.remarks) != 1 {
		t.Errorf("%+v, %v, %d comments", got, err, len(g.remarks))
	}
}

// Of a conversation without end a thousand comments are read.
func TestKeepCommentMany(t *testing.T) {
	chat := make([]remark, 1001)
	for i := range chat {
		chat[i] = remark{int64(i + 1), 5, "chat"}
	}
	g, cfg, _ := converse(t, "", chat...)
	_, err := github.KeepComment(t.Context(), cfg, comment("new"))
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.TooMany || len(g.asked) != 10 {
		t.Errorf("%v after %d requests", err, len(g.asked))
	}
	g.asked, g.remarks[3] = nil, remark{4, g.self, marker + "\nold"}
	if got, err := github.KeepComment(t.Context(), cfg, comment("new")); err != nil || !got.Edited || got.ID != 4 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What cannot be a comment is not sent.
func TestKeepCommentMisuse(t *testing.T) {
	g, cfg, _ := converse(t, "")
	for _, change := range []func(*github.Comment){
		func(m *github.Comment) { m.Owner = "a/b" },
		func(m *github.Comment) { m.Repo = ".." },
		func(m *github.Comment) { m.Pull = 0 },
		func(m *github.Comment) { m.Body = "no marker" },
		func(m *github.Comment) { m.Marker, m.Body = "", "text" },
		func(m *github.Comment) { m.Body = marker + strings.Repeat("x", github.MaxComment-len(marker)+1) },
	} {
		m := comment("new")
		change(&m)
		if _, err := github.KeepComment(t.Context(), cfg, m); err == nil {
			t.Errorf("%.200v was sent", m)
		}
	}
	bare := cfg
	bare.Token = credential.Secret{}
	var not *github.NotUploadedError
	if _, err := github.KeepComment(t.Context(), bare, comment("new")); !errors.As(err, &not) || not.Reason != github.NoToken {
		t.Error(err)
	}
	if len(g.asked) != 0 {
		t.Errorf("asked %v", g.asked)
	}
}

// A server that never answers is waited for until the deadline, and no longer.
func TestKeepCommentHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g, cfg, _ := converse(t, "")
	g.instead = func(w http.ResponseWriter, _ string, _ int) bool {
		cancel() // the deadline passes while it is asked
		return true
	}
	_, err := github.KeepComment(ctx, cfg, comment("new"))
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.Unavailable && not.Reason != github.BadAnswer || len(g.asked) != 1 {
		t.Errorf("%v after %d requests", err, len(g.asked))
	}
}
