//go:build kms

package sign

import (
	"context"
	"crypto"
	"errors"
	"io"
	"sync"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
)

// A remoteKey is what sigstore's providers have in common.
type remoteKey interface {
	PublicKey(opts ...signature.PublicKeyOption) (crypto.PublicKey, error)
	SignMessage(message io.Reader, opts ...signature.SignOption) ([]byte, error)
}

// signerOf makes a crypto.Signer of a provider's key. The provider's own
// swallows the error of asking for the public key.
func signerOf(ctx context.Context, key remoteKey) (crypto.Signer, error) {
	public, err := key.PublicKey(options.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	return &remote{ctx: ctx, key: key, public: public}, nil
}

type remote struct {
	ctx    context.Context
	key    remoteKey
	public crypto.PublicKey
	one    sync.Mutex // the providers do not say that they may be used by several at once
}

// Public returns the public key.
func (r *remote) Public() crypto.PublicKey { return r.public }

// Sign signs a digest. A key that signs messages themselves, as Ed25519, is not
// served.
func (r *remote) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() == 0 {
		return nil, errors.New("a key that signs no digest, as Ed25519, is not served here: use ECDSA P-256")
	}
	r.one.Lock()
	defer r.one.Unlock()
	return r.key.SignMessage(nil, options.WithContext(r.ctx), options.WithDigest(digest),
		options.WithCryptoSignerOpts(opts.HashFunc()))
}
