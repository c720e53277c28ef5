package script

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// key FILE writes a new private key, and its public key as FILE.pub. key FILE
// PASSWORD encrypts it as cosign does; the password may be empty.
func key(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: key FILE [PASSWORD]")
	}
	if len(args) == 2 {
		private, public, err := cryptoutils.GeneratePEMEncodedECDSAKeyPair(elliptic.P256(),
			cryptoutils.StaticPasswordFunc([]byte(args[1])))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), private, 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), public, 0o644))
		return
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	der, err = x509.MarshalPKIXPublicKey(private.Public())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644))
}
