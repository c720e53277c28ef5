package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
)

// What nobody signs in a bundle, and what can be written in several ways, must not
// be changed unseen either: whoever keeps a bundle may take its bytes for what was
// verified.

// checkBase64 refuses a padded text in base64 whose last character has bits that
// belong to no byte and are set: no writer makes one, and readers drop them.
func checkBase64(data []byte) error {
	tokens := json.NewDecoder(bytes.NewReader(data))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text, ok := token.(string)
		if !ok || !strings.HasSuffix(text, "=") {
			continue
		}
		for _, kind := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			if _, err := kind.DecodeString(text); err != nil {
				continue // not of that kind
			}
			if _, err := kind.Strict().DecodeString(text); err != nil {
				return errors.New("a text in base64 ends in bits that are no part of its bytes")
			}
		}
	}
}

// checkKinds refuses an entry of a log that says of itself that it is of another
// kind or version than its body, which is what the log signed.
func checkKinds(entries []*protorekor.TransparencyLogEntry) error {
	for i, entry := range entries {
		said := entry.GetKindVersion()
		if said == nil || len(entry.GetCanonicalizedBody()) == 0 {
			continue
		}
		var body struct{ Kind, APIVersion string }
		if err := json.Unmarshal(entry.GetCanonicalizedBody(), &body); err != nil {
			return fmt.Errorf("tlogEntries: entry %d: %w", i+1, err)
		}
		if body.Kind != said.GetKind() || body.APIVersion != said.GetVersion() {
			return fmt.Errorf("tlogEntries: entry %d is said to be a %q of version %q, and is a %q of version %q", i+1,
				said.GetKind(), said.GetVersion(), body.Kind, body.APIVersion)
		}
	}
	return nil
}

// foreign returns the number of the first certificate that a bundle has above its
// own and that is none of the chains by which the trusted root vouches; 0: none is.
func (e *examination) foreign() int {
	b, ok := e.entity.(*bundle.Bundle)
	if !ok {
		return 0
	}
	for i, c := range b.GetVerificationMaterial().GetX509CertificateChain().GetCertificates() {
		same := func(known *x509.Certificate) bool { return bytes.Equal(known.Raw, c.GetRawBytes()) }
		if i > 0 && !slices.ContainsFunc(e.chains, func(chain []*x509.Certificate) bool { return slices.ContainsFunc(chain, same) }) {
			return i + 1
		}
	}
	return 0
}
