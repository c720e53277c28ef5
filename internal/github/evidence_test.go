package github_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/forge"
	"github.com/publishgate/publishgate/internal/github"
)

var commit = strings.Repeat("4b", 20)

// everything asks all there is.
var everything = forge.Question{SHA: commit, Branch: "release/1.x", Default: "main", Review: true, Protected: true, Checks: true,
	Scans: true, Alerts: true, Secrets: true}

func TestReadEvidence(t *testing.T) {
	got, err := newHost(t).read(everything)
	if err != nil {
		t.Fatal(err)
	}
	want := &forge.Evidence{SHA: commit, Branch: forge.Branch{Name: "release/1.x", Classic: true, Rules: []string{"deletion"}},
		Pulls: []forge.Pull{{Number: 7, Author: "bob", Base: "release/1.x", Head: "aa", Merge: commit, Commits: []string{"x"},
			Merged: true, Writers: []string{"bob"},
			Reviews: []forge.Review{{State: "APPROVED"},
				{By: "ann", Person: true, Writer: true, State: "APPROVED", SHA: "aa"}}}},
		Checks: []forge.Check{{ID: 5, Name: "build", By: "github-actions", Status: "completed", Conclusion: "success", Run: "12"},
			{ID: 6, Name: "ci", By: "status", Status: "pending"}},
		Scans: []forge.Scan{{Tool: "CodeQL", Category: "js", SHA: commit, Ref: "refs/heads/release/1.x",
			At: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}},
		Alerts: []forge.Alert{{Kind: "code scanning", Number: 12, Tool: "CodeQL", Rule: "bad", Severity: "high", Path: "a.js", Line: 3,
			Page: "https://ghe.example/12"}, {Kind: "secret scanning", Number: 3, Rule: "npm token", Severity: "high",
			Page: "https://ghe.example/s3"}}}
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s\nexpected\n%s", g, w)
	}
}

// TestEvidencePages reads lists of several pages whole, or says that they are too
// long to know.
func TestEvidencePages(t *testing.T) {
	runs := func(n int) object {
		return object{"total_count": 3, "check_runs": []any{object{"id": n, "name": fmt.Sprint(n), "head_sha": commit, "status": "queued"}}}
	}
	at := "commits/" + commit + "/check-runs"
	h := newHost(t)
	h.pages[at] = 3
	for n := 1; n <= 3; n++ {
		h.answers[at+"?page="+fmt.Sprint(n)] = runs(n)
	}
	e, err := h.read(forge.Question{SHA: commit, Checks: true})
	if err != nil || len(e.Checks) != 4 {
		t.Errorf("%+v %v", e, err)
	}
	h.pages[at] = 2 // one is held back
	if _, err := h.read(forge.Question{SHA: commit, Checks: true}); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a part of the checks: %v", err)
	}
	h.pages[at] = 1_000_000
	for n := 1; n <= 11; n++ {
		h.answers[at+"?page="+fmt.Sprint(n)] = runs(n)
	}
	if _, err := h.read(forge.Question{SHA: commit, Checks: true}); err == nil || !strings.Contains(err.Error(), "more than the 1000") {
		t.Errorf("very many: %v", err)
	}
	h = newHost(t)
	h.pages["code-scanning/alerts"] = 12
	e, err = h.read(forge.Question{SHA: commit, Alerts: true, Branch: "release/1.x"})
	if err != nil || len(e.Alerts) != 10 || !e.More {
		t.Errorf("very many alerts: %d, %v", len(e.Alerts), err)
	}
}

