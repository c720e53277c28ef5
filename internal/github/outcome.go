package github

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v89/github"

	"github.com/publishgate/publishgate/internal/web"
)

// A Reason says why an upload failed, for programs.
type Reason string

// The reasons.
const (
	NoToken         Reason = "no-token"
	Unauthorized    Reason = "unauthorized"         // 401
	Forbidden       Reason = "forbidden"            // 403: the token lacks the permission, as on pull requests from forks
	CodeScanningOff Reason = "code-scanning-off"    // 403 with a message that says so
	GraphOff        Reason = "dependency-graph-off" // 404 with a message that says so
	NotFound        Reason = "not-found"            // 404: code scanning is off, or the token cannot see the repository
	TooLarge        Reason = "too-large"            // 413, or known before sending
	Rejected        Reason = "rejected"             // 400, 422
	RateLimited     Reason = "rate-limited"         // 403, 429
	Redirected      Reason = "redirected"           // 3xx; the token was not sent there
	Unavailable     Reason = "unavailable"          // 5xx, network, time
	BadAnswer       Reason = "bad-answer"           // a success without an upload id
	Failed          Reason = "failed"               // uploaded, but GitHub could not process it
	Locked          Reason = "locked"               // 403, 410: nobody may comment there
	NotOurs         Reason = "not-ours"             // a comment with our marker is there, and whose it is cannot be known
	TooMany         Reason = "too-many"             // more comments than are read
)

// A NotUploadedError says why code scanning did not accept the findings, the
// repository an attestation, its dependency graph a snapshot, or a pull request a
// comment.
type NotUploadedError struct {
	Reason Reason
	// Text says what happened and what to do next; it quotes GitHub's answer in
	// ASCII.
	Text string
	Err  error // the cause; nil if GitHub answered

	asked  time.Duration // how long GitHub asks to wait; 0: it does not say
	what   string        // what was not done; empty: "SARIF not uploaded"
	status int           // of GitHub's answer; 0: there was none
	said   string        // GitHub's message, quoted as in Text; may be empty
}

// Error returns the text.
func (e *NotUploadedError) Error() string {
	return cmp.Or(e.what, "SARIF not uploaded") + ": " + e.Text
}

// Unwrap returns the cause.
func (e *NotUploadedError) Unwrap() error { return e.Err }

// Later reports whether the upload may work later, and how long GitHub asks to
// wait.
func (e *NotUploadedError) Later() (asked time.Duration, said, again bool) {
	return e.asked, e.asked > 0, e.Reason == RateLimited || e.Reason == Unavailable
}

var errBadAnswer = errors.New("what answered names no usable id: it was not GitHub, or it has lost the file: see that GITHUB_API_URL " +
	"is GitHub's and that no proxy answers in its place, then run the job again")

// What to do next, where GitHub's answer is nothing that the job can mend.
const (
	ownToken = "; give it the job's own, `github-token: ${{ github.token }}`"
	again    = "; run the job again later"
)

