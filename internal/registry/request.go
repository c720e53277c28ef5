package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

// again is the policy for a read. A document is never sent again here.
var again = web.Retry{Attempts: 4, Each: readTimeout, First: 500 * time.Millisecond, Patience: 10 * time.Minute}

// maxRedirects is the maximum number of redirects of an anonymous read.
const maxRedirects = 3

// home follows redirects of an anonymous read within the registry's origin, and
// none with a token or a document.
func (c *Client) home() web.Redirects {
	if c.token.Given() {
		return web.Redirects{}
	}
	return web.Redirects{Hops: maxRedirects, Allow: func(to, first *http.Request) bool {
		return first.Method == http.MethodGet && web.SameOrigin(to.URL, c.base)
	}}
}

// onward follows redirects of a read without a credential to addresses that
// c.leads allows.
func (c *Client) onward() web.Redirects {
	return web.Redirects{Hops: maxRedirects, Allow: func(to, _ *http.Request) bool { return c.leads(to.URL) }}
}

// leads reports whether an address in an answer may be read, without a
// credential: https, or http if the registry's address is http; and this
// machine or its network only if the registry is there too.
func (c *Client) leads(to *url.URL) bool {
	return (to.Scheme == "https" || to.Scheme == c.base.Scheme) && to.Hostname() != "" && to.User == nil &&
		to.Opaque == "" && (web.Public(to) || !web.Public(c.base))
}

// get reads one address below the registry, with retries. limit bounds the
// decompressed body; a longer one is an error.
func (c *Client) get(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	return c.read(ctx, c.http, func(ctx context.Context) (*http.Request, error) {
		req, err := c.request(ctx, http.MethodGet, path, nil)
		if err == nil {
			req.Header.Set("Accept", accept)
		}
		return req, err
	}, limit)
}

// read does one GET, with retries, and reads at most limit bytes of the body.
func (c *Client) read(ctx context.Context, by *http.Client, ask func(context.Context) (*http.Request, error),
	limit int) (body []byte, err error) {
	err = c.again.Do(ctx, func(ctx context.Context) error {
		req, err := ask(ctx)
		if err != nil {
			return err
		}
		if req.Header.Get("Accept") == acceptTarball {
			// A tarball is compressed already, and some servers label it so: it
			// must not be decompressed here.
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
	if c.code.Given() {
		req.Header.Set("npm-otp", c.code.Reveal())
	}
	return req, nil
}

// unanswered turns an error of package web into one of this package.
func (c *Client) unanswered(method string, err error) error {
	var redirect *web.RedirectError
	var large *web.TooLargeError
	switch {
	case errors.As(err, &redirect):
		return c.redirected(method, redirect.Status, redirect.To)
	case errors.As(err, &large):
		return &AnswerError{What: fmt.Sprintf("the answer of %s is larger than %d bytes", cmp.Or(c.who, theRegistry), large.Limit)}
	}
	return err
}

// redirected returns the error for a redirect.
func (c *Client) redirected(method string, status int, to *url.URL) error {
	return &RedirectError{Method: method, Status: status, to: to, Elsewhere: to != nil && !web.SameOrigin(to, c.base),
		who: c.who, flag: c.flag}
}

func (c *Client) statusError(method string, resp *http.Response, body []byte) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		to, _ := resp.Location()
		return c.redirected(method, resp.StatusCode, to)
	}
	wait, _ := web.RetryAfter(resp.Header, c.again.Time())
	return &StatusError{Method: method, Status: resp.StatusCode, Message: excerpt(body, c.token), Wait: wait, who: c.who,
		Code: resp.StatusCode == http.StatusUnauthorized && strings.Contains(strings.ToLower(resp.Header.Get("WWW-Authenticate")), "otp")}
}
