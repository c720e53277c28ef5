//go:build kms

package sign

import (
	"context"
	"crypto"

	"github.com/sigstore/sigstore/pkg/signature/kms/gcp"
	"google.golang.org/api/option"
)

// gcpOptions are none but in tests: the client has no variable for another
// address.
var gcpOptions []option.ClientOption

// openGCP opens gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K[/cryptoKeyVersions/V].
func openGCP(ctx context.Context, address string) (crypto.Signer, error) {
	key, err := gcp.LoadSignerVerifier(ctx, address, gcpOptions...)
	if err != nil {
		return nil, err
	}
	return signerOf(ctx, key)
}
