package deprecation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
	testregistry "github.com/publishgate/publishgate/internal/testserver/registry"
)

var now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

const dated = `{"name": "widget", "dist-tags": {"latest": "1.2.0"},
  "versions": {"1.0.0": {}, "1.1.0": {"deprecated": "old"}, "1.1.1-rc.1": {}, "1.2.0": {}, "1.1.2": {}, "0.9.9": {}, "2.0.0": {}},
  "time": {"1.0.0": "2026-01-01T00:00:00Z", "1.1.0": "2026-01-02T00:00:00Z", "1.1.1-rc.1": "2026-01-03T00:00:00Z",
    "1.2.0": "2026-01-04T00:00:00Z", "1.1.2": "2026-12-01T11:01:00Z", "2.0.0": "2099-01-01T00:00:00Z"}}`

const undated = `{"name": "widget", "dist-tags": {"latest": "1.2.0"}, "versions": {"1.0.0": {}, "1.2.0": {}, "2.0.0-rc.1": {}}}`

// serve starts a registry with a package, and returns a client of it.
func serve(t *testing.T, packument string) (*testregistry.Server, *registry.Client) {
	t.Helper()
	server := testregistry.Start()
	t.Cleanup(server.Close)
	if err := server.Have([]byte(packument)); err != nil {
		t.Fatal(err)
	}
	c, err := registry.New(registry.Options{Registry: server.URL, Token: credential.New("npm_x"), Now: time.Now,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return server, c
}

func request(t *testing.T, text, message string) Request {
	t.Helper()
	covers, exactly, err := Of(text)
	if err != nil {
		t.Fatal(err)
	}
	return Request{Name: "widget", Message: message, Covers: covers, Exactly: exactly, Now: now}
}

// states writes a plan on one line: "1.0.0 open, 1.2.0 left-out".
func states(p *Plan) string {
	var all []string
	for _, v := range p.Versions {
		all = append(all, v.Version+" "+string(v.State))
	}
	return strings.Join(all, ", ")
}

func TestLook(t *testing.T) {
	including := func(q *Request) { q.IncludingLatest = true }
	standing := func(q *Request) { q.Standing = true }
	later := func(q *Request) { q.Now = q.Now.Add(time.Minute) }
	for _, c := range []struct {
		packument, text, message string
		set                      func(q *Request)
		want                     string
	}{
		{dated, "<1.2.0", "m", nil, "0.9.9 left-out, 1.0.0 open, 1.1.0 open, 1.1.1-rc.1 open, 1.1.2 left-out"},
		{dated, "<1.2.0", "m", later, "0.9.9 left-out, 1.0.0 open, 1.1.0 open, 1.1.1-rc.1 open, 1.1.2 open"}, // one hour, to the second
		{dated, "<1.2.0", "m", standing, "0.9.9 open, 1.0.0 open, 1.1.0 open, 1.1.1-rc.1 open, 1.1.2 open"},
		{dated, "*", "old", nil, "0.9.9 left-out, 1.0.0 open, 1.1.0 already, 1.1.1-rc.1 open, 1.1.2 left-out, 1.2.0 left-out, 2.0.0 left-out"},
		{dated, "*", "", nil, "0.9.9 already, 1.0.0 already, 1.1.0 open, 1.1.1-rc.1 already, 1.1.2 already, 1.2.0 already, 2.0.0 already"},
		{dated, "*", "m", func(q *Request) { q.Keeps = true }, "0.9.9 left-out, 1.0.0 open, 1.1.0 already, 1.1.1-rc.1 open, 1.1.2 left-out, " +
			"1.2.0 left-out, 2.0.0 left-out"},
		{dated, "1.2.0", "m", nil, "1.2.0 left-out"},
		{dated, "1.2.0", "m", standing, "1.2.0 left-out"},
		{dated, "*", "m", func(q *Request) { standing(q); including(q) }, "0.9.9 open, 1.0.0 open, 1.1.0 open, 1.1.1-rc.1 open, 1.1.2 open, " +
			"1.2.0 open, 2.0.0 open"},
		{dated, "=1.2.0", "m", including, "1.2.0 open"},
		{dated, "v1.1.2", "m", including, "1.1.2 open"},
		{dated, "^1.2.0", "m", including, "1.2.0 left-out"},
		{dated, "3", "m", nil, ""},
		{undated, "*", "m", nil, "1.0.0 open, 1.2.0 left-out, 2.0.0-rc.1 left-out"},
	} {
		_, client := serve(t, c.packument)
		q := request(t, c.text, c.message)
		if c.set != nil {
			c.set(&q)
		}
		p, err := Look(t.Context(), client, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := states(p); got != c.want {
			t.Errorf("%s %q: %s\nwant %s", c.text, c.message, got, c.want)
		}
		for _, v := range p.Versions {
			if (v.State == LeftOut) != (v.Why != "") {
				t.Errorf("%s %s: %q", v.Version, v.State, v.Why)
			}
		}
	}
	_, client := serve(t, dated)
	q := request(t, "*", "m")
	q.Name = "nobody"
	if _, err := Look(t.Context(), client, q); !errors.Is(err, ErrNoPackage) {
		t.Errorf("%v", err)
	}
}

// TestWrite lets the registry fail in each way, and compares what is told with what
// the registry has.
func TestWrite(t *testing.T) {
	fails := func(fault string, skip, times int) func(s *testregistry.Server) {
		return func(s *testregistry.Server) { s.Fail(fault, skip, times) }
	}
	for _, c := range []struct {
		name   string
		set    func(s *testregistry.Server)
		want   string // of the error; "": none
		stored bool
		puts   int
	}{
		{"it is taken", func(*testregistry.Server) {}, "", true, 1},
		{"somebody writes meanwhile", func(s *testregistry.Server) { s.Meanwhile(3) }, "", true, 4},
		{"somebody writes for ever", func(s *testregistry.Server) { s.Meanwhile(99) }, "sent 5 times, it did not arrive: .*409", false, 5},
		{"stored, the answer is lost", fails("put-drop-stored", 0, 1), "", true, 1},
		{"lost, not stored", fails("put-drop", 0, 1), "", true, 2},
		{"lost for ever", fails("put-drop", 0, 0), "sent 5 times", false, 5},
		{"503 and stored", fails("put-503-stored", 0, 1), "", true, 1},
		{"422 and stored", fails("put-422-stored", 0, 1), "", true, 1},
		{"422 and not stored", fails("put-422", 0, 1), "422", false, 1},
		{"400", fails("put-400", 0, 1), "400", false, 1},
		{"404", fails("put-404", 0, 1), "404", false, 1},
		{"403", fails("put-403", 0, 1), "denied.*403", false, 1},
		{"401", fails("put-401", 0, 1), "denied.*401", false, 1},
		{"a page, and stored", fails("put-200-html", 0, 1), "", true, 1},
		{"a success, and not stored", fails("put-html", 0, 1), "unseen.*does not show it at 1.0.0, 1.1.1", false, 1},
		{"a redirect", fails("put-307=http://127.0.0.1:1/", 0, 1), "redirected", false, 1},
		{"asks for too long a wait", fails("put-503-retry=7200", 0, 1), "asks to come back in 2h", false, 1},
		{"asks for a short wait", fails("put-429-retry=5", 0, 1), "", true, 2},
		{"reads fail after the write", fails("get-500", 1, 0), "unseen.*not read back at 1.0.0, 1.1.1.*500", true, 1},
		{"reads fail after a lost answer", func(s *testregistry.Server) { s.Fail("put-drop-stored", 0, 1); s.Fail("get-500", 1, 0) },
			"unknown.*whether it was written is not known", true, 1},
		{"read back late", fails("get-500", 1, 6), "", true, 1},
		{"the package vanishes", fails("get-404", 1, 0), "unseen.*no such package", true, 1},
		{"a code is wanted", func(s *testregistry.Server) { s.WantsCode("1") }, "denied code.*401", false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, client := serve(t, `{"name": "widget", "dist-tags": {"latest": "1.2.0"}, "versions": {"1.0.0": {},
				"1.1.0": {"deprecated": "m"}, "1.1.1": {"deprecated": "old"}, "1.2.0": {}}}`)
			c.set(server)
			p, err := Look(t.Context(), client, request(t, "<1.2", "m"))
			if err != nil {
				t.Fatal(err)
			}
			slept := time.Duration(0)
			err = p.Write(t.Context(), Ways{Sleep: func(_ context.Context, d time.Duration) error { slept += d; return nil }})
			told := ""
			var denied *DeniedError
			if err != nil {
				told = err.Error()
			}
			switch {
			case errors.As(err, &denied) && denied.Code:
				told = "denied code " + told
			case errors.As(err, &denied):
				told = "denied " + told
			case errors.As(err, new(*UnseenError)):
				told = "unseen " + told
			case errors.As(err, new(*UnknownError)):
				told = "unknown " + told
			}
			if (c.want == "") != (err == nil) || !matches(c.want, told) {
				t.Errorf("told %q, expected %q", told, c.want)
			}
			stored := server.Deprecated("widget", "1.0.0") == "m" && server.Deprecated("widget", "1.1.1") == "m"
			if stored != c.stored || len(server.Puts()) != c.puts || slept > 5*time.Minute {
				t.Errorf("stored %v, %d writes, slept %s", stored, len(server.Puts()), slept)
			}
			if err == nil && states(p) != "1.0.0 done, 1.1.0 already, 1.1.1 done" {
				t.Error(states(p))
			}
		})
	}
}

// matches reports whether a text holds the parts of a pattern in order.
func matches(pattern, text string) bool {
	for part := range strings.SplitSeq(pattern, ".*") {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// TestWriteWithCode asks for a code as often as one is wanted, three times at most.
func TestWriteWithCode(t *testing.T) {
	for _, c := range []struct {
		codes, typed []string
		meanwhile    int
		want         string
	}{
		{[]string{"1"}, []string{"1"}, 0, ""},
		{[]string{"1"}, []string{"7", "1"}, 0, ""},
		{[]string{"1", "2"}, []string{"1", "2"}, 1, ""}, // a conflict used the first one up
		{[]string{"1"}, []string{"7", "8", "9", "1"}, 0, "401"},
		{[]string{"1"}, nil, 0, "nobody types"},
	} {
		server, client := serve(t, undated)
		server.WantsCode(c.codes...)
		server.Meanwhile(c.meanwhile)
		p, err := Look(t.Context(), client, request(t, "1.0.0", "m"))
		if err != nil {
			t.Fatal(err)
		}
		typed := slices.Clone(c.typed)
		err = p.Write(t.Context(), Ways{Sleep: func(context.Context, time.Duration) error { return nil },
			Code: func(context.Context) (credential.Secret, error) {
				if len(typed) == 0 {
					return credential.Secret{}, errors.New("nobody types")
				}
				code := typed[0]
				typed = typed[1:]
				return credential.New(code), nil
			}})
		if (c.want == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%v: %v", c.typed, err)
		}
		if got := server.Deprecated("widget", "1.0.0"); (got == "m") != (c.want == "") {
			t.Errorf("%v: %q", c.typed, got)
		}
	}
}

// TestWriteInNoTime tells what happened though the time is up.
func TestWriteInNoTime(t *testing.T) {
	server, client := serve(t, undated)
	server.Fail("put-hang-stored", 0, 1)
	p, err := Look(t.Context(), client, request(t, "1.0.0", "m"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := p.Write(ctx, Ways{}); err != nil || states(p) != "1.0.0 done" || len(p.Notes) != 1 {
		t.Errorf("%v, %s, %q", err, states(p), p.Notes)
	}
	p, err = Look(t.Context(), client, request(t, "1.0.0", "n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(ctx, Ways{}); err == nil || !strings.Contains(err.Error(), "nothing was sent") || len(server.Puts()) != 1 {
		t.Errorf("%v", err)
	}
}

// TestManyVersions is in time for a package with very many versions.
func TestManyVersions(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"name": "widget", "dist-tags": {"latest": "9.9.9"}, "versions": {"9.9.9": {}`)
	for i := range 5000 {
		fmt.Fprintf(&b, `, "1.%d.0": {"name": "widget", "deprecated": "old"}`, i)
	}
	b.WriteString("}}")
	server, client := serve(t, b.String())
	p, err := Look(t.Context(), client, request(t, "1", "m"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(t.Context(), Ways{}); err != nil || len(p.In(Done)) != 5000 || server.Deprecated("widget", "1.4999.0") != "m" {
		t.Errorf("%v, %d", err, len(p.In(Done)))
	}
}
