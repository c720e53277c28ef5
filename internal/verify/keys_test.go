package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func spki(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestRegistryKeys: a key counts while it is in use, and an unknown one proves
// nothing either way.
func TestRegistryKeys(t *testing.T) {
	key := newKey(t)
	end := time.Date(2025, 1, 29, 0, 0, 0, 0, time.UTC)
	digest := "sha512-" + strings.Repeat("A", 86) + "=="
	sig := base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.0:"+digest)))
	for name, test := range map[string]struct {
		at   time.Time
		id   string
		want State
	}{
		"before its end": {end.Add(-time.Second), "SHA256:a", Verified},
		"at its end":     {end, "SHA256:a", Failed},
		"after its end":  {end.AddDate(1, 0, 0), "SHA256:a", Failed},
		"no time":        {time.Time{}, "SHA256:a", Unknown},
		"in 2099":        {time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), "SHA256:a", Failed},
		"another zone":   {end.Add(-time.Second).In(time.FixedZone("", 14*3600)), "SHA256:a", Verified},
		"unknown":        {end.AddDate(-1, 0, 0), "SHA256:b", Unknown},
	} {
		v := Version{Name: "demo", Version: "1.0.0", Integrity: digest, Published: test.at, Signatures: []Signature{{test.id, sig}}}
		keys := &Keys{[]registryKey{{id: "SHA256:a", usage: forSignatures, public: key.Public(), end: end}}}
		if got := Worst(v.Signed(keys)); got != test.want {
			t.Errorf("%s: %s, expected %s: %+v", name, got, test.want, v.Signed(keys))
		}
	}
	text := base64.StdEncoding.EncodeToString(spki(t, key.Public()))
	for _, bad := range []string{"", "null", "{}", `{"keys":{}}`, `{"keys":[{}]}`, `{"keys":[{"keyid":"a","key":"QUFB"}]}`,
		`{"keys":[{"keyid":"a","expires":"soon","key":""}]}`,
		`{"keys":[{"keyid":"","key":"` + text + `"}]}`, `{"keys":[{"keyid":"a","expires":0,"key":"` + text + `"}]}`} {
		if keys, err := ParseKeys([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, keys)
		}
		if keys, err := ParseTUFKeys([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, keys)
		}
	}
}

// TestKeyLists: of two keys with one id nobody can say which signed; a key of a kind
// that is not read says nothing, and takes nothing from those beside it.
func TestKeyLists(t *testing.T) {
	key, other := newKey(t), newKey(t)
	const digest = "sha512-QQ=="
	sig := base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.0:"+digest)))
	post, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}}, // ML-DSA-65
		asn1.BitString{Bytes: make([]byte, 1952), BitLength: 1952 * 8}})
	if err != nil {
		t.Fatal(err)
	}
	larger, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	entry := func(id string, der []byte, expires string) string {
		return fmt.Sprintf(`{"keyid":%q,"key":%q,"expires":%s}`, id, base64.StdEncoding.EncodeToString(der), expires)
	}
	good := entry("k", spki(t, key.Public()), "null")
	const never, ended = "null", `"2025-01-29T00:00:00.000Z"`
	for name, test := range map[string]struct {
		keys string
		id   string
		want State // "": the list is refused
	}{
		"one":                                {good, "k", Verified},
		"twice the same":                     {good + "," + good, "k", Verified},
		"two of one id":                      {good + "," + entry("k", spki(t, other.Public()), never), "k", ""},
		"two of one id, the other way round": {entry("k", spki(t, other.Public()), never) + "," + good, "k", ""},
		"one that ended, and did not":        {good + "," + entry("k", spki(t, key.Public()), ended), "k", ""},
		"two ids of one key":                 {good + "," + entry("l", spki(t, key.Public()), ended), "k", Verified},
		"beside one of an unknown kind":      {entry("new", post, never) + "," + good, "k", Verified},
		"of an unknown kind":                 {entry("new", post, never) + "," + good, "new", Unknown},
		"two of an unknown kind and one id":  {entry("new", post, never) + "," + entry("new", post, never), "new", ""},
		"on another curve":                   {entry("p384", spki(t, larger.Public()), never), "p384", Unknown},
		"Ed25519":                            {entry("ed", spki(t, edwards), never), "ed", Unknown},
		"RSA that is cut":                    {entry("rsa", post[:40], never), "rsa", ""},
		"unknown":                            {good, "gone", Unknown},
		"none":                               {"", "k", Unknown},
		"that of somebody else":              {entry("k", spki(t, other.Public()), never), "k", Failed},
	} {
		keys, err := ParseKeys([]byte(`{"keys":[` + test.keys + `]}`))
		if err != nil {
			if test.want != "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		v := Version{Name: "demo", Version: "1.0.0", Integrity: digest, Published: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
			Signatures: []Signature{{test.id, sig}}}
		if got := v.Locked(keys, digest, ""); got.State != test.want {
			t.Errorf("%s: %+v, expected %q", name, got, test.want)
		}
		if test.want == Verified && !keys.Verifies(test.id) || test.want == Unknown && keys.Verifies(test.id) {
			t.Errorf("%s: Verifies says %t", name, keys.Verifies(test.id))
		}
	}
}

