package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// realProvenance returns the provenance of sigstore@1.0.0 that npm's registry serves,
// the SHA-512 that it speaks of, in hex, and the file of the public roots.
func realProvenance(t *testing.T) (bundle []byte, digest, roots string) {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	data, err := os.ReadFile(filepath.Join(dir, "sigstore", "npm-cli", "valid-sigstore-attestations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Attestations []struct{ Bundle json.RawMessage }
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	var b struct {
		DSSEEnvelope struct{ Payload []byte }
	}
	var statement struct {
		Subject []struct{ Digest map[string]string }
	}
	if err := json.Unmarshal(list.Attestations[0].Bundle, &b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.DSSEEnvelope.Payload, &statement); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, list.Attestations[0].Bundle); err != nil {
		t.Fatal(err)
	}
	return compact.Bytes(), statement.Subject[0].Digest["sha512"],
		filepath.Join(dir, "sigstore", "sigstore-go", "trusted-root-public-good.json")
}

// TestMonitorAttested: real provenance says where a version was built. Where it does
// not hold that is a finding; where it cannot be verified that is no look.
func TestMonitorAttested(t *testing.T) {
	good, digest, roots := realProvenance(t)
	spoilt := func(where string) []byte {
		data, at := bytes.Clone(good), bytes.Index(good, []byte(where))
		if at < 0 {
			t.Fatalf("there is no %s", where)
		}
		if at += len(where) + 40; data[at] == 'A' {
			data[at] = 'B'
		} else {
			data[at] = 'A'
		}
		return data
	}
	raw, err := hex.DecodeString(digest)
	if err != nil {
		t.Fatal(err)
	}
	unverified := []string{"published-unverified 1.0.0"}
	for _, c := range []struct {
		name, policy string
		bundles      [][]byte
		code         int
		fresh        []string
		says         string // in the output
	}{
		{name: "it holds", bundles: [][]byte{good}, code: ExitPass},
		{name: "built by the workflow that the policy names", policy: ", built-by: [sigstore/sigstore-js/.github/workflows/publish.yml]",
			bundles: [][]byte{good}, code: ExitPass},
		{name: "built by another workflow", policy: ", built-by: [sigstore/sigstore-js/.github/workflows/release.yml]",
			bundles: [][]byte{good}, code: ExitBlock, fresh: []string{"published-elsewhere 1.0.0"}, says: "sigstore/sigstore-js by .github/"},
		{name: "another repository", policy: ", built-by: [acme/widget]", bundles: [][]byte{good}, code: ExitBlock,
			fresh: []string{"published-elsewhere 1.0.0"}},
		{name: "its signature is another", bundles: [][]byte{spoilt(`"sig":"`)}, code: ExitBlock, fresh: unverified, says: "signature"},
		{name: "what it says is another", bundles: [][]byte{spoilt(`"payload":"`)}, code: ExitBlock, fresh: unverified},
		{name: "no bundle", bundles: [][]byte{[]byte(`{"mediaType":"\u001b[2J##[x]"}`)}, code: ExitBlock, fresh: unverified},
		{name: "one of two", bundles: [][]byte{good, spoilt(`"sig":"`)}, code: ExitBlock, fresh: unverified},
		{name: "none although the registry says so", code: ExitUnknown, says: "gives none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := watchOver(t, registry.History{Name: "sigstore", Maintainers: []string{"ann"}, Versions: []registry.Version{{Version: "1.0.0",
				License: "MIT", TrustedPublisher: "github", Provenance: true, Time: time.Date(2023, 2, 20, 0, 0, 0, 0, time.UTC),
				Integrity: "sha512-" + base64.StdEncoding.EncodeToString(raw)}}})
			w.registry.Store("sigstore", "1.0.0", c.bundles...)
			w.write("evidence/it/verdict.json", `{"result":"pass","package":{"name":"sigstore","version":"1.0.0"},"tarball":{`+
				`"sha512":"`+digest+`"}}`)
			w.write("policy.yml", "monitor: {since: 2023-01-01"+c.policy+"}\nexceptions: [{id: published-unsigned, package: sigstore, "+
				"reason: its verdict is not what this is about, owner: '@a', expires: 2027-06-01}]\n")
			w.args = []string{"-only", "publishes", "sigstore"}
			s := w.run("-trusted-root", roots, "-record", w.path("answers"))
			if s.code != c.code || !slices.Equal(s.told("new"), c.fresh) || !strings.Contains(s.out, c.says) || strings.Contains(s.out, "\x1b") {
				t.Errorf("exit %d, new %q, expected %d, %q\n%s%s", s.code, s.told("new"), c.code, c.fresh, s.out, s.err)
			}
			if (c.code == ExitUnknown) != (len(s.doc.Missed) > 0) {
				t.Errorf("missed: %+v", s.doc.Missed)
			}
			// Without a root nobody can say whether it holds: neither a finding nor nothing.
			if c.fresh == nil && c.code == ExitPass {
				if err := os.Remove(w.path("state.json")); err != nil {
					t.Fatal(err)
				}
				w.expect(ExitUnknown, nil, nil, "-from", w.path("answers"))
			}
		})
	}
}

