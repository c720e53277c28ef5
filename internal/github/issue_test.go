package github_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/web"
)

// A tracker is GitHub's side of a repository's issues.
type tracker struct {
	all       []*tracked
	unlabeled bool // the token may not set labels
	instead   func(w http.ResponseWriter, r *http.Request) bool
	asked     []string
}

type tracked struct {
	Number int      `json:"number"`
	Title  string   `json:"title"`
	Body   string   `json:"body"`
	State  string   `json:"state"`
	Labels []string `json:"-"`
	Pull   *struct {
		URL string `json:"url"`
	} `json:"pull_request,omitempty"`
	User struct {
		ID int64 `json:"id"`
	} `json:"user"`
}

func (k *tracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	say := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	if r.Header.Get("Authorization") != "Bearer "+canary {
		say(401, map[string]string{"message": "Bad credentials"})
		return
	}
	if k.instead != nil && k.instead(w, r) {
		return
	}
	var sent struct {
		Title, Body, State string
		Labels             []string
	}
	_ = json.NewDecoder(r.Body).Decode(&sent)
	if r.URL.Path == "/graphql" {
		say(200, map[string]any{"data": map[string]any{"viewer": map[string]any{"databaseId": 7}}})
		return
	}
	k.asked = append(k.asked, r.Method)
	switch r.Method {
	case http.MethodGet:
		q := r.URL.Query()
		list := []*tracked{}
		for _, one := range slices.Backward(k.all) {
			if (q.Get("labels") == "" || slices.Contains(one.Labels, q.Get("labels"))) && (q.Get("state") == "all" || one.State == q.Get("state")) {
				list = append(list, one)
			}
		}
		say(200, list)
	case http.MethodPost:
		one := &tracked{Number: len(k.all) + 1, Title: sent.Title, Body: sent.Body, State: "open", Labels: sent.Labels}
		one.User.ID = 7
		if k.unlabeled {
			one.Labels = nil
		}
		k.all = append(k.all, one)
		say(201, one)
	case http.MethodPatch:
		for _, one := range k.all {
			if strings.HasSuffix(r.URL.Path, fmt.Sprintf("/issues/%d", one.Number)) {
				one.Title, one.Body, one.State = sent.Title, sent.Body, sent.State
				say(200, one)
				return
			}
		}
		say(404, map[string]string{"message": "Not Found"})
	}
}

func track(t *testing.T) (*tracker, github.Config) {
	t.Helper()
	k := &tracker{}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	return k, github.Config{BaseURL: server.URL, Token: credential.New(canary), HTTPClient: &http.Client{Transport: transport}, Now: time.Now}
}

func theIssue(body string) github.Issue {
	return github.Issue{Owner: "acme", Repo: "widget", Marker: "<!-- m -->", Title: "t", Label: "publishgate-monitor",
		Body: "<!-- m -->\n" + body}
}

// TestIssue: one issue is made, kept up to date in place, closed, and opened again;
// a run that saw nothing new changes nothing.
func TestIssue(t *testing.T) {
	for _, unlabeled := range []bool{false, true} {
		k, cfg := track(t)
		k.unlabeled = unlabeled
		step := func(body string, open, done bool, want github.KeptIssue, writes int) {
			t.Helper()
			m := theIssue(body)
			m.Open, m.Done = open, done
			k.asked = nil
			got, err := github.KeepIssue(t.Context(), cfg, m)
			sent := len(slices.DeleteFunc(k.asked, func(s string) bool { return s == "GET" }))
			if err != nil || got != want || sent != writes {
				t.Errorf("%s: %+v, %v, %d writes, expected %+v, %d", body, got, err, sent, want, writes)
			}
		}
		step("nothing", false, true, github.KeptIssue{}, 0)
		step("not known", false, false, github.KeptIssue{}, 0)
		step("one", true, false, github.KeptIssue{Number: 1, Made: true}, 1)
		step("one", true, false, github.KeptIssue{Number: 1}, 0)
		step("two", true, false, github.KeptIssue{Number: 1, Edited: true}, 1)
		step("not known", false, false, github.KeptIssue{Number: 1, Edited: true}, 1)
		step("over", false, true, github.KeptIssue{Number: 1, Edited: true, Closed: true}, 1)
		if unlabeled { // a closed one without its label is not found again
			continue
		}
		step("over", false, true, github.KeptIssue{Number: 1}, 0)
		step("again", true, false, github.KeptIssue{Number: 1, Edited: true}, 1)
		if len(k.all) != 1 || k.all[0].State != "open" {
			t.Errorf("%+v", k.all)
		}
	}
}

// TestForeignIssues: what somebody else wrote with the marker, or below it, is not
// touched, nor is a pull request.
func TestForeignIssues(t *testing.T) {
	k, cfg := track(t)
	for i, body := range []string{"<!-- m -->\nof a stranger", "> <!-- m -->\nquoted", "<!-- m -->\na pull request"} {
		one := &tracked{Number: i + 1, Body: body, State: "open", Labels: []string{"publishgate-monitor"}}
		one.User.ID = int64(8 - min(i, 1))
		if i == 2 {
			one.Pull = &struct {
				URL string `json:"url"`
			}{"x"}
		}
		k.all = append(k.all, one)
	}
	m := theIssue("ours")
	m.Open = true
	got, err := github.KeepIssue(t.Context(), cfg, m)
	if err != nil || got != (github.KeptIssue{Number: 4, Made: true}) || k.all[0].Body != "<!-- m -->\nof a stranger" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestIssueRefused: each refusal has its reason and its remedy.
func TestIssueRefused(t *testing.T) {
	k, cfg := track(t)
	m := theIssue("x")
	m.Open = true
	for status, want := range map[int]string{403: "permissions: issues: write", 404: "no such repository", 410: "switched off",
		422: "rejected"} {
		k.instead = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"message":"no"}`))
			return true
		}
		_, err := github.KeepIssue(t.Context(), cfg, m)
		var not *github.NotUploadedError
		if !errors.As(err, &not) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "issue not written") {
			t.Errorf("%d: %v", status, err)
		}
	}
	for _, bad := range []github.Issue{{}, {Owner: "a", Repo: "b", Body: "x"}, func() github.Issue { b := m; b.Done = true; return b }()} {
		if _, err := github.KeepIssue(t.Context(), cfg, bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	cfg.Token = credential.Secret{}
	if _, err := github.KeepIssue(t.Context(), cfg, m); err == nil || !strings.Contains(err.Error(), "GITHUB_TOKEN") {
		t.Error(err)
	}
}
