package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
)

// runMembers judges several members of a workspace, one after the other, each as
// if it were named alone, with its evidence in a directory of its own. The worst
// verdict decides. Nothing is signed or published.
func (o *Outcome) runMembers(ctx context.Context, c Config, folder *disk.Folder) error {
	chosen, leftOut, err := c.chooseMembers()
	if err != nil {
		o.Document.Problem = oneLine(err)
		return err
	}
	o.Whole = &report.Whole{Run: &o.Run, LeftOut: leftOut}
	if err := o.ownCategories(&c, chosen); err != nil {
		return err
	}
	c.uploads, c.search, c.heard = &uploads{left: len(chosen)}, &searched{}, &hearing{}
	all := forget(c.Where, c.Runner, leftOut)
	o.harvest.only = c.Workspace
	for _, m := range chosen {
		c.Log.of(cmp.Or(m.Manifest.Name, m.Folder))
		member, err := Run(ctx, c.member(m.Folder))
		o.sarifID = strings.Trim(o.sarifID+","+member.sarifID, ",")
		o.harvest.join(m.Folder, member.harvest)
		o.parts = append(o.parts, member.notes()...)
		o.Whole.Members = append(o.Whole.Members, report.Member{Folder: m.Folder, Document: &member.Document})
		o.Document.Verdict.Counts = sum(o.Document.Verdict.Counts, member.Document.Verdict.Counts)
		if err != nil && !errors.Is(err, ErrBlocked) {
			err = fmt.Errorf("%s: %w", m.Folder, err)
		}
		all = errors.Join(all, err)
	}
	c.Log.of("")
	if c.Submit {
		disconnect, err := c.connect(c.Runner)
		if err != nil {
			return errors.Join(all, err)
		}
		defer disconnect()
		o.submit(ctx, c.Acting, c.Net, c.Runner)
	}
	return all
}

// forget removes what an earlier run left of members that are not judged now.
func forget(c Where, r *action.Runner, leftOut []report.Skip) error {
	var err error
	for _, s := range leftOut {
		old := c.member(s.What)
		if info, statErr := os.Lstat(old.Out); statErr != nil || !info.IsDir() {
			continue
		}
		folder, openErr := openFolder(old, r)
		if openErr == nil {
			openErr = folder.Close()
		}
		err = errors.Join(err, openErr)
	}
	return err
}

// ownCategories makes sure that each member's findings have a category of their
// own at code scanning: in a common one, those of the last member would close the
// alerts of all others. If they have not, nothing is uploaded.
func (o *Outcome) ownCategories(c *Config, chosen []lockfile.WorkspaceMember) error {
	if c.Upload == Never {
		return nil
	}
	of := map[string]string{}
	for _, m := range chosen {
		category := sarif.Category(m.Manifest.Name, m.Folder, c.Category)
		other, taken := of[category]
		if !taken {
			of[category] = m.Folder
			continue
		}
		err := fmt.Errorf("%s and %s would both have the category %s, and each would close the other's alerts: give them different "+
			"names in package.json, or judge each by itself: -workspace %s -category %s", other, m.Folder, category, m.Folder,
			strings.Trim(path.Clean(m.Folder), "./"))
		if c.Upload == Always {
			o.Document.Problem = oneLine(err)
			return fmt.Errorf("%w: -upload-sarif always: %w", ErrUsage, err)
		}
		c.Upload = Never
		o.did("upload", report.Failed, report.File{}, "code scanning: %s", err)
		return nil
	}
	return nil
}

func sum(a, b policy.Counts) policy.Counts {
	return policy.Counts{Block: a.Block + b.Block, Warn: a.Warn + b.Warn, Waived: a.Waived + b.Waived}
}

// member returns the configuration for judging one member, as part of a run that
// reports on all members at its end.
func (c Config) member(folder string) Config {
	c.Where, c.part = c.Where.member(folder), true
	c.Sign, c.Publish = Never, Never
	c.Show, c.Heard = nil, nil
	c.Reports = nil // the run over all members writes them, once
	return c
}

// member returns the place of one member.
func (c Where) member(folder string) Where {
	c.Dir, c.Out = filepath.Join(c.Dir, filepath.FromSlash(folder)), filepath.Join(c.Out, filepath.FromSlash(folder))
	c.Workspace, c.Workspaces = nil, false
	return c
}
