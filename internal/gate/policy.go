package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/secret"
)

// readPolicy reads the policy file. What is wrong in it is the user's mistake.
func (in *input) readPolicy(c Config) error {
	flags := policy.Flags{AuditLevel: c.AuditLevel, Omit: c.Omit}
	name := in.subject.Manifest.Name
	data, file, err := in.policyFile(c.Policy)
	if err != nil {
		return err
	}
	if file == "" {
		in.subject.Policy = policy.Default().For(name, flags)
		return nil
	}
	parsed, err := policy.Parse(data, file)
	if err != nil {
		if in.policyOf != nil {
			err = fmt.Errorf("the policy of base commit %s: %w", in.policyOf.Short(), err)
		}
		if errors.Is(err, policy.ErrVoid) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	in.subject.Policy = parsed.For(name, flags)
	return nil
}

// policyFile finds the policy file: the one that was named, else the one that
// stands in the package's folder or at the checkout's root. file is "" where
// there is none.
func (in *input) policyFile(named string) (data []byte, file string, err error) {
	in.policyOf = in.git.base
	if named == "" {
		data, file, err = in.settings(".publishgate.yml", maxPolicy)
	} else {
		if len(in.place.within(named)) == 0 {
			in.policyOf = nil // the workflow's own word
		}
		file = named
		if data, err = in.named(named, maxPolicy); errors.Is(err, errNotInBase) {
			// The change brings it: it holds once it is merged.
			data, file, err = in.settings(".publishgate.yml", maxPolicy)
		}
	}
	if err != nil {
		err = fmt.Errorf("the policy file: %w", err)
		if in.policyOf == nil { // else it is not of the user's making
			err = fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	return data, file, err
}

// errNotInBase says that only the change under test has a file of the checkout.
var errNotInBase = errors.New("not in the base commit")

// named reads a file that the user named and that says how to judge. Where a
// change is under test, one of the checkout is read as the base commit has it.
func (in *input) named(file string, limit int64) ([]byte, error) {
	paths := in.place.within(file)
	if len(paths) == 0 || in.git.base == nil {
		return disk.ReadNamed(file, limit)
	}
	for _, at := range paths {
		data, err := in.git.repo.ReadFile(in.git.base, at, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return nil, errNotInBase
}

// settings reads a file that says how to judge, from the package's folder, else
// from the checkout's root: as the base commit has it where a change is under
// test. Nil where there is none.
func (in *input) settings(name string, limit int64) (data []byte, shown string, err error) {
	p := in.place
	if in.git.base == nil {
		return p.either(name, limit)
	}
	for _, at := range []struct{ path, shown string }{{path.Join(in.git.home, name), name}, {name, p.up(name)}} {
		data, err := in.git.repo.ReadFile(in.git.base, at.path, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, at.shown, err
		}
	}
	return nil, "", nil
}

// readBaseline reads the detect-secrets baseline that the policy names.
func (in *input) readBaseline() error {
	p := in.subject.Policy
	if p.Secrets.Baseline == "" {
		return nil
	}
	data, _, err := in.settings(p.Secrets.Baseline, maxBaseline)
	if err != nil {
		return fmt.Errorf("the secrets baseline: %w", err)
	}
	if data == nil {
		return fmt.Errorf("%w: %s: secrets.baseline names %s, which is not there", ErrUsage, p.File, p.Secrets.Baseline)
	}
	p.Secrets.Known, err = secret.ParseBaseline(data)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Secrets.Baseline, err)
	}
	return nil
}
