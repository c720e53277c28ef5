package gate

import (
	"context"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
)

// The most that is read of a file of each kind, in bytes.
const (
	maxPolicy   = 1 << 20
	maxBaseline = 16 << 20
	maxKey      = 1 << 20
	maxRoot     = 4 << 20
)

// An input is everything that was read. Only look and read fill it in. Nothing
// changes it after they have returned.
type input struct {
	now        time.Time
	place      place
	git        gitCheckout
	rules      // what the package is judged by
	permission // what the run may do
	subject    *check.Subject
	plan       *publish.Plan // what would be published; nil: publishing was not asked for
	statuses   []advisory.Status
	previous   policy.Release // the release before this one, if it was asked for
	filing     filing         // the commit that the findings are filed for in code scanning
	clock      *clock         // how far the servers' dates are from the local clock
	skipped    []report.Skip
	grant      grant                                                      // the credential that the run publishes with
	net        Net                                                        // with that credential, and with no other for the registry
	idToken    func(ctx context.Context, audience string) (string, error) // that of Acting, with the token that was asked for
	vouching   vouching                                                   // whether the package is sent with npm's provenance
	registry   preflight                                                  // what the registry already holds
}

// begun returns the input of a run that has read only package.json. m is nil if
// not even that was read.
func begun(now time.Time, m *npm.Manifest) *input {
	return &input{now: now, subject: &check.Subject{Manifest: m, Now: now.Format(time.RFC3339)}}
}

// close closes the checkout and its repository.
func (in *input) close() {
	in.place.close()
	in.git.close()
}

// look reads all input, but stops when ctx ends. With an error it returns what
// was read so far. If reading did not stop in time and may go on, that is
// package.json alone.
func look(ctx context.Context, c Config) (*input, error) {
	now := c.Now().UTC()
	p, m, err := findPackage(c.Where, c.part)
	if err != nil {
		in := begun(now, m)
		in.place = p
		return in, err
	}
	var in *input
	if !within(ctx, func() { in, err = read(ctx, c, p, m) }) {
		return begun(now, m), errUnfinished
	}
	if err == nil && ctx.Err() != nil {
		err = errUnfinished
	}
	return in, err
}

// readPackage reads the package and how it is to be published: all input but what
// others say about what it depends on. It sets in c the credential of the run.
func readPackage(ctx context.Context, c *Config, p place, m *npm.Manifest) (in *input, err error) {
	in = begun(c.Now().UTC(), m)
	in.place, in.clock = p, newClock(c.Transport, c.Now)
	c.Transport = in.clock
	s := in.subject
	also := func(skipped ...report.Skip) { in.skipped = append(in.skipped, skipped...) }

	options := make(chan tarball.Options, 1)
	ball := beginTarball(ctx, c.Where, p, m, options)
	defer ball.drop()
	if s.RootFiles, s.Links, err = p.files(m); err != nil {
		return in, err
	}
	done := c.Log.waitFor("the git checkout to be read")
	in.git, err = readCheckout(p, m.Name, c.Runner)
	done()
	s.Commit, s.Remote, s.Folder = in.git.commit(), c.repository(), p.inRepository()
	if err != nil {
		return in, err
	}
	in.filing = filed(c.Acting, c.Runner, in.git.head, "findings")
	in.rules, err = readRules(c.Where, c.Judging, p, in.git, m.Name)
	s.Policy = in.policy
	if also(in.unread...); err != nil {
		return in, err
	}
	options <- tarballOptions(c, in.git, p, m, s.Policy)
	if s.Written, err = readWritten(c.Where, in.rules, p, in.git, m.Name); err != nil {
		return in, err
	}
	if s.Security, err = readSecurity(s.Policy, p); err != nil {
		return in, err
	}
	if s.Supported, err = readSupported(s.Policy, p, m.Name); err != nil {
		return in, err
	}
	if s.EnvDoc, err = readEnvDoc(s.Policy, p); err != nil {
		return in, err
	}
	if s.Kept, err = readKept(s.Policy, p, in.git, m.Name); err != nil {
		return in, err
	}
	if s.Watched, err = readWatched(s.Policy, p, in.git, m.Name); err != nil {
		return in, err
	}
	if s.Incidents, err = readIncidents(s.Policy, p, in.git, m.Name); err != nil {
		return in, err
	}
	made, err := readParts(c.Where, c.Log, p, m, s.Policy, ball)
	s.Graph, s.Tarball, s.Packed, s.Others = made.graph, made.tarball, made.packed, made.others
	if also(made.skipped...); err != nil {
		return in, err
	}
	in.permission, in.rules = permit(c.Acting, c.Trigger, in.rules, m, p.dir)
	s.Policy, s.Tag, s.Publishing, s.Acts = in.policy, in.tag, in.publishing, in.asked
	s.Sent = s.Sends(c.Access, c.Registry, c.Scopes)
	s.DistTags, s.TagGiven = distTags(c.Acting, s.SentManifest())
	if in.publishing && in.acting {
		s.Road = map[Mode]policy.Via{NPM: policy.ViaDirect, Stage: policy.ViaStage}[c.road(s.Policy)]
	}
	also(in.withheld...)
	done = c.Log.waitFor("the registry's token for this job")
	c.Net, in.grant = authorize(ctx, c.Acting, c.Net, in)
	done()
	in.net = c.Net
	in.net.Transport = in.clock.next
	also(leftOut(s, p, c.Offline)...)
	if in.plan, s.Refusals, err = planPublish(c.Acting, c.Registry, s); err != nil {
		return in, err
	}
	in.vouching = in.vouch(ctx, &c.Acting)
	var unnamed []check.Unchecked
	s.Environment, unnamed = in.environment(ctx, &c.Acting)
	s.Unchecked = append(s.Unchecked, unnamed...)
	in.idToken = c.IDToken
	if s.Commit, err = in.git.reconcile(p, s, in.permission); err != nil {
		return in, err
	}
	s.Origins = check.Reconcile(s)
	var notSearched []check.Unchecked
	s.Committed, notSearched, err = readCommitted(ctx, *c, s, in.rules, p, in.git)
	if s.Unchecked = append(s.Unchecked, notSearched...); err != nil {
		return in, err
	}
	also(in.git.unjudged(s.Tarball)...)
	return in, nil
}

