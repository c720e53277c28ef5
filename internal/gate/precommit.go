package gate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Precommitted is what the next commit brings.
type Precommitted struct {
	Judged    []policy.Judged // credentials, and files named like them
	Files     int             // that were searched
	Earlier   int             // candidates in them that the last commit has too, and that are not judged
	Unscanned []tarball.Unscanned
}

// Blocked reports whether something must not be committed.
func (p *Precommitted) Blocked() bool {
	for i := range p.Judged {
		if p.Judged[i].State == finding.Block {
			return true
		}
	}
	return false
}

// Precommit searches what the next commit brings for secrets: the files of git's
// index that differ from the commit that is checked out, as they are staged. index
// is the file that git names in GIT_INDEX_FILE; empty: the checkout's own. Policy
// and baseline are those of the working files, and decide as they do for secrets of
// the commit. What the last commit has already is counted and not judged.
func Precommit(ctx context.Context, w Where, index string, now time.Time) (*Precommitted, error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return nil, err
	}
	defer p.close()
	repo, err := source.Open(p.root)
	if errors.Is(err, source.ErrNone) {
		return nil, fmt.Errorf("%s: %w", w.Dir, err)
	}
	if err != nil {
		return nil, gitError(err)
	}
	defer repo.Close()
	m, err := readManifestIfAny(p)
	if err != nil {
		return nil, err
	}
	r, err := readRules(Where{Policy: w.Policy, Organisation: w.Organisation}, Judging{}, p, gitCheckout{}, m.Name)
	if err != nil {
		return nil, err
	}
	staged, err := repo.Staged(index)
	if err != nil {
		return nil, gitError(err)
	}
	found, earlier, err := searchStaged(ctx, repo, staged)
	if err != nil {
		return nil, gitError(err)
	}
	var added []string
	had := map[string]bool{}
	for _, b := range staged.Before {
		had[b.Path] = true
	}
	for _, b := range staged.Files {
		if !b.Module && !had[b.Path] {
			added = append(added, b.Path)
		}
	}
	found.Staged = true
	s := &check.Subject{Manifest: m, Policy: r.policy, Folder: p.dir, Committed: found}
	asked := found.Secrets
	for _, file := range added {
		asked = append(asked[:len(asked):len(asked)], tarball.Secret{Path: file})
	}
	if found.Homes, err = homesOf(asked, r, p, gitCheckout{}, func(dir string) []byte {
		data, err := disk.Read(p.root, path.Join(dir, "package.json"), npm.MaxManifest)
		if err != nil {
			return nil
		}
		return data
	}); err != nil {
		return nil, err
	}
	done := &Precommitted{Files: found.Files, Earlier: earlier, Unscanned: found.Unscanned}
	findings := check.Staged(s, added)
	for _, j := range policy.Decide(r.policy, findings, policy.Context{Now: now}).Judged {
		if check.IsStaged(j.Finding) {
			done.Judged = append(done.Judged, j)
		}
	}
	return done, nil
}

// searchStaged searches the files that the next commit brings. A candidate that
// what they replace has too, or a file that is gone, as after a rename, is nothing
// new; earlier counts those.
func searchStaged(ctx context.Context, repo *source.Repository, staged *source.Staged) (found *check.Committed, earlier int, err error) {
	if found, err = searchBlobs(ctx, repo, staged.Files); err != nil || len(found.Secrets) == 0 {
		return found, 0, err
	}
	before, err := searchBlobs(ctx, repo, staged.Before)
	if err != nil {
		return nil, 0, err
	}
	known := map[string]bool{}
	for _, c := range before.Secrets {
		known[c.Rule+c.SHA1] = true
	}
	var fresh []tarball.Secret
	for _, c := range found.Secrets {
		if known[c.Rule+c.SHA1] {
			earlier++
			continue
		}
		fresh = append(fresh, c)
	}
	found.Secrets = fresh
	return found, earlier, nil
}
