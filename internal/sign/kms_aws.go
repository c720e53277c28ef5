//go:build kms

package sign

import (
	"context"
	"crypto"

	"github.com/sigstore/sigstore/pkg/signature/kms/aws"
)

// openAWS opens awskms://[ENDPOINT]/ID|ARN|alias/NAME.
func openAWS(ctx context.Context, address string) (crypto.Signer, error) {
	key, err := aws.LoadSignerVerifier(ctx, address)
	if err != nil {
		return nil, err
	}
	return signerOf(ctx, key)
}
