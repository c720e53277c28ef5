package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

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
	if !c.token.Given() {
		return ErrNoToken
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodPut, escapedName(name), open())
	if err != nil {
		return err
	}
	req.ContentLength = size
	// Go's transport asks for the body again only when it knows that the
	// server did not process the first one.
	req.GetBody = func() (io.ReadCloser, error) { return open(), nil }
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Npm-Command", "publish")
	resp, err := web.Send(c.http, req)
	if err != nil {
		return c.unanswered(http.MethodPut, err)
	}
	defer resp.Body.Close()
	// The body of a success is read but not used.
	body, err := io.ReadAll(io.LimitReader(resp.Body, web.MaxErrorBytes))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.statusError(http.MethodPut, resp, body)
	}
	if err != nil {
		return fmt.Errorf("the registry's answer to PUT broke off: %w", err)
	}
	return nil
}

// ErrNoToken means that a write needs a token and there is none.
var ErrNoToken = errors.New("there is no registry token: set NODE_AUTH_TOKEN or NPM_TOKEN")
