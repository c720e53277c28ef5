package registry

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// theRegistry is what messages call the server, unless it is another one.
const theRegistry = "the registry"

// A StatusError is an answer that is not a success.
type StatusError struct {
	Method  string
	Status  int           // the HTTP status
	Message string        // excerpt of the registry's message, ASCII, the token redacted; foreign text
	Wait    time.Duration // by Retry-After; 0: none or not sensible
	Code    bool          // it asks for a one-time code

	who string // empty: "the registry"
}

// Error says what the registry answered.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answered %s with %d %s", cmp.Or(e.who, theRegistry), e.Method, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Later reports whether a later attempt may succeed, and the wait of
// Retry-After.
func (e *StatusError) Later() (asked time.Duration, said, again bool) {
	return e.Wait, e.Wait > 0, web.Passes(e.Status)
}

// A RedirectError is a redirect that was not followed.
type RedirectError struct {
	Method    string
	Status    int  // 0: unknown
	Elsewhere bool // it leads to another origin

	to   *url.URL // nil: without an address
	who  string   // empty: "the registry"
	flag string   // empty: "-registry"
}

// Error says that the redirect was not followed. It does not name the target,
// since a tired reader might publish there.
func (e *RedirectError) Error() string {
	where := "another path of its own"
	if e.Elsewhere {
		where = "another origin"
	}
	who := cmp.Or(e.who, theRegistry)
	return fmt.Sprintf("%s redirected %s to %s: that is not followed, and nothing was sent there; does the "+
		"address of %s have the scheme and the path that %s itself uses?", who, e.Method, where, cmp.Or(e.flag, "-registry"), who)
}

// Elsewhere reports whether the error is a redirect to another origin, which
// means that the registry does not have what was requested. Some redirect
// requests for packages they lack to the public registry.
func Elsewhere(err error) bool {
	var e *RedirectError
	return errors.As(err, &e) && e.Elsewhere
}

// An AnswerError is a successful answer with unusable content: not JSON, about
// another package, or larger than any real one.
type AnswerError struct {
	What string
	Err  error // may be nil
}

// Error says what is wrong with the answer.
func (e *AnswerError) Error() string {
	if e.Err == nil {
		return e.What
	}
	return e.What + ": " + e.Err.Error()
}

// Unwrap returns the error underneath.
func (e *AnswerError) Unwrap() error { return e.Err }

// excerpt returns one line from the body of an error: `error` or `reason` of
// the registry's JSON, after its `code`, else the beginning of the text. It is quoted to ASCII
// and shortened; it is still foreign text.
func excerpt(body []byte, token credential.Secret) string {
	text := string(body)
	if v, err := strict.ParseWithin(body, strict.Limits{Bytes: web.MaxErrorBytes}); err == nil {
		for _, key := range []string{"error", "reason", "message"} {
			if s := v.Get(key).Text(); s != "" {
				text = s
				break
			}
		}
		if code := v.Get("code").Text(); code != "" && !strings.Contains(text, code) { // E_STAGE_REQUIRED
			text = code + ": " + text
		}
	}
	text = strings.Join(strings.Fields(display.Clip(token.Redact(text), 200)), " ")
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%+q", text)
}