// TestEvidenceBranch finds the branch that a commit was released from.
func TestEvidenceBranch(t *testing.T) {
	for _, c := range []struct {
		name    string
		branch  string
		status  map[string]string // of the comparison, by the branch
		heads   []any
		want    string
		fails   string
		refuses int
	}{
		{name: "of the run", branch: "next", status: map[string]string{"next": "identical"}, want: "next"},
		{name: "pushed past it", branch: "next", status: map[string]string{"next": "behind"}, want: "next"},
		{name: "a tag of main", status: map[string]string{"main": "behind"}, want: "main"},
		{name: "pushed away by force", branch: "next", status: map[string]string{"next": "diverged", "main": "behind"}, want: "main"},
		{name: "a tag of another branch", status: map[string]string{"main": "diverged"},
			heads: []any{object{"name": "x"}, object{"name": "1.x", "protected": true}}, want: "1.x"},
		{name: "no common history", heads: []any{object{"name": "x"}}, want: "x"},
		{name: "nowhere", status: map[string]string{"main": "ahead"}, heads: []any{}, want: ""},
		{name: "the run's branch is gone", branch: "next", fails: "contents: read"},
	} {
		h := newHost(t)
		for branch, status := range c.status {
			h.answers["compare/"+branch+"..."+commit] = object{"status": status}
		}
		if c.heads != nil {
			h.answers["commits/"+commit+"/branches-where-head"] = c.heads
		}
		e, err := h.read(forge.Question{SHA: commit, Branch: c.branch, Default: "main", Review: true})
		switch {
		case c.fails != "":
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", c.name, err)
			}
		case err != nil || e.Branch.Name != c.want:
			t.Errorf("%s: %+v %v", c.name, e, err)
		}
	}
}

// TestEvidenceRefused answers each question with each kind of refusal: none is
// taken for an answer, and what the job lacks is named.
func TestEvidenceRefused(t *testing.T) {
	permissions := map[string]string{"commits/" + commit + "/pulls": "pull-requests: read", "pulls/7/reviews": "pull-requests: read",
		"pulls/7/commits": "pull-requests: read", "compare/release/1.x..." + commit: "contents: read",
		"rules/branches/release/1.x": "contents: read", "branches/release/1.x": "contents: read",
		"commits/" + commit + "/check-runs": "checks: read", "commits/" + commit + "/status": "statuses: read",
		"code-scanning/analyses": "security-events: read", "code-scanning/alerts": "security-events: read",
		"secret-scanning/alerts": "an administrator of the repository"}
	say := func(status int, body string, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	answers := []struct {
		name, want string // want "": the permission
		reason     github.Reason
		answer     func(http.ResponseWriter)
	}{
		{"401", "not accepted", github.Unauthorized, say(401, `{"message":"Bad credentials"}`)},
		{"403", "", github.Forbidden, say(403, `{"message":"Resource not accessible by integration"}`)},
		{"404", "", github.NotFound, say(404, `{"message":"Not Found"}`)},
		{"422", "422", github.Rejected, say(422, `{"message":"No commit found for SHA"}`)},
		{"500", "answered 500", github.Unavailable, say(500, `oops`)},
		{"503", "answered 503", github.Unavailable, say(503, `{}`)},
		{"used up", "rate limit is used up", github.RateLimited,
			say(403, `{"message":"API rate limit exceeded"}`, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", "0", "x-ratelimit-reset",
				fmt.Sprint(start.Add(time.Hour).Unix()))},
		{"429", "fewer requests", github.RateLimited, say(429, `{"message":"slow down"}`, "Retry-After", "7200")},
		{"redirect", "redirected", github.Redirected, say(302, ``, "Location", "https://elsewhere.example/")},
		{"page", "not GitHub's API", github.BadAnswer, say(200, `<html>sign in</html>`)},
		{"null", "not GitHub's API", github.BadAnswer, say(200, `null`)},
		{"nothing", "not GitHub's API", github.BadAnswer, say(200, ``)},
		{"a word", "not GitHub's API", github.BadAnswer, say(200, `"ok"`)},
		{"cut off", "", "", say(200, `[{"number": 7, "user": {`)},
	}
	for path, permission := range permissions {
		for _, c := range answers {
			h := newHost(t)
			h.instead = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/"+path) {
					return false
				}
				c.answer(w)
				return true
			}
			cfg, clock := h.config()
			e, err := github.ReadEvidence(context.Background(), cfg, "acme", "demo.js", everything)
			var not *github.NotUploadedError
			if err == nil || e != nil || !errors.As(err, &not) {
				t.Errorf("%s, %s: %+v %v", path, c.name, e, err)
				continue
			}
			want := c.want
			if want == "" && c.reason != "" {
				want = permission
			}
			if c.reason != "" && not.Reason != c.reason || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s, %s: %s %v\nexpected %s %s", path, c.name, not.Reason, err, c.reason, want)
			}
			if clock.slept > 5*time.Minute {
				t.Errorf("%s, %s: waited %s", path, c.name, clock.slept)
			}
		}
	}
}

