//go:build kms

package sign

import (
	"context"
	"crypto"

	"github.com/sigstore/sigstore/pkg/signature/kms/azure"
)

// openAzure opens azurekms://VAULT.vault.azure.net/KEY[/VERSION].
func openAzure(ctx context.Context, address string) (crypto.Signer, error) {
	key, err := azure.LoadSignerVerifier(ctx, address)
	if err != nil {
		return nil, err
	}
	return signerOf(ctx, key)
}
