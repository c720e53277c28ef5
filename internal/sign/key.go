package sign

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/verify"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Key returns a Signer for a private key in PEM: PKCS #8, "EC PRIVATE KEY",
// "RSA PRIVATE KEY", and the encrypted keys of `cosign generate-key-pair`
// ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"). ECDSA on
// the NIST curves, RSA of 2048, 3072 or 4096 bits and Ed25519 can sign; the
// hash follows from the key as in Sigstore's algorithm registry. (cosign 3.1.3
// signs with P-384 and P-521 the same way, but verifies neither our bundles nor
// its own; a new key should be P-256.)
//
// password opens an encrypted key (COSIGN_PASSWORD); nil means none was given,
// which is not the same as an empty one. Opening such a key takes a tenth of a
// second by cosign's design (scrypt); signing takes about a millisecond.
//
// The bundles carry, as hint for the public key, the base64 of the SHA-256 of its
// SubjectPublicKeyInfo, as cosign's do. They have a time and entries in logs
// where the configuration names an authority or logs; its zero value names none.
func Key(privateKey, password []byte, config Config) (Signer, error) {
	key, err := parseKey(privateKey, password)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return byKey(key, config)
}

// byKey returns a Signer for a key, wherever it is kept.
func byKey(key crypto.Signer, config Config) (Signer, error) {
	if err := config.CheckKey(); err != nil {
		return nil, err
	}
	if config.witnessed() && config.Transport == nil {
		return nil, config.carried()
	}
	config.defaults()
	algorithm, err := signature.GetDefaultAlgorithmDetails(key.Public())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if t, err := config.keyServices(); err != nil {
		return nil, err
	} else if algorithm.GetHashType() == 0 && t.logs.need > 0 {
		return nil, errors.New("signing key: an Ed25519 key signs no digest, so no log takes its signature: use ECDSA P-256")
	}
	fingerprint := sha256.Sum256(spki)
	m := keyMaker(key, algorithm, base64.StdEncoding.EncodeToString(fingerprint[:]))
	m.keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	m.transport = config.Transport
	return func(ctx context.Context, artifacts []Artifact) ([]Bundle, error) {
		if err := checkArtifacts(artifacts); err != nil {
			return nil, err
		}
		with, err := config.witnesses(ctx)
		if err != nil {
			return nil, asOutage(ctx, err)
		}
		return m.with(with, key.Public()).all(ctx, artifacts)
	}, nil
}

// with returns a maker whose bundles have times and entries of these services.
func (m *maker) with(t *trust, key crypto.PublicKey) *maker {
	made := *m
	made.trust = t
	if t.root != nil {
		made.verify = func(signed []byte, kind Kind, a verify.Artifact) error {
			logs := t.logs.need
			if kind == Provenance {
				logs = t.provenance.need
			}
			return verify.KeyWitnessed(signed, a, key, t.root, verify.Witness{Logs: logs, Times: t.tsa.need})
		}
	}
	return &made
}

// keyMaker returns a maker of bundles that name the key by the hint.
func keyMaker(key crypto.Signer, algorithm signature.AlgorithmDetails, hint string) *maker {
	hash := algorithm.GetHashType()
	kind := algorithm.GetProtoHashType()
	if hash == 0 {
		kind = protocommon.HashAlgorithm_SHA2_256
	}
	return &maker{
		sign: func(_ context.Context, message, digest []byte) (sig, signed []byte, err error) {
			// Ed25519 signs the message itself. The digest in the bundle only names the
			// artifact, and SHA-256 is the usual name.
			named := hash
			if hash == 0 {
				named = crypto.SHA256
			}
			if digest == nil || named != crypto.SHA256 {
				h := named.New()
				h.Write(message)
				digest = h.Sum(nil)
			}
			if hash != 0 {
				message = digest
			}
			sig, err = key.Sign(rand.Reader, message, hash)
			return sig, digest, err
		},
		algorithm: kind, byDigest: hash == crypto.SHA256,
		material: func() *protobundle.VerificationMaterial {
			return &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_PublicKey{
				PublicKey: &protocommon.PublicKeyIdentifier{Hint: hint},
			}}
		},
		verify: func(signed []byte, _ Kind, a verify.Artifact) error {
			return verify.Key(signed, a, key.Public())
		},
	}
}

// parseKey decodes a private key in PEM.
func parseKey(data, password []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	encrypted := false
	switch block.Type {
	case "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		encrypted = true
	case "PUBLIC KEY", "CERTIFICATE":
		return nil, fmt.Errorf("this is a %q, a private key is needed", block.Type)
	}
	if encrypted && password == nil {
		return nil, errors.New("the key is encrypted: set COSIGN_PASSWORD")
	}
	key, err := cryptoutils.UnmarshalPEMToPrivateKey(data, cryptoutils.StaticPasswordFunc(password))
	if err != nil && encrypted {
		return nil, fmt.Errorf("open encrypted key, is COSIGN_PASSWORD right? %w", err)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}