// TestEvidenceHostile gives answers of the right form that say nothing, or too
// much.
func TestEvidenceHostile(t *testing.T) {
	for path, body := range map[string]string{
		"commits/" + commit + "/pulls":      `[{"number": 0}]`,
		"commits/" + commit + "/check-runs": `{"total_count": 1, "check_runs": [{"name": "build", "head_sha": "other", "status": "completed"}]}`,
		"commits/" + commit + "/status":     `{"statuses": []}`,
		"branches/release/1.x":              `{}`,
		"compare/release/1.x..." + commit:   `{}`,
		"code-scanning/analyses":            `[{"commit_sha": "", "tool": {}}]`,
		"code-scanning/alerts":              `[{"state": "open"}]`,
		"secret-scanning/alerts":            `[{}]`,
		"rules/branches/release/1.x":        `{"type": "pull_request"}`,
		"pulls/7/reviews":                   `{}`,
		"pulls/7/commits":                   `[1]`,
	} {
		h := newHost(t)
		h.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/"+path) {
				return false
			}
			_, _ = w.Write([]byte(body))
			return true
		}
		if e, err := h.read(everything); err == nil {
			t.Errorf("%s: %+v", path, e)
		}
	}
	h := newHost(t)
	h.instead = func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = w.Write(bytes.Repeat([]byte(" "), 33<<20))
		return true
	}
	if _, err := h.read(everything); err == nil {
		t.Error("an answer without end is read")
	}
	for _, q := range []forge.Question{{}, {SHA: "main"}, {SHA: "../x"}} {
		if _, err := h.read(q); err == nil {
			t.Errorf("asked about %q", q.SHA)
		}
	}
	if slices.Contains(h.asked, "..") {
		t.Error("a request leaves the repository")
	}
}

// TestNothingScanned: GitHub says with 404 that there is no analysis.
func TestNothingScanned(t *testing.T) {
	h := newHost(t)
	h.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/code-scanning/") {
			reply(w, http.StatusNotFound, object{"message": "no analysis found"})
			return true
		}
		return false
	}
	e, err := h.read(forge.Question{SHA: commit, Branch: "release/1.x", Scans: true, Alerts: true})
	if err != nil || len(e.Scans) != 0 || !e.Unscanned {
		t.Errorf("%+v %v", e, err)
	}
}

// TestEvidenceWriter asks whether who approved may write to the repository.
func TestEvidenceWriter(t *testing.T) {
	for _, c := range []struct {
		name, permission, association string
		status                        int
		want                          bool
	}{
		{"may write", "write", "NONE", 0, true},
		{"administers", "admin", "MEMBER", 0, true},
		{"may read", "read", "MEMBER", 0, false},
		{"has nothing", "none", "OWNER", 0, false},
		{"is none", "", "MEMBER", 404, false},
		{"a member, and the token may not ask", "", "MEMBER", 403, true},
		{"nobody, and the token may not ask", "", "CONTRIBUTOR", 403, false},
	} {
		h := newHost(t)
		h.answers["collaborators/ann/permission"] = object{"permission": c.permission}
		h.answers["pulls/7/reviews"] = []any{object{"user": object{"login": "ann", "type": "User"}, "state": "APPROVED",
			"commit_id": "aa", "author_association": c.association}}
		h.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if c.status == 0 || !strings.HasSuffix(r.URL.Path, "/permission") {
				return false
			}
			reply(w, c.status, object{"message": "no"})
			return true
		}
		e, err := h.read(forge.Question{SHA: commit, Branch: "release/1.x", Review: true})
		if err != nil || e.Pulls[0].Reviews[0].Writer != c.want || (e.Unreviewed() == "") != c.want {
			t.Errorf("%s: %+v %v", c.name, e, err)
		}
	}
}
