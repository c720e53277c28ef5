package sigstore

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// keys are the public halves of the stack's keys, for the trusted root.
type keys struct {
	fulcio []*x509.Certificate // intermediate, root
	tsa    []*x509.Certificate // leaf, root
	ct     crypto.PublicKey
	rekor1 crypto.PublicKey
	rekor2 ed25519.PublicKey
	from   time.Time

	ctConfigKey string // the private key of the certificate log, PKCS #8 as a protobuf text string
}

// newKeys makes all keys and certificates and writes what the servers read.
func newKeys(dir string) (*keys, error) {
	k := &keys{from: time.Now().Add(-time.Hour).UTC().Truncate(time.Second)}
	w := writer{dir: dir}

	fulcioRoot, fulcioRootKey := w.authority("fulcio-root", nil, nil, k.from, nil)
	fulcio, fulcioKey := w.authority("fulcio", fulcioRoot, fulcioRootKey, k.from, func(c *x509.Certificate) {
		c.MaxPathLenZero = true
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	})
	k.fulcio = []*x509.Certificate{fulcio, fulcioRoot}
	w.private("fulcio.key", fulcioKey)
	w.certificates("fulcio-chain.pem", fulcio, fulcioRoot)
	w.certificates("fulcio-root.pem", fulcioRoot)

	tsaRoot, tsaRootKey := w.authority("tsa-root", nil, nil, k.from, nil)
	tsa, tsaKey := w.authority("tsa", tsaRoot, tsaRootKey, k.from, func(c *x509.Certificate) {
		c.IsCA = false
		c.KeyUsage = x509.KeyUsageDigitalSignature
		// RFC 3161 2.3: the extended key usage must be critical, which x509
		// does not make it by itself.
		timestamping, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		w.note(err)
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: timestamping}}
	})
	k.tsa = []*x509.Certificate{tsa, tsaRoot}
	w.private("tsa.key", tsaKey)
	w.certificates("tsa-chain.pem", tsa, tsaRoot)

	ct, rekor1 := w.key(), w.key()
	k.ct, k.rekor1 = ct.Public(), rekor1.Public()
	ctKey, err := x509.MarshalPKCS8PrivateKey(ct)
	w.note(err)
	for _, b := range ctKey {
		k.ctConfigKey += fmt.Sprintf("\\x%02x", b)
	}
	w.public("ct.pub", ct.Public())
	w.private("rekor1.key", rekor1)

	public, private, err := ed25519.GenerateKey(rand.Reader)
	w.note(err)
	k.rekor2 = public
	w.private("rekor2.key", private)
	return k, w.err
}

// trustedRoot describes the stack as protobuf-specs' trustroot does.
func (k *keys) trustedRoot() ([]byte, error) {
	type object = map[string]any
	validFor := object{"start": k.from.Format(time.RFC3339)}
	var failed error
	log := func(address, details string, key crypto.PublicKey, id []byte) object {
		spki, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			failed = err
		}
		if id == nil { // RFC 6962 3.2
			sum := sha256.Sum256(spki)
			id = sum[:]
		}
		return object{
			"baseUrl": address, "hashAlgorithm": "SHA2_256", "logId": object{"keyId": id},
			"publicKey": object{"rawBytes": spki, "keyDetails": details, "validFor": validFor},
		}
	}
	authority := func(address string, chain []*x509.Certificate) object {
		var certificates []object
		for _, c := range chain {
			certificates = append(certificates, object{"rawBytes": c.Raw})
		}
		return object{
			"subject":   object{"organization": "publishgate test", "commonName": chain[0].Subject.CommonName},
			"uri":       address,
			"certChain": object{"certificates": certificates}, "validFor": validFor,
		}
	}
	// C2SP signed-note: the whole of what a note's four-byte key hash starts with.
	rekor2ID := sha256.Sum256(append([]byte(rekorV2Host+"\n\x01"), k.rekor2...))
	const ecdsaP256 = "PKIX_ECDSA_P256_SHA_256"
	trusted, err := json.MarshalIndent(object{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"tlogs": []object{
			log("http://"+rekorV1Host, ecdsaP256, k.rekor1, nil),
			log("http://"+rekorV2Host, "PKIX_ED25519", k.rekor2, rekor2ID[:]),
		},
		"ctlogs":                 []object{log("http://ct.test/test", ecdsaP256, k.ct, nil)},
		"certificateAuthorities": []object{authority("http://fulcio.test", k.fulcio)},
		"timestampAuthorities":   []object{authority("http://tsa.test/api/v1/timestamp", k.tsa)},
	}, "", "  ")
	if failed != nil {
		return nil, failed
	}
	return append(trusted, '\n'), err
}

// A writer makes and writes keys and certificates until something fails.
type writer struct {
	dir string
	err error
}

func (w *writer) note(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) key() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.note(err)
	return k
}

// authority makes a certificate authority, or what change makes of it. Without
// a parent it signs itself.
func (w *writer) authority(name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, from time.Time,
	change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	key := w.key()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	w.note(err)
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"publishgate test"}, CommonName: name},
		NotBefore:             from,
		NotAfter:              from.Add(48 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if change != nil {
		change(template)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	if w.err != nil {
		return nil, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	w.note(err)
	if w.err != nil {
		return nil, nil
	}
	certificate, err := x509.ParseCertificate(der)
	w.note(err)
	return certificate, key
}

func (w *writer) private(name string, key crypto.PrivateKey) {
	if w.err != nil {
		return
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	w.note(err)
	w.file(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (w *writer) public(name string, key crypto.PublicKey) {
	der, err := x509.MarshalPKIXPublicKey(key)
	w.note(err)
	w.file(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (w *writer) certificates(name string, chain ...*x509.Certificate) {
	if w.err != nil {
		return
	}
	var out []byte
	for _, c := range chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	w.file(name, out)
}

func (w *writer) file(name string, data []byte) {
	if w.err == nil {
		w.note(os.WriteFile(filepath.Join(w.dir, name), data, 0o600))
	}
}