// TestMonitorInPart: what could be looked at is judged, version by version; only what
// could not is missed.
func TestMonitorInPart(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "publishes", widget}
	w.expect(ExitPass, nil, nil)
	w.now = w.now.Add(24 * time.Hour)
	good := registry.Version{License: "MIT", TrustedPublisher: "github", Approver: "bob"}
	for _, version := range []string{"3.3.3", "3.3.4", "3.3.5"} {
		good.Version = version
		w.release(widget, good, false)
	}
	// GitHub does not answer about one of them.
	down := map[string]bool{}
	for _, version := range []string{"3.3.4"} {
		data, _ := w.registry.Published(widget, version)
		sum := sha256.Sum256(data)
		down[hex.EncodeToString(sum[:])] = true
	}
	hub := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		_, digest, _ := strings.Cut(r.URL.Path, "sha256:")
		if down[digest] {
			a.WriteHeader(http.StatusForbidden)
			return
		}
		a.Header().Set("Content-Type", "application/json")
		_, _ = a.Write([]byte(`{"attestations":[]}`))
	}))
	defer hub.Close()
	run := func(code int, fresh, open []string, last string) {
		t.Helper()
		var out, errs bytes.Buffer
		got := Main(t.Context(), Process{Args: []string{"monitor", "-registry", w.registry.URL, "-state", w.path("state.json"), "-repository",
			"acme/widget", "-dir", w.dir, "-format", "json", "-only", "publishes", widget}, Env: []string{"GITHUB_API_URL=" + hub.URL},
			Stdout: &out, Stderr: &errs, Now: func() time.Time { return w.now }})
		s := &saw{}
		if err := json.Unmarshal(out.Bytes(), &s.doc); err != nil {
			t.Fatalf("%v: %s%s", err, out.String(), errs.String())
		}
		if got != code || !slices.Equal(s.told("new"), fresh) || !slices.Equal(s.told("open"), open) ||
			(code == ExitUnknown) != (len(s.doc.Missed) == 1) {
			t.Errorf("exit %d, new %q, open %q\n%s%s", got, s.told("new"), s.told("open"), out.String(), errs.String())
		}
		for _, m := range s.doc.Missed {
			if !strings.Contains(m.Why, "who judged 3.3.4: ") || strings.Contains(m.Why, "more)") || m.Last != last {
				t.Errorf("%+v", m)
			}
		}
	}
	last := w.now.Add(-24 * time.Hour).Format(time.RFC3339)
	both := []string{"published-unknown 3.3.3", "published-unknown 3.3.5"}
	run(ExitUnknown, both, nil, last)
	w.now = w.now.Add(time.Hour)
	run(ExitUnknown, nil, both, last)
	w.now = w.now.Add(time.Hour)
	clear(down)
	run(ExitBlock, []string{"published-unknown 3.3.4"}, both, "")
}
