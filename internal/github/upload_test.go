package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/github"
)

func TestUpload(t *testing.T) {
	for _, base := range []string{"", "/api/v3"} { // github.com and Enterprise Server
		a := newAPI(t, base)
		cfg, clock := a.config()
		r, err := github.UploadSARIF(t.Context(), cfg, upload())
		if err != nil || r != (github.Result{ID: uploadID, Status: "complete"}) {
			t.Errorf("%+v, %v", r, err)
		}
		if got := string(a.sarif); got != sarifText {
			t.Errorf("uploaded %q", got)
		}
		if a.body["started_at"] != "2026-09-01T11:00:00Z" || a.body["checkout_uri"] != "file:///github/workspace/" ||
			a.body["tool_name"] != "publishgate" {
			t.Errorf("body %v", a.body)
		}
		want := fmt.Sprintf("[POST %s/repos/acme/demo.js/code-scanning/sarifs GET "+
			"%s/repos/acme/demo.js/code-scanning/sarifs/%s GET %s/repos/acme/demo.js/code-scanning/sarifs/%s]",
			base, base, uploadID, base, uploadID)
		if got := fmt.Sprint(a.requests); got != want {
			t.Errorf("requests %s", got)
		}
		if clock.slept != 3*time.Second {
			t.Errorf("slept %s", clock.slept)
		}
	}
}

// The same SARIF goes out as the same bytes.
func TestDeterministic(t *testing.T) {
	var first any
	for range 2 {
		a := newAPI(t, "")
		cfg, _ := a.config()
		if _, err := github.UploadSARIF(t.Context(), cfg, upload()); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = a.body["sarif"]
		} else if first != a.body["sarif"] {
			t.Error("other bytes")
		}
	}
}

// Every way in which an upload fails has a reason, a bounded
// wait and a bounded number of tries.
func TestNotUploaded(t *testing.T) {
	message := func(status int, text string, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			reply(w, status, map[string]any{"message": text})
		}
	}
	secondary := func(header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			reply(w, 403, map[string]any{"message": "You have exceeded a secondary rate limit.",
				"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})
		}
	}
	at := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	raw := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(status); fmt.Fprint(w, body) }
	}
	tests := []struct {
		name   string
		answer func(http.ResponseWriter)
		reason github.Reason
		posts  int
		slept  time.Duration
	}{
		{"fork", message(403, "Resource not accessible by integration"), github.Forbidden, 1, 0},
		{"no advanced security", message(403, "Advanced Security must be enabled for this repository to use code scanning."),
			github.CodeScanningOff, 1, 0},
		{"no code security", message(403, "Code Security must be enabled for this repository to use code scanning."),
			github.CodeScanningOff, 1, 0},
		{"code scanning off", message(403, "Code scanning is not enabled for this repository."), github.CodeScanningOff, 1, 0},
		{"unseen", message(404, "Not Found"), github.NotFound, 1, 0},
		{"bad token", message(401, "Bad credentials"), github.Unauthorized, 1, 0},
		{"second factor", message(401, "x", "X-GitHub-OTP", "required; app"), github.Unauthorized, 1, 0},
		{"too large", message(413, "too large"), github.TooLarge, 1, 0},
		{"rejected", message(422, "rejecting SARIF, as there are more runs than allowed (21 > 20)"), github.Rejected, 1, 0},
		{"bad request", message(400, "bad"), github.Rejected, 1, 0},
		{"redirected", message(307, "moved", "Location", "https://elsewhere.example/"), github.Redirected, 1, 0},
		{"moved", message(301, "moved", "Location", "/repositories/1/code-scanning/sarifs"), github.Redirected, 1, 0},
		{"503", message(503, "down"), github.Unavailable, 3, 5 * time.Second},
		{"503, come back", message(503, "down", "Retry-After", "20"), github.Unavailable, 3, 40 * time.Second},
		{"503, much later", message(503, "down", "Retry-After", "99999999999"), github.Unavailable, 1, 0},
		{"429, come back", message(429, "slow down", "Retry-After", "20"), github.RateLimited, 3, 40 * time.Second},
		{"502 page", raw(502, "<html>::error::bad gateway</html>"), github.Unavailable, 3, 5 * time.Second},
		{"reset", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, github.Unavailable, 3, 5 * time.Second},
		{"429", message(429, "slow down"), github.RateLimited, 3, 2 * time.Minute},
		{"primary, soon", message(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset",
			at(5*time.Second)), github.RateLimited, 3, 65 * time.Second},
		{"primary, late", message(429, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset",
			at(3000*time.Second)), github.RateLimited, 1, 0},
		{"primary, garbage", message(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset",
			"soon"), github.RateLimited, 3, 2 * time.Minute},
		{"secondary, 7 s", secondary("Retry-After", "7"), github.RateLimited, 3, 14 * time.Second},
		{"secondary, no header", secondary(), github.RateLimited, 3, 2 * time.Minute},
		{"secondary, far", secondary("Retry-After", "99999999999"), github.RateLimited, 0, -1},
		{"secondary, negative", secondary("Retry-After", "-1"), github.RateLimited, 0, -1},
		{"no id", raw(202, `{}`), github.BadAnswer, 1, 0},
		{"hostile id", raw(202, `{"id":"../../../user"}`), github.BadAnswer, 1, 0},
		{"200", raw(200, `{"id":"x"}`), github.BadAnswer, 1, 0},
		{"200 without body", raw(200, ""), github.BadAnswer, 1, 0},
		{"202 without body", raw(202, ""), github.BadAnswer, 1, 0},
		{"204", raw(204, ""), github.BadAnswer, 1, 0},
		{"a page with 202", raw(202, "<html>::error::log in</html>"), github.BadAnswer, 1, 0},
		{"a page with 200", raw(200, "<html>log in</html>"), github.BadAnswer, 1, 0},
		{"id that is a number", raw(202, `{"id":7}`), github.BadAnswer, 1, 0},
		{"id with a slash", raw(202, `{"id":"a/b"}`), github.BadAnswer, 1, 0},
		{"null", raw(202, `null`), github.BadAnswer, 1, 0},
		{"token echoed", message(422, "you sent "+canary), github.Rejected, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newAPI(t, "")
			a.post = func(w http.ResponseWriter, _ *http.Request, _ int) bool { test.answer(w); return true }
			cfg, clock := a.config()
			r, err := github.UploadSARIF(t.Context(), cfg, upload())
			var not *github.NotUploadedError
			if !errors.As(err, &not) || not.Reason != test.reason || r.ID != "" || r.Status != "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if posts, gets := a.seen(); test.posts != 0 && posts != test.posts || gets != 0 || posts > 3 {
				t.Errorf("%d POSTs, %d GETs", posts, gets)
			}
			if test.slept >= 0 && clock.slept != test.slept || clock.slept > 5*time.Minute {
				t.Errorf("slept %s", clock.slept)
			}
			if text := err.Error(); strings.Contains(text, canary) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("error %q", text)
			}
		})
	}
}

