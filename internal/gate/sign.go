package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
)

// sign signs the tarball, its checksums and the statements about it in one go,
// and writes the bundles.
func (o *Outcome) sign(ctx context.Context, c Acting, n Net, folder *disk.Folder, in *input) error {
	t := in.subject.Tarball
	if c.Sign == Never || t == nil || !in.acting {
		return nil
	}
	if why := in.unsigned(c); why != "" {
		o.did("sign", report.Skipped, o.tarball, "%s", why)
		return nil
	}
	o.log.enter("sign")
	defer o.log.waitFor("the signatures to be made and logged")()
	files := []sign.Artifact{
		{Name: o.tarball.Name, Bytes: t.Bytes, SHA256: t.SHA256},
		{Name: sums256File, Bytes: o.sums},
	}
	var down *sign.OutageError
	degrade := in.subject.Policy.Signing.Degrade
	claim, err := c.claims(ctx)
	switch {
	case errors.As(err, &down) && degrade:
		o.degrade(append(files, sign.Artifact{Name: sbomName}, sign.Artifact{Name: summaryName}), down)
		return nil
	case err != nil:
		return misuse(err)
	}
	all, err := o.statements(c, n, in, claim)
	if err != nil {
		return err
	}
	o.bill = nil // its statement holds the bytes now
	signer, err := c.signer(n, in.subject.Sent.Access == "restricted")
	if err != nil {
		return err
	}
	bundles, err := signer(ctx, slices.Concat(files, all.artifacts))
	if errors.Is(err, sign.ErrNoProvenanceLog) { // found out before anything is sent
		all.drop(provenanceName, err.Error())
		bundles, err = signer(ctx, slices.Concat(files, all.artifacts))
	}
	var large *sign.TooLargeError
	if errors.As(err, &large) && large.Name == sbomName {
		all.drop(sbomName, "the SBOM is too large for the log; the verification summary has its digest: "+err.Error())
		bundles, err = signer(ctx, slices.Concat(files, all.artifacts))
	}
	switch {
	case c.Sign == Auto && errors.Is(err, sign.ErrNotPublic):
		o.did("sign", report.Skipped, o.tarball, "%s", err.Error())
		return nil
	case errors.As(err, &down) && degrade:
		bundles = down.Signed
		o.degrade(slices.Concat(files, all.artifacts), down)
	case err != nil:
		return misuse(err)
	}
	for _, b := range bundles {
		if err := o.put(folder, b.Name+bundleSuffix, b.JSON); err != nil {
			return err
		}
		if b.Name == provenanceName {
			o.proof = b.JSON
		}
	}
	o.signed(c, bundles)
	o.Document.Verify = c.verifier(in.subject.Remote)
	for _, why := range all.without {
		o.did("attest", report.Skipped, o.tarball, "%s", why)
	}
	return nil
}

// verifyCommand returns the command by which cosign verifies a bundle that a key
// signed. Such a bundle is in no log and has no timestamp, and cosign must be
// told so.
func verifyCommand(c Acting, b sign.Bundle) string {
	if c.Sign != Key || b.Logs > 0 || b.Time {
		return ""
	}
	name := display.Text(b.Name)
	return "; the key's public half verifies it: `cosign verify-blob --key cosign.pub --bundle " + name + bundleSuffix +
		" --insecure-ignore-tlog " + name + "`"
}

// verifier returns the command by which somebody else verifies the folder of the
// evidence; "" where it is not known whom they must ask for. repository is the
// address of the one that the runner names.
func (c Acting) verifier(repository string) string {
	switch {
	case c.Sign == Key:
		return "publishgate verify -key cosign.pub ."
	case repository != "":
		return "publishgate verify -repository " + strings.TrimPrefix(repository, "https://github.com/") + " ."
	}
	return ""
}

// signed notes what was signed.
func (o *Outcome) signed(c Acting, bundles []sign.Bundle) {
	var files []string
	var with, verify string
	for _, b := range bundles {
		switch b.Name {
		case o.tarball.Name:
			o.bundle, o.things = o.wrote(b.Name+bundleSuffix), append(o.things, "tarball")
			files, with, verify = append(files, display.Text(b.Name)), b.Witness(), verifyCommand(c, b)
		case sums256File:
			o.things = append(o.things, "sums")
			files, with = append(files, b.Name), b.Witness()
		}
	}
	if len(files) > 0 {
		o.did("sign", report.Done, o.tarball, "%s, %s%s", strings.Join(files, " and "), with, verify)
	}
	for _, b := range bundles {
		if saidIn[b.Name] != "" {
			o.attested(b)
		}
	}
}

// degrade notes what stays unsigned because a server was down. The note comes
// before all others.
func (o *Outcome) degrade(wanted []sign.Artifact, down *sign.OutageError) {
	var without []string
	for _, a := range wanted {
		if !slices.ContainsFunc(down.Signed, func(b sign.Bundle) bool { return b.Name == a.Name }) {
			without = append(without, cmp.Or(saidIn[a.Name], display.Text(a.Name)))
		}
	}
	caveat := "signed in part: a server was down"
	if len(down.Signed) == 0 {
		caveat = "not signed: a server was down"
	}
	o.Document.Caveats = append([]string{caveat}, o.Document.Caveats...)
	before := o.Run.Acts
	o.Run.Acts = nil
	o.did("sign", report.Failed, o.tarball, "without a signature of %s, as signing.outage of the policy allows: %s",
		strings.Join(without, ", "), down.Error())
	o.Run.Acts = append(o.Run.Acts, before...)
}

// required returns an error if the policy requires a signature that this run does
// not have. Nothing is published then, whatever the reason.
func (o *Outcome) required(in *input) error {
	missing := in.subject.Policy.Signing.Missing(o.things)
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("signing.require of the policy wants a signature of %s, and this run has none",
		strings.Join(missing, ", "))
}

// misuse adds ErrUsage to an error of signing if the ID token was unusable.
func misuse(err error) error {
	var useless *sign.TokenError
	if errors.As(err, &useless) {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return err
}

// unsigned says why nothing is signed, because of -dry-run or because nobody
// asked for it. It returns "" if the tarball is to be signed.
func (in *input) unsigned(c Acting) string {
	why := in.unsignable(c)
	if why == "" && c.Sign == Auto && !advisory.Complete(in.statuses) {
		return "the advisory data are partial; with a complete source it is signed"
	}
	return why
}

// unsignable is unsigned as far as it is known before the sources were asked.
func (in *input) unsignable(c Acting) string {
	switch {
	case c.DryRun: // a log keeps what it was sent
		return "-dry-run sends nothing, so that nothing is signed"
	case c.Sign != Auto:
		return ""
	case c.IDToken == nil:
		return "no ID token is available"
	case in.mayNot != "":
		return "nobody asked for it, and " + display.Text(in.mayNot)
	}
	return ""
}
