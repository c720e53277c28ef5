package verify

import (
	"crypto/x509"
	"errors"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// An instance is a Sigstore that is known by name, and what its bundles always
// have. It is recognised by the organisation that its certificates name as
// their issuer, as GitHub's own client does (cli/cli,
// pkg/cmd/attestation/verification/sigstore.go). Of any other, a bundle must
// have what its root has a key for.
type instance struct {
	name         string
	organization string
	logs         bool // each certificate and each signature is in a log
	private      bool // it certifies no public repository
}

var instances = []instance{
	{name: "the public Sigstore", organization: "sigstore.dev", logs: true},
	{name: "GitHub's own Sigstore", organization: "GitHub, Inc.", private: true},
}

// A demand is what a bundle must have under a root. A time is always one of it.
type demand struct{ log, sct bool }

// demands returns what the root asks of the bundles of a certificate.
func (r *Root) demands(leaf *x509.Certificate) demand {
	d := demand{log: len(r.material.RekorLogs()) > 0, sct: len(r.material.CTLogs()) > 0}
	if in := instanceOf(leaf); in != nil && in.logs {
		d = demand{log: true, sct: true}
	}
	return d
}

// instanceOf returns the known instance whose certificate it is, or nil.
func instanceOf(leaf *x509.Certificate) *instance {
	for _, name := range leaf.Issuer.Organization {
		for i := range instances {
			if instances[i].organization == name {
				return &instances[i]
			}
		}
	}
	return nil
}

// cannotVouch says why a root cannot vouch for a certificate of one of its
// authorities; "" if it can.
func (r *Root) cannotVouch(leaf *x509.Certificate, visibility string) string {
	in := instanceOf(leaf)
	switch {
	case in == nil:
		return ""
	case in.logs && len(r.material.CTLogs()) == 0:
		return in.name + " logs each certificate, and this root names no certificate log"
	case in.logs && len(r.material.RekorLogs()) == 0:
		return in.name + " logs each signature, and this root names no log"
	case in.private && visibility == "public":
		return in.name + " certifies repositories that are not public, and this one is"
	}
	return ""
}

// issued reports whether an authority of the root issued the certificate.
func (r *Root) issued(leaf *x509.Certificate) bool {
	_, err := r.chains(leaf, leaf.NotBefore)
	return err == nil
}

// chains returns the certificate's chains to the root at a time.
func (r *Root) chains(leaf *x509.Certificate, at time.Time) ([][]*x509.Certificate, error) {
	var last error
	for _, ca := range r.material.FulcioCertificateAuthorities() {
		chains, err := ca.Verify(leaf, at)
		if err == nil {
			return chains, nil
		}
		last = err
	}
	if last == nil {
		last = errors.New("the root names no certificate authority")
	}
	return nil, last
}

// plain takes the subject alternative name from what x509 must know to verify:
// Fulcio marks it as critical, and x509 does not know all of its forms.
func plain(leaf *x509.Certificate) {
	var rest = leaf.UnhandledCriticalExtensions[:0:0]
	for _, oid := range leaf.UnhandledCriticalExtensions {
		if !oid.Equal(cryptoutils.SANOID) {
			rest = append(rest, oid)
		}
	}
	leaf.UnhandledCriticalExtensions = rest
}