// read reads all input besides package.json. What the network knows is asked for
// side by side (see questions), and looked at in one order. If something cannot be
// read, read returns an error together with what was read so far, so that the report
// can name it.
func read(ctx context.Context, c Config, p place, m *npm.Manifest) (in *input, err error) {
	if in, err = readPackage(ctx, &c, p, m); err != nil {
		return in, err
	}
	s := in.subject
	also := func(skipped ...report.Skip) { in.skipped = append(in.skipped, skipped...) }
	q, err := newInquiry(c.Net, c.Sources, s, p, in.now)
	if err != nil {
		return in, err
	}
	defer q.lookup.close()
	ask := newQuestions(ctx)
	defer ask.end()
	quiet := q // the log tells of the advisories of the dependencies alone
	defer q.watch(c.Log)()
	finishSource := beginSource(ctx, c, in)
	last := lastRelease{c.Judging, q, c.Publish != Never, s.Policy, m, s.Tarball}
	finish := last.compare(ctx)
	s.Unlocked = check.Unlocked(s.Tarball, s.Graph)
	s.Requests, s.Others = s.FindRequests()
	now := *s
	locked := begin(ask, func(ctx context.Context) locking { return in.readLocking(ctx, c, q, last, now) })
	owned := begin(ask, func(ctx context.Context) ownership { return readOwnership(ctx, quiet, &now, c.Previous) })
	vsa := begin(ask, func(ctx context.Context) (v vsaSeen) {
		v.vsa, v.unseen, v.err = readSourceVSA(ctx, c, in, p)
		return v
	})
	s.Known, in.statuses, err = advisory.SeekAll(ctx, q.sources, s.Ask(), q.required)
	if s.Unasked = unasked(in.statuses); err != nil {
		return in, down(report.AdvisorySource, err)
	}
	s.Advisories, s.Others = s.Match(s.Known)
	also(rangesUnknown(s)...)
	follows := ask.follow(q, *s)
	defer c.Log.waitFor("the registry to say what it knows of the dependencies and of the last release")()
	l := locked()
	l.fill(s)
	if also(l.skipped...); l.err != nil {
		return in, l.err
	}
	also(follows.fill(s)...)
	o := owned()
	s.Maintainers, s.Published = o.maintainers, o.published
	s.Unchecked = slices.Concat(s.Unchecked, o.notAsked, o.unknown, unsealed(q, s), l.not)
	evidence, unheard, err := finishSource()
	if s.Source, s.Unchecked = evidence, append(s.Unchecked, unheard...); err != nil {
		return in, err
	}
	v := vsa()
	if s.SourceVSA, s.Unchecked = v.vsa, append(s.Unchecked, v.unseen...); v.err != nil {
		return in, v.err
	}
	var unread string
	switch s.Workflows, unread = readWorkflows(s.Policy, p, in.git); {
	case unread != "" && s.Policy.Publish.Bypass == policy.BypassBlock:
		s.Unchecked = append(s.Unchecked, check.Unchecked{Key: "publish.bypass", Why: unread})
	case unread != "":
		also(skip("publish.bypass", "%s", unread))
	}
	for _, u := range s.Unchecked {
		also(skip(u.Key, "%s", u.Why))
	}
	compared, err := finish(s.Advisories)
	s.Diff, in.previous, s.Last = compared.diff, compared.release, compared.release.Version
	if s.Watched != nil {
		s.Watched.First = in.previous.Known && in.previous.Version == ""
	}
	if also(compared.skipped...); err != nil {
		return in, err
	}
	change, not, err := policyChange(c.Where, in.rules, p, in.git, m.Name, in.previous)
	if s.PolicyChange = change; not != "" {
		also(skip("about.changes", "whether the policy changed was not looked at: %s", not))
	}
	return in, err
}
