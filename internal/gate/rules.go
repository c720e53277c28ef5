package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/secret"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/vex"
)

// rules are what the package is judged by.
type rules struct {
	parsed   *policy.Policy // the policy file, or the built-in policy
	policy   *policy.Effective
	policyOf *source.Revision // the base commit that policy was read from; nil: none
	vex      []*vex.Document  // the VEX documents
	unread   []report.Skip    // documents that do not count, and why
}

// readRules reads the policy file, the baseline that it names and the VEX
// documents. With an error it returns what it has read so far.
func readRules(w Where, j Judging, p place, git gitCheckout, name string) (r rules, err error) {
	if r.parsed, r.policyOf, err = readPolicy(w.Policy, p, git); err != nil {
		return r, err
	}
	r.policy = r.parsed.For(name, policy.Flags{AuditLevel: j.AuditLevel, Omit: j.Omit})
	if r.vex, r.unread, err = readVEX(w.VEX, p, git); err != nil {
		return r, err
	}
	r.policy.Secrets.Known, err = readBaseline(r.policy, p, git)
	return r, err
}

// readPolicy reads the policy file. A mistake in it is ErrUsage.
func readPolicy(named string, p place, git gitCheckout) (*policy.Policy, *source.Revision, error) {
	data, file, of, err := findPolicy(named, p, git)
	if err != nil {
		return nil, of, err
	}
	if file == "" {
		return policy.Default(), of, nil
	}
	parsed, err := policy.Parse(data, file)
	if err != nil {
		if of != nil {
			err = fmt.Errorf("the policy of base commit %s: %w", of.Short(), err)
		}
		if !errors.Is(err, policy.ErrVoid) {
			err = fmt.Errorf("%w: %w", ErrUsage, err)
		}
		return nil, of, err
	}
	return parsed, of, nil
}

// findPolicy finds the policy file: the one that was named, or else
// .publishgate.yml in the package's directory or at the checkout's root. file is
// "" if there is none. of is the base commit in which it was looked for; nil:
// none.
func findPolicy(named string, p place, git gitCheckout) (data []byte, file string, of *source.Revision, err error) {
	of = git.base
	if named == "" {
		data, file, err = git.settings(p, ".publishgate.yml", maxPolicy)
	} else {
		if len(p.within(named)) == 0 {
			of = nil // the workflow names it, so it need not be in the base commit
		}
		file = named
		if data, err = git.named(p, named, maxPolicy); errors.Is(err, errNotInBase) {
			// The change under test adds this file. It applies once it is merged.
			data, file, err = git.settings(p, ".publishgate.yml", maxPolicy)
		}
	}
	if err != nil {
		err = fmt.Errorf("the policy file: %w", err)
		if of == nil { // a file of the base commit is not named by the user
			err = fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	return data, file, of, err
}

// errNotInBase means that the file exists only in the change under test.
var errNotInBase = errors.New("not in the base commit")

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

// readBaseline reads the detect-secrets baseline that the policy names. It
// returns nil if the policy names none.
func readBaseline(pol *policy.Effective, p place, git gitCheckout) (map[string]bool, error) {
	file := pol.Secrets.Baseline
	if file == "" {
		return nil, nil
	}
	data, _, err := git.settings(p, file, maxBaseline)
	if err != nil {
		return nil, fmt.Errorf("the secrets baseline: %w", err)
	}
	if data == nil {
		return nil, fmt.Errorf("%w: %s: secrets.baseline names %s, which is not there", ErrUsage, pol.File, file)
	}
	known, err := secret.ParseBaseline(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return known, nil
}

// readVEX reads the VEX documents that were named. A document that cannot be read
// in full is an error: the readable part may waive a finding, and the unreadable
// part may take that back. A document that exists only in the change under test
// is not read.
func readVEX(files []string, p place, git gitCheckout) (docs []*vex.Document, unread []report.Skip, err error) {
	for _, file := range files {
		data, err := git.named(p, file, vex.MaxBytes)
		if errors.Is(err, errNotInBase) {
			unread = append(unread, skip("VEX document "+file,
				"it is not in base commit %s: what the change itself says waives nothing", git.base.Short()))
			continue
		}
		if err != nil {
			return docs, unread, fmt.Errorf("the VEX document: %w", err)
		}
		d, err := vex.Read(data, file)
		if err != nil {
			return docs, unread, fmt.Errorf("the VEX document: %w", err)
		}
		docs = append(docs, d)
	}
	return docs, unread, nil
}
