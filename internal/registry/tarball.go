package registry

import (
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/web"
)

const acceptTarball = "application/octet-stream, */*;q=0.1"

// Tarball reads the packed bytes of a version, at most limit, and compares them
// with the registry's digests. They are foreign bytes all the same.
func (c *Client) Tarball(ctx context.Context, info Info, limit int) ([]byte, error) {
	data, err := c.Served(ctx, info, limit)
	if err != nil {
		return nil, err
	}
	return data, verify(data, info)
}

// Served reads the packed bytes of a version, at most limit, without verifying
// them; the caller needs a digest. Requests below the registry have the token,
// others do not.
func (c *Client) Served(ctx context.Context, info Info, limit int) ([]byte, error) {
	path, to, err := c.tarballAddress(info)
	if err != nil {
		return nil, err
	}
	var data []byte
	if to == nil {
		data, err = c.get(ctx, path, acceptTarball, limit)
		var redirect *RedirectError
		if errors.As(err, &redirect) && redirect.to != nil && c.leads(redirect.to) {
			to = redirect.to // many registries have their tarballs elsewhere
		}
	}
	if to != nil {
		if data, err = c.getBare(ctx, to, limit); err != nil {
			// not wrapped: the text may be about the token
			err = fmt.Errorf("at %+q, where the registry says it lies: %v", to.Host, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the tarball of %s@%s: %w", info.Name, info.Version, err)
	}
	return data, nil
}

// getBare reads another address, without a credential.
func (c *Client) getBare(ctx context.Context, to *url.URL, limit int) ([]byte, error) {
	return c.read(web.Onward(ctx, c.base), c.bare, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
		if err != nil {
			return nil, errors.New("the address of the tarball cannot be asked for")
		}
		req.Header.Set("User-Agent", c.agent)
		req.Header.Set("Accept", acceptTarball)
		return req, nil
	}, limit)
}

// tarballAddress returns where a tarball is: a path below the registry, or
// another address, which must not get the token: another host, or another
// directory of the same host, for which npm has another token. As in npm, http
// is replaced by the registry's own scheme and the public registry's host by the
// user's, since mirrors leave it unchanged (npm's replace-registry-host).
func (c *Client) tarballAddress(info Info) (path string, to *url.URL, err error) {
	bad := &AnswerError{What: fmt.Sprintf("the tarball of %s@%s is said to be at %+.200q: nothing was asked for there",
		info.Name, info.Version, info.Tarball)}
	if rest, ok := strings.CutPrefix(info.Tarball, npm.PublicRegistry); ok {
		return rest, nil, plainPath(rest, bad)
	}
	for _, scheme := range []string{"https", "http"} {
		if rest, ok := strings.CutPrefix(info.Tarball, scheme+"://"+c.base.Host+c.base.Path); ok {
			return rest, nil, plainPath(rest, bad)
		}
	}
	to, err = url.Parse(info.Tarball)
	if err != nil || !printable(info.Tarball) || !c.leads(to) {
		return "", nil, bad
	}
	return "", to, nil
}

// plainPath returns an error unless every reader takes the path as one that
// leads down.
func plainPath(path string, bad error) error {
	plain := strings.NewReplacer("%2f", "/", "%2F", "/", "%40", "@").Replace(path)
	if path == "" || !printable(path) || strings.ContainsAny(plain, "%?#\\") || strings.HasPrefix(plain, "/") ||
		strings.Contains(plain, "//") ||
		strings.Contains("/"+plain+"/", "/../") || strings.Contains("/"+plain+"/", "/./") {
		return bad
	}
	return nil
}

// verify compares the bytes with the registry's digests: SHA-512, or, for
// versions from before 2017, SHA-1.
func verify(data []byte, info Info) error {
	long, short := sha512.Sum512(data), sha1.Sum(data)
	want, has := base64.StdEncoding.EncodeToString(long[:]), false
	for token := range strings.FieldsSeq(info.Integrity) {
		digest, ok := strings.CutPrefix(token, "sha512-")
		if !ok {
			continue
		}
		has = true
		if digest, _, _ = strings.Cut(digest, "?"); digest != want { // SRI options
			return &AnswerError{What: fmt.Sprintf("the tarball of %s@%s is not the one that the registry has the integrity of",
				info.Name, info.Version)}
		}
	}
	switch {
	case has:
		return nil
	case info.Shasum == "":
		return &AnswerError{What: fmt.Sprintf("the registry gives no digest of the tarball of %s@%s", info.Name, info.Version)}
	case info.Shasum != hex.EncodeToString(short[:]):
		return &AnswerError{What: fmt.Sprintf("the tarball of %s@%s is not the one that the registry has the shasum of", info.Name, info.Version)}
	}
	return nil
}
