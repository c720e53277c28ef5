package gate

import (
	"errors"
	"fmt"

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
	files    []report.PolicyFile
	vex      []*vex.Document // the VEX documents
	unread   []report.Skip   // documents that do not count, and why
}

// readRules reads the policy file, the baseline that it names and the VEX
// documents. With an error it returns what it has read so far.
func readRules(w Where, j Judging, p place, git gitCheckout, name string) (r rules, err error) {
	if r, err = readPolicy(w, p, git, name); err != nil {
		return r, err
	}
	r.policy = r.parsed.For(name, policy.Flags{AuditLevel: j.AuditLevel, Omit: j.Omit})
	if r.vex, r.unread, err = readVEX(w.VEX, p, git); err != nil {
		return r, err
	}
	r.policy.Secrets.Known, err = readBaseline(r.policy, p, git)
	return r, err
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
		return nil, fmt.Errorf("%w: %s: secrets.baseline names %s, which is not there; make it: publishgate baseline -o %s",
			ErrUsage, pol.File, file, file)
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
