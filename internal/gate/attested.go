package gate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
)

// readAttestations verifies the attestations of the dependencies that the policy
// names, over the lockfile's checksums. What is kept of an earlier run is verified
// again, and asked for again if it does not hold. An error means that somebody could
// not be asked.
func readAttestations(ctx context.Context, q inquiry, t *trustBase, s *check.Subject) (map[*npm.Package]check.Seal, error) {
	trust := &s.Policy.Dependencies.Trust
	if len(trust.Attestations) == 0 || q.Offline {
		return nil, nil
	}
	which := func(p *npm.Package) bool { return trust.Attests(p.Name) }
	seals, err := q.lookup.each(ctx, s, which, func(ctx context.Context, address string, p *npm.Package, k known) (check.Seal, error) {
		switch {
		case !k.there:
			return check.Seal{State: check.SealMissing, Why: host(address) + " does not have this version (any more)"}, nil
		case !k.Attested:
			return check.Seal{State: check.SealMissing, Why: host(address) + " has no attestations of this version"}, nil
		}
		if list, ok := q.lookup.cache.bundles(address, p); ok {
			if said, err := t.attested(ctx, address, p, k, list); err != nil || said.State == check.SealVerified {
				return said, err
			}
		}
		list, err := q.lookup.attestations(ctx, address, p)
		if err != nil {
			return check.Seal{}, err
		}
		said, err := t.attested(ctx, address, p, k, list)
		if said.State == check.SealVerified {
			q.lookup.cache.putBundles(address, p, list)
		}
		return said, err
	})
	if err == nil {
		err = undecided(s, "attestations", seals)
	}
	if err != nil {
		return nil, err
	}
	return seals, nil
}

// attestations returns the registry's list about a locked version.
func (l *lookup) attestations(ctx context.Context, address string, p *npm.Package) ([]registry.Attestation, error) {
	client, err := l.client(address)
	if err != nil {
		return nil, err
	}
	list, err := client.Attestations(ctx, p.Name, p.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: attestations of %s: %w", host(address), p.ID(), err)
	}
	return list, nil
}

// attested verifies a list of attestations.
func (t *trustBase) attested(ctx context.Context, address string, p *npm.Package, k known, list []registry.Attestation) (check.Seal,
	error) {
	if len(list) == 0 {
		return check.Seal{State: check.SealInvalid, Why: host(address) + " says that it has attestations, and serves none"}, nil
	}
	var roots []*verify.Root
	var err error
	if slices.ContainsFunc(list, func(a registry.Attestation) bool { _, err := verify.ParseBundle(a.Bundle); return err == nil }) {
		if roots, err = t.roots(ctx); err != nil {
			return check.Seal{}, err
		}
	}
	keys, err := t.keys(ctx, address)
	if err != nil {
		return check.Seal{}, err
	}
	v := verify.Version{Name: p.Name, Version: p.Version, Integrity: k.Integrity, Published: k.Published}
	listed := make([]verify.Listed, len(list))
	for i := range list {
		listed[i] = verify.Listed(list[i])
	}
	checks, by := v.Attested(npm.PURLOf(p.Name, p.Version), p.Integrity, listed, keys, roots...)
	if verify.Worst(checks) == verify.Verified {
		return check.Seal{State: check.SealVerified, Why: by.Repository}, nil
	}
	return unattested(checks, keys), nil
}

// unattested says why attestations are not verified: by the first check that failed,
// else the first that is not known. keys are the registry's; nil: it publishes none.
func unattested(checks []verify.Check, keys *verify.Keys) check.Seal {
	worst := verify.Worst(checks)
	i := slices.IndexFunc(checks, func(c verify.Check) bool { return c.State == worst })
	if i < 0 {
		return check.Seal{State: check.SealInvalid, Why: "nothing of them could be verified"}
	}
	c := checks[i]
	seal := check.Seal{State: check.SealInvalid, Why: fmt.Sprintf("%s: expected %s, found %s", c.Name, c.Expected, c.Found)}
	switch {
	case worst == verify.Failed && c.Name == "bundle":
		seal.Why = "one of its attestations cannot be read: " + c.Found
	case worst == verify.Unknown && c.Name == "key" && keys != nil:
		seal.State = check.SealUnknown
	case worst == verify.Unknown: // nothing ties them to the bytes, or the registry has no keys at all
		seal.State = check.SealMissing
	}
	return seal
}

// readPublishers compares how each locked version was published with earlier
// versions of its release line, if the policy says so.
func readPublishers(ctx context.Context, q inquiry, s *check.Subject) (map[*npm.Package]check.Seal, error) {
	if s.Policy.Dependencies.Downgrade == "" || q.Offline {
		return nil, nil
	}
	return q.lookup.each(ctx, s, every, func(_ context.Context, address string, p *npm.Package, k known) (check.Seal, error) {
		switch b := k.before; {
		case !k.there:
			return check.Seal{State: check.SealSkipped, Why: host(address) + " does not have this version (any more)"}, nil
		case b != nil:
			return check.Seal{State: check.SealInvalid, At: k.Published, Why: fmt.Sprintf("was published%s with %s, and %s%s with %s",
				dated(k.Published), k.Trust, b.Number, dated(b.Published), b.Trust)}, nil
		}
		return check.Seal{State: check.SealVerified, Why: k.Trust.String()}, nil
	})
}

// dated returns the day in words; "" where it is not known.
func dated(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " on " + at.Format(time.DateOnly)
}

// readTrust fills in what registries say of the dependencies: signatures,
// attestations and how they were published.
func readTrust(ctx context.Context, c Config, q inquiry, s *check.Subject) (err error) {
	base := newTrustBase(c.Net, c.Sigstore, q.lookup)
	if s.Signatures, err = readSignatures(ctx, q, base, s); err != nil {
		return down(theRegistry, fmt.Errorf("dependencies.signatures: %w", err))
	}
	if s.Attestations, err = readAttestations(ctx, q, base, s); err != nil {
		return down(theRegistry, fmt.Errorf("dependencies.attestations.require: %w", err))
	}
	if s.Publishers, err = readPublishers(ctx, q, s); err != nil {
		return down(theRegistry, fmt.Errorf("dependencies.attestations.downgrade: %w", err))
	}
	return nil
}
