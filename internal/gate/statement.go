package gate

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
	"github.com/publishgate/publishgate/internal/written"
)

// The statements that are signed. With bundleSuffix these are names of evidence
// files. signing.require in the policy uses the same words.
const (
	provenanceName = "provenance"
	sbomName       = "sbom"
	summaryName    = "vsa"
)

// saidIn describes each statement in words.
var saidIn = map[string]string{
	provenanceName: "provenance, as npm has it",
	sbomName:       "the SBOM",
	summaryName:    "the verdict, as a verification summary",
}

// statements are the statements that are signed beside the files.
type statements struct {
	artifacts []sign.Artifact
	without   []string // what there is no statement about, and why
}

// statements makes the statements about the judged tarball. claim holds the
// claims of the ID token that signs; nil: a key signs.
func (o *Outcome) statements(c Acting, n Net, in *input, claim attest.Claims) (statements, error) {
	var all statements
	name, version := in.published()
	about := in.about()
	if claim != nil {
		statement, err := o.provenance(c, in, claim, about)
		var none *attest.NoneError
		switch {
		case errors.As(err, &none):
			all.without = append(all.without, none.Error())
		case err != nil:
			return statements{}, err
		default:
			all.add(provenanceName, statement, sign.Provenance)
		}
	}
	statement, err := attest.SBOM(about, o.bill)
	var large *attest.TooLargeError
	switch {
	case errors.As(err, &large):
		all.without = append(all.without, large.Error()+"; the verification summary has its digest")
	case err != nil:
		return statements{}, err
	default:
		all.add(sbomName, statement, sign.Statement)
	}
	summary := o.summary(n, in)
	summary.Resource = npm.TarballAddress(n.Registry, name, version)
	if statement, err = attest.VSA(about, summary); err != nil {
		return statements{}, err
	}
	all.add(summaryName, statement, sign.Statement)
	return all, nil
}

// published returns the name and version under which the tarball is published.
func (in *input) published() (name, version string) {
	m := cmp.Or(in.subject.Tarball.Manifest, in.subject.Manifest)
	if v, err := npm.ParseVersion(m.Version); err == nil {
		return m.Name, v.Canonical() // npm leaves out what follows a +
	}
	return m.Name, m.Version
}

// about returns the tarball as the subject of a statement.
func (in *input) about() attest.Subject {
	t := in.subject.Tarball
	return attest.Subject{Name: attest.PackageURL(in.published()), SHA256: t.SHA256, SHA512: t.SHA512}
}

// drop leaves out a statement and notes why.
func (s *statements) drop(name, why string) {
	s.artifacts = slices.DeleteFunc(s.artifacts, func(a sign.Artifact) bool { return a.Name == name })
	s.without = append(s.without, why)
}

func (s *statements) add(name string, statement []byte, kind sign.Kind) {
	s.artifacts = append(s.artifacts, sign.Artifact{Name: name, Bytes: statement, Kind: kind})
}

// provenance makes the provenance statement that npm's registry accepts for a
// public package.
func (o *Outcome) provenance(c Acting, in *input, claim attest.Claims, about attest.Subject) ([]byte, error) {
	if c.Sign == GitHub {
		return nil, &attest.NoneError{Why: "npm has it of the public Sigstore alone, and this run signs with GitHub's own"}
	}
	access := in.subject.Sent.Access
	const public = "npm has it of public packages alone, and "
	switch {
	case access == "restricted":
		return nil, &attest.NoneError{Why: public + "this one is restricted"}
	case access == "" && strings.HasPrefix(in.subject.Manifest.Name, "@"):
		return nil, &attest.NoneError{Why: public + "nothing says that this one is: -access public would"}
	}
	return attest.Provenance(claim, c.Job, about)
}

