// Package action communicates with the GitHub runner: inputs, context, outputs,
// the job summary, annotations and the ID token. Only this package knows the
// runner's files and commands. It writes no text that a package could control:
// callers escape foreign text, and this package checks it once more.
package action

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	githubactions "github.com/sethvargo/go-githubactions"
)

// A Runner is the runner that executes this process as a step.
type Runner struct {
	lib    *githubactions.Action
	client *http.Client // the library's client
	getenv func(string) string

	mu       sync.Mutex
	out      io.Writer
	masks    io.Writer    // where masks go, which name secrets; nil: to out
	commands bytes.Buffer // what the library writes, until it is written to out
	stop     string       // the token that ends stop-commands; empty: commands are enabled
	unmasked bool         // a mask would not reach the runner, but a file or a pipe of the user

	Event       string // "push", "pull_request", …
	SHA         string
	Ref         string // "refs/heads/main"
	Repository  string // "owner/name"
	APIURL      string // "https://api.github.com" or a GitHub Enterprise Server's
	ServerURL   string
	Workspace   string
	RunID       string
	Environment string // RUNNER_ENVIRONMENT: "github-hosted" or "self-hosted"
}

// New returns the runner, or nil outside of one. out is the stream that the
// runner reads commands from; client is used to request the ID token.
func New(getenv func(string) string, out io.Writer, client *http.Client) *Runner {
	if getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	r := &Runner{
		client:      client,
		getenv:      getenv,
		out:         out,
		Event:       getenv("GITHUB_EVENT_NAME"),
		SHA:         getenv("GITHUB_SHA"),
		Ref:         getenv("GITHUB_REF"),
		Repository:  getenv("GITHUB_REPOSITORY"),
		APIURL:      cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com"),
		ServerURL:   cmp.Or(getenv("GITHUB_SERVER_URL"), "https://github.com"),
		Workspace:   getenv("GITHUB_WORKSPACE"),
		RunID:       getenv("GITHUB_RUN_ID"),
		Environment: getenv("RUNNER_ENVIRONMENT"),
	}
	r.lib = githubactions.New(githubactions.WithGetenv(getenv), githubactions.WithWriter(&r.commands),
		githubactions.WithHTTPClient(client))
	return r
}

// SpeakOn sets the stream that the runner reads commands from. masks leads to the
// same stream and is for the values that are masked: out may replace them.
func (r *Runner) SpeakOn(out, masks io.Writer) { r.out, r.masks = out, masks }

// Use sets the transport for requests to the runner.
func (r *Runner) Use(t http.RoundTripper) { r.client.Transport = t }

// Input returns an input of the action, without surrounding white space, as the
// runner's own toolkit does; "" if it is not set. A shell drops variables with a
// dash in their names: behind one, as in a composite action, the input's dashes are
// underscores.
func (r *Runner) Input(name string) string {
	return cmp.Or(r.lib.GetInput(name), r.lib.GetInput(strings.ReplaceAll(name, "-", "_")))
}

// HasIDToken reports whether the job may request an ID token.
func (r *Runner) HasIDToken() bool {
	return r.getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" && r.getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != ""
}

// IDToken requests an OpenID Connect token for an audience. Errors contain no
// part of the answer. Nothing is asked in the clear, except on this machine.
func (r *Runner) IDToken(ctx context.Context, audience string) (string, error) {
	at, err := url.Parse(r.getenv("ACTIONS_ID_TOKEN_REQUEST_URL"))
	if err != nil || at.Scheme != "https" && !isLoopback(at.Hostname()) {
		return "", errors.New("ask the runner for an ID token: ACTIONS_ID_TOKEN_REQUEST_URL is no https address, " +
			"as the runner's own is: nothing was asked")
	}
	token, err := r.lib.GetIDToken(ctx, audience)
	var refused *githubactions.RequestFailedError
	switch {
	case errors.As(err, &refused):
		return "", &tokenError{fmt.Errorf("ask the runner for an ID token: HTTP status %d", refused.StatusCode),
			refused.StatusCode >= 500 || refused.StatusCode == http.StatusTooManyRequests}
	case err != nil:
		return "", &tokenError{fmt.Errorf("ask the runner for an ID token: %w", err), ctx.Err() == nil}
	case token == "":
		return "", errors.New("ask the runner for an ID token: the answer holds none")
	}
	return token, nil
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// A tokenError is one of asking for an ID token, and whether it may pass.
type tokenError struct {
	error
	passes bool
}

func (e *tokenError) Unwrap() error { return e.error }

// Later reports whether it may pass. Nobody said when.
func (e *tokenError) Later() (asked time.Duration, said, again bool) { return 0, false, e.passes }
