package github_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/klauspost/compress/snappy"

	"github.com/publishgate/publishgate/internal/github"
)

const bundleJSON = `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{},` +
	`"dsseEnvelope":{"payload":"e30="}}`

var digest = strings.Repeat("ab", 32)

// store is GitHub's side of the attestations: each request, and each answer of
// a described status, is held against GitHub's own description.
func store(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) (*api, github.Config, *clock) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi/attestations.json")
	if err != nil {
		t.Fatal(err)
	}
	a := &api{t: t}
	n := 0
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			if r.Header.Get("Authorization") != "" {
				t.Error("the token was sent to where a bundle is")
			}
			answer(w, r, 0)
			return
		}
		n++
		a.requests = append(a.requests, r.Method+" "+r.URL.RequestURI())
		if got := r.Header.Get("Authorization"); got != "Bearer "+canary {
			t.Errorf("Authorization %q", got)
		}
		route, params, err := a.router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			t.Errorf("not what GitHub takes: %v", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, r, n)
	}))
	t.Cleanup(a.Close)
	doc.Servers = openapi3.Servers{{URL: "/"}}
	if a.router, err = legacy.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	cfg, clock := a.config()
	return a, cfg, clock
}

func TestStoreAttestation(t *testing.T) {
	var sent []byte
	a, cfg, _ := store(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		sent, _ = io.ReadAll(r.Body)
		reply(w, http.StatusCreated, map[string]any{"id": 2})
	})
	id, err := github.StoreAttestation(t.Context(), cfg, "acme", "demo.js", []byte(bundleJSON+"\n"))
	if err != nil || id != 2 {
		t.Errorf("%d, %v", id, err)
	}
	if got := strings.TrimSpace(string(sent)); got != `{"bundle":`+bundleJSON+`}` {
		t.Errorf("sent %s", got)
	}
	if got := fmt.Sprint(a.requests); got != "[POST /repos/acme/demo.js/attestations]" {
		t.Errorf("requests %s", got)
	}
}

// TestNotStored lists the answers, and how often each is tried.
func TestNotStored(t *testing.T) {
	for _, c := range []struct {
		status  int
		message string
		header  string
		reason  github.Reason
		tries   int
		slept   time.Duration
		says    string
	}{
		{403, "Resource not accessible by integration", "", github.Forbidden, 1, 0, "attestations: write"},
		{404, "Not Found", "", github.NotFound, 1, 0, "attestations: write"},
		{422, "Feature not available for user-owned private repositories.", "", github.Rejected, 1, 0, "user-owned private"},
		{401, "Bad credentials", "", github.Unauthorized, 1, 0, "not accepted"},
		{413, "", "", github.TooLarge, 1, 0, "bundle too large"},
		{429, "slow down", "20", github.RateLimited, 3, 40 * time.Second, "fewer requests"},
		{500, "oops", "", github.Unavailable, 3, 5 * time.Second, "answered 500"},
		{503, "", "99999999", github.Unavailable, 1, 0, "answered 503"},
		{201, "", "", github.BadAnswer, 1, 0, "no usable"},
		{302, "moved", "", github.Redirected, 1, 0, "redirected"},
	} {
		tries := 0
		_, cfg, clock := store(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			tries = n
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			if c.status == 302 {
				w.Header().Set("Location", "https://elsewhere.example/")
			}
			reply(w, c.status, map[string]any{"message": c.message + " " + canary})
		})
		id, err := github.StoreAttestation(t.Context(), cfg, "acme", "demo", []byte(bundleJSON))
		var not *github.NotUploadedError
		if id != 0 || !errors.As(err, &not) || not.Reason != c.reason || tries != c.tries ||
			clock.slept != c.slept || !strings.HasPrefix(err.Error(), "attestation not stored: ") ||
			!strings.Contains(github.Why(err), c.says) || strings.Contains(github.Why(err), "not stored") ||
			strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "SARIF") {
			t.Errorf("%d: %+v, %d tries, slept %s", c.status, err, tries, clock.slept)
		}
	}
}

