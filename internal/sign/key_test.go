package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// testKeys are made once a run; RSA takes its time.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	must := func(k crypto.Signer, err error) crypto.Signer {
		if err != nil {
			panic(err)
		}
		return k
	}
	ec := func(c elliptic.Curve) (crypto.Signer, error) { return ecdsa.GenerateKey(c, rand.Reader) }
	rsaKey := func(bits int) (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) }
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{
		"ecdsa-p256": must(ec(elliptic.P256())),
		"ecdsa-p384": must(ec(elliptic.P384())),
		"ecdsa-p521": must(ec(elliptic.P521())),
		"rsa-2048":   must(rsaKey(2048)),
		"rsa-3072":   must(rsaKey(3072)),
		"ed25519":    must(ed, err),
		"other":      must(ec(elliptic.P256())),
	}
})

func privateOf(t testing.TB, name string) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(testKeys()[name])
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE" + " KEY", Bytes: der})
}

func publicOf(t testing.TB, name string) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(testKeys()[name].Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestKey(t *testing.T) {
	for name := range testKeys() {
		t.Run(name, func(t *testing.T) {
			signer, err := Key(privateOf(t, name), nil, Config{})
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(tarball.Bytes)
			known := tarball
			known.SHA256 = hex.EncodeToString(sum[:])
			bundles, err := signer(t.Context(), []Artifact{known, sums})
			if err != nil {
				t.Fatal(err)
			}
			if len(bundles) != 2 || bundles[0].Name != tarball.Name || bundles[1].Name != sums.Name {
				t.Fatalf("bundles are %v", bundles)
			}
			for i, a := range []Artifact{tarball, sums} {
				checkKeyBundle(t, bundles[i].JSON)
				if err := VerifyKey(bundles[i].JSON, a, publicOf(t, name)); err != nil {
					t.Errorf("verify: %v", err)
				}
			}
			if err := VerifyKey(bundles[0].JSON, sums, publicOf(t, name)); err == nil {
				t.Error("other bytes verify")
			}
			other := "other"
			if name == other {
				other = "ecdsa-p256"
			}
			if err := VerifyKey(bundles[0].JSON, tarball, publicOf(t, other)); err == nil {
				t.Error("verifies with another key")
			}
		})
	}
}

// checkKeyBundle looks at the bundle as protobuf-specs describes it.
func checkKeyBundle(t *testing.T, data []byte) {
	t.Helper()
	var b struct {
		MediaType            string
		VerificationMaterial map[string]json.RawMessage
		MessageSignature     struct {
			MessageDigest struct{ Algorithm, Digest string }
			Signature     string
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if b.MediaType != mediaType {
		t.Errorf("media type is %q", b.MediaType)
	}
	if len(b.VerificationMaterial) != 1 || !strings.Contains(string(b.VerificationMaterial["publicKey"]), `"hint":"`) {
		t.Errorf("verification material is %s, want a public key hint alone", b.VerificationMaterial)
	}
	if b.MessageSignature.Signature == "" || b.MessageSignature.MessageDigest.Digest == "" ||
		!strings.HasPrefix(b.MessageSignature.MessageDigest.Algorithm, "SHA2_") {
		t.Errorf("message signature is %+v", b.MessageSignature)
	}
	if bytes.Contains(data, []byte(": ")) || !bytes.HasSuffix(data, []byte("}\n")) {
		t.Errorf("not compact JSON with a newline: %s", data)
	}
}

func TestKeyForms(t *testing.T) {
	password := []byte("correct " + "horse")
	encrypted, _, err := cryptoutils.GeneratePEMEncodedECDSAKeyPair(elliptic.P256(), cryptoutils.StaticPasswordFunc(password))
	if err != nil {
		t.Fatal(err)
	}
	// What cosign wrote before it wrote SIGSTORE.
	old := bytes.ReplaceAll(encrypted, []byte("SIGSTORE"), []byte("COSIGN"))
	noPassword, _, err := cryptoutils.GeneratePEMEncodedECDSAKeyPair(elliptic.P256(), cryptoutils.StaticPasswordFunc([]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(testKeys()["ecdsa-p256"].(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("this Go makes no small RSA keys: %v", err)
	}
	for name, test := range map[string]struct {
		pem, password []byte
		want          string // part of the error; "": none
	}{
		"sec 1": {block("EC PRIVATE"+" KEY", sec1), nil, ""},
		"pkcs 1": {block("RSA PRIVATE"+" KEY",
			x509.MarshalPKCS1PrivateKey(testKeys()["rsa-2048"].(*rsa.PrivateKey))), nil, ""},
		"password not needed":          {privateOf(t, "ecdsa-p256"), password, ""},
		"sigstore":                     {encrypted, password, ""},
		"cosign":                       {old, password, ""},
		"empty password":               {noPassword, []byte{}, ""},
		"wrong password":               {encrypted, []byte("wrong"), "COSIGN_PASSWORD"},
		"no password":                  {encrypted, nil, "COSIGN_PASSWORD"},
		"no password for an empty one": {noPassword, nil, "COSIGN_PASSWORD"},
		"public key":                   {publicOf(t, "ecdsa-p256"), nil, "private key is needed"},
		"not pem":                      {[]byte("hello"), nil, "not PEM"},
		"empty":                        {nil, nil, "not PEM"},
		"other pem":                    {block("CERTIFICATE REQUEST", []byte("x")), nil, "CERTIFICATE REQUEST"},
		"broken":                       {block("PRIVATE"+" KEY", []byte("x")), nil, "signing key"},
		"small rsa":                    {block("RSA PRIVATE"+" KEY", x509.MarshalPKCS1PrivateKey(small)), nil, "signing key"},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := Key(test.pem, test.password, Config{})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error is %v, want one with %q", err, test.want)
				}
				if bytes.Contains([]byte(err.Error()), password) {
					t.Errorf("the error shows the password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := signer(t.Context(), []Artifact{tarball}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKeyRefuses(t *testing.T) {
	signer, err := Key(privateOf(t, "ecdsa-p256"), nil, Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, artifacts := range map[string][]Artifact{
		"nothing":       nil,
		"empty file":    {tarball, {Name: "forgotten.tgz"}},
		"half a digest": {{Name: "x", Bytes: []byte("x"), SHA256: "abcd"}},
		"no hex":        {{Name: "x", Bytes: []byte("x"), SHA256: strings.Repeat("zz", 32)}},
		"too many":      make([]Artifact, maxArtifact+1),
	} {
		if bundles, err := signer(t.Context(), artifacts); err == nil || bundles != nil {
			t.Errorf("%s: %d bundles, error %v", name, len(bundles), err)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	data := bytes.Repeat([]byte("publishgate"), 5<<20/11)
	sum := sha256.Sum256(data)
	artifact := Artifact{Name: "x.tgz", Bytes: data, SHA256: hex.EncodeToString(sum[:])}
	for _, name := range []string{"ecdsa-p256", "ed25519", "rsa-2048"} {
		b.Run(name, func(b *testing.B) {
			key := privateOf(b, name)
			for b.Loop() {
				signer, err := Key(key, nil, Config{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := signer(b.Context(), []Artifact{artifact, sums}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
