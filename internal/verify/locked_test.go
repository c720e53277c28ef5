package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"testing"
)

// signer makes a key, as a registry serves it, and a signature of a text.
func signer(t *testing.T, expires string) (keys string, sign func(text string) []Signature) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if expires == "" {
		expires = "null"
	} else {
		expires = `"` + expires + `"`
	}
	keys = fmt.Sprintf(`{"keys":[{"keyid":"k","expires":%s,"key":%q}]}`, expires, base64.StdEncoding.EncodeToString(spki))
	return keys, func(text string) []Signature {
		digest := sha256.Sum256([]byte(text))
		sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return []Signature{{"k", base64.StdEncoding.EncodeToString(sig)}}
	}
}

// TestLocked: what is verified is what the lockfile has.
func TestLocked(t *testing.T) {
	text, sign := signer(t, "")
	keys, err := ParseKeys([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const (
		hexSum = "0000000000000000000000000000000000000001"
		sha1   = "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAE="
		other  = "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAI="
	)
	for name, test := range map[string]struct {
		signed, locked string
		state          State
		name           string
	}{
		"the same":                       {"sha512-QQ==", "sha512-QQ==", Verified, "locked"},
		"with options":                   {"sha512-QQ==", "sha512-QQ==?x", Verified, "locked"},
		"with its SHA-1":                 {"sha512-QQ==", sha1 + " sha512-QQ==", Verified, "locked"},
		"other bytes":                    {"sha512-QQ==", "sha512-QUE=", Failed, "locked"},
		"either of two":                  {"sha512-QQ==", "sha512-QQ== sha512-QUE=", Failed, "locked"},
		"SHA-1 alone":                    {"sha512-QQ==", sha1, Skipped, "locked"},
		"another SHA-1":                  {"sha512-QQ==", other, Failed, "locked"},
		"another SHA-1 beside":           {"sha512-QQ==", other + " sha256-QQ==", Failed, "locked"},
		"another kind":                   {"sha512-QQ==", "sha256-QQ==", Skipped, "locked"},
		"no checksum":                    {"sha512-QQ==", "", Skipped, "locked"},
		"nonsense":                       {"sha512-QQ==", "QQ==", Skipped, "locked"},
		"an old version":                 {"", sha1, Verified, "locked"},
		"an old version, other bytes":    {"", other, Failed, "locked"},
		"an old version, SHA-512":        {"", "sha512-QQ==", Skipped, "locked"},
		"SHA-1 that is signed as such":   {sha1, sha1, Verified, "locked"},
		"a registry of two minds":        {"sha512-QQ== sha512-QUE=", "sha512-QQ==", Failed, "locked"},
		"a registry without a checksum":  {"sha512-", "sha512-QQ==", Failed, "locked"},
		"a signature of something else":  {"sha512-QkI=", "sha512-QkI=", Failed, "registry-signature"},
		"and nothing in the lockfile":    {"sha512-QkI=", "", Failed, "registry-signature"},
		"and no more than an old digest": {"sha512-QkI=", sha1, Failed, "registry-signature"},
	} {
		v := Version{Name: "a", Version: "1.0.0", Integrity: test.signed}
		message := test.signed
		switch test.signed {
		case "":
			message = sha1
		case "sha512-QkI=":
			message = "sha512-QUE="
		}
		v.Signatures = sign("a@1.0.0:" + message)
		if c := v.Locked(keys, test.locked, hexSum); c.State != test.state || c.Name != test.name {
			t.Errorf("%s: %+v, expected %s by %s", name, c, test.state, test.name)
		}
	}
}
