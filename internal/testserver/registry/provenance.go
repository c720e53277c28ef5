package registry

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// CheckProvenance sets whether the registry refuses with 422, as npm's does, a bundle
// that is not about the tarball that it came with, or whose workflow is not of
// the repository of package.json. Whether its signatures are good it does not
// check: the real npm does, in the tests that ask it.
func (s *Server) CheckProvenance(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks = on
}

// provenance returns why the bundle of a document is refused; nil: it is not,
// or there is none.
func (d *document) provenance(version string, tarball []byte) error {
	bundle, has := d.Attachments[d.Name+"-"+version+".sigstore"]
	if !has {
		return nil
	}
	refused := func(format string, args ...any) error {
		return fmt.Errorf("Error verifying sigstore provenance bundle: "+format, args...)
	}
	var b struct {
		DSSE struct {
			Payload     []byte
			PayloadType string
		} `json:"dsseEnvelope"`
	}
	var st struct {
		Type    string `json:"_type"`
		Subject []struct {
			Name   string
			Digest map[string]string
		}
		Predicate struct {
			BuildDefinition struct {
				ExternalParameters struct {
					Workflow struct{ Repository string }
				}
			}
		}
	}
	var m struct {
		Repository struct{ URL string }
	}
	if json.Unmarshal([]byte(bundle.Data), &b) != nil || json.Unmarshal(b.DSSE.Payload, &st) != nil ||
		b.DSSE.PayloadType != "application/vnd.in-toto+json" || !strings.HasPrefix(st.Type, "https://in-toto.io/Statement/") {
		return refused("Failed to parse the statement")
	}
	sum := sha512.Sum512(tarball)
	purl := "pkg:npm/" + strings.Replace(d.Name, "@", "%40", 1) + "@" + version
	if len(st.Subject) != 1 || st.Subject[0].Name != purl || st.Subject[0].Digest["sha512"] != hex.EncodeToString(sum[:]) {
		return refused("Provenance subject does not match %s with sha512 %s", purl, base64.StdEncoding.EncodeToString(sum[:]))
	}
	_ = json.Unmarshal(d.Versions[version], &m)
	url := strings.TrimSuffix(strings.TrimPrefix(m.Repository.URL, "git+"), ".git")
	if want := st.Predicate.BuildDefinition.ExternalParameters.Workflow.Repository; url != want {
		return refused("Failed to validate repository information: package.json: \"repository.url\" is %q, expected to match %q from provenance",
			m.Repository.URL, want)
	}
	return nil
}
