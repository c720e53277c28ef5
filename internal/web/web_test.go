package web_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/web"
)

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// client returns a client with the transport of this package and the given
// redirects.
func client(t *testing.T, r web.Redirects) *http.Client {
	t.Helper()
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: r.Check}
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// TestExchange: a body is read within its limit, and an error names neither
// path nor query.
func TestExchange(t *testing.T) {
	const limit = 1 << 10
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/edge":
			_, _ = w.Write(make([]byte, limit))
		case "/more":
			_, _ = w.Write(make([]byte, limit+1))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 64*limit))
			_ = z.Close()
		case "/short":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		case "/drop":
			panic(http.ErrAbortHandler)
		case "/no":
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write(make([]byte, 2*web.MaxErrorBytes))
		}
	})
	for path, c := range map[string]struct {
		status, size int
		failed       string
		again, large bool
	}{
		"/edge":  {status: 200, size: limit},
		"/more":  {status: 200, failed: "above 1024 bytes", large: true},
		"/bomb":  {status: 200, failed: "above 1024 bytes", large: true},
		"/short": {status: 200, failed: "the answer broke off: unexpected EOF", again: true},
		"/drop":  {failed: "EOF", again: true},
		"/no":    {status: 503, size: web.MaxErrorBytes}, // an answer of any status is no error
	} {
		resp, body, err := web.Exchange(client(t, web.Redirects{}), get(t, s.URL+path+"?secret=1"), limit)
		if (err == nil) != (c.failed == "") || len(body) != c.size {
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
		if (resp != nil) != (c.status > 0) || resp != nil && resp.StatusCode != c.status {
			t.Errorf("%s: %+v", path, resp)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "GET 127.0.0.1:") || !strings.Contains(err.Error(), c.failed) ||
			strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), path)) {
			t.Errorf("%s: %v", path, err)
		}
		var large *web.TooLargeError
		if _, _, again := web.Again(err); again != c.again || errors.As(err, &large) != c.large {
			t.Errorf("%s: again is %v: %v", path, again, err)
		}
	}
}

// TestCapped: reading a body that is too long gives an error, and not the end of
// the body.
func TestCapped(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.RawQuery) })
	for query, want := range map[string]bool{"": true, "12345678": true, "123456789": false, strings.Repeat("x", 99): false} {
		c := client(t, web.Redirects{})
		c.Transport = web.Capped(c.Transport, 8)
		resp, err := c.Do(get(t, s.URL+"/?"+query))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if (err == nil) != want || string(got) != query[:min(len(query), 8)] {
			t.Errorf("%q: %q, %v", query, got, err)
		}
	}
}

// TestCopy: an error of the writer is no error of the network.
func TestCopy(t *testing.T) {
	full := errors.New("no space left")
	_, err := web.Copy(writer(func([]byte) (int, error) { return 0, full }), strings.NewReader("text"), 10)
	if _, _, again := web.Again(err); again || !errors.Is(err, full) {
		t.Errorf("again is %v: %v", again, err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// TestRedirects: which redirects are followed, and that nothing is sent for the
// others.
func TestRedirects(t *testing.T) {
	reached := 0
	elsewhere := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached++
		if r.Header.Get("Referer") != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("elsewhere is told %v", r.Header)
		}
	})
	anywhere := func(*http.Request, *http.Request) bool { return true }
	home := func(to, first *http.Request) bool { return web.SameOrigin(to.URL, first.URL) }
	user := strings.Replace(elsewhere.URL, "//", "//user:word@", 1)
	for name, c := range map[string]struct {
		rule     web.Redirects
		to       string
		token    bool
		requests int
		failed   string
	}{
		"none is followed":     {web.Redirects{}, "/there", false, 1, "302 Found: redirects, which is not followed"},
		"at home":              {web.Redirects{Hops: 1, Allow: home}, "/there", false, 2, ""},
		"at home with a token": {web.Redirects{Hops: 1, Allow: home}, "/there", true, 2, ""},
		"not at home": {web.Redirects{Hops: 1, Allow: home, Rule: "a place not at home"}, elsewhere.URL,
			false, 1, "302 Found: redirects to a place not at home"},
		"anywhere":                    {web.Redirects{Hops: 1, Allow: anywhere}, elsewhere.URL + "/?q", false, 1, ""},
		"anywhere with a token":       {web.Redirects{Hops: 1, Allow: anywhere}, elsewhere.URL, true, 1, "no credential is sent"},
		"a user name":                 {web.Redirects{Hops: 1, Allow: anywhere, Rule: "no"}, user, false, 1, "302 Found: redirects to no"},
		"one hop more":                {web.Redirects{Hops: 2, Allow: home}, "/again", false, 3, "without end"},
		"another scheme of one's own": {web.Redirects{Hops: 1, Allow: home, Rule: "no"}, "https:", false, 1, "302 Found: redirects to no"},
		"another port of the own host": {web.Redirects{Hops: 1, Allow: home, Rule: "no"}, "http://127.0.0.1:1/", false, 1,
			"302 Found: redirects to no"},
	} {
		requests, before := 0, reached
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			requests++
			if r.URL.Path == "/there" {
				return
			}
			to := c.to
			if to == "https:" {
				to += "//" + r.Host
			}
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		req := get(t, s.URL+"/?signature=1")
		if c.token {
			req.Header.Set("Authorization", "Bearer "+"x")
		}
		_, _, err := web.Exchange(client(t, c.rule), req, 10)
		if (err == nil) != (c.failed == "") || err != nil && !strings.Contains(err.Error(), c.failed) || requests != c.requests {
			t.Errorf("%s: %v after %d requests", name, err, requests)
		}
		if got, want := reached-before, strings.Count(name, "anywhere"); c.failed == "" && got != want || c.failed != "" && got != 0 {
			t.Errorf("%s: elsewhere was asked %d times", name, got)
		}
		var refused *web.RedirectError
		if errors.As(err, &refused) != (c.failed != "") || refused != nil && (refused.To == nil || refused.Status != 302) {
			t.Errorf("%s: %+v", name, refused)
		}
		if _, _, again := web.Again(err); again {
			t.Errorf("%s: would be tried again", name)
		}
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]bool{
		"https://host": true, "http://127.0.0.1:1/path": true, "https://[::1]/": true,
		"": false, "host": false, "ftp://host": false, "https://": false, "https://u@host": false, "https://host/?q": false,
		"https://host/?":  false,
		"https://host/#f": false, "https://ho st": false, "file:///etc": false,
	} {
		if u, ok := web.Address(text); ok != want || ok && u.String() != text {
			t.Errorf("%q: %v, %v", text, u, ok)
		}
	}
}

// TestTransport: the proxy of the environment is not used, and a given one is.
func TestTransport(t *testing.T) {
	if web.NewTransport(web.TransportOptions{}).Proxy != nil {
		t.Error("the zero options have a proxy")
	}
	proxied := ""
	proxy := serve(t, func(_ http.ResponseWriter, r *http.Request) { proxied = r.URL.String() })
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := web.NewTransport(web.TransportOptions{Proxy: address})
	defer transport.CloseIdleConnections()
	_, _, err = web.Exchange(&http.Client{Transport: transport}, get(t, "http://registry.example/x"), 10)
	if err != nil || proxied != "http://registry.example/x" {
		t.Errorf("the proxy was asked for %q: %v", proxied, err)
	}
}