func TestTriedAgain(t *testing.T) {
	a := newAPI(t, "")
	a.post = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n < 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
		return n < 3
	}
	cfg, _ := a.config()
	r, err := github.UploadSARIF(t.Context(), cfg, upload())
	if posts, _ := a.seen(); err != nil || r.Status != "complete" || posts != 3 {
		t.Errorf("%+v, %v, %d POSTs", r, err, posts)
	}
}

// A wait that does not fit into the run's time is not begun.
func TestDeadline(t *testing.T) {
	a := newAPI(t, "")
	a.post = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(429); return true }
	cfg, clock := a.config()
	cfg.Now = time.Now
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := github.UploadSARIF(ctx, cfg, upload())
	if posts, _ := a.seen(); err == nil || clock.slept != 0 || posts != 1 {
		t.Errorf("%v, slept %s, %d POSTs", err, clock.slept, posts)
	}
}

func TestHanging(t *testing.T) {
	a := newAPI(t, "")
	a.post = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		buf := make([]byte, 1<<20)
		for {
			if _, err := r.Body.Read(buf); err != nil {
				break
			}
		}
		<-r.Context().Done()
		return true
	}
	cfg, _ := a.config()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := github.UploadSARIF(ctx, cfg, upload())
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestPending(t *testing.T) {
	never := func(status int) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			reply(w, status, map[string]any{"message": "no"})
			return true
		}
	}
	tests := []struct {
		name   string
		status []string
		get    func(http.ResponseWriter, *http.Request, int) bool
		gets   int
	}{
		{"for ever", []string{"pending"}, nil, 7},
		{"status 404", nil, never(404), 7},
		{"status 503", nil, never(503), 7},
		{"status 403", nil, never(403), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newAPI(t, "")
			a.status, a.get = test.status, test.get
			cfg, clock := a.config()
			r, err := github.UploadSARIF(t.Context(), cfg, upload())
			if _, gets := a.seen(); err != nil || r.ID != uploadID || r.Status != "pending" || r.Warning == "" || gets != test.gets {
				t.Errorf("%+v, %v, %d GETs", r, err, gets)
			}
			if clock.slept > 2*time.Minute {
				t.Errorf("slept %s", clock.slept)
			}
		})
	}
	// A status that comes late is waited for.
	a := newAPI(t, "")
	a.get = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n < 4 {
			reply(w, 404, map[string]any{"message": "Not Found"})
		}
		return n < 4
	}
	cfg, _ := a.config()
	if r, err := github.UploadSARIF(t.Context(), cfg, upload()); err != nil || r.Status != "complete" || r.Warning != "" {
		t.Errorf("late: %+v, %v", r, err)
	}
}

func TestFailedProcessing(t *testing.T) {
	a := newAPI(t, "")
	a.status = []string{"pending", "failed"}
	cfg, _ := a.config()
	r, err := github.UploadSARIF(t.Context(), cfg, upload())
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.Failed || r.ID != uploadID || r.Status != "failed" {
		t.Fatalf("%+v, %v", r, err)
	}
	if text := err.Error(); !strings.Contains(text, "rule") || strings.ContainsAny(text, "\n\u202e") {
		t.Errorf("error %q", text)
	}
}

