package sign

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/verify"
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
	if err := config.check(); err != nil {
		return nil, err
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
		if err != nil {
			return nil, err
		}
		return bundles, nil
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
	text, err := c.Token(ctx, c.Audience)
	if err != nil {
		return nil, "", fmt.Errorf("get ID token: %w", err)
	}
	id := token(strings.TrimSpace(text))
	if id == refused && refused != "" {
		return nil, id, errSameToken
	}
	who, err := c.identify(id)
	if err != nil {
		return nil, id, err
	}
	services, err := c.services(ctx)
	if err != nil {
		return nil, id, err
	}
	s := session{ctx: ctx, trust: services, transport: c.Transport, who: who}
	if err := s.certify(id); err != nil {
		return nil, id, err
	}
	bundles, err := s.signAll(artifacts)
	return bundles, id, err
}

// identify returns the identity that the certificate must have. It refuses,
// before anything is sent, what must not be published.
func (c *Config) identify(id token) (Identity, error) {
	said, err := id.claims()
	if err != nil {
		return Identity{}, err
	}
	if c.Fulcio == "" && !c.PublicLog {
		if err := said.checkVisibility(); err != nil {
			return Identity{}, err
		}
	}
	who, err := said.identity()
	if err != nil && c.Identity.SAN != "" && c.Identity.Issuer != "" {
		return c.Identity, nil // unknown kind of token; the certificate is checked later
	}
	if err != nil {
		return Identity{}, err
	}
	return who.narrow(c.Identity)
}

// A session is one certificate and the signatures made with it.
type session struct {
	ctx       context.Context
	trust     *trust
	transport http.RoundTripper
	who       Identity

	key     *sign.EphemeralKeypair
	cert    []byte // DER
	certPEM []byte
}

func (s *session) certify(id token) error {
	var err error
	if s.key, err = sign.NewEphemeralKeypair(nil); err != nil { // ECDSA P-256
		return err
	}
	fulcio := sign.NewFulcio(&sign.FulcioOptions{
		BaseURL:   strings.TrimSuffix(s.trust.fulcio, "/"),
		Timeout:   -1, // the service's
		Transport: &service{ctx: s.ctx, name: "fulcio", base: s.transport},
	})
	s.cert, err = fulcio.GetCertificate(s.ctx, s.key, &sign.CertificateProviderOptions{IDToken: string(id)})
	if err != nil {
		return fmt.Errorf("get certificate of %s: %w", s.trust.fulcio, cause(err))
	}
	if _, err := x509.ParseCertificate(s.cert); err != nil {
		return fmt.Errorf("get certificate of %s: it answered with something else: %w", s.trust.fulcio, err)
	}
	s.certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert})
	return nil
}

// signAll signs the artifacts in parallel: a log takes half a second to answer
// and accepts several requests at once.
func (s *session) signAll(artifacts []Artifact) ([]Bundle, error) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.ctx = ctx
	bundles := make([]Bundle, len(artifacts))
	var (
		group sync.WaitGroup
		once  sync.Once
		first error // the first error; the others follow from it
	)
	for i, a := range artifacts {
		group.Go(func() {
			signed, err := s.signOne(a)
			if err != nil {
				once.Do(func() { first = fmt.Errorf("sign %s: %w", a.Name, err); cancel() })
			}
			bundles[i] = Bundle{Name: a.Name, JSON: signed}
		})
	}
	group.Wait()
	if first != nil {
		return nil, first
	}
	return bundles, nil
}

func (s *session) signOne(a Artifact) ([]byte, error) {
	signature, digest, err := s.key.SignData(s.ctx, a.Bytes)
	if err != nil {
		return nil, err
	}
	if a.SHA256 != "" && a.SHA256 != hex.EncodeToString(digest) {
		return nil, fmt.Errorf("the bytes to sign do not have the SHA-256 they are said to have, %q", a.SHA256)
	}
	b := newBundle(signature, digest, protocommon.HashAlgorithm_SHA2_256, &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{
			Certificate: &protocommon.X509Certificate{RawBytes: s.cert},
		},
	})
	if err := s.timestamp(b, signature); err != nil {
		return nil, err
	}
	for _, l := range s.trust.logs {
		log, err := l.open(s.ctx, s.transport)
		if err != nil {
			return nil, err
		}
		if err := log.GetTransparencyLogEntry(s.ctx, s.certPEM, b); err != nil {
			return nil, fmt.Errorf("log signature in %s: %w", l.URL, cause(err))
		}
	}
	signed, err := encode(b)
	if err != nil {
		return nil, err
	}
	if err := s.verify(signed, digest); err != nil {
		return nil, fmt.Errorf("the bundle just made does not verify: %w", err)
	}
	return signed, nil
}

// timestamp adds a signed time from the first authority that answers. If none
// is configured, the log's own time must suffice.
func (s *session) timestamp(b *protobundle.Bundle, signature []byte) error {
	if len(s.trust.tsa) == 0 {
		return nil
	}
	var failed []error
	for _, address := range s.trust.tsa {
		authority := sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{
			URL:       address,
			Timeout:   -1, // the service's
			Transport: &service{ctx: s.ctx, name: "tsa", base: s.transport},
		})
		stamp, err := authority.GetTimestamp(s.ctx, signature)
		if err != nil {
			failed = append(failed, fmt.Errorf("timestamp signature at %s: %w", address, cause(err)))
			continue
		}
		b.VerificationMaterial.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: stamp}},
		}
		return nil
	}
	return errors.Join(failed...)
}

// verify parses the bundle's bytes and verifies it as a stranger would.
func (s *session) verify(signed, digest []byte) error {
	b, err := parseBundle(signed)
	if err != nil {
		return err
	}
	return verifyKeyless(b, verify.WithArtifactDigest("sha256", digest), s.trust.root, s.who)
}
