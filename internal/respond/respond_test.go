package respond

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
	server "github.com/publishgate/publishgate/internal/testserver/registry"
)

const widget = `{"name": "w", "dist-tags": {"latest": "1.0.1", "next": "1.0.2"}, "versions": {"1.0.0": {}, "1.0.1": {}, "1.0.2": {}},
	"time": {"1.0.0": "2026-01-01T12:00:00.000Z", "1.0.1": "2026-10-01T12:00:00.000Z", "1.0.2": "2026-10-02T12:00:00.000Z"}}`

var todo = incident.Acts{Package: "w", Message: "bad", Versions: []string{"1.0.1", "1.0.2"},
	Moves: []incident.Move{{Tag: "latest", From: "1.0.1", To: "1.0.0"}}}

func actor(t *testing.T, s *server.Server) *Actor {
	t.Helper()
	nowait := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	c, err := registry.New(registry.Options{Registry: s.URL, Token: credential.New("npm_maintainer0123456789"), Now: time.Now, Sleep: nowait})
	if err != nil {
		t.Fatal(err)
	}
	return &Actor{Client: c, Ways: deprecation.Ways{Sleep: nowait}, Say: t.Logf}
}

// TestAct: a lost answer and a conflict are looked at before anything is written
// again, a refusal is not tried again, and nothing but the two acts is ever sent.
func TestAct(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(*server.Server, *Actor)
		wrong   string // part of the error
		puts    int
		kept    bool // both acts are done at the registry
	}{
		"plain":                      {func(*server.Server, *Actor) {}, "", 2, true},
		"somebody writes meanwhile":  {func(s *server.Server, _ *Actor) { s.Meanwhile(2) }, "", 4, true},
		"somebody writes all along":  {func(s *server.Server, _ *Actor) { s.Meanwhile(99) }, "sent 5 times", 1 + 5, false},
		"the answer is lost":         {func(s *server.Server, _ *Actor) { s.Fail("put-drop-stored", 0, 1) }, "", 2, true},
		"stored, then 503":           {func(s *server.Server, _ *Actor) { s.Fail("put-503-stored", 0, 1) }, "", 2, true},
		"down for a while":           {func(s *server.Server, _ *Actor) { s.Fail("put-503", 0, 2) }, "", 4, true},
		"refused":                    {func(s *server.Server, _ *Actor) { s.Fail("put-401", 0, -1) }, "401", 2, false},
		"redirected":                 {func(s *server.Server, _ *Actor) { s.Fail("put-307=http://127.0.0.1:1/", 0, -1) }, "redirected", 2, false},
		"a code, and nobody there":   {func(s *server.Server, _ *Actor) { s.WantsCode("123456") }, "run it at a terminal", 2, false},
		"a code, and somebody there": {codes123("123456"), "", 3, true},
		"a wrong code":               {codes123("000000"), "401", 2 + registry.MaxCodes, false},
		"no code": {func(s *server.Server, a *Actor) {
			s.WantsCode("123456")
			a.Ways.Code = func(context.Context) (credential.Secret, error) {
				return credential.Secret{}, errors.New("gone for lunch")
			}
		}, "gone for lunch", 2, false},
		"the package is gone": {func(s *server.Server, _ *Actor) { s.Forget() }, "no such package", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := server.Start()
			defer s.Close()
			if err := s.Have([]byte(widget)); err != nil {
				t.Fatal(err)
			}
			a := actor(t, s)
			c.arrange(s, a)
			_, err := a.Act(t.Context(), todo)
			if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("the error %v, want %q", err, c.wrong)
			}
			if n := len(s.Puts()); n != c.puts {
				t.Errorf("%d writes, want %d:\n%s", n, c.puts, s.Log())
			}
			kept := s.Tags("w")["latest"] == "1.0.0" && s.Deprecated("w", "1.0.1") == "bad" && s.Deprecated("w", "1.0.2") == "bad"
			if kept != c.kept || s.Deprecated("w", "1.0.0") != "" {
				t.Errorf("at the registry: %v, %q, %q", s.Tags("w"), s.Deprecated("w", "1.0.1"), s.Deprecated("w", "1.0.0"))
			}
			for _, p := range s.Puts() {
				if p.Method != http.MethodPut || p.Path != "/w" && p.Path != "/-/package/w/dist-tags/latest" {
					t.Errorf("%s %s was sent", p.Method, p.Path)
				}
			}
		})
	}
}

// codes123 arranges that a code is wanted, and that somebody types one.
func codes123(typed string) func(*server.Server, *Actor) {
	return func(s *server.Server, a *Actor) {
		s.WantsCode("123456")
		a.Ways.Code = code(typed)
	}
}

