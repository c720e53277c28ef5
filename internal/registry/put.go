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
// how many they are.
//
// nil means that the registry said yes, which is not yet "published": read it
// back. A *StatusError is the registry's no, a *RedirectError was not
// followed, and anything else is a connection that broke: whether the document
// arrived is then unknown.
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
	// What a success says in its body is not believed, only waited for.
	body, err := io.ReadAll(io.LimitReader(resp.Body, web.MaxErrorBytes))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.statusError(http.MethodPut, resp, body)
	}
	if err != nil {
		return fmt.Errorf("the registry's answer to PUT broke off: %w", err)
	}
	return nil
}

// ErrNoToken means that something should be written and there is no token.
var ErrNoToken = errors.New("there is no registry token: set NODE_AUTH_TOKEN or NPM_TOKEN")
