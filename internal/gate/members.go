package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
)

// runMembers judges several members of a workspace, each as if it were named
// alone, with its evidence in a directory of its own. The worst verdict decides.
// Only if all passed they are signed and published.
func (o *Outcome) runMembers(ctx context.Context, c Config, folder *disk.Folder) error {
	err := forget(c.Where, c.Runner)
	if err != nil {
		return err
	}
	everyone, chosen, leftOut, err := c.chooseMembers()
	if err == nil {
		err = apart(chosen)
	}
	if err != nil {
		o.Document.Problem = oneLine(err)
		return err
	}
	o.Whole = &report.Whole{Run: &o.Run, LeftOut: leftOut, Version: o.version}
	if c.tarballs, err = o.giveTarballs(c.Where, everyone, chosen); err != nil {
		o.Document.Problem = oneLine(err)
		return err
	}
	all, err := o.judgeMembers(ctx, c, chosen)
	o.harvest.only = c.Workspace
	o.joinMembers(all)
	err = errors.Join(err, o.putMerged(folder)) // the judgement is complete here and does not change afterwards
	err = o.actMembers(c, all, err)
	for _, j := range all {
		o.parts = append(o.parts, j.outcome.notes()...)
	}
	if c.Submit {
		disconnect, connectErr := c.connect(c.Runner)
		if connectErr != nil {
			return errors.Join(err, connectErr)
		}
		defer disconnect()
		o.submit(ctx, c.Acting, c.Net, c.Runner)
	}
	return err
}

// judged is a member of a workspace that was judged, in the order of directories.
type judged struct {
	member  lockfile.WorkspaceMember
	folder  string // of its evidence, in that of the run
	outcome *Outcome
	err     error // nil: it passed
}

// judgeMembers judges members. It signs and publishes nothing: of a member that
// may be, the run goes on in actMembers. Its error joins those of the members that
// did not pass.
func (o *Outcome) judgeMembers(ctx context.Context, c Config, chosen []lockfile.WorkspaceMember) ([]judged, error) {
	c.shared = &lockfile.Shared{}
	c.uploads, c.search, c.heard = &uploads{left: len(chosen)}, &searched{}, &hearing{}
	all, errs := make([]judged, len(chosen)), make([]error, len(chosen))
	together, log := c.together(), c.Log
	if together > 1 { // the lines of all would stand between each other
		c.Log = nil
		defer log.waitFor("the members to be judged")()
	}
	ends := make([]chan struct{}, len(chosen))
	for i := range ends {
		ends[i] = make(chan struct{})
	}
	sideBySide(together, len(chosen), func(i int) {
		defer close(ends[i])
		m := chosen[i]
		one := c.member(m)
		one.inTurn = func() {
			for _, end := range ends[:i] {
				<-end
			}
		}
		one.Log.of(cmp.Or(m.Manifest.Name, m.Folder))
		all[i] = judged{member: m, folder: evidenceFolder(m)}
		all[i].outcome, all[i].err = Run(ctx, one)
		if errs[i] = all[i].err; errs[i] != nil && !errors.Is(errs[i], ErrBlocked) {
			errs[i] = fmt.Errorf("%s: %w", m.Folder, errs[i])
		}
	})
	c.Log.of("")
	return all, errors.Join(errs...)
}

// together returns how many members are judged side by side. Where the network is
// asked, they come one after the other: each answer is kept for those after it. So
// they do on a runner, whose log has a group for each stage of each member.
func (c Config) together() int {
	if !c.Offline || c.Runner != nil || c.Log != nil && (c.Log.Runner != nil || c.Log.Debug != nil) {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), judgedAtOnce)
}

// judgedAtOnce bounds the memory of members that are judged side by side.
const judgedAtOnce = 2

// joinMembers takes into the whole run what it tells of its members.
func (o *Outcome) joinMembers(all []judged) {
	for _, j := range all {
		of := j.outcome
		o.sarifID = strings.Trim(o.sarifID+","+of.sarifID, ",")
		o.harvest.join(j.member.Folder, of.harvest)
		o.Whole.Members = append(o.Whole.Members, report.Member{Folder: j.member.Folder, Evidence: j.folder,
			Tarball: of.tarball.Name, Document: &of.Document})
		o.Document.Verdict.Counts = sum(o.Document.Verdict.Counts, of.Document.Verdict.Counts)
	}
}

func sum(a, b policy.Counts) policy.Counts {
	return policy.Counts{Block: a.Block + b.Block, Warn: a.Warn + b.Warn, Waived: a.Waived + b.Waived}
}

// member returns the configuration for judging one member, as part of a run that
// reports on all members at its end.
func (c Config) member(m lockfile.WorkspaceMember) Config {
	c.Where, c.part = c.Where.member(m), true
	if c.Sign == Auto && c.IDToken == nil {
		c.Sign = Never
	}
	c.Show, c.Heard = nil, nil
	if c.Receipt != "" { // the evidence of an earlier attempt
		c.Receipt = filepath.Join(c.Receipt, evidenceFolder(m), publish.ReceiptFile)
	}
	c.Reports = nil // the run over all members writes them, once
	return c
}

// member returns the place of one member.
func (c Where) member(m lockfile.WorkspaceMember) Where {
	c = c.below(m.Folder)
	c.Out = filepath.Join(c.Out, evidenceFolder(m))
	if p := c.tarballs[m.Folder]; p != nil {
		c.Tarball, c.bytes = filepath.Join(c.Tarball, p.file), p.data
	}
	c.tarballs = nil
	return c
}

// below returns the place of the package in a folder, by itself.
func (c Where) below(folder string) Where {
	c.Dir, c.Workspace, c.Workspaces = filepath.Join(c.Dir, filepath.FromSlash(folder)), nil, false
	return c
}
