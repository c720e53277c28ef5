package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
)

// readPolicy reads the policy file, and the organisation's if it is named. A
// mistake in them is ErrUsage. Of rules it sets parsed, policyOf and files.
func readPolicy(w Where, p place, git gitCheckout, name string) (r rules, err error) {
	own, err := findPolicy(w.Policy, p, git)
	if r.policyOf = own.of; err != nil {
		return r, err
	}
	if r.parsed, err = own.parse(); err != nil || w.Organisation == "" {
		r.files = own.listed(nil)
		return r, err
	}
	above, err := findOrganisation(w.Organisation, p, git)
	if err != nil {
		return r, err
	}
	organisation, err := above.parse()
	if err != nil {
		return r, err
	}
	r.files = own.listed(above.listed(nil))
	switch {
	case own.file == "":
		r.parsed = organisation
	case above.file != "":
		r.parsed, err = policy.Tighten(organisation, r.parsed, name)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return r, err
}

// A policyRead is a policy file that was read.
type policyRead struct {
	data []byte
	file string           // "": there is none
	of   *source.Revision // the base commit in which it was looked for; nil: none
}

// parse parses the file; where there is none, it is the built-in policy.
func (f policyRead) parse() (*policy.Policy, error) {
	if f.file == "" {
		return policy.Default(), nil
	}
	parsed, err := policy.Parse(f.data, f.file)
	if err != nil {
		if f.of != nil {
			err = fmt.Errorf("the policy of base commit %s: %w", f.of.Short(), err)
		}
		if !errors.Is(err, policy.ErrVoid) {
			err = fmt.Errorf("%w: %w", ErrUsage, err)
		}
		return nil, err
	}
	return parsed, nil
}

// listed adds the file to a list for the report, if there is one.
func (f policyRead) listed(to []report.PolicyFile) []report.PolicyFile {
	if f.file == "" {
		return to
	}
	one := report.PolicyFile{File: f.file, SHA256: hexSHA256(f.data)}
	if f.of != nil {
		one.Commit = f.of.SHA
	}
	return append(to, one)
}

// findPolicy finds the policy file: the one that was named, or else
// .publishgate.yml in the package's directory or at the checkout's root.
func findPolicy(named string, p place, git gitCheckout) (f policyRead, err error) {
	f.of = git.base
	if named == "" {
		f.data, f.file, err = git.settings(p, ".publishgate.yml", maxPolicy)
	} else {
		f.file = named
		if f.data, f.of, err = git.policyFile(p, named); errors.Is(err, errNotInBase) {
			// The change under test adds this file. It applies once it is merged.
			f.data, f.file, err = git.settings(p, ".publishgate.yml", maxPolicy)
		}
	}
	return f, f.unread(err)
}

// findOrganisation reads the organisation's policy file. One that the change
// under test adds to this repository applies once it is merged.
func findOrganisation(named string, p place, git gitCheckout) (f policyRead, err error) {
	f.file = named
	if f.data, f.of, err = git.policyFile(p, named); errors.Is(err, errNotInBase) {
		f.file, err = "", nil
	}
	return f, f.unread(err)
}

// unread says what could not be read.
func (f policyRead) unread(err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("the policy file: %w", err)
	if f.of == nil { // a file of the base commit is not named by the user
		err = fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return err
}

// errNotInBase means that the file exists only in the change under test.
var errNotInBase = errors.New("not in the base commit")

// policyFile reads a policy file that the user named. If a change is under test
// and the file is one of the repository, the version in the base commit is read:
// of is that commit, and nil otherwise.
func (c gitCheckout) policyFile(p place, file string) (data []byte, of *source.Revision, err error) {
	paths := p.within(file)
	beside := c.base == nil || len(paths) == 0
	if !beside {
		if beside, err = c.beside(p, paths); err != nil {
			return nil, c.base, err
		}
	}
	if beside {
		data, err = disk.ReadNamed(file, maxPolicy)
		return data, nil, err
	}
	data, err = c.named(p, file, maxPolicy)
	return data, c.base, err
}

// named reads a file that the user named and that says how to judge. If a change
// is under test and the file lies in the checkout, the version in the base commit
// is read.
func (c gitCheckout) named(p place, file string, limit int64) ([]byte, error) {
	paths := p.within(file)
	if len(paths) == 0 || c.base == nil {
		return disk.ReadNamed(file, limit)
	}
	for _, at := range paths {
		data, err := c.repo.ReadFile(c.base, at, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return nil, errNotInBase
}

// beside reports whether a file lies in a second checkout that the workflow put
// into the first: in a directory with a .git of its own, where neither the base
// commit nor the change has anything. What a link or a submodule leads to is the
// repository's.
func (c gitCheckout) beside(p place, paths []string) (bool, error) {
	for _, at := range paths {
		second := false
		for dir := range above(at) {
			if info, err := p.root.Lstat(dir); err != nil || info.Mode()&fs.ModeSymlink != 0 {
				return false, nil
			}
			_, err := p.root.Lstat(path.Join(dir, ".git"))
			second = second || err == nil
		}
		if !second {
			return false, nil
		}
		for _, v := range []*source.Revision{c.base, c.head} {
			if foreign, err := c.foreign(v, at); err != nil || !foreign {
				return false, err
			}
		}
	}
	return true, nil
}

// foreign reports whether a commit has nothing at a path but directories above it.
func (c gitCheckout) foreign(v *source.Revision, at string) (bool, error) {
	files := c.repo.Files(v)
	for dir := range above(at) {
		info, err := files.Lstat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, gitError(err)
		}
		if !info.IsDir() {
			return false, nil
		}
		if _, err := fs.ReadDir(files.FS(), dir); err != nil { // a submodule
			return false, nil
		}
	}
	return false, nil
}

// above yields the directories on a slash path, from the top, and the path itself.
func above(at string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(at) + 1 {
			if (i == len(at) || at[i] == '/') && !yield(at[:i]) {
				return
			}
		}
	}
}

// settings reads a file that says how to judge, from the package's directory or
// else from the checkout's root. If a change is under test, the version in the
// base commit is read. data is nil if there is no such file.
func (c gitCheckout) settings(p place, name string, limit int64) (data []byte, shown string, err error) {
	if c.base == nil {
		return p.either(name, limit)
	}
	for _, at := range []struct{ path, shown string }{{path.Join(c.home, name), name}, {name, p.up(name)}} {
		data, err := c.repo.ReadFile(c.base, at.path, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, at.shown, err
		}
	}
	return nil, "", nil
}
