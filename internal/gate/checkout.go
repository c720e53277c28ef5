package gate

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A gitCheckout is the git repository of the place, with the commit that is
// checked out and the commit that the change under test would be merged into.
type gitCheckout struct {
	repo *source.Repository // nil: there is none, or it has no commit
	none error              // why repo is nil
	head *source.Revision
	base *source.Revision // nil: no change is under test, and the policy is read from the directory
	home string           // the package's directory in base; "." for the root
}

// readCheckout opens the repository of the place and finds the commit that a
// change under test would be merged into. With an error it returns what it has
// read so far.
func readCheckout(p place, name string, r *action.Runner) (gitCheckout, error) {
	c, err := openCheckout(p)
	if err != nil {
		return c, err
	}
	return c.readBase(p, name, r)
}

// openCheckout opens the repository of the place. It is no error if there is no
// repository; it is one if the repository cannot be read.
func openCheckout(p place) (gitCheckout, error) {
	repo, err := source.Open(p.root)
	var head *source.Revision
	if err == nil {
		head, err = repo.Head()
	}
	if err == nil {
		return gitCheckout{repo: repo, head: head}, nil
	}
	if repo != nil {
		repo.Close()
	}
	for _, none := range []error{source.ErrNone, source.ErrUnborn} {
		if errors.Is(err, none) {
			return gitCheckout{none: none}, nil
		}
	}
	return gitCheckout{}, gitError(err)
}

// close closes the repository.
func (c gitCheckout) close() {
	if c.repo != nil {
		c.repo.Close()
	}
}

// commit returns the commit that is checked out, without its files. It returns
// nil if there is none.
func (c gitCheckout) commit() *source.Commit {
	if c.repo == nil {
		return nil
	}
	return &source.Commit{SHA: c.head.SHA, Date: c.head.Date}
}

// tracks returns a function that reports whether a file of the package is
// compared with the commit. It returns nil if there is no commit.
func (c gitCheckout) tracks(dir string) func(path string) bool {
	if c.repo == nil {
		return nil
	}
	return func(path string) bool { return c.repo.MayHave(c.head, dir, path) }
}

// sha256 reports whether the repository names its objects by SHA-256.
func (c gitCheckout) sha256() bool { return c.head != nil && len(c.head.SHA) == 64 }

// gitError adds the remedy to an error about an object that the clone does not
// hold.
func gitError(err error) error {
	if errors.Is(err, source.ErrMissing) {
		return fmt.Errorf("the git checkout: %w; fetch the whole of it, without --filter", err)
	}
	return fmt.Errorf("the git checkout: %w", err)
}

// reconcile compares every packed file and the release's tag with the commit. It
// returns nil if there is no commit.
func (c gitCheckout) reconcile(p place, s *check.Subject, may permission) (*source.Commit, error) {
	if c.repo == nil {
		if may.boundTo == "" {
			return nil, nil
		}
		return nil, fmt.Errorf("the run is for the tag %s, and there is no commit to hold it against: %w: check the "+
			"repository out, at that tag", may.boundTo, c.none)
	}
	commit := c.commit()
	var err error
	if commit.Remote, err = c.repo.Remote("origin"); err != nil {
		return commit, err
	}
	if may.tag != "" { // the checkout's own tag counts first, then what the runner says
		if commit.Release, err = c.repo.Tag(may.tag); err != nil {
			return commit, gitError(err)
		}
		commit.Release = cmp.Or(commit.Release, may.tagSHA)
	}
	if commit.Tag, err = c.repo.TagOf(c.head, may.tag, s.Manifest.Name, s.Manifest.Version); err != nil {
		return commit, gitError(err)
	}
	if s.Tarball == nil {
		return commit, nil
	}
	if commit.Files, err = c.repo.Explain(c.head, p.dir, check.Packed(s), s.Tarball.Contents); err != nil {
		return commit, gitError(err)
	}
	commit.Manifest = c.committedManifest(p, s.Tarball, commit.Files["package.json"])
	return commit, nil
}

// committedManifest returns the package.json of the commit if the packed one is
// different. It returns nil if it is the same or cannot be read; the finding then
// says only that the file differs.
func (c gitCheckout) committedManifest(p place, t *tarball.Tarball, f source.File) []byte {
	for _, e := range t.Entries {
		if e.Path != "package/package.json" || f.Blob == "" || f.Blob == e.Blob || f.Clean {
			continue
		}
		if data, err := c.repo.ReadFile(c.head, p.in("package.json"), npm.MaxManifest); err == nil {
			return data
		}
	}
	return nil
}

// unjudged returns the note that no commit was compared with the tarball.
func (c gitCheckout) unjudged(t *tarball.Tarball) []report.Skip {
	if c.repo != nil || t == nil {
		return nil
	}
	return []report.Skip{skip("git commit", "%s: that the packed files are those of a commit was not judged", c.none.Error())}
}

// readBase returns the checkout with the commit that the change under test would
// be merged into, if the event is about a change. The policy of that commit
// applies, so that a change cannot waive its own findings.
func (c gitCheckout) readBase(p place, name string, r *action.Runner) (gitCheckout, error) {
	if r == nil {
		return c, nil
	}
	sha, err := r.Base()
	if sha == "" && err == nil {
		return c, nil
	}
	why := fmt.Sprintf("on the event %s the policy is that of the base commit", r.Event)
	switch {
	case err != nil:
		return c, fmt.Errorf("%s: %w", why, err)
	case c.repo == nil:
		return c, fmt.Errorf("%s: %w: check the repository out with fetch-depth: 0", why, c.none)
	}
	if c.base, err = c.repo.Revision(sha); errors.Is(err, source.ErrMissing) {
		return c, fmt.Errorf("%s, and %.7s is not in this clone: check out with fetch-depth: 0, or fetch it before the gate "+
			"runs: git fetch --depth=1 origin %s", why, sha, sha)
	}
	if err == nil {
		c.home, err = c.findHome(p, name)
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w", why, gitError(err))
	}
	return c, nil
}

// findHome finds the package's directory in the base commit, whatever the change
// did to it. It tries the directory as the user named it, then the directory that
// this path leads to now, then the one that held the package of this name.
func (c gitCheckout) findHome(p place, name string) (string, error) {
	for _, dir := range []string{p.named, p.dir} {
		there, err := c.repo.HasFolder(c.base, dir)
		if err != nil || there {
			return dir, err
		}
	}
	if name == "" {
		return p.named, nil
	}
	found, err := c.repo.Packages(c.base, name)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", fmt.Errorf("%s is in %d folders there, and in none of them now: which one's policy holds cannot be told",
			name, len(found))
	case len(found) == 1:
		return found[0], nil
	}
	return p.named, nil // the change adds the package
}

// commitDocument returns what the report says about the commit.
func commitDocument(s *check.Subject) *report.Commit {
	c, o := s.Commit, s.Origins
	if c == nil {
		return nil
	}
	d := &report.Commit{SHA: c.SHA, Date: c.Date, Tag: c.Tag}
	if o != nil {
		d.Identical, d.Built, d.Ignored, d.Modified, d.Untracked = len(o.Identical), len(o.Built), len(o.Ignored),
			len(o.Modified)+len(o.LineEnds)+len(o.Bumped), len(o.Untracked)+len(o.Lockfile)
	}
	if s.Committed != nil {
		d.Searched = s.Committed.Files
	}
	return d
}
