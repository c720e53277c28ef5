package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// canary is a token that must never be seen anywhere but in an Authorization
// header to the registry itself.
var canary = "npm_" + strings.Repeat("c4n4ry", 6)

// waits records what a client slept, and sleeps nothing.
type waits struct{ all []time.Duration }

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.all = append(w.all, d)
	return ctx.Err()
}

func client(t *testing.T, address, token string) (*registry.Client, *waits) {
	t.Helper()
	w := &waits{}
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	c, err := registry.New(registry.Options{
		Registry: address, Token: credential.New(token), Transport: transport, Now: time.Now, Sleep: w.sleep,
		Jitter: func(limit time.Duration) time.Duration { return limit },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

func server(t *testing.T) *fake.Server {
	t.Helper()
	s := fake.Start()
	t.Cleanup(s.Close)
	s.Seed("@acme/demo", "1.0.0", "latest", []byte("bytes"))
	return s
}

func TestVersion(t *testing.T) {
	s := server(t)
	c, _ := client(t, s.URL, canary)
	info, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0")
	if err != nil || !found {
		t.Fatalf("found %v, error %v", found, err)
	}
	if !strings.HasPrefix(info.Integrity, "sha512-") || len(info.Shasum) != 40 || info.Tarball == "" {
		t.Errorf("info %+v", info)
	}
	for _, nv := range [][2]string{{"@acme/demo", "9.9.9"}, {"absent", "1.0.0"}} {
		if _, found, err := c.Version(t.Context(), nv[0], nv[1]); found || err != nil {
			t.Errorf("%v: found %v, error %v", nv, found, err)
		}
	}
	first := s.Requests()[0]
	if first.Path != "/@acme%2fdemo/1.0.0" {
		t.Errorf("path %s", first.Path)
	}
	if got := first.Header.Get("Authorization"); got != "Bearer "+canary {
		t.Errorf("Authorization %q", got)
	}
}

func TestVersionWhereOnlyPackumentsAre(t *testing.T) {
	for _, fault := range []string{"get-404", "get-405", "get-400", "get-403", "get-501"} {
		s := server(t)
		s.Fail(fault, 0, 1)
		c, _ := client(t, s.URL, "")
		if info, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); err != nil || !found || info.Version != "1.0.0" {
			t.Errorf("%s: %+v, found %v, error %v", fault, info, found, err)
		}
		s.Fail(fault, 0, 1)
		if tags, found, err := c.DistTags(t.Context(), "@acme/demo"); err != nil || !found || tags["latest"] != "1.0.0" {
			t.Errorf("%s: %v, found %v, error %v", fault, tags, found, err)
		}
	}
}

func TestDistTags(t *testing.T) {
	s := server(t)
	c, _ := client(t, s.URL, "")
	tags, found, err := c.DistTags(t.Context(), "@acme/demo")
	if err != nil || !found || tags["latest"] != "1.0.0" || len(tags) != 1 {
		t.Errorf("%v, found %v, error %v", tags, found, err)
	}
	if _, found, err := c.DistTags(t.Context(), "absent"); found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

// A failed look is an error, never "there is none".
func TestReadFaults(t *testing.T) {
	tests := []struct {
		fault    string
		times    int
		attempts int // requests
		ok       bool
	}{
		{"get-503", 2, 3, true},
		{"get-503", 0, 4, false},
		{"get-500", 3, 4, true},
		{"get-drop", 1, 2, true},
		{"get-truncated", 0, 4, false},
		{"get-truncated", 1, 2, true},
		{"get-401", 0, 1, false},
		{"get-403", 0, 2, false}, // the packument is asked too
		{"get-400", 0, 2, false}, // the packument is asked too
		{"get-501", 0, 2, false}, // the packument is asked too
		{"get-html", 0, 1, false},
		{"get-empty", 0, 1, false},
		{"get-null", 0, 1, false},
		{"get-302=/@acme%2fdemo/1.0.0", 0, 1, false}, // with a token not even at home
		{"get-503-retry=1", 1, 2, true},
		{"get-503-retry=-1", 1, 2, true},
		{"get-503-retry=garbage", 1, 2, true},
		{"get-503-retry=99999999999", 1, 1, false},
		{"get-503-retry=99999999999999999999999", 1, 1, false},
		{"get-503-retry=Fri, 01 Jan 2099 00:00:00 GMT", 1, 1, false},
		{"get-503-retry=Fri, 01 Jan 1999 00:00:00 GMT", 1, 2, true},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s×%d", test.fault, test.times), func(t *testing.T) {
			s := server(t)
			s.Fail(test.fault, 0, test.times)
			c, w := client(t, s.URL, canary)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, found, err := c.Version(ctx, "@acme/demo", "1.0.0")
			if test.ok != (err == nil) || test.ok != found {
				t.Errorf("found %v, error %v", found, err)
			}
			if got := len(s.Requests()); got != test.attempts {
				t.Errorf("%d requests, expected %d:\n%s", got, test.attempts, s.Log())
			}
			for _, d := range w.all {
				if d < 0 || d > 20*time.Second {
					t.Errorf("waited %s", d)
				}
			}
		})
	}
}

func TestBoundedAnswer(t *testing.T) {
	s := server(t)
	s.Fail("get-bomb", 0, 0)
	c, _ := client(t, s.URL, "")
	_, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0")
	var answer *registry.AnswerError
	if found || !errors.As(err, &answer) {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestHangingRegistry(t *testing.T) {
	for _, fault := range []string{"get-hang", "get-slow"} {
		s := server(t)
		s.Fail(fault, 0, 0)
		c, _ := client(t, s.URL, "")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, found, err := c.Version(ctx, "@acme/demo", "1.0.0")
		if found || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: found %v, error %v", fault, found, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %s", fault, took)
		}
	}
}

// An anonymous read may be redirected at home, never elsewhere; the target
// sees nothing.
func TestAnonymousRedirect(t *testing.T) {
	s := server(t)
	s.Fail("get-302=/@acme%2fdemo/1.0.0", 0, 1)
	c, _ := client(t, s.URL, "")
	if _, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); !found || err != nil {
		t.Errorf("at home: found %v, error %v", found, err)
	}
	elsewhere := server(t)
	s.Fail("get-302="+elsewhere.URL+"@acme%2fdemo/1.0.0", 0, 0)
	_, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0")
	if found || err != nil || len(elsewhere.Requests()) != 0 {
		t.Errorf("elsewhere: found %v, error %v, it received %q", found, err, elsewhere.Log())
	}
}