func code(text string) func(context.Context) (credential.Secret, error) {
	return func(context.Context) (credential.Secret, error) { return credential.New(text), nil }
}

// TestDeprecatedAlready: nothing is written where nothing is left.
func TestDeprecatedAlready(t *testing.T) {
	s := server.Start()
	defer s.Close()
	if err := s.Have([]byte(widget)); err != nil {
		t.Fatal(err)
	}
	a := actor(t, s)
	only := todo
	only.Moves = nil
	for range 3 {
		if _, err := a.Act(t.Context(), only); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.Puts()); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// TestWhateverProtects: an affected version is deprecated though it was published a
// minute ago, is the highest, and latest is on it with nowhere to go.
func TestWhateverProtects(t *testing.T) {
	s := server.Start()
	defer s.Close()
	doc := fmt.Sprintf(`{"name": "w", "dist-tags": {"latest": "1.0.2"},
		"versions": {"1.0.1": {"deprecated": "theirs"}, "1.0.2": {}, "1.0.3": {}},
		"time": {"1.0.1": "2026-01-01T12:00:00.000Z", "1.0.2": %q}}`, time.Now().UTC().Format(time.RFC3339))
	if err := s.Have([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	all := incident.Acts{Package: "w", Message: "bad", Versions: []string{"1.0.1", "1.0.2", "1.0.3", "9.9.9"}}
	acted, err := actor(t, s).Act(t.Context(), all)
	if err != nil || !acted {
		t.Errorf("%v, %v", acted, err)
	}
	for version, want := range map[string]string{"1.0.1": "theirs", "1.0.2": "bad", "1.0.3": "bad"} {
		if got := s.Deprecated("w", version); got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}

func TestReadBack(t *testing.T) {
	a := &Actor{Ways: deprecation.Ways{Sleep: func(context.Context, time.Duration) error { return nil }}}
	looks := 0
	if err := a.ReadBack(t.Context(), func() bool { looks++; return looks == readBacks }); err != nil || looks != readBacks {
		t.Errorf("%v after %d looks", err, looks)
	}
	if err := a.ReadBack(t.Context(), func() bool { return false }); err == nil {
		t.Error("what is not shown is done")
	}
}

// TestForms finds a secret in each form, wherever it stands in a longer text and
// wherever the text is cut, and not in what only looks like it.
func TestForms(t *testing.T) {
	const secret = "correct horse/battery+staple\"é"
	forms := formsOf(secret)
	found := func(text string, cut int) (how string) {
		m := newMatcher(forms, func(h string) {
			if how == "" {
				how = h
			}
		})
		for len(text) > 0 {
			n := min(cut, len(text))
			m.write([]byte(text[:n]))
			text = text[n:]
		}
		return how
	}
	for before := range 7 {
		for after := range 4 {
			around := strings.Repeat("x", before) + secret + strings.Repeat("y", after)
			for name, text := range map[string]string{
				"its content":             around,
				"its content, in base64":  base64.StdEncoding.EncodeToString([]byte(around)),
				"its content, in hex":     strings.ToUpper(hex.EncodeToString([]byte(around))),
				"its content, in JSON":    fmt.Sprintf("%q", around),
				"its content, in UTF-16":  utf16le(around),
				"its content, in base64 ": base64.RawURLEncoding.EncodeToString([]byte(around)),
				"its content, in an address": strings.Repeat("x", before) + "correct+horse%2Fbattery%2Bstaple%22%C3%A9" +
					strings.Repeat("y", after),
			} {
				for _, cut := range []int{1, 3, 16, 1000} {
					if how := found(text, cut); how != strings.TrimSpace(name) {
						t.Errorf("%d before, %d after, cut at %d: %q is found by %q in %q", before, after, cut, name, how, text)
					}
				}
			}
		}
	}
	for _, text := range []string{"", "correct horse/battery+staple",
		base64.StdEncoding.EncodeToString([]byte("correct horse/battery+stable\"é"))} {
		if how := found(text, 5); how != "" {
			t.Errorf("%q is found by %q", text, how)
		}
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

// TestNamed says which paths a path names.
func TestNamed(t *testing.T) {
	for _, c := range []struct {
		entry, path string
		want        bool
	}{
		{"package/.env", ".env", true}, {"package/a/.env", ".env", true}, {"package/a/.env", "a/.env", true},
		{"package/a/.env", "package/a/.env", true}, {"package/a/.env", "./a/.env", true}, {"package/b/a/.env", "a/.env", false},
		{"package/x.env", ".env", false}, {"package/.env/x", ".env", false}, {"root/a/.env", "a/.env", true},
	} {
		if named(c.entry, c.path) != c.want {
			t.Errorf("%s is %s: %v", c.entry, c.path, !c.want)
		}
	}
}
