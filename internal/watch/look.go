package watch

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
	Courts    []Court        // where verdicts are, besides the evidence
	Signers   []verify.Signer

	// Old reports whether a version was there before what is judged begins, Settled
	// whether an earlier run verified the judgement of these very bytes, and Traced
	// whether it verified where they were built.
	Old, Settled, Traced func(r *registry.Publication) bool
}

// A Court is a repository at GitHub whose attestations say what was judged there.
type Court struct {
	Owner, Name string
	Signer      verify.Signer
}

// A seen is what was seen of one package, before the advisories are asked.
type seen struct {
	look  monitor.Look
	bills []*bill
	notes []string
}

func (o *seen) note(format string, args ...any) {
	o.notes = append(o.notes, fmt.Sprintf(format, args...))
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
		miss(w.weeks(ctx, s.Name, out), monitor.Downloads)
	}
	history, found, err := w.Client.History(ctx, s.Name)
	if err == nil && !found && !w.Client.Authenticated() && strings.HasPrefix(s.Name, "@") {
		err = errors.New("the registry has no such package, or none that it shows without a token: give one in NODE_AUTH_TOKEN")
	}
	if err != nil {
		miss(err, monitor.Topics...)
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
	look.Refused, look.Unlooked, look.Untraced = map[string]string{}, map[string]bool{}, map[string]bool{}
	var errs []error
	for i := range look.History.Releases {
		r := &look.History.Releases[i]
		if s.Old(r) {
			continue
		}
		if ctx.Err() != nil {
			errs = append(errs, fmt.Errorf("who judged %s: %w", r.Version, context.Cause(ctx)))
			look.Unlooked[r.Version], look.Untraced[r.Version] = true, true
			continue
		}
		if !s.Settled(r) {
			signed := signedOf(s.Name, r)
			judged, known, err := w.judged(ctx, s, exhibit{s.Name, r.Version, VersionOf(signed).SHA512(), func() ([]byte, error) {
				return w.Client.Tarball(ctx, signed.Info, MaxTarball)
			}}, out)
			if err != nil {
				errs, look.Unlooked[r.Version] = append(errs, fmt.Errorf("who judged %s: %w", r.Version, err)), true
			} else if known {
				look.Judged[r.Version] = judged
			}
		}
		if r.Attested && !s.Traced(r) {
			built, refused, err := w.built(ctx, s.Name, r)
			switch {
			case err != nil:
				errs, look.Untraced[r.Version] = append(errs, fmt.Errorf("where %s was built: %w", r.Version, err)), true
			case refused != nil:
				look.Refused[r.Version] = why(ctx, refused)
			default:
				look.Built[r.Version] = built
			}
		}
	}
	if w.Client.Authenticated() {
		errs = append(errs, w.staged(ctx, s, out)...)
	}
	if len(errs) > 1 {
		return fmt.Errorf("%w (and %d more)", errs[0], len(errs)-1)
	}
	return errors.Join(errs...)
}

// staged looks at what waits for an approval, and who judged it.
func (w *Watch) staged(ctx context.Context, s *Subject, out *seen) (errs []error) {
	stages, err := w.Client.StagedOf(ctx, s.Name)
	switch {
	case registry.Untold(err):
		out.note("what is staged was not looked at: the token may not see it")
		return nil
	case err != nil:
		return []error{err}
	}
	out.look.Stages = []registry.Staged{}
	for _, stage := range stages {
		switch stage.Status {
		case "approved", "published", "rejected", "deleted": // nothing waits any more
			continue
		}
		read := sync.OnceValues(func() ([]byte, error) { return w.Client.StagedTarball(ctx, stage.ID, MaxTarball) })
		sum := VersionOf(registry.Signed{Info: registry.Info{Integrity: stage.Integrity}}).SHA512()
		if sum == "" { // npm's list has a SHA-1 alone, which two files may share
			data, err := read()
			if err != nil {
				out.look.Stages = append(out.look.Stages, stage)
				errs, out.look.Unlooked[stage.ID] = append(errs, fmt.Errorf("the bytes of the staged %s: %w", stage.Version, err)), true
				continue
			}
			digest := sha512.Sum512(data)
			sum, stage.Integrity = hex.EncodeToString(digest[:]), "sha512-"+base64.StdEncoding.EncodeToString(digest[:])
		}
		out.look.Stages = append(out.look.Stages, stage)
		judged, known, err := w.judged(ctx, s, exhibit{s.Name, stage.Version, sum, read}, out)
		if err != nil {
			errs, out.look.Unlooked[stage.ID] = append(errs, fmt.Errorf("who judged the staged %s: %w", stage.Version, err)), true
		} else if known {
			out.look.Judged[stage.Version] = judged
		}
	}
	return errs
}

func signedOf(name string, r *registry.Publication) registry.Signed {
	return registry.Signed{Info: registry.Info{Name: name, Version: r.Version, Integrity: r.Integrity, Shasum: r.Shasum, Tarball: r.Tarball},
		Published: r.Published, Signatures: r.Signatures, Attested: r.Attested}
}

// built verifies the attestations of a version, and returns where its provenance says
// that it was built. refused is why one of them does not hold: then they say nothing.
// What nobody can verify is an error.
func (w *Watch) built(ctx context.Context, name string, r *registry.Publication) (b monitor.Built, refused, err error) {
	keys, err := w.keys(ctx)
	if err != nil {
		return b, nil, err
	}
	list, err := w.Client.Attestations(ctx, name, r.Version)
	if err != nil {
		return b, nil, err
	}
	if len(list) == 0 {
		return b, nil, errors.New("the registry says that it has attestations of it, and gives none")
	}
	var listed []verify.Listed
	for _, entry := range list {
		listed = append(listed, verify.Listed{PredicateType: entry.PredicateType, Bundle: entry.Bundle})
		if err := w.Trust.NeedAll(ctx, entry.Bundle); err != nil {
			return b, nil, err
		}
	}
	checks, by := VersionOf(signedOf(name, r)).Attested(npm.PURLOf(name, r.Version), r.Integrity, listed, keys, w.Trust.Roots()...)
	if err := verify.Err(checks); err != nil {
		if verify.Worst(checks) == verify.Failed {
			return b, verify.Refusal(checks), nil
		}
		return b, nil, fmt.Errorf("its attestations cannot be verified: %w", err)
	}
	return monitor.Built{Repository: by.Repository, Workflow: by.Workflow, Ref: by.Ref}, nil, nil
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
				out.note("the SBOM of %s was not read: %s", e.shown(), why(ctx, err))
			}
		}
		if !b.known && s.asked(monitor.Vulnerabilities) {
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
			b.ranges, b.odd = ranges, left
		}
		out.bills = append(out.bills, b)
	}
	return nil
}
