package registry_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
)

// idToken stands for a runner's; it must be seen by the registry alone.
var idToken = "eyJ" + strings.Repeat("h", 20) + "." + strings.Repeat("p", 20) + ".s1g"

// An answering server answers each request with the next of its answers, the
// last one for good, and records what it was asked.
type answering struct {
	*httptest.Server
	asked []string // "GET /path?query"
	auth  []string
	body  []string
}

type reply struct {
	status int
	body   string
}

func answers(t *testing.T, list ...reply) *answering {
	t.Helper()
	s := &answering{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
		s.auth = append(s.auth, strings.Join(r.Header["Authorization"], ","))
		s.body = append(s.body, string(sent))
		a := list[min(len(s.asked), len(list))-1]
		if a.status/100 == 3 {
			w.Header().Set("Location", a.body)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestExchange(t *testing.T) {
	granted := "npm_" + strings.Repeat("gr4nt", 5)
	good := `{"token_type":"oidc","token":"` + granted + `","created":"2026-11-30T10:00:00.000Z","expires":"2026-11-30T11:00:00.000Z"}`
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, c := range map[string]struct {
		answers  []reply
		requests int
		status   int    // of the *StatusError
		failed   string // part of the error; empty: granted
	}{
		"granted":                  {[]reply{{201, good}}, 1, 0, ""},
		"granted by 200":           {[]reply{{200, good}}, 1, 0, ""},
		"granted after two faults": {[]reply{{500, ""}, {503, ""}, {201, good}}, 3, 0, ""},
		"the token alone":          {[]reply{{201, `{"token":"` + granted + `"}`}}, 1, 0, ""},
		"no publisher": {[]reply{{404, `{"message":"OIDC token exchange error - package not found"}`}, {201, good}}, 1, 404,
			`404 Not Found: "OIDC token exchange error - package not found"`},
		"not accepted":            {[]reply{{401, ``}, {201, good}}, 1, 401, "401"},
		"too many":                {[]reply{{429, ``}, {201, good}}, 1, 429, "429"},
		"a fault for good":        {[]reply{{500, `{"message":"internal"}`}}, 4, 500, "tried 4 times"},
		"no such call":            {[]reply{{405, ``}}, 1, 405, "405"},
		"accepted for later":      {[]reply{{202, good}}, 1, 202, "202"},
		"refused with one":        {[]reply{{403, good}}, 1, 403, "403 Forbidden"},
		"a fault with one":        {[]reply{{500, with("token_type", "message")}}, 4, 500, "500"},
		"no content":              {[]reply{{204, ``}}, 1, 204, "204"},
		"a page":                  {[]reply{{200, "<html>"}}, 1, 0, "cannot be read"},
		"nothing":                 {[]reply{{201, "{}"}}, 1, 0, "has no token"},
		"a number":                {[]reply{{201, `{"token":1}`}}, 1, 0, "has no token"},
		"a line break":            {[]reply{{201, with("gr4nt", `gr4\nnt`)}}, 1, 0, "not one line"},
		"a line break at the end": {[]reply{{201, with(`","cr`, `\n","cr`)}}, 1, 0, "not one line"},
		"a space":                 {[]reply{{201, with("gr4nt", "gr4 nt")}}, 1, 0, "not one line"},
		"two tokens":              {[]reply{{201, with(`"created"`, `"token":"x","created"`)}}, 1, 0, "cannot be read"},
		"of another package":      {[]reply{{201, with(`"created"`, `"package":"other","created"`)}}, 1, 0, `for "other", not for @acme/demo`},
		"of this package":         {[]reply{{201, with(`"created"`, `"package":"@acme/demo","created"`)}}, 1, 0, ""},
		"of another kind":         {[]reply{{201, with(`oidc`, `session`)}}, 1, 0, `kind "session"`},
		"no time":                 {[]reply{{201, with(`2026-11-30T11`, `soon`)}}, 1, 0, "expected a time"},
		"ended at once":           {[]reply{{201, with(`2026-11-30T11`, `2026-11-30T09`)}}, 1, 0, "ended when it began"},
		"a long token":            {[]reply{{201, `{"token":"` + strings.Repeat("x", 9000) + `"}`}}, 1, 0, "not one line"},
		"a long answer":           {[]reply{{201, `{"token":"` + strings.Repeat("x", 70000) + `"}`}}, 1, 0, "larger than"},
		"elsewhere":               {[]reply{{307, "https://elsewhere.example/"}}, 1, 0, "another origin"},
		"elsewhere in itself":     {[]reply{{302, "/other"}}, 1, 0, "another path"},
	} {
		t.Run(name, func(t *testing.T) {
			s := answers(t, c.answers...)
			client, _ := client(t, s.URL, canary)
			g, err := client.Exchange(t.Context(), "@acme/demo", credential.New(idToken))
			if len(s.asked) != c.requests || s.asked[0] != "POST /-/npm/v1/oidc/token/exchange/package/@acme%2fdemo" {
				t.Errorf("asked %q", s.asked)
			}
			for i, auth := range s.auth {
				if auth != "Bearer "+idToken || s.body[i] != "" {
					t.Errorf("sent %q and %q", auth, s.body[i])
				}
			}
			if c.failed == "" {
				if err != nil || g.Token.Reveal() != granted {
					t.Errorf("not granted: %v", err)
				}
				if strings.Contains(c.answers[len(c.answers)-1].body, "created") &&
					(g.Created.Hour() != 10 || g.Expires.Sub(g.Created) != time.Hour) {
					t.Errorf("from %s to %s", g.Created, g.Expires)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.failed) || g.Token.Given() {
				t.Fatalf("error %v, expected %q", err, c.failed)
			}
			var status *registry.StatusError
			if errors.As(err, &status) != (c.status > 0) || status != nil && status.Status != c.status {
				t.Errorf("status %+v", status)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "gr4") || strings.Contains(text, idToken) ||
				strings.Contains(text, canary) {
				t.Errorf("the error tells a token: %s", text)
			}
		})
	}
}

// TestExchangeNothing: what cannot be sent is not, and the error does not quote
// it.
func TestExchangeNothing(t *testing.T) {
	s := answers(t, reply{201, `{"token":"x"}`})
	c, _ := client(t, s.URL, "")
	for _, bad := range []string{"", "a\nb", "a b", "\x00"} {
		if _, err := c.Exchange(t.Context(), "demo", credential.New(bad)); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := c.Exchange(t.Context(), "../demo", credential.New(idToken)); err == nil {
		t.Error("a name that leads up was asked for")
	}
	if len(s.asked) > 0 {
		t.Errorf("asked %q", s.asked)
	}
}

// TestWith: another token, the same registry, and the first client as it was.
func TestWith(t *testing.T) {
	s := answers(t, reply{404, ""})
	first, _ := client(t, s.URL, canary)
	second := first.With(credential.New("other"))
	none := second.With(credential.Secret{})
	for _, c := range []*registry.Client{first, second, none} {
		_, _, _ = c.DistTags(t.Context(), "demo")
	}
	want := fmt.Sprint([]string{"Bearer " + canary, "Bearer " + canary, "Bearer other", "Bearer other", "", ""})
	if fmt.Sprint(s.auth) != want || none.Authenticated() || !second.Authenticated() || second.URL() != first.URL() {
		t.Errorf("sent %q", s.auth)
	}
	at, _ := client(t, "https://registry.example.com:8443/npm/", "")
	if got := at.Audience(); got != "npm:registry.example.com" {
		t.Errorf("audience %s", got)
	}
	// An anonymous read may follow the registry within itself; one with a token may not.
	moved := answers(t, reply{302, "/there"}, reply{200, `{"latest":"1.0.0"}`})
	c, _ := client(t, moved.URL, "")
	if _, err := c.With(credential.New("x")).StagedOf(t.Context(), "demo"); err == nil || len(moved.asked) != 1 {
		t.Errorf("followed: %v, %q", err, moved.asked)
	}
}

// TestExchangeAskedToWait: a registry that asks for a wait of a year is not waited
// for, and one that asks for some seconds is.
func TestExchangeAskedToWait(t *testing.T) {
	for fault, c := range map[string]struct {
		requests int
		waited   time.Duration
	}{"exchange-503-retry=31536000": {1, 0}, "exchange-503-retry=7": {4, 21 * time.Second}} {
		s := server(t)
		s.Fail(fault, 0, 0)
		client, w := client(t, s.URL, "")
		_, err := client.Exchange(t.Context(), "@acme/demo", credential.New(idToken))
		var waited time.Duration
		for _, d := range w.all {
			waited += d
		}
		if got := len(s.Requests()); err == nil || got != c.requests || waited != c.waited {
			t.Errorf("%s: %d requests, %s waited: %v", fault, got, waited, err)
		}
	}
}
