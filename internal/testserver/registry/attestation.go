package registry

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// added is what the registry adds to the manifest of a version.
type added struct {
	User map[string]any // _npmUser
	Dist map[string]any // signatures, attestations
}

// Attest makes the registry say that it has provenance of a version.
func (s *Server) Attest(name, version string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.packages[name]
	if p == nil || p.Versions[version] == nil {
		return fmt.Errorf("there is no %s@%s", name, version)
	}
	s.claim(p, name, version)
	return nil
}

// claim makes the manifest of a version say that there is provenance.
func (s *Server) claim(p *pkg, name, version string) {
	p.add(version).Dist["attestations"] = map[string]any{
		"url":        s.URL + "-/npm/v1/attestations/" + name + "@" + version,
		"provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"},
	}
}

// Store makes the registry serve bundles as the attestations of a version.
func (s *Server) Store(name, version string, bundles ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attest(name, version, bundles...)
}

func (s *Server) attest(name, version string, bundles ...[]byte) {
	p := s.packages[name]
	for _, b := range bundles {
		p.attested[version] = append(p.attested[version], b)
	}
}

// Attested returns the bundles that a version was published with, or that were
// stored.
func (s *Server) Attested(name, version string) (bundles [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packages[name]; p != nil {
		for _, b := range p.attested[version] {
			bundles = append(bundles, b)
		}
	}
	return bundles
}

// attestations answers with the list of those that are stored.
func (s *Server) attestations(w http.ResponseWriter, of string) {
	at := strings.LastIndexByte(of, '@')
	name, _ := url.PathUnescape(of[:max(at, 0)])
	p := s.packages[name]
	if p == nil || len(p.attested[of[at+1:]]) == 0 || !p.seen(of[at+1:]) {
		spoil.Fail(w, http.StatusNotFound, "no attestations found")
		return
	}
	list := []any{}
	for _, b := range p.attested[of[at+1:]] {
		list = append(list, map[string]any{"predicateType": predicateOf(b), "bundle": b})
	}
	reply(w, http.StatusOK, map[string]any{"attestations": list})
}

// predicateOf returns the type that the statement of a bundle names; of what is no
// bundle that of provenance.
func predicateOf(bundle []byte) string {
	var b struct {
		DSSEEnvelope struct{ Payload []byte }
	}
	var statement struct{ PredicateType string }
	if json.Unmarshal(bundle, &b) != nil || json.Unmarshal(b.DSSEEnvelope.Payload, &statement) != nil {
		return "https://slsa.dev/provenance/v1"
	}
	return cmp.Or(statement.PredicateType, "https://slsa.dev/provenance/v1")
}

// Sign makes the registry sign each version that is published from here on, as
// npm's does, and serve its public key.
func (s *Server) Sign() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // no randomness
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// keyID returns the name of the key, and the key itself, as npm has them.
func (s *Server) keyID() (id, key string) {
	spki, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic(err) // P-256 can be marshalled
	}
	sum := sha256.Sum256(spki)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(spki)
}

func (s *Server) keys(w http.ResponseWriter) {
	id, key := s.keyID()
	reply(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"expires": s.keyEnds, "keyid": id, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": key,
	}}})
}

// SignVersion makes the registry sign a version that it has. forged: the
// signature is one of another version's.
func (s *Server) SignVersion(name, version string, forged bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.packages[name]
	if s.key == nil || p == nil || p.Versions[version] == nil && s.Behind == nil {
		return fmt.Errorf("there is no key, or no %s@%s", name, version)
	}
	s.sign(p, name, version, p.tarballs[version])
	if forged {
		s.sign(p, name, version+"-other", p.tarballs[version])
		p.added[version].Dist["signatures"] = p.added[version+"-other"].Dist["signatures"]
		delete(p.added, version+"-other")
	}
	return nil
}

// SignAs replaces the signatures of a version, unless they are nil, and returns
// those that it had.
func (s *Server) SignAs(name, version string, signatures any) (before any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dist := s.packages[name].add(version).Dist
	if before = dist["signatures"]; signatures != nil {
		dist["signatures"] = signatures
	}
	return before
}

// Unsign makes the registry have no signature of a version.
func (s *Server) Unsign(name, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packages[name]; p != nil {
		delete(p.add(version).Dist, "signatures")
	}
}

// Retire makes the registry say that its key was in use until a time, RFC 3339.
func (s *Server) Retire(until string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyEnds = until
}

// sign adds the registry's signature to a version.
func (s *Server) sign(p *pkg, name, version string, tarball []byte) {
	integrity := distOf(name, version, tarball, s.URL)["integrity"]
	var given struct{ Dist struct{ Integrity string } }
	if json.Unmarshal(p.Versions[version], &given) == nil && given.Dist.Integrity != "" {
		integrity = given.Dist.Integrity // of Record, which may be another
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s@%s:%s", name, version, integrity))
	sig, err := ecdsa.SignASN1(rand.Reader, s.key, sum[:])
	if err != nil {
		panic(err) // no randomness
	}
	id, _ := s.keyID()
	p.add(version).Dist["signatures"] = []any{map[string]any{"keyid": id, "sig": base64.StdEncoding.EncodeToString(sig)}}
}

// add returns what is added to a version.
func (p *pkg) add(version string) *added {
	if p.added[version] == nil {
		p.added[version] = &added{Dist: map[string]any{}}
	}
	return p.added[version]
}

// served returns the manifest of a version as the registry serves it.
func (p *pkg) served(version string) json.RawMessage {
	a, manifest := p.added[version], map[string]any{}
	if a == nil || json.Unmarshal(p.Versions[version], &manifest) != nil {
		return p.Versions[version]
	}
	a.to(manifest)
	text, err := json.Marshal(manifest)
	if err != nil {
		return p.Versions[version]
	}
	return text
}

// to adds it to a manifest.
func (a *added) to(manifest map[string]any) {
	if a.User != nil {
		manifest["_npmUser"] = a.User
	}
	if dist, ok := manifest["dist"].(map[string]any); ok {
		for key, value := range a.Dist {
			dist[key] = value
		}
	}
}