// What a registry sends to another origin it does not have itself, with a token
// and without; nothing is asked for there. Somebody else's packages are there,
// and that is an error, which names no other place.
func TestElsewhere(t *testing.T) {
	elsewhere := server(t)
	for _, token := range []string{"", canary} {
		s := server(t)
		s.Fail("get-302="+elsewhere.URL+"@acme%2fdemo", 0, 0)
		c, _ := client(t, s.URL, token)
		if _, found, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); found || err != nil {
			t.Errorf("version: found %v, error %v", found, err)
		}
		if _, found, err := c.DistTags(t.Context(), "@acme/demo"); found || err != nil {
			t.Errorf("dist-tags: found %v, error %v", found, err)
		}
		_, found, err := c.Releases(t.Context(), "@acme/demo")
		if found || !registry.Elsewhere(err) || strings.Contains(err.Error(), strings.TrimPrefix(elsewhere.URL, "http://")) {
			t.Errorf("releases: found %v, error %v", found, err)
		}
	}
	s := server(t)
	s.Fail("get-302=/elsewhere", 0, 0)
	c, _ := client(t, s.URL, canary)
	if _, _, err := c.Version(t.Context(), "@acme/demo", "1.0.0"); err == nil || registry.Elsewhere(err) {
		t.Errorf("at home: %v", err)
	}
	if log := elsewhere.Log(); log != "" {
		t.Errorf("elsewhere was asked\n%s", log)
	}
}

func put(c *registry.Client, ctx context.Context) error {
	const body = `{"a document":true}`
	return c.Put(ctx, "@acme/demo", int64(len(body)), func() io.ReadCloser { return io.NopCloser(strings.NewReader(body)) })
}

