package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v89/github"
)

// A Reason says why an upload failed, for programs.
type Reason string

// The reasons.
const (
	NoToken         Reason = "no-token"
	Unauthorized    Reason = "unauthorized"      // 401
	Forbidden       Reason = "forbidden"         // 403: the token lacks the permission, as on pull requests from forks
	CodeScanningOff Reason = "code-scanning-off" // 403 with a message that says so
	NotFound        Reason = "not-found"         // 404: code scanning is off, or the token cannot see the repository
	TooLarge        Reason = "too-large"         // 413, or known before sending
	Rejected        Reason = "rejected"          // 400, 422
	RateLimited     Reason = "rate-limited"      // 403, 429
	Redirected      Reason = "redirected"        // 3xx; the token was not sent there
	Unavailable     Reason = "unavailable"       // 5xx, network, time
	BadAnswer       Reason = "bad-answer"        // a success without an upload id
	Failed          Reason = "failed"            // uploaded, but GitHub could not process it
)

// A NotUploadedError says why code scanning did not accept the findings.
type NotUploadedError struct {
	Reason Reason
	// Text is one sentence with the remedy; it quotes GitHub's answer in ASCII.
	Text string
	Err  error // the cause; nil if GitHub answered
}

// Error returns the text.
func (e *NotUploadedError) Error() string { return "SARIF not uploaded: " + e.Text }

// Unwrap returns the cause.
func (e *NotUploadedError) Unwrap() error { return e.Err }

var errBadAnswer = errors.New("GitHub accepted the file and named no usable upload id")

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
		return &NotUploadedError{Reason: RateLimited,
			Text: "the token's rate limit is used up; it starts again at " + primary.Rate.Reset.UTC().Format(time.RFC3339)}
	case errors.As(err, &secondary):
		return &NotUploadedError{Reason: RateLimited,
			Text: "GitHub's secondary rate limit: too many requests at once" + c.quote(secondary.Message)}
	case errors.As(err, &redirect):
		return &NotUploadedError{Reason: Redirected,
			Text: "the API redirected the upload; nothing was sent there: was the repository renamed?"}
	case errors.As(err, &second):
		return &NotUploadedError{Reason: Unauthorized, Text: "the GitHub token is not accepted: it asks for a second factor"}
	case errors.As(err, &answer) && answer.Response != nil:
		return c.explainStatus(answer.Response.StatusCode, answer)
	}
	text := fmt.Sprintf("GitHub could not be reached: %+.300q", c.token.Redact(err.Error()))
	return &NotUploadedError{Reason: Unavailable, Text: text, Err: err}
}

func (c *client) explainStatus(code int, answer *api.ErrorResponse) *NotUploadedError {
	said := c.quote(answer.Message)
	lower := strings.ToLower(answer.Message)
	off := strings.Contains(lower, "security must be enabled") || strings.Contains(lower, "code scanning is not enabled")
	switch {
	case code == http.StatusUnauthorized:
		return &NotUploadedError{Reason: Unauthorized, Text: "the GitHub token is not accepted" + said}
	case code == http.StatusForbidden && off:
		return &NotUploadedError{Reason: CodeScanningOff, Text: "code scanning is off for this repository: enable " +
			"it in the settings (private repositories need GitHub Advanced Security)" + said}
	case code == http.StatusForbidden:
		return &NotUploadedError{Reason: Forbidden, Text: "the token may not upload: the job needs `permissions: " +
			"security-events: write`, which pull requests from forks never get" + said}
	case code == http.StatusNotFound:
		return &NotUploadedError{Reason: NotFound,
			Text: "code scanning is off, or the token cannot see the repository" + said}
	case code == http.StatusRequestEntityTooLarge:
		return &NotUploadedError{Reason: TooLarge, Text: "GitHub found the SARIF file too large" + said}
	case code == http.StatusTooManyRequests:
		return &NotUploadedError{Reason: RateLimited, Text: "GitHub asks for fewer requests" + said}
	case code >= 500:
		return &NotUploadedError{Reason: Unavailable, Text: fmt.Sprintf("GitHub answered %d%s", code, said)}
	}
	return &NotUploadedError{Reason: Rejected, Text: fmt.Sprintf("GitHub rejected the SARIF file with %d%s", code, said)}
}

// retryAfter returns whether to try again and how long to wait. Only transient
// errors are retried, and only if the wait fits into the rest of the run's
// time.
func (c *client) retryAfter(ctx context.Context, err error, why *NotUploadedError,
	backoff time.Duration) (wait time.Duration, again bool) {
	var primary *api.RateLimitError
	var secondary *api.AbuseRateLimitError
	switch {
	case why.Reason != RateLimited && why.Reason != Unavailable, ctx.Err() != nil:
		return 0, false
	case errors.As(err, &primary):
		wait = primary.Rate.Reset.Sub(c.now())
		if wait <= 0 || primary.Rate.Reset.IsZero() {
			wait = noHeaderWait
		}
	case errors.As(err, &secondary) && secondary.RetryAfter != nil && *secondary.RetryAfter >= 0:
		wait = *secondary.RetryAfter
	case why.Reason == RateLimited:
		wait = noHeaderWait
	default:
		wait = backoff
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Sub(c.now()) <= wait {
		return 0, false
	}
	return wait, wait <= longestWait
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
