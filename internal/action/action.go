// Package action speaks with the GitHub runner: inputs, context, outputs, the
// job summary, annotations and the ID token. Only this room knows the runner's
// files and commands. It says nothing that a package could have worded: what it
// writes has been escaped before it arrives here, and is checked once more.
package action

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	githubactions "github.com/sethvargo/go-githubactions"
)

// A Runner is the runner that this process is a step of.
type Runner struct {
	lib    *githubactions.Action
	client *http.Client // that the library was given
	getenv func(string) string
	out    io.Writer
	stop   string // the token that ends stop-commands; empty: commands are live

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

// New returns the runner, or nil where there is none. Commands are written to
// out, the stream that the runner reads; client is used for the ID token.
func New(getenv func(string) string, out io.Writer, client *http.Client) *Runner {
	if getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	return &Runner{
		lib:         githubactions.New(githubactions.WithGetenv(getenv), githubactions.WithWriter(out), githubactions.WithHTTPClient(client)),
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
}

// Use makes a transport carry the requests to the runner.
func (r *Runner) Use(t http.RoundTripper) { r.client.Transport = t }

// Input returns an input of the action, blanks at both ends trimmed as the
// runner's own toolkit does; "" where it is not set.
func (r *Runner) Input(name string) string { return r.lib.GetInput(name) }

// HasIDToken reports whether the job may ask for an ID token.
func (r *Runner) HasIDToken() bool {
	return r.getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" && r.getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != ""
}

// IDToken asks the runner for an OpenID Connect token for an audience. Errors
// carry no part of the answer.
func (r *Runner) IDToken(ctx context.Context, audience string) (string, error) {
	token, err := r.lib.GetIDToken(ctx, audience)
	var refused *githubactions.RequestFailedError
	switch {
	case errors.As(err, &refused):
		return "", fmt.Errorf("ask the runner for an ID token: HTTP status %d", refused.StatusCode)
	case err != nil:
		return "", fmt.Errorf("ask the runner for an ID token: %w", err)
	case token == "":
		return "", errors.New("ask the runner for an ID token: the answer holds none")
	}
	return token, nil
}

// Quiet makes the runner ignore commands in both streams from here on: the
// rest of the output quotes foreign text. Only Annotate can speak again, with
// the 128-bit word that no text written before this moment can hold.
func (r *Runner) Quiet() {
	var word [16]byte
	_, _ = rand.Read(word[:]) // never fails (crypto/rand)
	r.stop = hex.EncodeToString(word[:])
	_, _ = fmt.Fprintf(r.out, "::stop-commands::%s\n", r.stop)
}