// A document goes to the registry once, whatever it answers, and nowhere else.
func TestPut(t *testing.T) {
	elsewhere := server(t)
	var status *registry.StatusError
	var redirect *registry.RedirectError
	for _, fault := range []string{"put-503", "put-drop", "put-401", "put-429", "put-echo",
		"put-307=" + elsewhere.URL + "@acme%2fdemo", "put-hang"} {
		s := server(t)
		s.Fail(fault, 0, 0)
		c, _ := client(t, s.URL, canary)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if fault == "put-hang" { // given up once it has arrived
			go func() {
				for len(s.Puts()) == 0 && ctx.Err() == nil {
					time.Sleep(5 * time.Millisecond)
				}
				cancel()
			}()
		}
		err := put(c, ctx)
		cancel()
		if err == nil {
			t.Errorf("%s: no error", fault)
			continue
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the token is in the error: %v", fault, err)
		}
		if got := errors.As(err, &status); got != !strings.Contains("put-drop put-hang put-307="+elsewhere.URL+"@acme%2fdemo", fault) {
			t.Errorf("%s: a StatusError is %v: %v", fault, got, err)
		}
		if got := errors.As(err, &redirect); got != strings.HasPrefix(fault, "put-307") {
			t.Errorf("%s: a RedirectError is %v: %v", fault, got, err)
		}
		if got := len(s.Puts()); got != 1 {
			t.Errorf("%s: %d PUTs", fault, got)
		}
	}
	if got := elsewhere.Log(); got != "" {
		t.Errorf("the target of the redirect received\n%s", got)
	}
	s := server(t)
	c, _ := client(t, s.URL, "")
	if err := put(c, t.Context()); !errors.Is(err, registry.ErrNoToken) || len(s.Requests()) != 0 {
		t.Errorf("without a token: %v, sent %q", err, s.Log())
	}
}

func TestParseURL(t *testing.T) {
	good := map[string]string{
		"https://registry.example":        "https://registry.example/",
		"https://registry.example/":       "https://registry.example/",
		"http://127.0.0.1:4873":           "http://127.0.0.1:4873/",
		"https://npm.example.com/a/b-c/":  "https://npm.example.com/a/b-c/",
		"http://[::1]:4873/":              "http://[::1]:4873/",
		"https://registry.example:8443/x": "https://registry.example:8443/x/",
	}
	for in, want := range good {
		u, err := registry.ParseURL(in)
		if err != nil || u.String() != want {
			t.Errorf("%s: %v, %v", in, u, err)
		}
	}
	password := "hun" + "ter2"
	for _, in := range []string{
		"", "registry.example", "//registry.example/", "ftp://registry.example/", "https:/evil.example/x", "https:evil.example/x",
		`https:\\evil.example\x`, "https://registry.example\\@evil.example/", "https://u:" + password + "@registry.example/",
		"https://registry.example@evil.example/", "https://Registry.example/", "https://registry.example/?x=1", "https://registry.example/?",
		"https://registry.example/#x", "https://registry.example/#", "https://registry.example/%2e%2e/", "https://registry.example/a/../b/",
		"https://registry.example//x", "https://registry.example/ x", " https://registry.example/", "https://registry\uff0eexample/",
		"https://registry.example/\t", "HTTPS://registry.example/", "https:///x", "https://:443/", "file:///etc/passwd",
	} {
		u, err := registry.ParseURL(in)
		if err == nil {
			t.Errorf("%q accepted as %s", in, u)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("%q: the password is in the error: %v", in, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("https://registry.example/a")
	f.Add("http://127.0.0.1:1/")
	f.Fuzz(func(t *testing.T, in string) {
		u, err := registry.ParseURL(in)
		if err != nil {
			return
		}
		again, err := registry.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q → %q → %v, %v", in, u, again, err)
		}
		if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
			t.Errorf("%q → %#v", in, u)
		}
	})
}

// The environment's proxy is not asked, a proxy that was given is.
func TestNoProxyFromEnvironment(t *testing.T) {
	if web.NewTransport(web.TransportOptions{}).Proxy != nil {
		t.Error("the zero options have a proxy")
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := registry.New(registry.Options{Registry: "https://registry.example/"}); err == nil {
		t.Error("a client without a clock")
	}
	_, err := registry.New(registry.Options{Registry: "https://registry.example/", Now: time.Now, Token: credential.New("a\nb")})
	if err == nil {
		t.Error("a token of two lines")
	}
}
