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
	pack := verify.Package{Version: versionOf(signed), PURL: npm.PURLOf(w.name, w.version), Attested: signed.Attested,
		Unread: map[string]error{}}
	if pack.Tarball, err = client.Served(ctx, signed.Info, maxArtifact); err != nil {
		return nil, err
	}
	trust := trust{v: &v}
	if err := w.keys(ctx, client, &pack, &trust); err != nil {
		return nil, err
	}
	if err := w.attestations(ctx, client, &pack, &trust); err != nil {
		return nil, err
	}
	if v.owner != "" {
		if err := w.stored(ctx, p, v, &pack, &trust, transport); err != nil {
			return nil, err
		}
	}
	return pack.Verify(v.who, v.summary, trust.roots()...), nil
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

func versionOf(s registry.Signed) verify.Version {
	version := verify.Version{Name: s.Name, Version: s.Version, Integrity: s.Integrity, Published: s.Published}
	for _, sig := range s.Signatures {
		version.Signatures = append(version.Signatures, verify.Signature{KeyID: sig.KeyID, Sig: sig.Sig})
	}
	return version
}

// keys gets the registry's keys. Those of the public registry come from the TUF
// repository, unless roots are given. Those of another registry come from that
// registry.
func (w published) keys(ctx context.Context, client *registry.Client, pack *verify.Package, t *trust) error {
	if client.URL() == npm.PublicRegistry && len(t.v.roots) == 0 {
		var err error
		pack.Keys, err = t.npmKeys(ctx)
		return err
	}
	data, err := client.PublicKeys(ctx)
	if err != nil {
		return err
	}
	if data == nil {
		pack.NoKeys = "the registry publishes no keys"
		return nil
	}
	pack.Keys, err = verify.ParseKeys(data)
	return err
}

// stored gets the repository's attestations about the tarball.
func (w published) stored(ctx context.Context, p Process, v verification, pack *verify.Package, t *trust,
	transport http.RoundTripper) (err error) {
	pack.AskedStore = true
	pack.Stored, err = github.Attestations(ctx, github.Config{
		BaseURL:    cmp.Or(p.Getenv("GITHUB_API_URL"), "https://api.github.com"),
		Token:      credential.New(p.Getenv("GITHUB_TOKEN")),
		HTTPClient: &http.Client{Transport: transport}, Now: p.Now,
	}, v.owner, v.name, verify.Artifact{Bytes: pack.Tarball}.Digest())
	if err != nil {
		pack.Unread["stored"] = err
		return ctx.Err()
	}
	for _, data := range pack.Stored {
		if b, err := verify.ParseBundle(data); err == nil {
			if err := t.need(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// attestations gets the registry's list of attestations, if the version has one.
func (w published) attestations(ctx context.Context, client *registry.Client, pack *verify.Package, t *trust) error {
	if !pack.Attested {
		return nil
	}
	list, err := client.Attestations(ctx, w.name, w.version)
	if err != nil {
		pack.Unread["attestations"] = err
		return ctx.Err()
	}
	for _, entry := range list {
		pack.Attestations = append(pack.Attestations, verify.Listed{PredicateType: entry.PredicateType, Bundle: entry.Bundle})
		if b, err := verify.ParseBundle(entry.Bundle); err == nil {
			if err := t.need(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
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
