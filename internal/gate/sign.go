package gate

import (
	"context"
	"errors"

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
		return err
	}
	all, err := o.statements(c, n, in, claim)
	if err != nil {
		return err
	}
	signer, err := c.signer(n)
	if err != nil {
		return err
	}
	name := o.tarball.Name
	bundles, err := signer(ctx, append([]sign.Artifact{
		{Name: name, Bytes: t.Bytes, SHA256: t.SHA256},
		{Name: sums256File, Bytes: o.sums},
	}, all.artifacts...))
	if c.Sign == Auto && errors.Is(err, sign.ErrNotPublic) {
		o.did("sign", report.Skipped, o.tarball, "%s", display.Text(err.Error()))
		return nil
	}
	if err != nil {
		return err
	}
	for _, b := range bundles {
		if err := o.put(folder, b.Name+bundleSuffix, b.JSON); err != nil {
			return err
		}
	}
	o.bundle = folder.File(name + bundleSuffix)
	o.did("sign", report.Done, o.tarball, "%s and %s", display.Text(name), sums256File)
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

// signer makes the signer that was asked for.
func (c Acting) signer(n Net) (sign.Signer, error) {
	if c.Sign == Key {
		pem, err := disk.ReadNamed(c.Key, maxKey)
		if err != nil {
			return nil, err
		}
		var password []byte
		if c.Password.Given() {
			password = []byte(c.Password.Reveal())
		}
		return sign.Key(pem, password)
	}
	s := c.Sigstore
	conf := sign.Config{
		Token: c.IDToken, Transport: n.Transport, Now: n.Now,
		Fulcio: s.Fulcio, PublicLog: s.PublicLog, Identity: s.Identity,
	}
	if s.Rekor != "" {
		conf.Rekor = []sign.Log{{URL: s.Rekor, Version: s.RekorVersion}}
	}
	if s.TSA != "" {
		conf.TSA = []string{s.TSA}
	}
	if s.TrustedRoot != "" {
		root, err := disk.ReadNamed(s.TrustedRoot, maxRoot)
		if err != nil {
			return nil, err
		}
		conf.TrustedRoot = root
	}
	return sign.Keyless(conf)
}
