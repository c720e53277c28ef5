package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

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

// read reads what the registry says about the version.
func (w published) read(ctx context.Context, p Process, v verification, transport http.RoundTripper) (
	*registry.Client, registry.Signed, error) {
	client, err := registry.New(registry.Options{
		Registry: cmp.Or(v.registry, npm.PublicRegistry), Transport: transport, Now: p.Now,
		Token: credential.New(cmp.Or(p.Getenv("NODE_AUTH_TOKEN"), p.Getenv("NPM_TOKEN"))),
	})
	if err != nil {
		return nil, registry.Signed{}, err
	}
	signed, found, err := client.Signed(ctx, w.name, w.version)
	if err == nil && !found {
		err = fmt.Errorf("the registry has no %s@%s", w.name, w.version)
	}
	return client, signed, err
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
