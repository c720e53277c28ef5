package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
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
	usage      string // "": any
	public     crypto.PublicKey
	start, end time.Time // zero: no limit
}

// Keys are the public keys of a registry. The zero value has none.
type Keys struct{ all []registryKey }

// None reports whether there is no key.
func (k *Keys) None() bool { return len(k.all) == 0 }

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
		if err != nil || k.id == "" {
			return nil, fmt.Errorf("keys of the registry: key %q: %w", k.id, err)
		}
		keys.all = append(keys.all, k)
	}
	return keys, nil
}

func publicKey(text string) (crypto.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(der)
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
// proves nothing either way: the registry may have a new one. So does a key that
// has an end where nobody says when it signed, which is the zero time.
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
	}
	return passed(expected, id)
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

// Signed verifies the registry's signatures over the version: each of them, and
// at least one. The message is "NAME@VERSION:INTEGRITY".
func (v Version) Signed(keys *Keys) []Check {
	about := v.Name + "@" + v.Version
	if len(v.Signatures) == 0 {
		return []Check{failed("a signature of the registry", "none").check("registry-signature", about)}
	}
	var checks []Check
	for _, s := range v.Signatures {
		known := keys.answer(forSignatures, s.KeyID, v.Published)
		checks = append(checks, known.check("registry-key", about))
		if key, ok := keys.public(forSignatures, s.KeyID); ok {
			checks = append(checks, v.signedBy(key, s).check("registry-signature", about))
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
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s.Sig))
	digest := sha256.Sum256([]byte(message))
	if err != nil || v.Integrity == "" || !ecdsa.VerifyASN1(public, digest[:], sig) {
		return failed(expected, "one of something else by "+s.KeyID)
	}
	return passed(expected, "one by "+s.KeyID)
}
