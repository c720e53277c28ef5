package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile/installed"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/vex"
)

// The largest files of each kind that are read, in bytes.
const (
	maxPolicy   = 1 << 20
	maxBaseline = 16 << 20
	maxKey      = 1 << 20
	maxRoot     = 4 << 20
)

// input is everything that was read.
type input struct {
	place    place
	git      gitCheckout
	policyOf *source.Revision // the base commit that the policy was read from; nil: none
	subject  *check.Subject
	statuses []advisory.Status
	previous policy.Release // the one before, as far as somebody asked
	plan     *publish.Plan  // what would be published; nil: nothing was asked to be
	permission
	filing   filing    // the commit that the findings are about, for code scanning
	registry preflight // what the registry holds already
	clock    *clock    // how the servers' dates agree with the local clock
	skipped  []report.Skip
	vex      []*vex.Document // what others say
	heard    []report.VEX    // and how much of it is about what was found
	now      time.Time
}

// nothing is the input of a run that could not begin to read.
func nothing() *input { return &input{subject: &check.Subject{}} }

// close lets go of the checkout and its repository.
func (in *input) close() {
	in.place.close()
	in.git.close()
}

func (in *input) skip(what, format string, args ...any) {
	in.skipped = append(in.skipped, report.Skip{What: what, Why: fmt.Sprintf(format, args...)})
}

// begin finds the package and reads its package.json. What it has got comes
// with the error, as with read.
func begin(c Config) (*input, error) {
	in := &input{now: c.Now().UTC(), subject: &check.Subject{}}
	s := in.subject
	s.Now = in.now.Format(time.RFC3339)
	var err error
	if in.place, err = findPlace(c.Dir); err != nil {
		return in, err
	}
	if s.Manifest, err = readManifest(in.place); err != nil {
		return in, err
	}
	if !c.part {
		err = in.refuseRoot()
	}
	if err == nil {
		err = saysSomething(s.Manifest)
	}
	return in, err
}

// read reads all the rest there is, in the order in which each needs the one
// before. What it could not read is an error; what it has got by then stays, so
// that the report can name it.
func (in *input) read(ctx context.Context, c Config) error {
	in.clock = newClock(c.Transport, c.Now)
	c.Transport = in.clock
	s := in.subject
	var err error
	if s.RootFiles, s.Links, err = in.place.files(s.Manifest); err != nil {
		return err
	}
	if in.git, err = openCheckout(in.place); err != nil {
		return err
	}
	s.Commit = in.git.commit()
	in.filing = c.filing(in.git)
	in.whence(c.Started)
	if err = in.readBase(c.Started); err != nil {
		return err
	}
	if err = in.readPolicy(c); err != nil {
		return err
	}
	if err = in.readVEX(c.Where); err != nil {
		return err
	}
	if s.Graph, err = in.place.lockfile(s.Manifest, c.Lockfile); err != nil {
		return err
	}
	if s.Graph.Lockfile == "" {
		in.skip("lockfile", "there is none, and package.json asks for nothing that one would hold")
	}
	installed.Licenses(in.place.root, in.place.dir, s.Graph)
	if s.Tarball, s.Packed, err = readTarball(ctx, c.Where, in.place, s.Manifest, tarball.Options{GitBlob: in.git.tracks(in.place.dir), GitSHA256: in.git.sha256()}); err != nil {
		return err
	}
	in.packedLicences()
	if err = in.readOthers(); err != nil {
		return err
	}
	if err = in.readBaseline(); err != nil {
		return err
	}
	if err = in.prepare(c); err != nil {
		return err
	}
	if err = in.reconcile(c); err != nil {
		return err
	}
	scopes, err := c.scopes(s.Policy)
	if err != nil {
		return err
	}
	sources, err := c.sources(scopes)
	if err != nil {
		return err
	}
	compared := in.startDiff(ctx, c, scopes)
	sources, stop := c.watch(sources)
	defer stop()
	s.Unlocked = check.Unlocked(s.Tarball, s.Graph)
	s.Requests, s.Others = s.FindRequests()
	s.Known, in.statuses, err = advisory.SeekAll(ctx, sources, s.Ask(), in.terms())
	s.Unasked = map[string]bool{}
	for _, name := range advisory.Unasked(in.statuses) {
		s.Unasked[name] = true
	}
	if err != nil {
		return because(report.SourceDown, err)
	}
	s.Advisories, s.Others = s.Match(s.Known)
	if n, all := s.RangesUnknown(); n > 0 {
		in.skip("ranges of direct dependencies", "for %d of %d the sources told only of single versions: the lowest that the range admits was judged, and no other", n, all)
	}
	in.readLicences(ctx, c.Net, scopes)
	in.readServed(ctx, c.Net, scopes)
	in.readPlan(ctx, c, sources, scopes)
	changes := compared()
	if c.PreviousTarball != "" && c.Previous == "" {
		in.previous = changes.last
	}
	if err = in.readPrevious(ctx, c, scopes, changes.listed); err != nil {
		return err
	}
	return in.finishDiff(changes)
}

// saysSomething is an error for a package.json as `{}`: it names neither a package
// nor a dependency, so there is nothing that could pass.
func saysSomething(m *npm.Manifest) error {
	if m.Name == "" && m.Version == "" && len(m.Dependencies) == 0 {
		return fmt.Errorf("%s names neither a package nor a dependency, so there is nothing to judge: DIR must be the folder of an npm package", m.File)
	}
	return nil
}

func readManifest(p place) (*npm.Manifest, error) {
	data, err := disk.Read(p.root, p.in("package.json"), npm.MaxManifest)
	if err != nil {
		return nil, fmt.Errorf("%w: DIR must be the folder of an npm package", err)
	}
	return npm.ParseManifest(data, "package.json")
}
