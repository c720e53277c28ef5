package gate

import (
	"errors"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
)

// document gathers what the reports say.
func (in *input) document(v judgement) report.Document {
	d := report.Document{Verdict: v.Verdict, Rules: Rules(), At: in.now, Root: in.place.prefix()}
	s := in.subject
	d.PackageUnread, d.PolicyUnread = s.Manifest == nil, s.Policy == nil
	if m := s.Manifest; m != nil {
		d.Package = report.Package{Name: m.Name, Version: m.Version, PURL: npm.PURLOf(m.Name, m.Version)}
	}
	if s.Policy != nil {
		d.Policy, d.Package.Risk = s.Policy.File, s.Policy.Risk
		of := func(scope npm.Scope) string { return s.Policy.Thresholds[scope].String() }
		d.Levels = &report.Levels{Prod: of(npm.Prod), Optional: of(npm.Optional), Peer: of(npm.Peer), Dev: of(npm.Dev),
			DevUnset: s.Policy.DevUnset}
	}
	if in.judgesOnly {
		d.Only = "judged only, on the event " + display.Text(in.event)
	}
	if in.policyOf != nil {
		d.PolicyOf = in.policyOf.SHA
	}
	d.PolicyFiles = in.files
	if g := s.Graph; g != nil {
		d.Package.Manager, d.Package.Lockfile = g.Manager, g.Lockfile
		for _, p := range g.Packages {
			if p == g.Root || p.Link || p.Scope == "" {
				continue
			}
			d.LookedAt.Dependencies++
			if s.Ships(p) {
				d.LookedAt.Shipped++
			}
			switch p.Scope {
			case npm.Prod:
				d.LookedAt.Prod++
			case npm.Dev:
				d.LookedAt.Dev++
			case npm.Optional:
				d.LookedAt.Optional++
			case npm.Peer:
				d.LookedAt.Peer++
			}
		}
	}
	if t := s.Tarball; t != nil {
		d.Tarball = &report.Tarball{
			File: t.File, Size: int64(len(t.Bytes)), Unpacked: t.Unpacked, Entries: len(t.Entries),
			SHA1: t.SHA1, SHA256: t.SHA256, SHA512: t.SHA512, Integrity: t.Integrity,
		}
		for i := range t.Entries {
			if e := &t.Entries[i]; !e.Dir {
				d.Tarball.Files = append(d.Tarball.Files, report.PackedFile{Path: e.Path, Size: e.Size})
			}
		}
	}
	if d.LookedAt.Previous = in.previous.Version; in.previous.Known && in.previous.Version == "" {
		d.LookedAt.Previous = NoPrevious
	}
	d.Plan, d.Diff = s.Plan, s.Diff
	if w := s.Written; w != nil {
		d.Written = &report.Written{Prose: w.Prose, Lines: w.Lines, Coverage: w.Coverage}
	}
	d.LookedAt.Commit = commitDocument(s)
	d.LookedAt.Sources, d.LookedAt.Skipped = in.statuses, in.skipped
	if len(in.statuses) > 0 && !advisory.Complete(in.statuses) {
		d.Caveats = append(d.Caveats, "on partial advisory data")
	}
	d.LookedAt.VEX = v.heard
	for _, l := range s.LicenceCounts() {
		d.LookedAt.Licences = append(d.LookedAt.Licences, report.Licence(l))
	}
	var unsealed []report.Skip
	d.LookedAt.Signatures, unsealed = sealed(s, "signatures", s.Signatures)
	d.LookedAt.Skipped = append(slices.Clip(d.LookedAt.Skipped), unsealed...)
	d.LookedAt.Attestations, _ = sealed(s, "attestations", s.Attestations) // what is skipped is a finding
	d.LookedAt.Publishers, unsealed = sealed(s, "publishers", s.Publishers)
	d.LookedAt.Skipped = append(d.LookedAt.Skipped, unsealed...)
	d.LookedAt.Newcomers, unsealed = sealed(s, "newcomers", arrived(s))
	d.LookedAt.Skipped = append(d.LookedAt.Skipped, unsealed...)
	d.LookedAt.Credential = in.credential()
	d.LookedAt.Registry, d.LookedAt.Holds = in.registry.asked, in.registry.holds()
	return d
}

// undecided writes down that nothing was decided, and why. It returns reason,
// joined with any error of writing.
func (o *Outcome) undecided(folder *disk.Folder, in *input, reason error) error {
	o.judged(in, judgement{})
	o.Document.Problem, o.Document.Down = oneLine(reason), services(reason)
	if err := o.putVerdict(folder, nil); err != nil {
		return errors.Join(reason, err)
	}
	return reason
}

// oneLine returns the text of an error in one line. Joined errors are separated
// by semicolons.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
