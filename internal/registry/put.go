package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/web"
)

// Put sends a document for a package, once. open returns its bytes, size is
// their number.
//
// nil means that the registry accepted it; whether it is published has to be
// read back. A *StatusError is a refusal, a *RedirectError was not followed,
// and any other error is a broken connection: it is then unknown whether the
// document arrived.
func (c *Client) Put(ctx context.Context, name string, size int64, open func() io.ReadCloser) error {
	if err := checkName(name); err != nil {
		return err
	}
	_, err := c.send(ctx, http.MethodPut, escapedName(name), "publish", size, open)
	return err
}

// SetTag moves a dist-tag of a package to a version, once.
func (c *Client) SetTag(ctx context.Context, name, tag, version string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkSegment(tag); err != nil {
		return err
	}
	if err := checkSegment(version); err != nil {
		return err
	}
	body := `"` + version + `"` // no character of a version needs an escape
	_, err := c.send(ctx, http.MethodPut, "-/package/"+escapedName(name)+"/dist-tags/"+url.PathEscape(tag), "dist-tag",
		int64(len(body)), func() io.ReadCloser { return io.NopCloser(strings.NewReader(body)) })
	return err
}

// send sends a body once and returns the body of a success, at most
// web.MaxErrorBytes of it. command is the one that npm would be called with.
func (c *Client) send(ctx context.Context, method, path, command string, size int64, open func() io.ReadCloser) ([]byte, error) {
	if !c.token.Given() {
		return nil, ErrNoToken
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	req, err := c.request(ctx, method, path, open())
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	// Go's transport asks for the body again only when it knows that the
	// server did not process the first one.
	req.GetBody = func() (io.ReadCloser, error) { return open(), nil }
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Npm-Command", command)
	resp, err := web.Send(c.http, req)
	if err != nil {
		return nil, c.unanswered(method, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, web.MaxErrorBytes))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.statusError(method, resp, body)
	}
	if err != nil {
		return nil, fmt.Errorf("the registry's answer to %s broke off: %w", method, err)
	}
	return body, nil
}

// ErrNoToken means that a write needs a token and there is none.
var ErrNoToken = errors.New("there is no registry token: set NODE_AUTH_TOKEN or NPM_TOKEN")
