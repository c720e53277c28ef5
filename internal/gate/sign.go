package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
)

// sign signs the tarball, its sums and the statements about it together, and
// writes the bundles.
func (o *Outcome) sign(ctx context.Context, c Acting, n Net, folder *disk.Folder, in *input) error {
	t := in.subject.Tarball
	if c.Sign == Never || t == nil || !in.acting {
		return nil
	}
	if why := in.unsigned(c); why != "" {
		o.did("sign", report.Skipped, o.tarball, "%s", why)
		return nil
	}
	claim, err := c.claims(ctx)
	if err != nil {
		return misuse(err)
	}
	all, err := o.statements(c, n, in, claim)
	if err != nil {
		return err
	}
	signer, err := c.signer(n, in.subject.Sent.Access == "restricted")
	if err != nil {
		return err
	}
	name := o.tarball.Name
	files := []sign.Artifact{
		{Name: name, Bytes: t.Bytes, SHA256: t.SHA256},
		{Name: sums256File, Bytes: o.sums},
	}
	bundles, err := signer(ctx, slices.Concat(files, all.artifacts))
	if errors.Is(err, sign.ErrNoProvenanceLog) { // known before anything is sent
		all.drop(sign.Provenance, err)
		bundles, err = signer(ctx, slices.Concat(files, all.artifacts))
	}
	if c.Sign == Auto && errors.Is(err, sign.ErrNotPublic) {
		o.did("sign", report.Skipped, o.tarball, "%s", display.Text(err.Error()))
		return nil
	}
	if err != nil {
		return misuse(err)
	}
	for _, b := range bundles {
		if err := o.put(folder, b.Name+bundleSuffix, b.JSON); err != nil {
			return err
		}
	}
	o.bundle = folder.File(name + bundleSuffix)
	o.did("sign", report.Done, o.tarball, "%s and %s, %s", display.Text(name), sums256File, bundles[0].Witness())
	for _, b := range bundles {
		if saidIn[b.Name] != "" {
			o.attested(b)
		}
	}
	for _, why := range all.without {
		o.did("attest", report.Skipped, o.tarball, "%s", display.Text(why))
	}
	return nil
}

// misuse says of an error of signing whether it is one of use: without a usable
// token nobody was asked to sign.
func misuse(err error) error {
	var useless *sign.TokenError
	if errors.As(err, &useless) {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return err
}

// unsigned says why a signature that nobody asked for is not made; empty: it is,
// or somebody asked.
func (in *input) unsigned(c Acting) string {
	switch {
	case c.Sign != Auto:
		return ""
	case c.IDToken == nil:
		return "no ID token is available"
	case in.mayNot != "":
		return "nobody asked for it, and " + display.Text(in.mayNot)
	case !advisory.Complete(in.statuses):
		return "the advisory data are partial; with a complete source it is signed"
	}
	return ""
}