// explain converts an error of the library to a reason and a remedy.
func (c *client) explain(err error) *NotUploadedError {
	var answer *api.ErrorResponse
	var primary *api.RateLimitError
	var secondary *api.AbuseRateLimitError
	var redirect *api.RedirectionError
	var second *api.TwoFactorAuthError
	switch {
	case errors.Is(err, errBadAnswer):
		return &NotUploadedError{Reason: BadAnswer, Text: errBadAnswer.Error()}
	case errors.As(err, &primary):
		return &NotUploadedError{Reason: RateLimited, asked: c.until(primary.Rate.Reset.Time),
			Text: "the token's rate limit is used up; it starts again at " + primary.Rate.Reset.UTC().Format(time.RFC3339) +
				": run the job again then"}
	case errors.As(err, &secondary):
		e := &NotUploadedError{Reason: RateLimited, asked: noHeaderWait,
			Text: "GitHub's secondary rate limit: too many requests at once" + c.quote(secondary.Message) + again}
		if secondary.RetryAfter != nil && *secondary.RetryAfter >= 0 {
			e.asked = *secondary.RetryAfter
		}
		return e
	case errors.As(err, &redirect):
		return &NotUploadedError{Reason: Redirected,
			Text: "the API redirected the upload; nothing was sent there: was the repository renamed? Start the workflow anew, so that " +
				"it has the new name"}
	case errors.As(err, &second):
		return &NotUploadedError{Reason: Unauthorized, Text: "the GitHub token is not accepted: it asks for a second factor" + ownToken}
	case errors.As(err, &answer) && answer.Response != nil:
		e := c.explainStatus(answer.Response.StatusCode, answer)
		e.status, e.said = answer.Response.StatusCode, c.quote(answer.Message)
		return e
	}
	text := fmt.Sprintf("GitHub could not be reached: %+.300q", c.token.Redact(err.Error())) +
		"; see that the job can reach the address in GITHUB_API_URL, then run it again"
	return &NotUploadedError{Reason: Unavailable, Text: text, Err: err}
}

func (c *client) explainStatus(code int, answer *api.ErrorResponse) *NotUploadedError {
	said := c.quote(answer.Message)
	asked, _ := web.RetryAfter(answer.Response.Header, c.now())
	lower := strings.ToLower(answer.Message)
	off := strings.Contains(lower, "security must be enabled") || strings.Contains(lower, "code scanning is not enabled")
	switch {
	case code == http.StatusUnauthorized:
		return &NotUploadedError{Reason: Unauthorized, Text: "the GitHub token is not accepted: it has ended, or is of " +
			"another server" + said + ownToken}
	case code == http.StatusForbidden && off:
		return &NotUploadedError{Reason: CodeScanningOff, Text: "code scanning is off for this repository: enable " +
			"it in the settings (private repositories need GitHub Code Security, once called Advanced Security)" + said}
	case code == http.StatusForbidden:
		return &NotUploadedError{Reason: Forbidden, Text: "the token may not upload: the job needs `permissions: " +
			"security-events: write`, in a private repository `actions: read` too; pull requests from forks never get them" + said}
	case code == http.StatusNotFound:
		return &NotUploadedError{Reason: NotFound,
			Text: "code scanning is off (enable it in the repository's settings), or the token cannot see the repository: the job " +
				"needs `permissions: security-events: write`, in a private repository `actions: read` and `contents: read` too" + said}
	case code == http.StatusRequestEntityTooLarge:
		return &NotUploadedError{Reason: TooLarge, Text: "GitHub found the SARIF file too large" + said +
			"; all findings are in the evidence"}
	case code == http.StatusTooManyRequests:
		return &NotUploadedError{Reason: RateLimited, asked: cmp.Or(asked, noHeaderWait),
			Text: "GitHub asks for fewer requests" + said + again}
	case code >= 500:
		return &NotUploadedError{Reason: Unavailable, asked: asked, Text: fmt.Sprintf("GitHub answered %d%s", code, said) + again}
	}
	return &NotUploadedError{Reason: Rejected, Text: fmt.Sprintf("GitHub rejected the SARIF file with %d%s", code, said)}
}

// until is how long it is until a rate limit starts again.
func (c *client) until(reset time.Time) time.Duration {
	if wait := reset.Sub(c.now()); wait > 0 && !reset.IsZero() {
		return wait
	}
	return noHeaderWait
}

// quote quotes GitHub's message: in ASCII, truncated, without the token.
func (c *client) quote(message string) string {
	if message == "" {
		return ""
	}
	return fmt.Sprintf(" (GitHub: %+.300q)", c.token.Redact(message))
}

// list is quote for the first few of several messages.
func (c *client) list(messages []string) string {
	const most = 5
	if n := len(messages); n > most {
		messages = append(messages[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return c.quote(strings.Join(messages, "; "))
}
