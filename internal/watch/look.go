package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/support"
	"github.com/publishgate/publishgate/internal/verify"
)

// A Subject is one package that is looked at, and what is known before.
type Subject struct {
	Name   string
	Policy *policy.Effective
	Topics []monitor.Topic

	Supported *support.Table // which versions are supported; nil: nothing says so
	Evidence  []Evidence     // about the package

	// Owner and Repo are the repository at GitHub whose attestations say what was
	// judged; "" none is asked.
	Owner, Repo string
	Signer      verify.Signer // who signs verdicts; neither set: signatures cannot be verified

	// Since is the first moment from which versions are held against verdicts.
	// Settled reports whether an earlier run verified the judgement of these very
	// bytes, and Traced whether it verified where they were built.
	Since           time.Time
	Settled, Traced func(version, integrity string) bool
}

// A seen is what was seen of one package, before the advisories are asked.
type seen struct {
	look  monitor.Look
	bills []*bill
	notes []string
}

// asked reports whether a topic is looked at.
func (s *Subject) asked(topics ...monitor.Topic) bool {
	return slices.ContainsFunc(topics, func(t monitor.Topic) bool { return slices.Contains(s.Topics, t) })
}

// see looks at one package: one request for its packument, and more only where a
// version is new or a topic needs it.
func (w *Watch) see(ctx context.Context, s *Subject) *seen {
	out := &seen{look: monitor.Look{Package: s.Name, At: w.Now().UTC(), Asked: s.Topics, Missed: map[monitor.Topic]string{}}}
	miss := func(err error, topics ...monitor.Topic) {
		for _, t := range topics {
			if _, told := out.look.Missed[t]; err != nil && s.asked(t) && !told {
				out.look.Missed[t] = why(ctx, err)
			}
		}
	}
	if s.asked(monitor.Downloads) {
		weeks, err := w.weeks(ctx, s.Name)
		out.look.Weeks = weeks
		miss(err, monitor.Downloads)
	}
	ofHistory := []monitor.Topic{monitor.Publishes, monitor.Tags, monitor.Vulnerabilities, monitor.Licenses, monitor.Access}
	if !s.asked(ofHistory...) {
		return out
	}
	history, found, err := w.Client.History(ctx, s.Name)
	if err == nil && !found && !w.Client.Authenticated() && strings.HasPrefix(s.Name, "@") {
		err = errors.New("the registry has no such package, or none that it shows without a token: give one in NODE_AUTH_TOKEN")
	}
	if err != nil {
		miss(err, ofHistory...)
		return out
	}
	if !found {
		return out
	}
	out.look.History = history
	if s.asked(monitor.Publishes) {
		miss(w.publishes(ctx, s, out), monitor.Publishes)
	}
	if s.asked(monitor.Vulnerabilities, monitor.Licenses) {
		miss(w.bills(ctx, s, out), monitor.Vulnerabilities, monitor.Licenses)
	}
	return out
}

// why says in one line why something could not be looked at.
func why(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	text, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return text
}

