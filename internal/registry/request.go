package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxAttempts = 4 // of one read
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
)

// get reads one address below the registry, again where that can help. limit
// bounds the body as it is after decompression; more is an error, not a cut.
func (c *Client) get(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	return c.again(ctx, func() ([]byte, error) { return c.getOnce(ctx, path, accept, limit) })
}

// again reads once, and again where that can help.
func (c *Client) again(ctx context.Context, once func() ([]byte, error)) ([]byte, error) {
	backoff := firstWait
	for attempt := 1; ; attempt++ {
		body, err := once()
		if err == nil {
			return body, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		}
		asked, again := worthAnother(err)
		if !again || attempt == maxAttempts {
			return nil, err
		}
		wait := c.jitter(backoff)
		if asked > 0 {
			wait = asked
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Sub(c.now()) <= wait || wait > longestRetryAfter {
			return nil, fmt.Errorf("%w; it asks to come back in %s, which is more than this run has", err, wait.Round(time.Second))
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, err
		}
		backoff = min(2*backoff, longestWait)
	}
}

func (c *Client) getOnce(ctx context.Context, path, accept string, limit int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	return c.read(c.http, req, limit)
}

// read does one GET, and takes no more of its body than limit.
func (c *Client) read(by *http.Client, req *http.Request, limit int) ([]byte, error) {
	if req.Header.Get("Accept") == acceptTarball { // it is compressed already, and some servers label it so: nothing may be undone on the way
		req.Header.Set("Accept-Encoding", "identity")
	}
	resp, err := by.Do(req)
	if err != nil {
		return nil, c.transportError(req, resp, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, c.statusError(http.MethodGet, resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("the registry's answer broke off: %w", err)
	}
	if len(body) > limit {
		return nil, &AnswerError{What: fmt.Sprintf("the registry's answer is larger than %d bytes", limit)}
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

// transportError turns what http.Client.Do returns into an error that names no
// address with a query and tells a refused redirect from a broken connection.
func (c *Client) transportError(req *http.Request, resp *http.Response, err error) error {
	if errors.Is(err, errRedirect) {
		return c.redirected(req.Method, resp) // CheckRedirect's answer comes along, its body closed
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s %s: %w", req.Method, req.URL.Host, err)
}

// redirected is the error for an answer that points elsewhere.
func (c *Client) redirected(method string, resp *http.Response) error {
	e := &RedirectError{Method: method}
	if resp == nil {
		return e
	}
	e.Status = resp.StatusCode
	if to, err := resp.Location(); err == nil {
		e.to, e.Elsewhere = to, !sameOrigin(to, c.base)
	}
	return e
}

func (c *Client) statusError(method string, resp *http.Response) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return c.redirected(method, resp)
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes)) // an excerpt: half of it will do
	return &StatusError{
		Method: method, Status: resp.StatusCode, Message: excerpt(body, c.token),
		Wait: retryAfter(resp.Header.Get("Retry-After"), c.now()),
	}
}

// worthAnother says whether reading again can help, and how long the registry
// asked to wait.
func worthAnother(err error) (asked time.Duration, again bool) {
	var status *StatusError
	if errors.As(err, &status) {
		switch s := status.Status; {
		case s == 408, s == 425, s == 429, s >= 500 && s != http.StatusNotImplemented:
			return status.Wait, true
		}
		return 0, false
	}
	var redirect *RedirectError
	var answer *AnswerError
	return 0, !errors.As(err, &redirect) && !errors.As(err, &answer)
}

// longestRetryAfter is the most a Retry-After may ask for; it also keeps the
// product below from overflowing.
const longestRetryAfter = 10 * time.Minute

// retryAfter reads the header: seconds or a date. 0 means that there is
// nothing sensible in it; what is far too long comes out as one second more
// than longestRetryAfter, which no budget has.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if digits := strings.Trim(header, "0123456789") == ""; digits {
		seconds, err := strconv.ParseInt(header, 10, 64)
		if err != nil || seconds > int64(longestRetryAfter/time.Second) {
			return longestRetryAfter + time.Second
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), longestRetryAfter+time.Second)
}
