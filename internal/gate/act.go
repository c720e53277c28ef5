package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/say"
	"github.com/publishgate/publishgate/internal/sign"
)

func (o *Outcome) did(what, format string, args ...any) {
	o.Acts = append(o.Acts, Act{What: what, Text: fmt.Sprintf(format, args...)})
}

func (o *Outcome) warn(what, format string, args ...any) {
	o.Acts = append(o.Acts, Act{What: what, Text: fmt.Sprintf(format, args...), Warn: true})
}

// sign signs the tarball and its sums, and writes the bundles.
func (o *Outcome) sign(ctx context.Context, c Config, folder *disk.Folder, in *input) error {
	t := in.subject.Tarball
	if c.Sign == Never || t == nil || !in.acting {
		return nil
	}
	if c.Sign == Auto && c.IDToken == nil {
		o.did("not signed", "no ID token is available")
		return nil
	}
	signer, err := c.signer()
	if err != nil {
		return err
	}
	name := o.tarball
	bundles, err := signer(ctx, []sign.Artifact{
		{Name: name, Bytes: t.Bytes, SHA256: t.SHA256},
		{Name: sums256File, Bytes: o.sums},
	})
	if c.Sign == Auto && errors.Is(err, sign.ErrNotPublic) {
		o.warn("not signed", "%s", say.Text(err.Error()))
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
	o.did("signed", "%s and %s", say.Text(name), sums256File)
	return nil
}

func (c Config) signer() (sign.Signer, error) {
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
	conf := sign.Config{Token: c.IDToken, Transport: c.Transport, Now: c.Now, Fulcio: c.Sigstore.Fulcio, PublicLog: c.Sigstore.PublicLog, Identity: c.Sigstore.Identity}
	if c.Sigstore.Rekor != "" {
		conf.Rekor = []sign.Log{{URL: c.Sigstore.Rekor, Version: c.Sigstore.RekorVersion}}
	}
	if c.Sigstore.TSA != "" {
		conf.TSA = []string{c.Sigstore.TSA}
	}
	if c.Sigstore.TrustedRoot != "" {
		root, err := disk.ReadNamed(c.Sigstore.TrustedRoot, maxRoot)
		if err != nil {
			return nil, err
		}
		conf.TrustedRoot = root
	}
	return sign.Keyless(conf)
}

// publish lets the judged bytes out.
func (o *Outcome) publish(ctx context.Context, c Config, in *input, v policy.Verdict) error {
	if c.Publish == Never || !in.acting {
		return nil
	}
	client, err := c.registry()
	if err != nil {
		return err
	}
	if c.DryRun {
		_, preview, err := publish.DryRun(ctx, client, in.plan)
		if err != nil {
			return answer(err)
		}
		o.Preview, err = json.MarshalIndent(preview, "", "  ")
		o.did("not published", "dry run: %s %s", preview.Method, preview.URL)
		return err
	}
	permit, err := publish.Allow(v, in.subject.Tarball)
	if err != nil {
		return err
	}
	out, err := publish.Publish(ctx, client, in.plan, permit, nil)
	o.published = out.Published.String()
	for _, w := range out.Warnings {
		o.warn("published", "%s", say.Text(w))
	}
	switch {
	case err != nil:
		return answer(err)
	case out.Published == publish.Already:
		o.did("published", "already: the registry has these very bytes (%s)", out.Integrity)
	case !out.Visible:
		o.warn("published", "accepted, and not visible yet: %s with dist-tag %s, %s", say.Text(out.URL), say.Text(out.Tag), out.Integrity)
	default:
		o.did("published", "%s with dist-tag %s, %s", say.Text(out.URL), say.Text(out.Tag), out.Integrity)
	}
	return nil
}

// answer says which kind of no an error of publishing is: other bytes under
// this version, or a refusal, are an answer; all else is not having one.
func answer(err error) error {
	var mismatch *publish.MismatchError
	var refused *publish.RefusedError
	switch {
	case errors.As(err, &mismatch):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case errors.As(err, &refused) && refused.Misuse():
		return fmt.Errorf("%w: %w", ErrUsage, err)
	case errors.As(err, &refused):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	}
	return err
}

// upload sends the SARIF file to code scanning.
func (o *Outcome) upload(ctx context.Context, c Config, in *input) error {
	if c.Upload == Never || o.sarif == nil { // it could not be written, and that has been said
		return nil
	}
	r := c.Runner
	if r == nil || !c.GitHubToken.Given() {
		if c.Upload == Always {
			return errors.New("upload the SARIF file: there is no runner, or no token")
		}
		o.warn("not uploaded", "code scanning: no token was given")
		return nil
	}
	owner, name, _ := strings.Cut(r.Repository, "/")
	result, err := github.UploadSARIF(ctx, github.Config{BaseURL: r.APIURL, Token: c.GitHubToken, HTTPClient: &http.Client{Transport: c.Transport}, UserAgent: c.agent(), Now: c.Now},
		github.Upload{Owner: owner, Repo: name, CommitSHA: r.SHA, Ref: r.Ref, SARIF: o.sarif, CheckoutURI: "file:///github/workspace/", StartedAt: in.now, ToolName: "publishgate"})
	o.sarifID = result.ID
	switch {
	case err != nil && c.Upload == Always:
		return err
	case err != nil:
		o.warn("not uploaded", "code scanning: %s", say.Text(err.Error()))
	case result.Warning != "":
		o.warn("uploaded", "code scanning: %s", say.Text(result.Warning))
	default:
		o.did("uploaded", "SARIF to code scanning, %s", say.Text(result.Status))
	}
	return nil
}
