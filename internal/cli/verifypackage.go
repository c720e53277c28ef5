package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
	"github.com/publishgate/publishgate/internal/watch"
)

// A published is a version of a package at its registry.
type published struct{ name, version string }

// verify reads the version, its tarball, its attestations and the keys, with one
// request each. If a repository is given, it also reads the repository's
// attestations.
func (w published) verify(ctx context.Context, p Process, v verification, transport http.RoundTripper) ([]verify.Check, error) {
	client, signed, err := w.read(ctx, p, v, transport)
	if err != nil {
		return nil, err
	}
	shelf := watch.Shelf{Client: client, Trust: newTrust(&v).Trust, GitHub: gitHub(p, transport), Owner: v.owner, Repo: v.name}
	pack, err := shelf.Published(ctx, signed)
	if err != nil {
		return nil, err
	}
	pack.Judged = v.integrity
	return pack.Verify(v.who, v.summary, shelf.Trust.Roots()...), nil
}

// gitHub returns how GitHub is asked.
func gitHub(p Process, transport http.RoundTripper) github.Config {
	return github.Config{
		BaseURL:    cmp.Or(p.Getenv("GITHUB_API_URL"), "https://api.github.com"),
		Token:      credential.New(p.Getenv("GITHUB_TOKEN")),
		HTTPClient: &http.Client{Transport: transport}, Now: p.Now,
	}
}

// askedFirst and askedAtMost are how long it takes until a registry is asked again for a version
// that it does not show: at first, and at most.
const askedFirst, askedAtMost = time.Second, 15 * time.Second

// read reads what the registry says about the version. If it does not show it, it
// is asked again as long as -wait says.
func (w published) read(ctx context.Context, p Process, v verification, transport http.RoundTripper) (
	*registry.Client, registry.Signed, error) {
	client, err := registry.New(registry.Options{
		Registry: cmp.Or(v.registry, npm.PublicRegistry), Transport: transport, Now: p.Now,
		Token: credential.New(cmp.Or(p.Getenv("NODE_AUTH_TOKEN"), p.Getenv("NPM_TOKEN"))),
	})
	if err != nil {
		return nil, registry.Signed{}, err
	}
	until := time.Now().Add(v.wait)
	for pause := askedFirst; ; pause = min(2*pause, askedAtMost) {
		signed, found, err := client.Signed(ctx, w.name, w.version)
		switch left := time.Until(until); {
		case err != nil || found:
			return client, signed, err
		case left <= 0 && v.wait > 0:
			return nil, signed, fmt.Errorf("the registry does not show %s@%s after %s: run again, or look at the step that published it",
				w.name, w.version, v.wait)
		case left <= 0:
			return nil, signed, fmt.Errorf("the registry has no %s@%s; where it was published just now, -wait 25m waits for it",
				w.name, w.version)
		default:
			pause = min(pause, left)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, signed, context.Cause(ctx)
		}
	}
}

// bundles reads the attestations at the registry.
func (w published) bundles(ctx context.Context, p Process, v verification, transport http.RoundTripper) (
	all []*verify.Bundle, err error) {
	client, signed, err := w.read(ctx, p, v, transport)
	if err != nil || !signed.Attested {
		return nil, err
	}
	list, err := client.Attestations(ctx, w.name, w.version)
	for _, entry := range list {
		if b, err := verify.ParseBundle(entry.Bundle); err == nil {
			all = append(all, b)
		}
	}
	return all, err
}
