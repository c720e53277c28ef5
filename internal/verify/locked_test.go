package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// real are the signatures of the public registry in the test data.
func real(t *testing.T) (all []Version) {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	type entry struct {
		Name, Version, Integrity string
		Signatures               []Signature
		Time                     time.Time
	}
	add := func(e entry) {
		all = append(all, Version{e.Name, e.Version, e.Integrity, e.Time, e.Signatures})
	}
	var list []json.RawMessage
	read := func(path string, to any) {
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, to)
		}
		if err != nil {
			t.Fatal(path, err)
		}
	}
	read(filepath.Join(dir, "sigstore/registry-signatures.json"), &list)
	for _, text := range list {
		var e entry
		_ = json.Unmarshal(text, &e) // the time of some is ""
		add(e)
	}
	return all
}

// TestRealSignatures: the public registry's signatures verify with its keys of
// the TUF repository, and none does over a checksum with one byte changed.
func TestRealSignatures(t *testing.T) {
	versions := real(t)
	data, err := os.ReadFile(filepath.Join(os.Getenv("PUBLISHGATE_DATA"), "sigstore/root-signing/targets/registry.npmjs.org/keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseTUFKeys(data)
	if err != nil {
		t.Fatal(err)
	}
	undated := 0
	for _, v := range versions {
		c := v.Locked(keys, v.Integrity, "")
		if v.Published.IsZero() && c.Name == "registry-key" && c.State == Unknown {
			undated++ // its key has an end
			v.Published = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
			c = v.Locked(keys, v.Integrity, "")
		}
		if c.State != Verified {
			t.Errorf("%s@%s: %+v", v.Name, v.Version, c)
		}
		at := len("sha512-")
		other := v.Integrity[:at] + string(v.Integrity[at]^1) + v.Integrity[at+1:]
		if c := v.Locked(keys, other, ""); c.State != Failed || c.Name != "locked" {
			t.Errorf("%s@%s, another checksum in the lockfile: %+v", v.Name, v.Version, c)
		}
		forged := v
		forged.Integrity = other
		if c := forged.Locked(keys, other, ""); c.State != Failed || c.Name != "registry-signature" {
			t.Errorf("%s@%s, another checksum everywhere: %+v", v.Name, v.Version, c)
		}
		forged = v
		forged.Signatures = []Signature{{v.Signatures[0].KeyID, strings.Repeat("A", 96)}}
		if c := forged.Locked(keys, v.Integrity, ""); c.State != Failed {
			t.Errorf("%s@%s, another signature: %+v", v.Name, v.Version, c)
		}
		late := v
		late.Published = time.Date(2025, 1, 29, 0, 0, 0, 0, time.UTC)
		if c := late.Locked(keys, v.Integrity, ""); strings.HasPrefix(v.Signatures[0].KeyID, "SHA256:jl3") &&
			(c.State != Failed || c.Name != "registry-key") {
			t.Errorf("%s@%s, published after the key's end: %+v", v.Name, v.Version, c)
		}
	}
	if len(versions) < 181 || undated > 7 {
		t.Errorf("%d versions, %d without a time", len(versions), undated)
	}
	t.Logf("%d signatures, %d of them of versions without a time", len(versions), undated)
}
