package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
)

// sinceBase judges the base commit of a pull request by the same policy and says
// what the change adds to the findings and what it ends. Both commits are judged
// by package.json and the lockfile alone, so that nothing looks new because the
// one was packed and the other was not. It changes nothing in the verdict v.
func (in *input) sinceBase(ctx context.Context, c Config, v judgement) *report.Change {
	if in.git.base == nil {
		return &report.Change{Why: "the event names none"}
	}
	made := &report.Change{Base: in.git.base.SHA}
	var err error
	var before, now judgement
	var base *check.Subject
	finished := within(ctx, func() {
		if base, err = in.baseSubject(ctx, c); err == nil {
			before, now, err = in.judgeBoth(c, base)
		}
	})
	switch {
	case !finished || ctx.Err() != nil:
		return &report.Change{Base: made.Base, Why: "it was not judged in the time that there was"}
	case err != nil:
		made.Why = oneLine(err)
		return made
	}
	made.Change, made.Apart = compare(policy.Side{Judged: before.Judged, Lockfile: base.Graph.Lockfile},
		policy.Side{Judged: now.Judged, Lockfile: in.subject.Graph.Lockfile}, v.Judged)
	return made
}

// compare says what became of the findings before, by those of the same kind now.
// all are the findings of the verdict: it returns them as they stand there, and
// apart those that are of another kind.
func compare(before, now policy.Side, all []policy.Judged) (made policy.Change, apart []policy.Judged) {
	of := policy.Since(before, now)
	all = slices.DeleteFunc(slices.Clone(all), func(j policy.Judged) bool { return j.State == finding.Waived })
	made.New, all = policy.Side{Judged: of.New, Lockfile: now.Lockfile}.Split(all)
	made.Still, apart = policy.Side{Judged: of.Still, Lockfile: now.Lockfile}.Split(all)
	made.Fixed = of.Fixed
	return made, apart
}

// judgeBoth judges the base and, with the same eyes, what is checked out.
func (in *input) judgeBoth(c Config, base *check.Subject) (before, now judgement, err error) {
	at := *in
	judged := func(s *check.Subject) (judgement, error) {
		s.Sent = s.Sends(c.Access, c.Registry, c.Scopes)
		at.subject = s
		return judge(&at)
	}
	if before, err = judged(base); err == nil {
		now, err = judged(in.subject.Bare())
	}
	return before, now, err
}

// baseSubject reads the package as the base commit has it: package.json, the
// lockfile, and what the sources say of the packages that were not asked about
// for the checkout. The error says why it could not.
func (in *input) baseSubject(ctx context.Context, c Config) (*check.Subject, error) {
	git, head := in.git, in.subject
	m, g, err := in.lockfileAt(c, git.base, git.home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it has no %s: the change adds the package", path.Join(git.home, "package.json"))
	}
	if err != nil {
		return nil, err
	}
	s := &check.Subject{Manifest: m, Graph: g, Policy: head.Policy, Remote: head.Remote, Folder: git.home, Now: head.Now,
		Unasked: head.Unasked, Known: head.Known}
	for _, other := range g.Others {
		s.Others = append(s.Others, check.Other{Graph: other})
	}
	knownLicences(g, head.Graph)
	return in.lookUp(ctx, c, s)
}

// lockfileAt reads package.json and the lockfile of the package, which is in the
// folder home of a commit. Without a package.json the error is fs.ErrNotExist.
func (in *input) lockfileAt(c Config, v *source.Revision, home string) (*npm.Manifest, *npm.Graph, error) {
	data, err := in.git.repo.ReadFile(v, path.Join(home, "package.json"), npm.MaxManifest)
	if err != nil {
		return nil, nil, gitError(err)
	}
	m, err := npm.ParseManifest(data, "package.json")
	if err != nil {
		return nil, nil, err
	}
	named, err := in.place.fromPackage(c.Lockfile)
	if err != nil {
		return nil, nil, err
	}
	at := lockfile.Location{Root: in.git.repo.Files(v), Dir: home}
	g, err := lockfile.Read(at, m, named)
	if err == nil {
		err = buildPath(in.policy, at, m, g)
	}
	return m, g, err
}

// lookUp asks the sources and the registry about what the base has and the
// checkout has not. For all else the answers about the checkout hold: an advisory
// cannot come between the two.
func (in *input) lookUp(ctx context.Context, c Config, s *check.Subject) (*check.Subject, error) {
	head := in.subject
	q, err := newInquiry(c.Net, c.Sources, s, in.place, in.now)
	if err != nil {
		return nil, err
	}
	if ask := missing(s.Ask(), head.Ask()); len(ask) > 0 {
		known, statuses, err := advisory.SeekAll(ctx, q.sources, ask, q.required)
		if err != nil {
			return nil, err
		}
		if head.Known != nil {
			known.Add(head.Known)
		}
		s.Known, s.Unasked = known, unasked(statuses)
		for name := range head.Unasked {
			s.Unasked[name] = true
		}
	}
	l := readLicences(ctx, q, s.Unlicensed(), s.Unasked)
	if l.fill(); len(l.skipped) > 0 {
		return nil, fmt.Errorf("its %s could not be looked up: %s", l.skipped[0].What, l.skipped[0].Why)
	}
	defer q.lookup.close()
	if err := readTrust(ctx, c, q, s); err != nil {
		return nil, err
	}
	q.lookup.people = asksInstalls(s)
	installs, _, err := readInstalls(ctx, q, s)
	if s.Installs = installs; err != nil {
		return nil, err
	}
	if l, err := readListed(ctx, q, s, head.Listed); err == nil {
		s.Listed = l.Listings
	} else {
		return nil, err
	}
	s.Served = head.Served
	if more := slices.DeleteFunc(s.AskServed(), func(name string) bool { return head.Served[name] != nil }); len(more) > 0 {
		served := readServed(ctx, q, more).versions
		s.Served = map[string][]npm.Version{}
		for _, from := range []map[string][]npm.Version{head.Served, served} {
			for name, versions := range from {
				s.Served[name] = versions
			}
		}
	}
	return s.Bare(), nil
}

// missing returns what of wanted is not in asked, by package and version.
func missing(wanted, asked []advisory.Asked) []advisory.Asked {
	versions := make(map[string][]string, len(asked))
	for _, a := range asked {
		versions[a.Name] = a.Versions
	}
	var left []advisory.Asked
	for _, a := range wanted {
		a.Versions = slices.DeleteFunc(slices.Clone(a.Versions), func(v string) bool { return slices.Contains(versions[a.Name], v) })
		if len(a.Versions) > 0 {
			left = append(left, a)
		}
	}
	return left
}

// knownLicences fills in the licences of packages that are in another graph too.
func knownLicences(g, other *npm.Graph) {
	of := make(map[string]string, len(other.Packages))
	for _, p := range other.Packages {
		of[p.ID()] = p.License
	}
	for _, p := range g.Packages {
		p.License = cmp.Or(p.License, of[p.ID()])
	}
}
