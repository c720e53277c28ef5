package registry

import (
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

const acceptTarball = "application/octet-stream, */*;q=0.1"

// Tarball reads the packed bytes of a version that the registry told of, at most
// limit of them, and holds them against its own digests. They are bytes of a
// stranger all the same.
func (c *Client) Tarball(ctx context.Context, info Info, limit int) ([]byte, error) {
	path, err := c.tarballPath(info)
	if err != nil {
		return nil, err
	}
	data, err := c.get(ctx, path, acceptTarball, limit)
	if err != nil {
		return nil, fmt.Errorf("read the tarball of %s@%s: %w", info.Name, info.Version, err)
	}
	return data, verify(data, info)
}

// tarballPath is where the tarball lies below the registry that the user named.
// The address comes from an answer, so nothing else of it is followed: not to
// another host, where the token must not go, nor to another folder of the same
// host, which npm binds another token to. As npm does, http is read as the
// registry's own scheme and the public registry's host as the user's, which
// mirrors leave as it was (npm's replace-registry-host).
func (c *Client) tarballPath(info Info) (string, error) {
	elsewhere := &AnswerError{What: fmt.Sprintf("the tarball of %s@%s is not below the registry but at %+.200q: nothing was asked for there", info.Name, info.Version, info.Tarball)}
	if rest, ok := strings.CutPrefix(info.Tarball, npm.PublicRegistry); ok {
		return rest, plainPath(rest, elsewhere)
	}
	for _, scheme := range []string{"https", "http"} {
		if rest, ok := strings.CutPrefix(info.Tarball, scheme+"://"+c.base.Host+c.base.Path); ok {
			return rest, plainPath(rest, elsewhere)
		}
	}
	return "", elsewhere
}

// plainPath is bad unless path leads nowhere but down, whoever reads it.
func plainPath(path string, bad error) error {
	plain := strings.NewReplacer("%2f", "/", "%2F", "/", "%40", "@").Replace(path)
	if path == "" || !printable(path) || strings.ContainsAny(plain, "%?#\\") || strings.HasPrefix(plain, "/") || strings.Contains(plain, "//") ||
		strings.Contains("/"+plain+"/", "/../") || strings.Contains("/"+plain+"/", "/./") {
		return bad
	}
	return nil
}

// verify compares the bytes with the digests that the registry gives: SHA-512,
// or on versions from before 2017 the SHA-1 that is all they have.
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
			return &AnswerError{What: fmt.Sprintf("the tarball of %s@%s is not the one that the registry has the integrity of", info.Name, info.Version)}
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
