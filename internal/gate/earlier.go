package gate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
	"github.com/publishgate/publishgate/internal/verify"
)

// alreadyThere notes that an earlier run published exactly these bytes. Nothing
// is signed again. The attestations of that run are fetched from where they are
// stored, further dist-tags are set, and access and dist-tag are looked at, which
// that run may not have come to.
func (o *Outcome) alreadyThere(ctx, until context.Context, c Acting, n Net, r *action.Runner, folder *disk.Folder,
	in *input, v policy.Verdict) error {
	o.log.enter("publish")
	defer o.log.waitFor("what an earlier run left at the registry and at GitHub")()
	err := o.fetchEarlier(ctx, c, n, r, folder, in)
	if len(c.Tags) > 0 && !c.DryRun {
		return errors.Join(err, o.publish(ctx, until, c, n, folder, in, v))
	}
	if c.DryRun {
		o.Run.Out = report.There
		o.did("publish", report.Already, o.tarball, "%s", alreadyText(in.plan.Integrity))
		return err
	}
	client, lookErr := n.registry()
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	out, lookErr := publish.Again(ctx, client, in.plan, publish.Wait{Now: n.Now, Context: until})
	out.Published, out.Integrity, out.TagsLeft = publish.Already, in.plan.Integrity, nil
	out.Approver = cmp.Or(out.Approver, in.registry.there.Approver)
	for _, w := range out.Warnings {
		if !slices.Contains(in.registry.Warnings, w) {
			o.did("registry", report.Noted, report.File{}, "%s", w)
		}
	}
	err = errors.Join(err, o.published(out, in, lookErr))
	return errors.Join(err, o.deprecate(until, client, n, in))
}

// fetchEarlier writes the stored attestations of an earlier run into the
// evidence, if they verify. If there are none, or if they cannot be fetched, that
// is noted and is no error.
func (o *Outcome) fetchEarlier(ctx context.Context, c Acting, n Net, r *action.Runner, folder *disk.Folder,
	in *input) error {
	if c.Sign == Never {
		return nil
	}
	const nothing = "the registry has these very bytes: nothing is signed again, this run signed nothing"
	if in.unsigned(c) != "" {
		o.did("sign", report.Skipped, o.tarball, nothing)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	found, unread := stored(ctx, c, n, r, in)
	roots, want, err := c.earlier(ctx, n, in.subject.Sent.Access == "restricted", len(found) > 0)
	if err != nil {
		found, unread = nil, append(unread, err)
	}
	written, err := o.keepEarlier(folder, in, found, want, roots)
	if err != nil {
		return err
	}
	if written == 0 && len(unread) == 0 {
		o.did("sign", report.Skipped, o.tarball,
			nothing+", and no attestation of an earlier run by the same signer is stored at the registry or GitHub")
		return nil
	}
	o.did("sign", report.Skipped, o.tarball, nothing)
	if err := errors.Join(unread...); err != nil {
		o.did("attest", report.Skipped, o.tarball, "what an earlier run attested could not be looked for: %s",
			oneLine(err))
	}
	return nil
}

// stored returns the bundles that are stored for the judged bytes: npm's from the
// registry, all others from GitHub if a token may read them. The bundles are not
// verified yet.
func stored(ctx context.Context, c Acting, n Net, r *action.Runner, in *input) (bundles [][]byte, unread []error) {
	client, err := n.registry()
	if err == nil {
		list, readErr := client.Attestations(ctx, in.plan.Name, in.plan.Version)
		for _, a := range list {
			bundles = append(bundles, a.Bundle)
		}
		err = readErr
	}
	if err != nil {
		unread = append(unread, err)
	}
	if unstorable(c, r) != "" {
		return bundles, unread
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	list, err := github.Attestations(ctx, atGitHub(c, n, r), owner, name, in.subject.Tarball.SHA256)
	if err != nil {
		unread = append(unread, err)
	}
	return append(bundles, list...), unread
}

// earlier returns what the bundles of an earlier run are verified against: the
// same key, or certificates of the same repository. It asks nobody if any is
// false, that is, if no bundle was found.
func (c Acting) earlier(ctx context.Context, n Net, restricted, any bool) ([]*verify.Root, verify.Want, error) {
	if !any {
		return nil, verify.Want{}, nil
	}
	if c.Sign == Key {
		if sign.IsKMS(c.Key) {
			return nil, verify.Want{}, errors.New("its key is in a KMS, which is not asked to verify")
		}
		pem, password, err := c.keyFile()
		if err != nil {
			return nil, verify.Want{}, err
		}
		public, err := sign.PublicKey(pem, password)
		return nil, verify.Want{Key: public}, err
	}
	token, err := c.IDToken(ctx, sign.Audience)
	if err != nil {
		return nil, verify.Want{}, err
	}
	conf, err := c.sigstore(n, restricted)
	if err != nil {
		return nil, verify.Want{}, err
	}
	root, who, err := sign.Earlier(ctx, conf, token)
	return []*verify.Root{root}, verify.Want{Identity: &who}, err
}

// earlierFile holds the attestations of an earlier run, one bundle on a line, as
// `gh attestation download` writes them. The name differs from those of this
// run's own bundles, because those are about other files of the evidence too.
const earlierFile = "earlier.sigstore.jsonl"

// keepEarlier writes the first bundle of each kind that verifies. It returns how
// many it wrote.
func (o *Outcome) keepEarlier(folder *disk.Folder, in *input, found [][]byte, want verify.Want,
	roots []*verify.Root) (int, error) {
	var lines []byte
	var names []string
	about := in.about()
	for _, raw := range found {
		bundle, err := verify.ParseBundle(raw)
		if err != nil {
			continue // someone else's bundle
		}
		statement, _ := bundle.ClaimedStatement()
		name := map[string]string{attest.ProvenanceV1: provenanceName, attest.ProvenanceV02: provenanceName,
			attest.CycloneDX: sbomName, attest.Summary: summaryName}[statement.PredicateType]
		if name == "" || slices.Contains(names, name) {
			continue
		}
		want.PredicateType = statement.PredicateType
		want.Subject = &verify.Subject{Name: about.Name, SHA256: about.SHA256, SHA512: about.SHA512}
		if name == provenanceName {
			want.Subject.SHA256 = "" // npm's bundle has only the other digest
		}
		var line bytes.Buffer
		if verify.Err(bundle.Verify(name, want, roots...)) != nil || json.Compact(&line, raw) != nil {
			continue
		}
		names, lines = append(names, name), append(append(lines, line.Bytes()...), '\n')
	}
	if len(names) == 0 {
		return 0, nil
	}
	if err := o.put(folder, earlierFile, lines); err != nil {
		return 0, fmt.Errorf("write the attestations of an earlier run: %w", err)
	}
	for _, name := range names {
		o.did("attest", report.Already, report.File{Name: earlierFile, SHA256: hexSHA256(lines)},
			"%s, by an earlier run of the same signer and verified, in %s", saidIn[name], earlierFile)
	}
	return len(names), nil
}