// summary returns the content of the verification summary. It repeats the
// judgement as it was written.
func (o *Outcome) summary(n Net, in *input) attest.Verdict {
	d := &o.Document
	v := attest.Verdict{
		Time: in.now, Versions: map[string]string{"publishgate": n.Version},
		Policy: in.policyURI(), PolicySHA256: hexSHA256(in.subject.Policy.Canonical()),
		File: o.Run.Verdict.SHA256, SBOM: hexSHA256(o.bill),
		Counts: attest.Counts{
			Warn: d.Verdict.Counts.Warn, Waived: d.Verdict.Counts.Waived, Dependencies: d.LookedAt.Dependencies,
		},
	}
	if binary, err := n.binary(); err == nil && binary != "" {
		v.Versions["binary"] = "sha256:" + binary
	}
	if commit := in.subject.Commit; commit != nil {
		v.Commit = commit.SHA
	}
	if in.plan != nil {
		v.Sent = &attest.Sent{Registry: in.plan.Registry, Tag: in.plan.Tag, Access: in.plan.Access}
	}
	for _, s := range d.LookedAt.Sources {
		if s.Error == "" {
			v.Sources = append(v.Sources, attest.Source{
				Name: s.Name, AsOf: s.AsOf, Advisories: s.Advisories, Partial: s.Partial || s.NoCanary, StandIn: s.StandIn,
			})
		}
	}
	for _, s := range d.LookedAt.Skipped {
		v.NotLookedAt = append(v.NotLookedAt, attest.Gap{What: s.What, Why: s.Why})
	}
	v.Exceptions = o.exceptionsUsed()
	if d.Written != nil {
		v.Written = writtenPolicy(d.Written)
	}
	return v
}

// writtenPolicy counts the lines of a written policy as verdict.json does, by
// what answers them.
func writtenPolicy(w *report.Written) *attest.Written {
	c := w.Coverage
	said := &attest.Written{File: w.Prose, FileSHA256: c.ProseSHA256, Lines: w.Lines, LinesSHA256: c.LinesSHA256, Demands: c.Demands()}
	for _, class := range written.Classes {
		said.Classes = append(said.Classes, attest.Class{Name: strings.ReplaceAll(string(class), " ", "-"), Lines: c.Count(class)})
	}
	said.Classes = append(said.Classes, attest.Class{Name: "gone", Lines: len(c.Gone)})
	return said
}

// exceptionsUsed returns the exceptions that waived a finding, in the order of
// the findings.
func (o *Outcome) exceptionsUsed() []attest.Exception {
	var used []attest.Exception
	for i := range o.Document.Verdict.Judged {
		w := o.Document.Verdict.Judged[i].Waiver
		if w == nil {
			continue
		}
		x := attest.Exception{ID: w.ID, Package: w.Package, Owner: w.Owner, Expires: w.Expires}
		at := slices.IndexFunc(used, func(u attest.Exception) bool {
			return u.ID == x.ID && u.Package == x.Package && u.Owner == x.Owner && u.Expires.Equal(x.Expires)
		})
		if at < 0 {
			at = len(used)
			used = append(used, x)
		}
		used[at].Findings++
	}
	return used
}

// policyURI returns a URI for the policy: a file in a commit, written as pip and
// npm write one in git; a file outside a commit; or the built-in policy.
func (in *input) policyURI() string {
	s := in.subject
	if s.Policy.File == "" {
		return attest.Verifier + "/policy/built-in"
	}
	file := path.Join(in.place.prefix(), filepath.ToSlash(s.Policy.File))
	if within := in.place.within(s.Policy.File); len(within) > 0 {
		file = within[0]
	}
	if s.Remote == "" || s.Commit == nil || !filepath.IsLocal(file) {
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path.Base(file)}).EscapedPath()}).String()
	}
	return "git+" + s.Remote + "@" + s.Commit.SHA + "#" + (&url.URL{Path: file}).EscapedPath()
}

// claims asks once for the ID token that signs and returns its claims. The signer
// gets the same token. It gets a new one only if it has to start again. claims
// returns nil if a key signs.
func (c *Acting) claims(ctx context.Context) (attest.Claims, error) {
	if c.Sign == Key {
		return nil, nil
	}
	fresh := c.IDToken
	token, err := fresh(ctx, sign.Audience)
	if err != nil {
		return nil, sign.NoToken(ctx, err)
	}
	used := false
	c.IDToken = func(ctx context.Context, audience string) (string, error) {
		if !used && audience == sign.Audience {
			used = true
			return token, nil
		}
		return fresh(ctx, audience)
	}
	return sign.Claims(token)
}

// attested notes a statement that was signed.
func (o *Outcome) attested(b sign.Bundle) {
	file := report.File{Name: b.Name + bundleSuffix, SHA256: hexSHA256(b.JSON)}
	o.did("attest", report.Done, file, "%s, in %s", saidIn[b.Name], file.Name)
	o.attestations, o.things = append(o.attestations, b), append(o.things, b.Name)
}

// binary returns the digest of this program in hex, or "" if it is unknown.
func (n Net) binary() (string, error) {
	if n.Binary == nil {
		return "", nil
	}
	return n.Binary()
}
