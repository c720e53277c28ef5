package watch

import (
	"context"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
)

// MaxTarball is the largest tarball that is read, in bytes.
const MaxTarball = 512 << 20

// A Shelf is where published versions and what is said of them are read.
type Shelf struct {
	Client *registry.Client
	Trust  *verify.Trust

	GitHub      github.Config
	Owner, Repo string // of the repository whose attestations are asked for; "": none is
}

// Published reads a version for its verification: its tarball, the registry's keys
// and attestations, and the repository's, one request each.
func (s *Shelf) Published(ctx context.Context, signed registry.Signed) (pack *verify.Package, err error) {
	pack = &verify.Package{Version: VersionOf(signed), PURL: npm.PURLOf(signed.Name, signed.Version), Attested: signed.Attested,
		Unread: map[string]error{}}
	if pack.Tarball, err = s.Client.Served(ctx, signed.Info, MaxTarball); err != nil {
		return nil, err
	}
	if pack.Keys, err = s.Keys(ctx); err != nil {
		return nil, err
	}
	if pack.Keys == nil {
		pack.NoKeys = "the registry publishes no keys"
	}
	if err := s.attestations(ctx, pack); err != nil {
		return nil, err
	}
	return pack, s.stored(ctx, pack)
}

// VersionOf returns what the registry says of a version as package verify takes it.
func VersionOf(s registry.Signed) verify.Version {
	version := verify.Version{Name: s.Name, Version: s.Version, Integrity: s.Integrity, Published: s.Published}
	for _, sig := range s.Signatures {
		version.Signatures = append(version.Signatures, verify.Signature{KeyID: sig.KeyID, Sig: sig.Sig})
	}
	return version
}

// Keys gets the registry's keys. Those of the public registry come from the TUF
// repository, unless roots are given. Those of another registry come from that
// registry; nil: it publishes none.
func (s *Shelf) Keys(ctx context.Context) (*verify.Keys, error) {
	if s.Client.URL() == npm.PublicRegistry && len(s.Trust.Given) == 0 {
		return s.Trust.NPMKeys(ctx)
	}
	data, err := s.Client.PublicKeys(ctx)
	if err != nil || data == nil {
		return nil, err
	}
	return verify.ParseKeys(data)
}

// attestations gets the registry's list of attestations, if the version has one.
func (s *Shelf) attestations(ctx context.Context, pack *verify.Package) error {
	if !pack.Attested {
		return nil
	}
	list, err := s.Client.Attestations(ctx, pack.Name, pack.Version.Version)
	if err != nil {
		pack.Unread["attestations"] = err
		return ctx.Err()
	}
	for _, entry := range list {
		pack.Attestations = append(pack.Attestations, verify.Listed{PredicateType: entry.PredicateType, Bundle: entry.Bundle})
		if err := s.Trust.NeedAll(ctx, entry.Bundle); err != nil {
			return err
		}
	}
	return nil
}

// stored gets the repository's attestations about the tarball.
func (s *Shelf) stored(ctx context.Context, pack *verify.Package) (err error) {
	if s.Owner == "" {
		return nil
	}
	pack.AskedStore = true
	pack.Stored, err = github.Attestations(ctx, s.GitHub, s.Owner, s.Repo, verify.Artifact{Bytes: pack.Tarball}.Digest())
	if err != nil {
		pack.Unread["stored"] = err
		return ctx.Err()
	}
	return s.Trust.NeedAll(ctx, pack.Stored...)
}
