package gate

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A gitCheckout is the git side of the place: the commit that is checked out and
// the one that the change under test would be merged into.
type gitCheckout struct {
	repo *source.Repository // nil: there is none, or it has no commit
	none error              // then why
	head *source.Revision
	base *source.Revision // nil: no change is under test, the policy is that of the folder
	home string           // the package's folder in base, "." its root
}

// readCheckout opens the repository of the place and finds the commit that a
// change under test would be merged into. What it has got comes with the error.
func readCheckout(p place, name string, r *action.Runner) (gitCheckout, error) {
	c, err := openCheckout(p)
	if err != nil {
		return c, err
	}
	return c.readBase(p, name, r)
}

// openCheckout opens the repository of the place. To have none is no error; to
// have one that cannot be read is.
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

// close lets go of the repository.
func (c gitCheckout) close() {
	if c.repo != nil {
		c.repo.Close()
	}
}

// commit is the commit that is checked out, without its files; nil: none is.
func (c gitCheckout) commit() *source.Commit {
	if c.repo == nil {
		return nil
	}
	return &source.Commit{SHA: c.head.SHA, Date: c.head.Date}
}

// tracks says which files of the package are to be compared with the commit;
// nil: none.
func (c gitCheckout) tracks(dir string) func(path string) bool {
	if c.repo == nil {
		return nil
	}
	return func(path string) bool { return c.repo.MayHave(c.head, dir, path) }
}

// sha256 holds for a repository whose names are SHA-256.
func (c gitCheckout) sha256() bool { return c.head != nil && len(c.head.SHA) == 64 }

// gitError says what to do where a clone does not hold what is asked of it.
func gitError(err error) error {
	if errors.Is(err, source.ErrMissing) {
		return fmt.Errorf("the git checkout: %w; fetch the whole of it, without --filter", err)
	}
	return fmt.Errorf("the git checkout: %w", err)
}

// reconcile asks the commit about every packed file and about the release's tag.
// Nil: there is no commit.
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
	if may.tag != "" { // as the checkout has the tag, else as the runner says
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

// committedManifest reads the package.json of the commit where the packed one is
// another; nil where it cannot be had, and then it merely differs.
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

// unjudged notes that no commit was compared with a tarball.
func (c gitCheckout) unjudged(t *tarball.Tarball) []report.Skip {
	if c.repo != nil || t == nil {
		return nil
	}
	return []report.Skip{skip("git commit", "%s: that the packed files are those of a commit was not judged", display.Text(c.none.Error()))}
}

// readBase returns the checkout with the commit that the change under test would
// be merged into, where the event is about one: its policy holds, so that a
// change cannot waive itself.
func (c gitCheckout) readBase(p place, name string, r *action.Runner) (gitCheckout, error) {
	if r == nil {
		return c, nil
	}
	sha, err := r.Base()
	if sha == "" && err == nil {
		return c, nil
	}
	why := fmt.Sprintf("on the event %s the policy is that of the base commit", display.Text(r.Event))
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

// findHome finds the package's folder in the base commit, whatever the change made
// of it: the folder as it was named, where base has one; else the one it leads
// to now; else the one that held the package of this name.
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
			display.Text(name), len(found))
	case len(found) == 1:
		return found[0], nil
	}
	return p.named, nil // a package that the change brings
}

// commitDocument is what the report says of the commit.
func commitDocument(c *source.Commit, o *check.Origins) *report.Commit {
	if c == nil {
		return nil
	}
	d := &report.Commit{SHA: c.SHA, Date: c.Date, Tag: c.Tag}
	if o != nil {
		d.Identical, d.Built, d.Ignored, d.Modified, d.Untracked = len(o.Identical), len(o.Built), len(o.Ignored),
			len(o.Modified)+len(o.LineEnds)+len(o.Bumped), len(o.Untracked)+len(o.Lockfile)
	}
	return d
}
