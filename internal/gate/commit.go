package gate

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
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
func (in *input) reconcile(c Config) error {
	s, git := in.subject, in.git
	if git.repo == nil {
		if err := in.tagWithoutCheckout(c); err != nil {
			return err
		}
		if s.Tarball != nil {
			in.skip("git commit", "%s: that the packed files are those of a commit was not judged", display.Text(git.none.Error()))
		}
		return nil
	}
	var err error
	if s.Commit.Remote, err = git.repo.Remote("origin"); err != nil {
		return err
	}
	if s.Commit.Release, err = in.release(c.Started); err != nil {
		return gitError(err)
	}
	if s.Commit.Tag, err = git.repo.TagOf(git.head, s.Tag, s.Manifest.Name, s.Manifest.Version); err != nil {
		return gitError(err)
	}
	if s.Tarball == nil {
		return nil
	}
	if s.Commit.Files, err = git.repo.Explain(git.head, in.place.dir, check.Packed(s), s.Tarball.Contents); err != nil {
		return gitError(err)
	}
	s.Commit.Manifest = in.committedManifest()
	s.Origins = check.Reconcile(s)
	return nil
}

// committedManifest reads the package.json of the commit where the packed one is
// another; nil where it cannot be had, and then it merely differs.
func (in *input) committedManifest() []byte {
	s, git := in.subject, in.git
	f := s.Commit.Files["package.json"]
	for _, e := range s.Tarball.Entries {
		if e.Path != "package/package.json" || f.Blob == "" || f.Blob == e.Blob || f.Clean {
			continue
		}
		if data, err := git.repo.ReadFile(git.head, in.place.in("package.json"), npm.MaxManifest); err == nil {
			return data
		}
	}
	return nil
}

// release is the commit of the tag that is being released: as the checkout has
// the tag, else as the runner says.
func (in *input) release(c Started) (string, error) {
	if in.subject.Tag == "" {
		return "", nil
	}
	sha, err := in.git.repo.Tag(in.subject.Tag)
	if sha == "" && err == nil {
		sha = c.Trigger.SHA
	}
	return sha, err
}

// readBase finds the commit that the change under test would be merged into,
// where the event is about one: its policy holds, so that a change cannot waive
// itself.
func (in *input) readBase(c Started) error {
	if c.Runner == nil {
		return nil
	}
	sha, err := c.Runner.Base()
	if sha == "" && err == nil {
		return nil
	}
	why := fmt.Sprintf("on the event %s the policy is that of the base commit", display.Text(c.Runner.Event))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", why, err)
	case in.git.repo == nil:
		return fmt.Errorf("%s: %w: check the repository out with fetch-depth: 0", why, in.git.none)
	}
	if in.git.base, err = in.git.repo.Revision(sha); errors.Is(err, source.ErrMissing) {
		return fmt.Errorf("%s, and %.7s is not in this clone: check out with fetch-depth: 0, or fetch it before the gate runs: git fetch --depth=1 origin %s", why, sha, sha)
	}
	if err == nil {
		in.git.home, err = in.home()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", why, gitError(err))
	}
	return nil
}

// home finds the package's folder in the base commit, whatever the change made
// of it: the folder as it was named, where base has one; else the one it leads
// to now; else the one that held the package of this name.
func (in *input) home() (string, error) {
	for _, dir := range []string{in.place.named, in.place.dir} {
		there, err := in.git.repo.HasFolder(in.git.base, dir)
		if err != nil || there {
			return dir, err
		}
	}
	name := in.subject.Manifest.Name
	if name == "" {
		return in.place.named, nil
	}
	found, err := in.git.repo.Packages(in.git.base, name)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", fmt.Errorf("%s is in %d folders there, and in none of them now: which one's policy holds cannot be told", display.Text(name), len(found))
	case len(found) == 1:
		return found[0], nil
	}
	return in.place.named, nil // a package that the change brings
}

// within returns the paths below the checkout's root by which a file that the
// user named can be found, the one as it was named first; none: it lies
// elsewhere. A link of the checkout's own does not lead out of it, and one from
// elsewhere leads into it.
func (p place) within(named string) []string {
	abs, err := filepath.Abs(named)
	if err != nil {
		return nil
	}
	var paths []string
	if path, ok := p.lexically(abs); ok {
		paths = append(paths, path)
	}
	tries := []string{}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		tries = append(tries, filepath.Join(dir, filepath.Base(abs)))
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		tries = append(tries, real)
	}
	for _, path := range tries {
		rel, err := filepath.Rel(p.root.Name(), path)
		if rel = filepath.ToSlash(rel); err == nil && filepath.IsLocal(rel) && !slices.Contains(paths, rel) {
			paths = append(paths, rel)
		}
	}
	return paths
}

// commitDocument is what the report says of the commit.
func (in *input) commitDocument() *report.Commit {
	c := in.subject.Commit
	if c == nil {
		return nil
	}
	d := &report.Commit{SHA: c.SHA, Date: c.Date, Tag: c.Tag}
	if o := in.subject.Origins; o != nil {
		d.Identical, d.Built, d.Ignored, d.Modified, d.Untracked = len(o.Identical), len(o.Built), len(o.Ignored), len(o.Modified)+len(o.LineEnds)+len(o.Bumped), len(o.Untracked)+len(o.Lockfile)
	}
	return d
}