func TestTooLargeToSend(t *testing.T) {
	a := newAPI(t, "")
	cfg, _ := a.config()
	most := len(upload().Packed)
	_, err := github.UploadWithin(t.Context(), cfg, upload(), most-1)
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.TooLarge {
		t.Error(err)
	}
	if posts, _ := a.seen(); posts != 0 {
		t.Errorf("%d POSTs", posts)
	}
	if _, err := github.UploadWithin(t.Context(), cfg, upload(), most); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	a := newAPI(t, "")
	a.get = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		_, _ = w.Write([]byte(`{"padding":"`))
		blank := []byte(strings.Repeat("x", 1<<16))
		for range 64 {
			if _, err := w.Write(blank); err != nil {
				break
			}
		}
		_, _ = w.Write([]byte(`","processing_status":"complete"}`))
		return true
	}
	cfg, _ := a.config()
	if r, err := github.UploadSARIF(t.Context(), cfg, upload()); err != nil || r.Status != "pending" || r.Warning == "" {
		t.Errorf("%.200v, %v", r, err)
	}
}

func TestWrongUse(t *testing.T) {
	a := newAPI(t, "")
	change := map[string]func(*github.Upload){
		"owner":      func(u *github.Upload) { u.Owner = "a/b" },
		"no owner":   func(u *github.Upload) { u.Owner = "" },
		"repo":       func(u *github.Upload) { u.Repo = ".." },
		"repo query": func(u *github.Upload) { u.Repo = "a?b" },
		"sha":        func(u *github.Upload) { u.CommitSHA = "main" },
		"63 digits":  func(u *github.Upload) { u.CommitSHA = strings.Repeat("a", 63) },
		"short sha":  func(u *github.Upload) { u.CommitSHA = "4b64722" },
		"ref":        func(u *github.Upload) { u.Ref = "main" },
		"no sarif":   func(u *github.Upload) { u.Packed = nil },
	}
	for name, f := range change {
		cfg, _ := a.config()
		u := upload()
		f(&u)
		_, err := github.UploadSARIF(t.Context(), cfg, u)
		var not *github.NotUploadedError
		if err == nil || errors.As(err, &not) {
			t.Errorf("%s: %v", name, err)
		}
	}
	configs := map[string]func(*github.Config){
		"no client":    func(c *github.Config) { c.HTTPClient = nil },
		"no transport": func(c *github.Config) { c.HTTPClient = &http.Client{} },
		"no clock":     func(c *github.Config) { c.Now = nil },
		"no address":   func(c *github.Config) { c.BaseURL = "" },
		"userinfo":     func(c *github.Config) { c.BaseURL = "https://u:p@api.example/" },
		"query":        func(c *github.Config) { c.BaseURL = "https://api.example/?a=b" },
		"file":         func(c *github.Config) { c.BaseURL = "file:///etc" },
	}
	for name, f := range configs {
		cfg, _ := a.config()
		f(&cfg)
		if _, err := github.UploadSARIF(t.Context(), cfg, upload()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	cfg, _ := a.config()
	cfg.Token = credential.Secret{}
	_, err := github.UploadSARIF(t.Context(), cfg, upload())
	var not *github.NotUploadedError
	if !errors.As(err, &not) || not.Reason != github.NoToken {
		t.Errorf("no token: %v", err)
	}
	if len(a.requests) != 0 {
		t.Errorf("requests %v", a.requests)
	}
}

// The description is really asked: what GitHub would refuse, the fake refuses.
func TestDescriptionHolds(t *testing.T) {
	a := newAPI(t, "")
	for body, want := range map[string]int{
		`{"commit_sha":"main","ref":"refs/heads/main","sarif":"x"}`:                                       422,
		`{"commit_sha":"` + strings.Repeat("a", 40) + `","ref":"main","sarif":"x"}`:                       422,
		`{"commit_sha":"` + strings.Repeat("a", 40) + `","ref":"refs/heads/main"}`:                        422,
		`{"commit_sha":"` + strings.Repeat("a", 40) + `","ref":"refs/heads/main","sarif":"x","more":"x"}`: 422,
	} {
		req, err := http.NewRequest(http.MethodPost, a.URL+"/repos/acme/demo/code-scanning/sarifs", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+canary)
		resp, err := a.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d", body, resp.StatusCode)
		}
	}
}

// A SHA-256 repository names its commits with 64 digits.
func TestUploadOfSHA256(t *testing.T) {
	a := newAPI(t, "")
	cfg, _ := a.config()
	u := upload()
	u.CommitSHA = strings.Repeat("ab", 32)
	var wrong *github.NotUploadedError
	if _, err := github.UploadSARIF(t.Context(), cfg, u); err != nil && !errors.As(err, &wrong) {
		t.Errorf("%v", err)
	}
}
