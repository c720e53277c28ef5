package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/verify"
	"github.com/publishgate/publishgate/internal/web"
)

// lookups is how many questions about dependencies registries are asked at once,
// where their turns come.
const lookups = web.Abreast

// theKeys are waited for where a signature names one that nobody has.
const theKeys = "the keys that the registry signs with are known"

// readSignatures asks the registries for their signatures of the dependencies and
// verifies them over the lockfile's checksums, if the policy says so. An error
// means that a registry or its keys could not be asked, or that nobody has the key
// of a signature, where no other signature is a no.
func readSignatures(ctx context.Context, q inquiry, t *trustBase, s *check.Subject) (map[*npm.Package]check.Seal, error) {
	if s.Policy.Dependencies.Signatures == "" || q.Offline {
		return nil, nil
	}
	seals, err := q.lookup.each(ctx, s, every, func(ctx context.Context, address string, p *npm.Package, k known) (check.Seal, error) {
		keys, err := t.keys(ctx, address)
		if err != nil {
			return check.Seal{}, err
		}
		return sealOf(address, p, k, keys), nil
	})
	if err == nil {
		err = undecided(s, "signature", seals)
	}
	if err != nil {
		return nil, err
	}
	return seals, nil
}

// undecided returns the error of signatures by keys that nobody has, of which
// nothing can be said: a registry that has just changed its keys is no thief. It is
// nil where another signature is a no, which counts more, and is told with them.
// Keys are fetched in each run, so that asking for them again would tell nothing.
func undecided(s *check.Subject, what string, seals map[*npm.Package]check.Seal) error {
	const most = 3
	about := map[string][]string{}
	var order []string
	for p := range s.Installed() {
		switch seal := seals[p]; seal.State {
		case check.SealInvalid, check.SealMissing:
			return nil
		case check.SealUnknown:
			if about[seal.Why] == nil {
				order = append(order, seal.Why)
			}
			about[seal.Why] = append(about[seal.Why], p.ID())
		}
	}
	var errs []error
	for _, why := range order[:min(len(order), most)] {
		errs = append(errs, fmt.Errorf("the %s of %s cannot be verified: %s", what, firstOf(about[why]), why))
	}
	if more := len(order) - most; more > 0 {
		errs = append(errs, fmt.Errorf("and %d more reasons of that kind", more))
	}
	return of(theKeys, errors.Join(errs...))
}

// every wants each dependency.
func every(*npm.Package) bool { return true }