// TestAttestations reads both forms of a listing, over several pages.
func TestAttestations(t *testing.T) {
	inline := map[string]any{"bundle": map[string]any{"mediaType": "a"}, "repository_id": 1}
	var a *api
	a, cfg, _ := store(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case r.URL.Path == "/elsewhere/1":
			_, _ = w.Write(snappy.Encode(nil, []byte(bundleJSON)))
		case r.URL.Path == "/elsewhere/2":
			_, _ = w.Write([]byte(bundleJSON))
		case n == 1:
			w.Header().Set("Link", `<`+a.URL+`/x?after=MTE%3D&per_page=30>; rel="next"`)
			away := map[string]any{"bundle_url": a.URL + "/elsewhere/1?sig=x", "initiator": "user"}
			reply(w, 200, map[string]any{"attestations": []any{inline, away}})
		default:
			reply(w, 200, map[string]any{"attestations": []any{map[string]any{"bundle": nil, "bundle_url": a.URL + "/elsewhere/2"}}})
		}
	})
	got, err := github.Attestations(t.Context(), cfg, "acme", "demo", digest)
	if err != nil || len(got) != 3 || string(got[0]) != `{"mediaType":"a"}` || string(got[1]) != bundleJSON ||
		string(got[2]) != bundleJSON {
		t.Errorf("%s, %v", got, err)
	}
	list := "GET /repos/acme/demo/attestations/sha256:" + digest
	want := "[" + list + "?per_page=30 " + list + "?after=MTE%3D&per_page=30]"
	if fmt.Sprint(a.requests) != want {
		t.Errorf("requests %s", a.requests)
	}
}

func TestNoAttestations(t *testing.T) {
	for _, status := range []int{200, 404} {
		_, cfg, _ := store(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			reply(w, status, map[string]any{"attestations": []any{}})
		})
		if got, err := github.Attestations(t.Context(), cfg, "acme", "demo", digest); len(got) != 0 || err != nil {
			t.Errorf("%d: %s, %v", status, got, err)
		}
	}
}

// TestAttestationsUnread lists what is an error: one bad entry among good ones
// is one, too.
func TestAttestationsUnread(t *testing.T) {
	good := map[string]any{"bundle": map[string]any{}}
	for name, c := range map[string]struct {
		entry any
		there func(w http.ResponseWriter)
		says  string
	}{
		"neither":        {map[string]any{"repository_id": 1}, nil, "without a bundle"},
		"plain http":     {map[string]any{"bundle_url": "http://192.0.2.1/x"}, nil, "without a bundle"},
		"a file":         {map[string]any{"bundle_url": "file:///etc/passwd"}, nil, "without a bundle"},
		"with a user":    {map[string]any{"bundle_url": "https://a:b@elsewhere.example/x"}, nil, "without a bundle"},
		"gone":           {"SELF", func(w http.ResponseWriter) { w.WriteHeader(404) }, "404"},
		"down":           {"SELF", func(w http.ResponseWriter) { w.WriteHeader(503) }, "503"},
		"moved":          {"SELF", func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(302) }, "302"},
		"HTML":           {"SELF", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, "no bundle"},
		"packed garbage": {"SELF", func(w http.ResponseWriter) { _, _ = w.Write(snappy.Encode(nil, []byte("<html>"))) }, "no bundle"},
		"a packed giant": {"SELF", func(w http.ResponseWriter) {
			_, _ = w.Write([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0})
		}, "no bundle of at most 32 MB"},
		"half of a block": {"SELF", func(w http.ResponseWriter) {
			_, _ = w.Write(snappy.Encode(nil, []byte(bundleJSON))[:20])
		}, "no bundle"},
	} {
		var a *api
		a, cfg, _ := store(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				c.there(w)
				return
			}
			if c.entry == "SELF" {
				c.entry = map[string]any{"bundle_url": a.URL + "/elsewhere"}
			}
			reply(w, 200, map[string]any{"attestations": []any{good, c.entry, good}})
		})
		got, err := github.Attestations(t.Context(), cfg, "acme", "demo", digest)
		if got != nil || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	_, cfg, _ := store(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(503) })
	if _, err := github.Attestations(t.Context(), cfg, "acme", "demo", digest); err == nil || strings.Contains(err.Error(), "SARIF") {
		t.Errorf("down: %v", err)
	}
	for _, bad := range []string{"", "sha256:" + digest, strings.ToUpper(digest), "../../../../user"} {
		if _, err := github.Attestations(t.Context(), cfg, "acme", "demo", bad); err == nil {
			t.Errorf("digest %q", bad)
		}
	}
	if _, err := github.StoreAttestation(t.Context(), cfg, "acme/..", "demo", []byte(bundleJSON)); err == nil {
		t.Error("a path for an owner")
	}
}
