package advisory

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/publishgate/publishgate/internal/web"
)

// maxDatabase is the largest database that is downloaded, in bytes: forty times
// what the whole ecosystem takes today.
const maxDatabase = 1 << 30

// ErrDigest says that what was downloaded is not what was asked for.
var ErrDigest = errors.New("its SHA-256 is another")

// Download writes what is at an address to a file that is empty, and fails
// unless it has the digest. Without the right digest the file's content is
// worth nothing. No credential is sent, so a redirect is followed – releases
// are behind one – to any public https address.
func (w *Web) Download(ctx context.Context, address string, digest [sha256.Size]byte, file *os.File) error {
	client := *w.Client
	client.CheckRedirect = onwards.Check
	retry := w.retry()
	return retry.Do(ctx, func(ctx context.Context) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := file.Truncate(0); err != nil {
			return err
		}
		got, err := w.download(ctx, &client, address, file)
		if err == nil && subtle.ConstantTimeCompare(got, digest[:]) != 1 {
			err = fmt.Errorf("%w: %x, expected %x", ErrDigest, got, digest)
		}
		return err
	})
}

// onwards lets an anonymous download go where it is sent, within reason.
var onwards = web.Redirects{Hops: maxRedirects, Rule: "an address that is not public https",
	Allow: func(to, first *http.Request) bool {
		return web.SameOrigin(to.URL, first.URL) || to.URL.Scheme == "https" && web.Public(to.URL)
	}}

func (w *Web) download(ctx context.Context, client *http.Client, address string, out io.Writer) (digest []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	// Not packed for the way: what is counted and hashed is what arrives.
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := web.Send(client, req.WithContext(web.Onward(ctx, req.URL)))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if err := w.status(resp); err != nil {
		return nil, err
	}
	hash := sha256.New()
	if _, err := web.Copy(io.MultiWriter(hash, out), resp.Body, maxDatabase); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}
