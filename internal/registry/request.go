package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

// again is the policy for a read. A document is never sent again here.
var again = web.Retry{Attempts: 4, Each: readTimeout, First: 500 * time.Millisecond, Patience: 10 * time.Minute}

// maxRedirects is how many hops an anonymous read may take.
const maxRedirects = 3

// home follows an anonymous read within the registry's own origin, and nothing
// that carries a token or a document.
func (c *Client) home() web.Redirects {
	if c.token.Given() {
		return web.Redirects{}
	}
	return web.Redirects{Hops: maxRedirects, Allow: func(to, first *http.Request) bool {
		return first.Method == http.MethodGet && web.SameOrigin(to.URL, c.base)
	}}
}

// onward follows a read that carries no credential as far as c.leads.
func (c *Client) onward() web.Redirects {
	return web.Redirects{Hops: maxRedirects, Allow: func(to, _ *http.Request) bool { return c.leads(to.URL) }}
}

// leads reports whether an address that an answer gives may be asked for,
// without a credential: https, or plain http where the user's own word is http;
// and this machine or its network only where the registry is there too.
func (c *Client) leads(to *url.URL) bool {
	return (to.Scheme == "https" || to.Scheme == c.base.Scheme) && to.Hostname() != "" && to.User == nil &&
		to.Opaque == "" && (web.Public(to) || !web.Public(c.base))
}

// get reads one address below the registry, again where that can help. limit
// bounds the body as it is after decompression; more is an error, not a cut.
func (c *Client) get(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	return c.read(ctx, c.http, func(ctx context.Context) (*http.Request, error) {
		req, err := c.request(ctx, http.MethodGet, path, nil)
		if err == nil {
			req.Header.Set("Accept", accept)
		}
		return req, err
	}, limit)
}

// read does one GET, again where that can help, and takes no more of its body
// than limit.
func (c *Client) read(ctx context.Context, by *http.Client, ask func(context.Context) (*http.Request, error),
	limit int) (body []byte, err error) {
	err = c.again.Do(ctx, func(ctx context.Context) error {
		req, err := ask(ctx)
		if err != nil {
			return err
		}
		if req.Header.Get("Accept") == acceptTarball {
			// It is compressed already, and some servers label it so: nothing may be
			// undone on the way.
			req.Header.Set("Accept-Encoding", "identity")
		}
		var resp *http.Response
		if resp, body, err = web.Exchange(by, req, int64(limit)); err != nil {
			return c.unanswered(req.Method, err)
		}
		if resp.StatusCode != http.StatusOK {
			return c.statusError(req.Method, resp, body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.address(path), body)
	if err != nil {
		return nil, fmt.Errorf("address a request: %w", err)
	}
	req.Header.Set("User-Agent", c.agent)
	if c.token.Given() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	return req, nil
}

// unanswered says of an error of web's what it means here.
func (c *Client) unanswered(method string, err error) error {
	var redirect *web.RedirectError
	var large *web.TooLargeError
	switch {
	case errors.As(err, &redirect):
		return c.redirected(method, redirect.Status, redirect.To)
	case errors.As(err, &large):
		return &AnswerError{What: fmt.Sprintf("the registry's answer is larger than %d bytes", large.Limit)}
	}
	return err
}

// redirected is the error for an answer that points elsewhere.
func (c *Client) redirected(method string, status int, to *url.URL) error {
	return &RedirectError{Method: method, Status: status, to: to, Elsewhere: to != nil && !web.SameOrigin(to, c.base)}
}

func (c *Client) statusError(method string, resp *http.Response, body []byte) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		to, _ := resp.Location()
		return c.redirected(method, resp.StatusCode, to)
	}
	wait, _ := web.RetryAfter(resp.Header, c.again.Time())
	return &StatusError{Method: method, Status: resp.StatusCode, Message: excerpt(body, c.token), Wait: wait}
}
