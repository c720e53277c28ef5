package sigstore

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// GitHub is the issuer of the ID tokens of GitHub's runners.
const GitHub = "https://token.actions.githubusercontent.com"

const issuerHost = "token.actions.githubusercontent.com"

// An Issuer stands in for GitHub's: it hands out tokens as the runner does, and
// publishes the key to check them with under GitHub's own address, which a
// CONNECT proxy leads here. No name is ever looked up.
type Issuer struct {
	RequestURL   string // as ACTIONS_ID_TOKEN_REQUEST_URL: add &audience=
	RequestToken string // as ACTIONS_ID_TOKEN_REQUEST_TOKEN

	proxy   string
	key     *rsa.PrivateKey
	servers []*httptest.Server

	mu     sync.Mutex
	claims map[string]any // changes to the claims of the runner's tokens
}

// newIssuer starts the issuer and writes issuer-ca.pem, by which its TLS
// certificate is known.
func newIssuer(dir string) (*Issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	i := &Issuer{key: key, RequestToken: "runner-" + rand.Text()}

	runner := httptest.NewServer(http.HandlerFunc(i.serveRunner))
	i.RequestURL = runner.URL + "/token?api-version=2.0"

	public := http.NewServeMux()
	public.HandleFunc("GET /.well-known/openid-configuration", serveJSON(map[string]any{
		"issuer": GitHub, "jwks_uri": GitHub + "/.well-known/jwks",
		"subject_types_supported":               []string{"public"},
		"response_types_supported":              []string{"id_token"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}))
	public.HandleFunc("GET /.well-known/jwks", serveJSON(map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}))
	site := httptest.NewUnstartedServer(public)
	if site.TLS, err = siteCertificate(dir, "issuer-ca.pem", issuerHost); err != nil {
		return nil, err
	}
	site.StartTLS()

	proxy := httptest.NewServer(connectTo(site.Listener.Addr().String(), issuerHost))
	i.proxy = proxy.URL
	i.servers = []*httptest.Server{proxy, runner, site}
	return i, nil
}

func (i *Issuer) close() {
	for _, s := range i.servers {
		s.CloseClientConnections()
		s.Close()
	}
}

// Set changes claims of the tokens the runner's address hands out from now on.
func (i *Issuer) Set(changes map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = maps.Clone(changes)
}

// serveRunner is the runner's side: GET with a bearer token and an audience.
func (i *Issuer) serveRunner(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+i.RequestToken && r.Header.Get("Authorization") != "bearer "+i.RequestToken {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		audience = "https://github.com/acme"
	}
	i.mu.Lock()
	changes := i.claims
	i.mu.Unlock()
	serveJSON(map[string]any{"value": i.Token(audience, changes), "count": 1})(w, r)
}

// Claims are those of a push to the branch main of acme/gate-demo.
func Claims(audience string) map[string]any {
	now := time.Now().Unix()
	return map[string]any{
		"iss": GitHub, "aud": audience, "iat": now, "nbf": now - 5, "exp": now + 300, "jti": rand.Text(),
		"sub":        "repo:acme/gate-demo:ref:refs/heads/main",
		"repository": "acme/gate-demo", "repository_id": "1001", "repository_visibility": "public",
		"repository_owner": "acme", "repository_owner_id": "42",
		"ref": "refs/heads/main", "ref_type": "branch", "sha": "0123456789abcdef0123456789abcdef01234567",
		"workflow":         "release",
		"workflow_ref":     "acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		"workflow_sha":     "0123456789abcdef0123456789abcdef01234567",
		"job_workflow_ref": "acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		"job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
		"event_name":       "push", "runner_environment": "github-hosted",
		"run_id": "7001", "run_number": "7", "run_attempt": "1", "actor": "octocat", "actor_id": "9",
	}
}

// Token returns a signed token with the claims changed; a nil value removes one.
func (i *Issuer) Token(audience string, changes map[string]any) string {
	return mint(i.key, audience, changes)
}

// Forge returns such a token signed by somebody else.
func (i *Issuer) Forge(audience string) (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	return mint(key, audience, nil), nil
}

func mint(key *rsa.PrivateKey, audience string, changes map[string]any) string {
	claims := Claims(audience)
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // the test gave a claim that is no JSON
	}
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(`{"alg":"RS256","typ":"JWT","kid":"1"}`)) + "." + part(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // a key of ours that cannot sign
	}
	return text + "." + part(signature)
}

func serveJSON(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}

// connectTo is a proxy that knows a few hosts, and where they really are.
func connectTo(site string, hosts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, known := strings.CutSuffix(r.Host, ":443")
		if r.Method != http.MethodConnect || !known || !slices.Contains(hosts, host) {
			http.Error(w, "this proxy leads to "+strings.Join(hosts, ", ")+" only", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", site)
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
		go func() {
			_, _ = io.Copy(there, buffered)
			_ = there.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(here, there)
	}
}

// siteCertificate makes the TLS certificate of hosts, and writes the one that
// vouches for it to a file of the folder.
func siteCertificate(dir, file string, hosts ...string) (*tls.Config, error) {
	w := writer{dir: dir}
	from := time.Now().Add(-time.Hour)
	ca, caKey := w.authority("issuer-ca", nil, nil, from, nil)
	leaf, leafKey := w.authority(hosts[0], ca, caKey, from, func(c *x509.Certificate) {
		c.IsCA = false
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		c.DNSNames = hosts
	})
	if w.err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", hosts[0], w.err)
	}
	w.file(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}}}, w.err
}
