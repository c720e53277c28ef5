package sign

import (
	"context"
	"crypto"
	"fmt"

	"github.com/publishgate/publishgate/internal/verify"
)

// Earlier returns by what the bundles of an earlier run of the same repository
// are verified: the trusted root of the Sigstore that signs for the bearer of
// the ID token, and the repository as the token names it. Commit, ref and run
// may be others. The token is sent nowhere.
func Earlier(ctx context.Context, config Config, idToken string) (*verify.Root, verify.Identity, error) {
	none := verify.Identity{}
	if err := config.Check(); err != nil {
		return nil, none, err
	}
	said, err := token(idToken).claims()
	if err != nil {
		return nil, none, err
	}
	who, err := said.identity()
	if err != nil {
		return nil, none, err
	}
	instance, err := config.instance(said)
	if err != nil {
		return nil, none, err
	}
	services, err := config.services(ctx, instance)
	if err != nil {
		return nil, none, err
	}
	of := verify.Identity{Issuer: who.Issuer, Repository: who.Repository, RepositoryID: who.RepositoryID}
	if of.Repository == "" {
		of.SAN = who.SAN // a token that names no repository names the signer
	}
	of.NoPullRequest = who.Trigger != ""
	return services.root, of, nil
}

// PublicKey returns the public half of a private key, in the forms that Key
// takes.
func PublicKey(privateKey, password []byte) (crypto.PublicKey, error) {
	key, err := parseKey(privateKey, password)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return key.Public(), nil
}