// TestTUFKeys: one id is two keys there, one for each use.
func TestTUFKeys(t *testing.T) {
	key, other := newKey(t), newKey(t)
	entry := func(use string, of *ecdsa.PrivateKey, end string) string {
		return fmt.Sprintf(`{"keyId":"k","keyUsage":%q,"publicKey":{"rawBytes":%q,"validFor":{"start":"2020-01-01T00:00:00Z","end":%s}}}`, use,
			base64.StdEncoding.EncodeToString(spki(t, of.Public())), end)
	}
	both := entry(forAttestations, other, "null") + "," + entry(forSignatures, key, `"2025-01-29T00:00:00Z"`)
	keys, err := ParseTUFKeys([]byte(`{"keys":[` + both + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]State{
		"2019-12-31T23:59:59Z": Failed, "2020-01-01T00:00:00Z": Verified, "2025-01-28T23:59:59.999Z": Verified, "2025-01-29T00:00:00Z": Failed,
	} {
		published, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		v := Version{Name: "demo", Version: "1.0.0", Integrity: "sha512-QQ==", Published: published, Signatures: []Signature{{"k",
			base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.0:sha512-QQ==")))}}}
		if c := v.Locked(keys, v.Integrity, ""); c.State != want {
			t.Errorf("published at %s: %+v, expected %s", at, c, want)
		}
	}
	if _, err := ParseTUFKeys([]byte(`{"keys":[` + both + "," + entry(forSignatures, other, "null") + `]}`)); err == nil {
		t.Error("two keys of one id and one use are taken")
	}
}

// TestTwoSignatures: each signature must hold, and one that does not counts more
// than one of which nothing is known, wherever it stands.
func TestTwoSignatures(t *testing.T) {
	key := newKey(t)
	keys := &Keys{[]registryKey{{id: "k", public: key.Public()}}}
	good := Signature{"k", base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.0:sha512-QQ==")))}
	bad := Signature{"k", base64.StdEncoding.EncodeToString(sign(t, key, []byte("demo@1.0.1:sha512-QQ==")))}
	gone := Signature{"gone", good.Sig}
	for name, test := range map[string]struct {
		signatures []Signature
		want       State
		by         string
	}{
		"both good":         {[]Signature{good, good}, Verified, "locked"},
		"good and bad":      {[]Signature{good, bad}, Failed, "registry-signature"},
		"unknown and bad":   {[]Signature{gone, bad}, Failed, "registry-signature"},
		"bad and unknown":   {[]Signature{bad, gone}, Failed, "registry-signature"},
		"good and unknown":  {[]Signature{good, gone}, Unknown, "registry-key"},
		"as many as may be": {slices.Repeat([]Signature{good}, maxSignatures), Verified, "locked"},
		"one too many":      {slices.Repeat([]Signature{good}, maxSignatures+1), Failed, "registry-signature"},
	} {
		v := Version{Name: "demo", Version: "1.0.0", Integrity: "sha512-QQ==", Signatures: test.signatures}
		if c := v.Locked(keys, v.Integrity, ""); c.State != test.want || c.Name != test.by {
			t.Errorf("%s: %+v, expected %s by %s", name, c, test.want, test.by)
		}
	}
}