// each asks the home of every dependency that which wants about it, side by side,
// and has seal say what becomes of the answer. It stops at the first error, and then
// returns no seals. What has no home, or one that may not be asked, is skipped.
func (l *lookup) each(ctx context.Context, s *check.Subject, which func(*npm.Package) bool,
	seal func(ctx context.Context, address string, p *npm.Package, k known) (check.Seal, error)) (map[*npm.Package]check.Seal, error) {
	seals := map[*npm.Package]check.Seal{}
	type place struct {
		address string
		copies  []*npm.Package // of one version and one checksum
	}
	at := map[[4]string]int{}
	var places []place
	for p := range s.Installed() {
		if !which(p) {
			continue
		}
		address, why := l.home(p)
		if why != "" {
			seals[p] = check.Seal{State: check.SealSkipped, Why: why}
			continue
		}
		key := [4]string{address, p.Name, p.Version, p.Integrity}
		i, known := at[key]
		if !known {
			i = len(places)
			at[key], places = i, append(places, place{address: address})
		}
		places[i].copies = append(places[i].copies, p)
	}
	var mu sync.Mutex
	err := untilFailure(ctx, lookups, len(places), func(ctx context.Context, i int) error {
		p, address := places[i].copies[0], places[i].address
		k, err := l.of(ctx, address, p, true)
		if err != nil {
			return err
		}
		said, err := seal(ctx, address, p, k)
		if err == nil && k.kept && said.State != check.SealVerified && said.State != check.SealSkipped {
			if k, err = l.of(ctx, address, p, false); err == nil { // the registry's own word counts, not that of a file
				said, err = seal(ctx, address, p, k)
			}
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, p := range places[i].copies {
			seals[p] = said
		}
		return nil
	})
	if err != nil {
		return nil, err // not a part of them
	}
	return seals, nil
}

// sealOf judges the registry's signature of a locked version; keys is nil where
// the registry publishes none.
func sealOf(address string, p *npm.Package, k known, keys *verify.Keys) check.Seal {
	v := verify.Version{Name: p.Name, Version: p.Version, Integrity: k.Integrity, Published: k.Published}
	for _, sig := range k.Signatures {
		v.Signatures = append(v.Signatures, verify.Signature(sig))
	}
	switch {
	case !k.there:
		return check.Seal{State: check.SealMissing, Why: host(address) + " does not have this version (any more)"}
	case keys == nil:
		return check.Seal{State: check.SealSkipped, Why: host(address) + " publishes no keys"}
	case len(v.Signatures) == 0:
		return check.Seal{State: check.SealMissing, Why: host(address) + " signs what is published to it, and has no signature of this version"}
	}
	switch c := v.Locked(keys, p.Integrity, k.Shasum); {
	case c.State == verify.Verified:
		return check.Seal{State: check.SealVerified, Why: c.Found}
	case c.State == verify.Skipped:
		return check.Seal{State: check.SealSkipped, Why: c.Found}
	case c.State == verify.Unknown && slices.ContainsFunc(v.Signatures, func(s verify.Signature) bool { return !keys.Verifies(s.KeyID) }):
		return check.Seal{State: check.SealUnknown, Why: fmt.Sprintf("expected %s, found %s", c.Expected, c.Found)}
	case c.State == verify.Unknown:
		return check.Seal{State: check.SealMissing, Why: fmt.Sprintf("expected %s, found %s", c.Expected, c.Found)}
	case c.Name == "locked":
		return check.Seal{State: check.SealInvalid, Why: fmt.Sprintf("the lockfile has other bytes than %s: expected %s, found %s",
			host(address), c.Expected, c.Found)}
	default:
		return check.Seal{State: check.SealInvalid, Why: fmt.Sprintf("expected %s, found %s", c.Expected, c.Found)}
	}
}

// sealed counts how the questions ended, and names what was skipped.
func sealed(s *check.Subject, what string, seals map[*npm.Package]check.Seal) (n *report.Seals, skipped []report.Skip) {
	if seals == nil {
		return nil, nil
	}
	n = &report.Seals{}
	why := map[string][]string{}
	var order []string
	for p := range s.Installed() {
		seal, asked := seals[p]
		if !asked {
			continue
		}
		switch seal.State {
		case check.SealVerified:
			n.Verified++
		case check.SealSkipped:
			n.Skipped++
			if why[seal.Why] == nil {
				order = append(order, seal.Why)
			}
			why[seal.Why] = append(why[seal.Why], p.ID())
		case check.SealInvalid:
			n.Invalid++
		default:
			n.Missing++
		}
	}
	for _, reason := range order {
		n.Reasons = append(n.Reasons, report.SealSkip{Why: reason, Packages: why[reason]})
		skipped = append(skipped, skip(what, "of %s: %s", firstOf(why[reason]), reason))
	}
	return n, skipped
}

// firstOf counts packages and names the first few.
func firstOf(ids []string) string {
	const most = 5
	switch n := len(ids); {
	case n == 1:
		return ids[0]
	case n <= most+1:
		return fmt.Sprintf("%d dependencies (%s)", n, strings.Join(ids, ", "))
	default:
		return fmt.Sprintf("%d dependencies (%s and %d more)", n, strings.Join(ids[:most], ", "), n-most)
	}
}

// unsealed names the keys that ask registries about dependencies, where none may
// be asked.
func unsealed(q inquiry, s *check.Subject) (keys []check.Unchecked) {
	if !q.Offline {
		return nil
	}
	t := &s.Policy.Dependencies.Trust
	for _, of := range []struct {
		asked bool
		key   string
		what  string
	}{
		{t.Signatures != "", "dependencies.signatures", "the signatures"},
		{len(t.Attestations) > 0, "dependencies.attestations.require", "the attestations"},
		{t.Downgrade != "", "dependencies.attestations.downgrade", "how versions were published"},
	} {
		if of.asked {
			keys = append(keys, check.Unchecked{Key: of.key, Why: "-offline: the registry knows " + of.what})
		}
	}
	return keys
}
