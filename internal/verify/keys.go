package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// What a registry's key is for (sigstore/root-signing, targets of
// registry.npmjs.org).
const (
	forSignatures   = "npm:signatures"
	forAttestations = "npm:attestations"
)

// A registryKey is one public key of a registry and the time it is in use.
type registryKey struct {
	id         string
	usage      string           // "": any
	public     crypto.PublicKey // nil: of a kind that Go does not read
	start, end time.Time        // zero: no limit
}

// Keys are the public keys of a registry. The zero value has none.
type Keys struct{ all []registryKey }

// None reports whether there is no key.
func (k *Keys) None() bool { return len(k.all) == 0 }

// Verifies reports whether a signature over a version that names the key of an id
// can be verified: the key is known, and of a kind that is.
func (k *Keys) Verifies(id string) bool {
	key := k.find(forSignatures, id)
	return key != nil && key.verifies(forSignatures)
}

// ParseTUFKeys reads the keys.json of a registry in Sigstore's TUF repository.
func ParseTUFKeys(data []byte) (*Keys, error) {
	return parseKeys(data, func(v strict.Value) (k registryKey, text string, err error) {
		material := v.Get("publicKey")
		k.id, k.usage, text = v.Get("keyId").Text(), v.Get("keyUsage").Text(), material.Get("rawBytes").Text()
		if k.usage == "" {
			return k, "", errors.New("it does not say what it is for")
		}
		if k.start, err = instant(material.Get("validFor").Get("start")); err != nil {
			return k, "", err
		}
		k.end, err = instant(material.Get("validFor").Get("end"))
		return k, text, err
	})
}

// ParseKeys reads what a registry answers to GET /-/npm/v1/keys (npm's
// documentation, "About registry signatures").
func ParseKeys(data []byte) (*Keys, error) {
	return parseKeys(data, func(v strict.Value) (k registryKey, text string, err error) {
		k.id, text = v.Get("keyid").Text(), v.Get("key").Text()
		k.end, err = instant(v.Get("expires"))
		return k, text, err
	})
}

func parseKeys(data []byte, read func(strict.Value) (registryKey, string, error)) (*Keys, error) {
	document, err := strict.ParseWithin(data, strict.Limits{Bytes: maxTrust})
	if err != nil {
		return nil, fmt.Errorf("keys of the registry: %w", err)
	}
	list := document.Get("keys")
	if list.Kind() != strict.Array {
		return nil, errors.New("keys of the registry: there is no list of keys")
	}
	keys := &Keys{}
	for entry := range list.Elements() {
		k, text, err := read(entry)
		if err == nil {
			k.public, err = publicKey(text)
		}
		if err == nil && k.id == "" {
			err = errors.New("it has no id")
		}
		if err == nil && slices.ContainsFunc(keys.all, k.collides) {
			err = errors.New("it is there twice: nobody can say which of them signed")
		}
		if err != nil {
			return nil, fmt.Errorf("keys of the registry: key %q: %w", k.id, err)
		}
		keys.all = append(keys.all, k)
	}
	return keys, nil
}

// collides reports whether a signature by the id of k may be meant to be by other,
// which is another key or was in use at other times.
func (k registryKey) collides(other registryKey) bool {
	if k.id != other.id || k.usage != other.usage && k.usage != "" && other.usage != "" {
		return false
	}
	same := k.start.Equal(other.start) && k.end.Equal(other.end)
	public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return !same || !ok || !public.Equal(other.public)
}

