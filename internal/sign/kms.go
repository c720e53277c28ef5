package sign

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/web"
)

// A kmsProvider reaches the keys of one key management service.
type kmsProvider struct {
	scheme string // of its addresses, "awskms"
	open   func(ctx context.Context, address string) (crypto.Signer, error)
}

// kmsSchemes are the services that sigstore has providers for (sigstore/sigstore,
// pkg/signature/kms), and kmsProviders has in a binary built with the tag kms.
var kmsSchemes = []string{"awskms", "azurekms", "gcpkms", "hashivault"}

// IsKMS reports whether a key is named by the address of a key management
// service, and not by a file.
func IsKMS(key string) bool { return strings.Contains(key, "://") }

// CheckKMS says what is wrong with the address of a key; nil: nothing, or it is
// a file.
func CheckKMS(key string) error {
	scheme, name, is := strings.Cut(key, "://")
	switch {
	case !is:
		return nil
	case !slices.Contains(kmsSchemes, scheme):
		return fmt.Errorf("%s:// is no key management service known here: %s", scheme, strings.Join(kmsSchemes, ", "))
	case strings.Trim(name, "/") == "":
		return fmt.Errorf("%s names no key", key)
	case len(kmsProviders) == 0:
		return fmt.Errorf("this publishgate was built without key management services, to stay small: build it with "+
			"them for %s:// (`go build -tags kms`, or `docker build --build-arg TAGS=kms`), or give a file", scheme)
	}
	return nil
}

// KMS returns a Signer for a key in a key management service, which never leaves
// it. The service is reached, and its credentials are found, as its own tools
// do: by their variables and files, and not through the Config's transport.
func KMS(address string, config Config) (Signer, error) {
	if err := CheckKMS(address); err != nil {
		return nil, err
	}
	if err := config.CheckKey(); err != nil {
		return nil, err
	}
	scheme, _, _ := strings.Cut(address, "://")
	at := slices.IndexFunc(kmsProviders, func(p kmsProvider) bool { return p.scheme == scheme })
	if at < 0 {
		return nil, fmt.Errorf("no provider for %s://", scheme)
	}
	return func(ctx context.Context, artifacts []Artifact) ([]Bundle, error) {
		key, err := kmsProviders[at].open(ctx, address)
		if err != nil {
			return nil, asOutage(ctx, kmsError(address, err))
		}
		signer, err := byKey(distant{key, address}, config)
		if err != nil {
			return nil, err
		}
		return signer(ctx, artifacts)
	}, nil
}

// A distant key is one in a service. Its errors name it.
type distant struct {
	crypto.Signer
	address string
}

// Sign signs a digest in the service.
func (d distant) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := d.Signer.Sign(random, digest, opts)
	if err != nil {
		return nil, kmsError(d.address, err)
	}
	return signature, nil
}

// kmsError names the key, and tells a service that cannot be reached from one
// that refuses.
func kmsError(address string, err error) error {
	err = fmt.Errorf("key %s: %w", address, err)
	if network := net.Error(nil); errors.As(err, &network) {
		return &web.Fault{Err: err}
	}
	return err
}
