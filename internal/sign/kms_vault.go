//go:build kms

package sign

import (
	"context"
	"crypto"

	"github.com/sigstore/sigstore/pkg/signature/kms/hashivault"
)

// openVault opens hashivault://KEY, of the transit engine of VAULT_ADDR.
func openVault(ctx context.Context, address string) (crypto.Signer, error) {
	key, err := hashivault.LoadSignerVerifier(address, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return signerOf(ctx, key)
}