// publishes looks at who judged the new versions, where they were built, and what is
// staged. The first thing that cannot be looked at is the error; the others are
// looked at all the same.
func (w *Watch) publishes(ctx context.Context, s *Subject, out *seen) error {
	look := &out.look
	look.Judged, look.Built = map[string]monitor.Judged{}, map[string]monitor.Built{}
	var errs []error
	for i := range look.History.Releases {
		r := &look.History.Releases[i]
		if !r.Published.IsZero() && r.Published.Before(s.Since) {
			continue
		}
		if !s.Settled(r.Version, r.Integrity) {
			judged, known, err := w.judged(ctx, s, r, out)
			if err != nil {
				errs = append(errs, fmt.Errorf("who judged %s: %w", r.Version, err))
			} else if known {
				look.Judged[r.Version] = judged
			}
		}
		if r.Attested && !s.Traced(r.Version, r.Integrity) {
			built, known, err := w.built(ctx, s.Name, r)
			if err != nil {
				errs = append(errs, fmt.Errorf("where %s was built: %w", r.Version, err))
			} else if known {
				look.Built[r.Version] = built
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	if w.Client.Authenticated() {
		stages, err := w.Client.StagedOf(ctx, s.Name)
		switch {
		case registry.Untold(err):
			out.notes = append(out.notes, "what is staged was not looked at: the token may not see it")
		case err != nil:
			errs = append(errs, err)
		default:
			look.Stages = append([]registry.Staged{}, stages...)
		}
	}
	if len(errs) > 1 {
		return fmt.Errorf("%w (and %d more)", errs[0], len(errs)-1)
	}
	return errors.Join(errs...)
}

func signedOf(name string, r *registry.Publication) registry.Signed {
	return registry.Signed{Info: registry.Info{Name: name, Version: r.Version, Integrity: r.Integrity, Shasum: r.Shasum, Tarball: r.Tarball},
		Published: r.Published, Signatures: r.Signatures, Attested: r.Attested}
}

// judged finds the judgement of a version: in evidence, else among the attestations
// of the repository, for which its tarball is read.
func (w *Watch) judged(ctx context.Context, s *Subject, r *registry.Publication, out *seen) (j monitor.Judged, known bool, err error) {
	purl := npm.PURLOf(s.Name, r.Version)
	integrity := VersionOf(signedOf(s.Name, r)).SHA512()
	var other *monitor.Judged
	for _, e := range of(s.Evidence, s.Name, r.Version) {
		one, err := w.evidenced(ctx, s, e, purl)
		if err != nil {
			out.notes = append(out.notes, fmt.Sprintf("the evidence %s does not count: %s", e.shown(), err))
			continue
		}
		if one.SHA512 == integrity && one.Passed {
			return one, true, nil
		}
		if other == nil {
			other = &one
		}
	}
	if s.Owner != "" && s.Signer != (verify.Signer{}) {
		signed := signedOf(s.Name, r)
		data, err := w.Client.Tarball(ctx, signed.Info, MaxTarball)
		if err != nil {
			return j, false, err
		}
		bundles, err := github.Attestations(ctx, w.GitHub, s.Owner, s.Repo, verify.Artifact{Bytes: data}.Digest())
		if err != nil {
			return j, false, err
		}
		if err := w.Trust.NeedAll(ctx, bundles...); err != nil {
			return j, false, err
		}
		verdict, err := verify.Judged(verify.Subject{Name: purl, SHA512: integrity}, bundles, s.Signer, verify.Summary{Now: w.Now()},
			w.Trust.Roots()...)
		if err == nil {
			return monitor.Judged{SHA512: verdict.SHA512(), Passed: true, Signed: true,
				Evidence: "attestation at github.com/" + s.Owner + "/" + s.Repo}, true, nil
		}
		if !errors.Is(err, verify.ErrNoSummary) {
			out.notes = append(out.notes, fmt.Sprintf("an attestation at github.com/%s/%s about %s does not count: %s", s.Owner, s.Repo, purl, err))
		}
	}
	if other != nil {
		return *other, true, nil
	}
	return j, false, nil
}

// evidenced reads what a folder of evidence says. A signature that is there must
// hold; where nobody is named who must have signed, it is as if there were none.
func (w *Watch) evidenced(ctx context.Context, s *Subject, e Evidence, purl string) (j monitor.Judged, err error) {
	j = monitor.Judged{SHA512: e.SHA512, Passed: e.Passed, Evidence: e.shown()}
	bundles, sum, err := e.signed()
	if err != nil || len(bundles) == 0 || s.Signer == (verify.Signer{}) {
		return j, err
	}
	if err := w.Trust.NeedAll(ctx, bundles...); err != nil {
		return j, err
	}
	sum.Now = w.Now()
	if sum.SBOM, err = e.sbom(); err != nil {
		return j, err
	}
	if _, err = verify.Judged(verify.Subject{Name: purl, SHA512: e.SHA512}, bundles, s.Signer, sum, w.Trust.Roots()...); err != nil {
		return j, err
	}
	j.Signed = true
	return j, nil
}

// built verifies the provenance of a version.
func (w *Watch) built(ctx context.Context, name string, r *registry.Publication) (b monitor.Built, known bool, err error) {
	keys, err := w.keys(ctx)
	if err != nil {
		return b, false, err
	}
	list, err := w.Client.Attestations(ctx, name, r.Version)
	if err != nil {
		return b, false, err
	}
	var listed []verify.Listed
	for _, entry := range list {
		listed = append(listed, verify.Listed{PredicateType: entry.PredicateType, Bundle: entry.Bundle})
		if err := w.Trust.NeedAll(ctx, entry.Bundle); err != nil {
			return b, false, err
		}
	}
	checks, by := VersionOf(signedOf(name, r)).Attested(npm.PURLOf(name, r.Version), r.Integrity, listed, keys, w.Trust.Roots()...)
	if err := verify.Err(checks); err != nil {
		return b, false, fmt.Errorf("its attestations do not hold: %w", err)
	}
	return monitor.Built{Repository: by.Repository, Workflow: by.Workflow, Ref: by.Ref}, true, nil
}

// bills reads what the supported versions bring.
func (w *Watch) bills(ctx context.Context, s *Subject, out *seen) error {
	for _, r := range supported(out.look.History, s.Supported, w.Now()) {
		b := &bill{name: s.Name, version: r.Version, license: r.License}
		for _, e := range of(s.Evidence, s.Name, r.Version) {
			if b.known || e.SHA512 != VersionOf(signedOf(s.Name, &r)).SHA512() {
				continue
			}
			data, err := e.sbom()
			if err == nil && data != nil {
				if b.parts, err = sbomParts(data); err == nil {
					b.known = true
				}
			}
			if err != nil {
				out.notes = append(out.notes, fmt.Sprintf("the SBOM of %s was not read: %s", e.shown(), err))
			}
		}
		if !b.known {
			manifest, found, err := w.Client.Manifest(ctx, s.Name, r.Version)
			if err == nil && !found {
				err = fmt.Errorf("the registry has no manifest of %s@%s", s.Name, r.Version)
			}
			if err != nil {
				return err
			}
			ranges, left, err := manifestRanges(manifest)
			if err != nil {
				return err
			}
			b.ranges = ranges
			if len(left) > 0 {
				out.notes = append(out.notes, fmt.Sprintf("%s@%s: dependencies without a range of versions were not audited: %s", s.Name, r.Version,
					strings.Join(left, ", ")))
			}
		}
		out.bills = append(out.bills, b)
	}
	return nil
}
