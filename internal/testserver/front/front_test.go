package front

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestFront publishes, stages and reads through the front: Verdaccio has the
// packages, and what the front adds is there.
func TestFront(t *testing.T) {
	s := Start(t)
	s.CheckProvenance(false) // the bundles of this test are none
	s.Grant("t0ken", registry.Grant{Kind: "token"})
	s.Grant("staging", registry.Grant{Kind: "stage-only"})
	const demo = "@acme%2fdemo"
	for _, c := range []struct {
		name, method, path, body, token string
		status                          int
		has                             []string
	}{
		{"refused", "PUT", demo, document(s.URL, "1.0.0", "latest", true), "staging", 403, []string{"E_STAGE_REQUIRED"}},
		{"published", "PUT", demo, document(s.URL, "1.0.0", "latest", true), "t0ken", 201, nil},
		{"published again", "PUT", demo, document(s.URL, "1.0.0", "latest", true), "t0ken", 403, []string{"cannot publish over"}},
		{"the package", "GET", demo, "", "", 200, []string{`"signatures":[{`, `"provenance":{`, `"somebody@example.com"`, `"_rev"`, s.URL}},
		{"the version", "GET", demo + "/1.0.0", "", "", 200, []string{`"signatures":[{`, `"provenance":{`}},
		{"the attestation", "GET", "-/npm/v1/attestations/" + demo + "@1.0.0", "", "", 200, []string{`{"a":1}`}},
		{"the tarball", "GET", "@acme/demo/-/demo-1.0.0.tgz", "", "", 200, []string{"bytes of 1.0.0"}},
		{"staged", "POST", "-/stage/package/" + demo, document(s.URL, "1.1.0-rc.1", "next", true), "staging", 201, []string{"stageId"}},
		{"not seen", "GET", demo + "/1.1.0-rc.1", "", "", 404, nil},
		{"the tags", "GET", "-/package/" + demo + "/dist-tags", "", "", 200, []string{`{"latest":"1.0.0"}`}},
	} {
		step(t, s, c.name, c.method, c.path, c.body, c.token, c.status, c.has...)
	}
	if err := s.Approve(s.Staged()[0].ID); err != nil {
		t.Fatal(err)
	}
	step(t, s, "approved", "GET", demo+"/1.1.0-rc.1", "", "", 200, `"approver":{`, `"provenance":{`)
	step(t, s, "the tags then", "GET", "-/package/"+demo+"/dist-tags", "", "", 200, `{"latest":"1.0.0","next":"1.1.0-rc.1"}`)
	step(t, s, "a tag", "PUT", "-/package/"+demo+"/dist-tags/beta", `"1.0.0"`, "staging", 201)
	s.Validate(1, "blocked")
	step(t, s, "accepted", "PUT", demo, document(s.URL, "2.0.0", "latest", false), "t0ken", 201)
	step(t, s, "validating", "GET", "-/package/"+demo+"/version/2.0.0/status", "", "t0ken", 200, "validating")
	step(t, s, "blocked", "GET", "-/package/"+demo+"/version/2.0.0/status", "", "t0ken", 200, "blocked")
	step(t, s, "not seen", "GET", demo+"/2.0.0", "", "", 404)
	step(t, s, "the tags at last", "GET", "-/package/"+demo+"/dist-tags", "", "", 200, `{"beta":"1.0.0","latest":"1.0.0","next":"1.1.0-rc.1"}`)
}

func step(t *testing.T, s *registry.Server, name, method, path, body, token string, want int, has ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Errorf("%s: %d, %v: %.500s", name, resp.StatusCode, err, text)
	}
	for _, part := range has {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s: no %s in %s", name, part, text)
		}
	}
}

// document is what a client publishes, with a bundle or without.
func document(base, version, tag string, attested bool) string {
	data := []byte("bytes of " + version)
	long, short := sha512.Sum512(data), sha1.Sum(data)
	file := "@acme/demo-" + version
	attachments := map[string]any{file + ".tgz": map[string]any{
		"content_type": "application/octet-stream", "data": base64.StdEncoding.EncodeToString(data), "length": len(data),
	}}
	if attested {
		attachments[file+".sigstore"] = map[string]any{
			"content_type": "application/vnd.dev.sigstore.bundle.v0.3+json", "data": `{"a":1}`, "length": 7,
		}
	}
	text, _ := json.Marshal(map[string]any{
		"_id": "@acme/demo", "name": "@acme/demo", "dist-tags": map[string]any{tag: version}, "access": "public",
		"versions": map[string]any{version: map[string]any{
			"_id": "@acme/demo@" + version, "name": "@acme/demo", "version": version, "dist": map[string]any{
				"integrity": "sha512-" + base64.StdEncoding.EncodeToString(long[:]), "shasum": hex.EncodeToString(short[:]),
				"tarball": fmt.Sprintf("%s@acme/demo/-/%s.tgz", base, file),
			},
		}},
		"_attachments": attachments,
	})
	return string(text)
}
