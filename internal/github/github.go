// Package github uploads a SARIF file to GitHub code scanning and waits until
// it is processed, stores and lists a repository's attestations, and keeps one
// comment on a pull request.
//
// It does not decide what a failed upload means: it returns a *NotUploadedError
// with a reason, and the gate makes it a warning (-upload-sarif auto) or an
// error (always). The API's address is an argument, so GitHub Enterprise Server
// works; nothing is read from the environment. The package does not read or
// change the SARIF.
package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/google/go-github/v89/github"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/web"
)

// Config is the configuration of the API client. BaseURL, Token, HTTPClient and
// Now are required.
type Config struct {
	BaseURL    string            // GITHUB_API_URL: https://api.github.com, https://ghe.example/api/v3
	Token      credential.Secret // a token with security-events: write, attestations: write, contents: write or pull-requests: write
	HTTPClient *http.Client      // its Transport must be set; redirects are always refused
	UserAgent  string            // empty: "publishgate"

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error // nil: a timer
}

// The limits of one upload.
const (
	// MaxSARIF is GitHub's limit for the compressed SARIF, in bytes
	// (docs.github.com, "SARIF support for code scanning").
	MaxSARIF    = 10 << 20
	maxAnswer   = 1 << 20          // bytes of one answer
	callTimeout = 60 * time.Second // for one call
	maxAttempts = 3                // for the upload
	longestWait = 2 * time.Minute  // for one rate limit
	// noHeaderWait is for a secondary rate limit without a time, as GitHub's
	// documentation asks.
	noHeaderWait = time.Minute
)

// A client is a configured client of the API.
type client struct {
	api   *api.Client
	base  *url.URL // of the API, ends with a slash
	token credential.Secret
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// newClient makes a client that reads at most limit bytes of an answer.
func newClient(c Config, limit int64) (*client, error) {
	if c.HTTPClient == nil || c.HTTPClient.Transport == nil {
		// The default transport would take a proxy from the environment.
		return nil, errors.New("GitHub client without a transport")
	}
	if c.Now == nil {
		return nil, errors.New("GitHub client without a clock")
	}
	u, ok := web.Address(c.BaseURL)
	if !ok {
		return nil, errors.New("the address of the GitHub API cannot be used: expected https://host/path (GITHUB_API_URL)")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	base := u.String()
	agent := c.UserAgent
	if agent == "" {
		agent = "publishgate"
	}
	plain := *c.HTTPClient
	plain.Transport = web.Capped(plain.Transport, limit)
	plain.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	options := []api.ClientOptionsFunc{
		api.WithHTTPClient(&plain), api.WithURLs(&base, nil), api.WithUserAgent(agent),
		// The library would remember rate limits by the wall clock and refuse
		// requests itself; waiting is decided here.
		api.WithDisableRateLimitCheck(),
	}
	if c.Token.Given() {
		options = append(options, api.WithAuthToken(c.Token.Reveal()))
	}
	cl, err := api.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("GitHub client: %w", err)
	}
	if c.Sleep == nil {
		c.Sleep = web.Sleep
	}
	return &client{cl, u, c.Token, c.Now, c.Sleep}, nil
}
