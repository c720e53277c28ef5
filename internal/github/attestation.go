package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/klauspost/compress/snappy"

	"github.com/publishgate/publishgate/internal/web"
)

// The limits of attestations.
const (
	maxBundle  = 32 << 20 // bytes of one bundle
	maxListing = 96 << 20 // bytes of one page, whose bundles may be in it
	perPage    = 30
	maxPages   = 5
)

// StoreAttestation stores a Sigstore bundle that contains an in-toto statement
// with the repository, and returns GitHub's number for it. A bundle that GitHub
// did not take is a *NotUploadedError; any other error is a misuse of this
// function. The token needs attestations: write.
func StoreAttestation(ctx context.Context, cfg Config, owner, repo string, bundle []byte) (id int64, err error) {
	c, err := attestationClient(cfg, owner, repo)
	if err != nil {
		return 0, err
	}
	body := struct {
		Bundle json.RawMessage `json:"bundle"`
	}{bundle}
	var got struct {
		ID int64 `json:"id"`
	}
	var why *NotUploadedError
	retry := c.retry()
	err = retry.Do(ctx, func(ctx context.Context) error {
		req, err := c.api.NewRequest(ctx, http.MethodPost, fmt.Sprintf("repos/%s/%s/attestations", owner, repo), body)
		if err == nil {
			_, err = c.api.Do(req, &got)
		}
		if err == nil && got.ID <= 0 {
			err = errBadAnswer
		}
		if err != nil {
			why = aboutAttestation(c.explain(err))
			return why
		}
		return nil
	})
	if err != nil {
		return 0, why
	}
	return got.ID, nil
}

// Attestations returns the bundles of the attestations that the repository has
// about a file, by its SHA-256 in hex: none where there are none. They are
// foreign: nothing is verified. An attestation that cannot be read is an error,
// because it may be the one that matters.
//
// From version 2026-03-10 of the API on a listing names only the address of each
// bundle; both forms are read. No token is sent to such an address.
func Attestations(ctx context.Context, cfg Config, owner, repo, sha256 string) ([][]byte, error) {
	if err := checkRepository(owner, repo); err != nil {
		return nil, err
	}
	c, err := newClient(cfg, maxListing) // those of a public repository are for everybody
	if err != nil {
		return nil, err
	}
	if len(sha256) != 64 || strings.Trim(sha256, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("digest %+.100q: expected the 64 hex digits of a SHA-256", sha256)
	}
	var bundles [][]byte
	after := ""
	for range maxPages {
		query := url.Values{"per_page": {fmt.Sprint(perPage)}}
		if after != "" {
			query.Set("after", after)
		}
		page, next, err := c.listOnce(ctx,
			fmt.Sprintf("repos/%s/%s/attestations/sha256:%s?%s", owner, repo, sha256, query.Encode()))
		var why *NotUploadedError
		if errors.As(err, &why) && why.Reason == NotFound && after == "" {
			return nil, nil // GitHub answers so where there are none
		}
		if err != nil {
			return nil, err
		}
		for _, entry := range page {
			bundle, err := c.bundle(ctx, cfg, entry)
			if err != nil {
				return nil, err
			}
			bundles = append(bundles, bundle)
		}
		if after = next; after == "" {
			return bundles, nil
		}
	}
	return nil, fmt.Errorf("GitHub lists more than %d attestations of one file", maxPages*perPage)
}

// An entry is one item of a listing.
type entry struct {
	Bundle json.RawMessage `json:"bundle"`
	URL    string          `json:"bundle_url"`
}

// listOnce reads one page, and says where the next one begins.
func (c *client) listOnce(ctx context.Context, path string) (page []entry, next string, err error) {
	var got struct {
		Attestations []entry `json:"attestations"`
	}
	var why *NotUploadedError
	retry := c.retry()
	err = retry.Do(ctx, func(ctx context.Context) error {
		req, err := c.api.NewRequest(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		resp, err := c.api.Do(req, &got)
		if err != nil {
			why = c.explain(err)
			why.what = "attestations not read"
			return why
		}
		next = resp.After
		return nil
	})
	if err != nil && why != nil {
		return nil, "", why
	}
	return got.Attestations, next, err
}

// bundle returns the bundle of an entry, from its address where it is not in the
// listing itself. There it is compressed, in Snappy's block format
// (github.com/cli/cli, pkg/cmd/attestation/api).
func (c *client) bundle(ctx context.Context, cfg Config, e entry) ([]byte, error) {
	if len(e.Bundle) > 0 && string(e.Bundle) != "null" {
		return e.Bundle, nil
	}
	at, err := url.Parse(e.URL)
	api, ok := web.Address(cfg.BaseURL)
	if err != nil || !ok || at.User != nil || at.Scheme != "https" && !web.SameOrigin(at, api) || at.Host == "" {
		return nil, fmt.Errorf("GitHub lists an attestation without a bundle, at %+.200q", e.URL)
	}
	bare := http.Client{Transport: cfg.HTTPClient.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var packed []byte
	retry := c.retry()
	err = retry.Do(ctx, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(web.Onward(ctx, api), http.MethodGet, at.String(), nil)
		if err != nil {
			return err
		}
		resp, body, err := web.Exchange(&bare, req, maxBundle)
		if err == nil && resp.StatusCode != http.StatusOK {
			e := &NotUploadedError{Reason: Rejected, what: "attestation not read",
				Text: fmt.Sprintf("%s answered %d", at.Host, resp.StatusCode)}
			if web.Passes(resp.StatusCode) {
				e.Reason = Unavailable
			}
			err = e
		}
		packed = body
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read an attestation at %+.200q: %w", at.Host, err)
	}
	if json.Valid(packed) {
		return packed, nil
	}
	if size, err := snappy.DecodedLen(packed); err != nil || size > maxBundle {
		return nil, fmt.Errorf("read an attestation at %+.200q: it is no bundle of at most %d MB", at.Host, maxBundle>>20)
	}
	bundle, err := snappy.Decode(nil, packed)
	if err != nil || !json.Valid(bundle) {
		return nil, fmt.Errorf("read an attestation at %+.200q: it is no bundle", at.Host)
	}
	return bundle, nil
}

func attestationClient(cfg Config, owner, repo string) (*client, error) {
	if err := checkRepository(owner, repo); err != nil {
		return nil, err
	}
	if !cfg.Token.Given() {
		return nil, aboutAttestation(&NotUploadedError{Reason: NoToken,
			Text: "there is no GitHub token: set GITHUB_TOKEN or the input github-token"})
	}
	return newClient(cfg, maxListing)
}

// aboutAttestation says what the answers mean that mean something else for a
// SARIF file.
func aboutAttestation(e *NotUploadedError) *NotUploadedError {
	e.what = "attestation not stored"
	switch e.Reason {
	case Forbidden, CodeScanningOff:
		e.Reason = Forbidden
		e.Text = "the token may not store it: the job needs `permissions: attestations: write`" + e.said
	case NotFound:
		e.Text = "GitHub stores none for this repository (a private one needs GitHub Enterprise Cloud), or the token " +
			"cannot see it: the job needs `permissions: attestations: write`" + e.said
	case TooLarge:
		e.Text = "GitHub found the bundle too large" + e.said
	case Rejected:
		e.Text = fmt.Sprintf("GitHub rejected the bundle with %d%s", e.status, e.said)
	}
	return e
}

// Why returns the text of an error of this package without what was not done,
// for a report that has said that already.
func Why(err error) string {
	var not *NotUploadedError
	if errors.As(err, &not) {
		return not.Text
	}
	return err.Error()
}
