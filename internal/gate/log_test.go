package gate

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/web"
)

// TestLog tells the stages of two members of a workspace. Words of commands are
// random, so they are left out.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	say := &display.Printer{Out: &out, Prefix: "publishgate: "}
	l := &Log{Say: say, Runner: action.New(func(string) string { return "true" }, &out, http.DefaultClient),
		Now: func() time.Time { return now }}
	for _, member := range []string{"@acme/a", "b\n::error::x"} {
		l.of(member)
		for _, stage := range []string{"look", "judge", "judge", "tell"} {
			l.enter(stage)
			now = now.Add(1234 * time.Millisecond)
		}
	}
	l.end()
	l.end()
	l.Sent(web.Sent{Method: "GET"})
	want := `::group::look @acme/a
look took 1.2 s
::endgroup::
::group::judge @acme/a
judge took 2.5 s
::endgroup::
::group::tell @acme/a
tell took 1.2 s
::endgroup::
::group::look b\u{a}:\u{3a}error:\u{3a}x
look took 1.2 s
::endgroup::
::group::judge b\u{a}:\u{3a}error:\u{3a}x
judge took 2.5 s
::endgroup::
::group::tell b\u{a}:\u{3a}error:\u{3a}x
tell took 1.2 s
::endgroup::
publishgate: took 9.9 s: look 2.5, judge 4.9, tell 2.5
`
	if got := regexp.MustCompile(`(?m)^::(stop-commands::)?[0-9a-f]{32}(::)?\n`).ReplaceAllString(out.String(), ""); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var none *Log // nobody watches
	none.enter("look")
	none.of("x")
	none.waitFor("x")()
	none.Sent(web.Sent{})
	none.end()
}

// TestSent tells requests: on one line each, without what may be a credential.
func TestSent(t *testing.T) {
	jwt := "gh" + "s_" + "ey" + strings.Repeat("aB3_", 20) + "." + strings.Repeat("xY-9", 40) + "." + strings.Repeat("Zz01", 80)
	for _, c := range []struct {
		sent web.Sent
		want string
	}{
		{web.Sent{Method: "GET", Host: "registry.npmjs.org", Path: "/lodash", Status: 200, Bytes: 3456, Took: 12 * time.Millisecond},
			"GET registry.npmjs.org/lodash 200 12 ms 3456 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/@acme%2fwidget", Err: errors.New("refused\n::error::x"), Took: time.Second},
			"GET h/@acme%2fwidget no answer: refused\\u{a}:\\u{3a}error:\\u{3a}x (1000 ms)"},
		{web.Sent{Method: "GET", Host: "h", Path: "/a", Status: 200, Bytes: 4, Err: errors.New("unexpected EOF")},
			"GET h/a 200 0 ms 4 B, and broke off: unexpected EOF"},
		{web.Sent{Method: "PUT", Host: "h:1", Path: "/" + jwt + "/x", Status: 201}, "PUT h:1/[redacted]/x 201 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/services/T0A1/" + "aB3dE5fG7hI9jK1lM2nO" + "/x", Status: 200},
			"GET h/services/T0A1/[redacted]/x 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/x/np" + "m_aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW2xY4", Status: 200},
			"GET h/x/[redacted] 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/repos/acme/widget/attestations/sha256:" + strings.Repeat("0a", 32), Status: 200},
			"GET h/repos/acme/widget/attestations/sha256:" + strings.Repeat("0a", 32) + " 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/repos/a/b/code-scanning/sarifs/6c1f0a52-0000-4000-8000-00000000abcd", Status: 200},
			"GET h/repos/a/b/code-scanning/sarifs/6c1f0a52-0000-4000-8000-00000000abcd 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/JSONStream/-/JSONStream-1.0.0-Beta.tgz", Status: 200},
			"GET h/JSONStream/-/JSONStream-1.0.0-Beta.tgz 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/%zz", Status: 200}, "GET h/[redacted] 200 0 ms 0 B"},
		{web.Sent{Method: "GET", Host: "h", Path: "/" + strings.Repeat("ab/", 500), Status: 200},
			"GET h/" + strings.Repeat("ab/", 500)[:199] + "… 200 0 ms 0 B"},
	} {
		var out bytes.Buffer
		(&Log{Debug: &display.Printer{Out: &out, Prefix: "debug: "}}).Sent(c.sent)
		if want := fmt.Sprintf("debug: %s\n", c.want); out.String() != want {
			t.Errorf("got  %swant %s", &out, want)
		}
	}
}
