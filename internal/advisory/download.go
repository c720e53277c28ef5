package advisory

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
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
	client.CheckRedirect = onwards
	return w.persist(ctx, func() error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := file.Truncate(0); err != nil {
			return err
		}
		got, err := download(ctx, &client, address, file)
		if err == nil && subtle.ConstantTimeCompare(got, digest[:]) != 1 {
			err = fmt.Errorf("%w: %x, expected %x", ErrDigest, got, digest)
		}
		return err
	})
}

func download(ctx context.Context, client *http.Client, address string, out io.Writer) (digest []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	// Not packed for the way: what is counted and hashed is what arrives.
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		return nil, &statusError{resp.StatusCode, resp.Header.Get("Retry-After")}
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(hash, final{out}), io.LimitReader(resp.Body, maxDatabase+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if n > maxDatabase {
		return nil, fmt.Errorf("an answer above %d bytes", maxDatabase)
	}
	return hash.Sum(nil), nil
}

// A final writer's errors are not taken for a network's, which may pass.
type final struct{ to io.Writer }

func (w final) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	if err != nil {
		err = errors.New(err.Error())
	}
	return n, err
}

var errOnwards = fmt.Errorf("%w: a redirect leads to an address that is not public https", errElsewhere)

// onwards lets an anonymous download go where it is sent, within reason.
func onwards(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return errElsewhere
	}
	first := via[0].URL
	same := req.URL.Host == first.Host && req.URL.Scheme == first.Scheme
	if req.URL.User != nil || !same && (req.URL.Scheme != "https" || !public(req.URL)) {
		return errOnwards
	}
	return nil
}

// public tells an address by name or of the public internet from one of this
// machine or its network, as far as it shows.
func public(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return !Loopback(u)
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate()
}

// Loopback reports whether an address is this machine's own: the one place
// where plain http is as good as https.
func Loopback(u *url.URL) bool {
	name := strings.ToLower(u.Hostname())
	if name == "localhost" || strings.HasSuffix(name, ".localhost") { // RFC 6761
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}
