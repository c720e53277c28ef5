//go:build kms

package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificateOf443 makes a TLS certificate for a host, and the file of its
// authority.
func certificateOf443(t *testing.T, host string) (authority string, config *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return authority, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// fakeAzure is a Key Vault and the endpoint of a managed identity, which gives
// tokens for it. A proxy leads the vault's name here.
func fakeAzure(t *testing.T) fake {
	const host = "acme.vault.azure.net"
	key := testKeys()["ecdsa-p256"].Public().(*ecdsa.PublicKey)
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	jwk := fields{"key": fields{"kid": "https://" + host + "/keys/release/1", "kty": "EC", "crv": "P-256",
		"x": encode(point[1:33]), "y": encode(point[33:])}}
	vault := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer a-token":
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"`)
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasPrefix(r.URL.Path, "/keys/release") && r.Method == http.MethodGet:
			answerJSON(w, "application/json", jwk)
		case strings.HasPrefix(r.URL.Path, "/keys/release") && strings.HasSuffix(r.URL.Path, "/sign"):
			var in struct{ Alg, Value string }
			_ = json.NewDecoder(r.Body).Decode(&in)
			digest, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Value, "="))
			if err != nil || in.Alg != "ES256" {
				t.Errorf("asked to sign %+v: %v", in, err)
			}
			var pair struct{ R, S *big.Int }
			if _, err := asn1.Unmarshal(signDigest(t, digest), &pair); err != nil {
				t.Error(err)
			}
			raw := append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
			answerJSON(w, "application/json", fields{"kid": "https://" + host + "/keys/release/1", "value": encode(raw)})
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"code":"KeyNotFound","message":"no such key"}}`)
		}
	}))
	authority, certificate := certificateOf443(t, host)
	vault.TLS = certificate
	vault.StartTLS()
	t.Cleanup(vault.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != host+":443" {
			http.Error(w, "this proxy leads to "+host+" only", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", vault.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() { _, _ = io.Copy(there, buffered); _ = there.(*net.TCPConn).CloseWrite() }()
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(proxy.Close)
	identity := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-IDENTITY-HEADER") != "a-header" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answerJSON(w, "application/json", fields{"access_token": "a-token", "expires_on": "4102444800",
			"resource": r.URL.Query().Get("resource"), "token_type": "Bearer"})
	}))
	t.Cleanup(identity.Close)
	return fake{
		[]string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + authority,
			"IDENTITY_ENDPOINT=" + identity.URL, "IDENTITY_HEADER=a-header"},
		func(key string) string { return "azurekms://" + host + "/" + key },
	}
}