// publicKey reads a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). One of a kind that
// Go does not know is nil: the registry's other keys count all the same.
func publicKey(text string) (crypto.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err == nil {
		return key, nil
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if rest, wrong := asn1.Unmarshal(der, &info); wrong != nil || len(rest) > 0 || readable(info.Algorithm.Algorithm) {
		return nil, err
	}
	return nil, nil
}

// readable reports whether keys of a kind are read: RSA, those on the curves of
// NIST, Ed25519.
func readable(kind asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc([]asn1.ObjectIdentifier{{1, 2, 840, 113549, 1, 1, 1}, {1, 3, 101, 112}}, kind.Equal)
}

func instant(v strict.Value) (time.Time, error) {
	if !v.Exists() || v.Kind() == strict.Null {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, v.Text())
}

// public returns the key of a name.
func (k *Keys) public(usage, id string) (crypto.PublicKey, bool) {
	if found := k.find(usage, id); found != nil {
		return found.public, true
	}
	return nil, false
}

func (k *Keys) find(usage, id string) *registryKey {
	for i := range k.all {
		if key := &k.all[i]; key.id == id && (key.usage == "" || key.usage == usage) {
			return key
		}
	}
	return nil
}

// answer says whether a key is known and was in use at a time. An unknown key
// proves nothing either way: the registry may have a new one. So does one that
// nothing can be verified with, and a key that has an end where nobody says when
// it signed, which is the zero time. A key's end is no longer a part of its time.
// The clock of this machine has no say in it: both times are the registry's.
func (k *Keys) answer(usage, id string, at time.Time) answer {
	const expected = "a key of the registry that was in use at that time"
	key := k.find(usage, id)
	switch {
	case key == nil:
		return answer{Unknown, expected, fmt.Sprintf("the key %q, which is not among the %d known ones", id, len(k.all))}
	case at.IsZero() && !key.end.IsZero():
		return answer{Unknown, expected, fmt.Sprintf("%s, which was in use until %s, and no time of the signature", id, day(key.end))}
	case !key.end.IsZero() && !at.Before(key.end):
		return failed(expected, fmt.Sprintf("%s, which was in use until %s, at %s", id, day(key.end), day(at)))
	case !key.start.IsZero() && !at.IsZero() && at.Before(key.start):
		return failed(expected, fmt.Sprintf("%s, which is in use since %s, at %s", id, day(key.start), day(at)))
	case !key.verifies(usage):
		return answer{Unknown, expected, fmt.Sprintf("%s, which is of a kind that this version cannot verify with", id)}
	}
	return passed(expected, id)
}

// verifies reports whether signatures by k can be verified: over versions npm
// defines those on the curve P-256 alone (its keys' scheme, ecdsa-sha2-nistp256).
func (k *registryKey) verifies(usage string) bool {
	if usage != forSignatures {
		return k.public != nil
	}
	key, ok := k.public.(*ecdsa.PublicKey)
	return ok && key.Curve == elliptic.P256()
}

func day(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A Signature is one signature of a registry over a version (dist.signatures in
// its packument).
type Signature struct {
	KeyID string
	Sig   string // base64 of the ASN.1 form
}

// A Version is what a registry says of one published version and signs.
type Version struct {
	Name, Version string
	Integrity     string    // Subresource Integrity, as it is signed
	Published     time.Time // zero: the registry does not say
	Signatures    []Signature
}

// maxSignatures is the most that are verified over one version: a registry has one,
// or two while it changes its key.
const maxSignatures = 16

// Signed verifies the registry's signatures over the version: each of them, at
// least one and at most 16. The message is "NAME@VERSION:INTEGRITY".
func (v Version) Signed(keys *Keys) []Check {
	about := v.Name + "@" + v.Version
	if len(v.Signatures) == 0 {
		return []Check{failed("a signature of the registry", "none").check("registry-signature", about)}
	}
	if n := len(v.Signatures); n > maxSignatures {
		expected := fmt.Sprintf("at most %d signatures of the registry", maxSignatures)
		return []Check{failed(expected, fmt.Sprint(n)).check("registry-signature", about)}
	}
	var checks []Check
	for _, s := range v.Signatures {
		known := keys.answer(forSignatures, s.KeyID, v.Published)
		checks = append(checks, known.check("registry-key", about))
		if key := keys.find(forSignatures, s.KeyID); key != nil && key.verifies(forSignatures) {
			checks = append(checks, v.signedBy(key.public, s).check("registry-signature", about))
		}
	}
	return checks
}

func (v Version) signedBy(key crypto.PublicKey, s Signature) answer {
	message := v.Name + "@" + v.Version + ":" + v.Integrity
	expected := "a signature of " + message
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return failed(expected, fmt.Sprintf("a key of type %T", key))
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(s.Sig))
	digest := sha256.Sum256([]byte(message))
	if err != nil || v.Integrity == "" || !ecdsa.VerifyASN1(public, digest[:], sig) {
		return failed(expected, "one of something else by "+s.KeyID)
	}
	return passed(expected, "one by "+s.KeyID)
}
