package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// A History is what a packument says of all versions of a package: a few words of
// each, whatever its size. Foreign text, not verified.
type History struct {
	Name        string
	Releases    []Publication     // in order of publication; those without a time first, ascending
	Tags        map[string]string // dist-tag → version
	Maintainers []string          // npm names, in the packument's order; nil: it does not say

	// Times are of every version that the packument has an entry for under time,
	// those that are gone too. The zero time: what stands there is none.
	Times map[string]time.Time

	// Withdrawn: npm says that all of the package was taken back, at Unpublished,
	// which is zero where it does not say when. There are no releases then, unless
	// some were published since.
	Withdrawn   bool
	Unpublished time.Time
}

// A Publication is one published version, and how it was published.
type Publication struct {
	Version string
	Number  npm.Version // Version, parsed; the zero Version: it is no valid one

	Integrity  string // Subresource Integrity, "sha512-…"; may be empty
	Shasum     string // SHA-1 in hex; may be empty
	Tarball    string // address
	Signatures []Signature
	Attested   bool // it has attestations

	Trust            Trust
	By               string    // npm name of who published it; of a trusted publisher "GitHub Actions" or the like
	Approver         string    // npm name of who approved the stage; empty: nobody
	TrustedPublisher string    // its kind, "github"; empty: a token or a person
	Published        time.Time // zero: the packument has no time for it, or one that is none

	License    string // of its manifest
	Deprecated string // the message; "deprecated" where there is none; empty: it is not
}

// History reads the packument of a package once, as a stream. found is false if
// the registry answers that it does not have the package.
//
// Unlike Facts, it takes a redirect to another origin for an error: who watches
// a package of his own would be told that all of it is gone. So it does a version
// whose manifest is of another package or version, and more than MaxVersions.
func (c *Client) History(ctx context.Context, name string) (h *History, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	err = c.walk(ctx, name, func() *reading {
		h = &History{Name: name}
		said := words{}
		return &reading{full: true, each: func(p *part) error { return h.add(p, said) }}
	}, func(r *reading) { h.end(r) })
	switch {
	case absent(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return h, true, nil
}

// add takes a version in.
func (h *History) add(p *part, said words) error {
	if err := p.matches(); err != nil {
		return err
	}
	v := Publication{
		Version: p.key, Integrity: p.dist.Get("integrity").Text(), Shasum: p.dist.Get("shasum").Text(),
		Tarball: p.dist.Get("tarball").Text(), Signatures: p.signatures(), Attested: p.attested(), Trust: p.trust(),
		By:               said.keep(p.user.Get("name").Text()),
		Approver:         said.keep(named(p.user.Get("approver"), "name", "email")),
		TrustedPublisher: said.keep(named(p.user.Get("trustedPublisher"), "id", "oidcConfigId")),
		License:          said.keep(cmp.Or(npm.LicenseText(p.license), npm.LicenseText(p.licenses))),
		Deprecated:       said.keep(p.deprecated),
	}
	for i, s := range v.Signatures {
		v.Signatures[i].KeyID = said.keep(s.KeyID)
	}
	v.Number, _ = npm.ParseVersion(p.key) // the zero Version, if it is none
	h.Releases = append(h.Releases, v)
	return nil
}

// end adds what may stand after the versions, and puts them in order.
func (h *History) end(r *reading) {
	for i := range h.Releases {
		h.Releases[i].Published = r.times[h.Releases[i].Version]
	}
	slices.SortFunc(h.Releases, func(a, b Publication) int {
		return cmp.Or(a.Published.Compare(b.Published), a.Number.Compare(b.Number), strings.Compare(a.Version, b.Version))
	})
	h.Times, h.Tags, h.Maintainers = r.times, r.tags, r.maintainers
	h.Withdrawn, h.Unpublished = r.gone, r.unpublished
}

// words keeps each text once: the versions of a package say mostly the same.
type words map[string]string

func (w words) keep(text string) string {
	if kept, ok := w[text]; ok {
		return kept
	}
	w[text] = text
	return text
}
