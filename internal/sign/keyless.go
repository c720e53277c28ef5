package sign

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/verify"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// Keyless returns a Signer that signs with an ephemeral key, certified by
// Fulcio for the bearer of an ID token, timestamped and logged. There is one
// certificate for all artifacts and one log entry for each; entries are
// uploaded in parallel. Errors of Keyless itself are mistakes in the
// configuration.
//
// The Signer respects its context's deadline. Transient errors are retried. An
// answer that points to an expired token or an entry that is already in the log
// makes it start over once, with a fresh token and a fresh key.
func Keyless(config Config) (Signer, error) {
	if err := config.check(); err != nil || config.Transport == nil {
		return nil, errors.Join(err, config.carried())
	}
	return func(ctx context.Context, artifacts []Artifact) ([]Bundle, error) {
		if err := checkArtifacts(artifacts); err != nil {
			return nil, err
		}
		bundles, used, err := config.attempt(ctx, artifacts, "")
		if startOver(err) {
			again, _, againErr := config.attempt(ctx, artifacts, used)
			if errors.Is(againErr, errSameToken) {
				return nil, err // the token cannot change, so a second attempt would fail too
			}
			bundles, err = again, againErr
		}
		return bundles, asOutage(ctx, err)
	}, nil
}

var errSameToken = errors.New("the ID token is the one that was refused")

// startOver reports whether a second attempt makes sense: Fulcio refused the
// token, which may have expired in a queue, or a log already has the entry and
// does not return it.
func startOver(err error) bool {
	var status *statusError
	if !errors.As(err, &status) {
		return false
	}
	refused := status.code == http.StatusBadRequest || status.code == http.StatusUnauthorized
	return status.code == http.StatusConflict || refused && status.service == "fulcio"
}

// attempt signs all artifacts once and returns the token it used. refused is
// the token of an earlier attempt, which must not be sent again.
func (c *Config) attempt(ctx context.Context, artifacts []Artifact, refused token) ([]Bundle, token, error) {
	id, said, err := c.token(ctx)
	if err != nil {
		return nil, id, err
	}
	if id == refused && refused != "" {
		return nil, id, errSameToken
	}
	instance, err := c.instance(said)
	if err != nil {
		return nil, id, err
	}
	who, err := c.identify(said)
	if err != nil {
		return nil, id, err
	}
	services, err := c.services(ctx, instance)
	if err != nil {
		return nil, id, err
	}
	if err := services.serves(artifacts); err != nil {
		return nil, id, err
	}
	m, err := c.certify(ctx, services, id, who)
	if err != nil {
		return nil, id, err
	}
	bundles, err := m.all(ctx, artifacts)
	return bundles, id, err
}

// identify returns the identity that the certificate must have.
func (c *Config) identify(said claims) (verify.Identity, error) {
	who, err := said.identity()
	if err != nil && c.Identity.SAN != "" && c.Identity.Issuer != "" {
		return c.Identity, nil // unknown kind of token; the certificate is checked later
	}
	if err != nil {
		return verify.Identity{}, err
	}
	return narrow(who, c.Identity)
}

// certify makes a key, has it certified for the bearer of the token, and returns
// what signs with it.
func (c *Config) certify(ctx context.Context, services *trust, id token, who verify.Identity) (*maker, error) {
	key, err := sign.NewEphemeralKeypair(nil) // ECDSA P-256
	if err != nil {
		return nil, err
	}
	fulcio := sign.NewFulcio(&sign.FulcioOptions{
		BaseURL:   strings.TrimSuffix(services.fulcio, "/"),
		Timeout:   -1, // the service's
		Transport: &service{ctx: ctx, name: "fulcio", base: c.Transport},
	})
	cert, err := fulcio.GetCertificate(ctx, key, &sign.CertificateProviderOptions{IDToken: string(id)})
	if err != nil {
		return nil, fmt.Errorf("get certificate of %s: %w", services.fulcio, cause(err))
	}
	if _, err := x509.ParseCertificate(cert); err != nil {
		return nil, fmt.Errorf("get certificate of %s: it answered with something else: %w", services.fulcio, err)
	}
	return &maker{
		trust: services, transport: c.Transport,
		sign: func(ctx context.Context, message, digest []byte) (signature, signed []byte, err error) {
			signature, signed, err = key.SignData(ctx, message)
			if err == nil && digest != nil && !bytes.Equal(digest, signed) {
				err = fmt.Errorf("the bytes to sign do not have the SHA-256 they are said to have, %x", digest)
			}
			return signature, signed, err
		},
		algorithm: protocommon.HashAlgorithm_SHA2_256, byDigest: true,
		keyPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		material: func() *protobundle.VerificationMaterial {
			return &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_Certificate{
				Certificate: &protocommon.X509Certificate{RawBytes: cert},
			}}
		},
		verify: func(signed []byte, _ Kind, a verify.Artifact) error {
			return verify.Keyless(signed, a, services.root, who)
		},
	}, nil
}
