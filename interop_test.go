package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
)

// A made is a bundle, and what a verifier is told beside it.
type made struct {
	maker, what string
	bundle      []byte
	file        string // that it signs or is about
	predicate   string // type of what it attests; "": it signs the file itself
	key         string // file of the public key; "": it is of the release workflow
	unlogged    bool   // no log and no authority vouches for the time
	root        string // file of another trusted root
	altered     string // what was changed in it; "": nothing
}

func (m made) String() string {
	if m.altered != "" {
		return fmt.Sprintf("%s of %s with another %s", m.what, m.maker, m.altered)
	}
	return fmt.Sprintf("%s of %s", m.what, m.maker)
}

// A cell is a pair that cannot work, and what the verifier says then. An empty
// maker or thing is any.
type cell struct{ maker, what, verifier, why string }

// cannot are the cells of our bundles that are refused, each for its reason.
var cannot = []cell{
	// sigstore-go logs an envelope in Rekor v2 as hashedrekord 0.0.2, over what is
	// signed; that of npm 11 compares its digest with the payload's.
	{"keyless, v2 and tsa", "sbom", "npm 11", "TLOG_BODY_ERROR"},
	{"keyless, v2 and tsa", "vsa", "npm 11", "TLOG_BODY_ERROR"},
	{"keyless, v2 and tsa", "sbom", "npm 11 publish", "TLOG_BODY_ERROR"},
	// npm wants a time that a log or an authority vouches for, and has no flag for
	// a key.
	{"key", "sbom", "npm 11 publish", "expected 1 timestamps, got 0"},
	{"key", "sbom", "npm 12 publish", "expected 1 timestamps, got 0"},
	{"key, v1 and tsa", "sbom", "npm 11 publish", "PUBLIC_KEY_ERROR"},
	{"key, v1 and tsa", "sbom", "npm 12 publish", "PUBLIC_KEY_ERROR"},
	{"", "tarball", "npm 11 publish", "No dsseEnvelope with payload found"},
	{"", "tarball", "npm 12 publish", "No dsseEnvelope with payload found"},
}

// noServers are the inputs of a run without a Sigstore.
var noServers = map[string]string{
	"INPUT_FULCIO-URL": "", "INPUT_REKOR-URL": "", "INPUT_TIMESTAMP-SERVER-URL": "", "INPUT_TRUSTED-ROOT": "",
}

// TestOursAreVerified: everything that is signed, in each way of signing, is
// verified by cosign, by each sigstore-js there is and by `npm publish
// --provenance-file`, and refused when something in it is altered.
func TestOursAreVerified(t *testing.T) {
	w := newInterop(t)
	byKey := map[string]string{"INPUT_SIGN": "key", "INPUT_KEY": w.key}
	maps.Copy(byKey, noServers)
	keyInLog := map[string]string{"INPUT_SIGN": "key", "INPUT_KEY": w.key, "INPUT_FULCIO-URL": ""}
	all := []string{"tarball", "SHA256SUMS", "provenance", "sbom", "vsa"}
	var ours []made
	for _, maker := range []struct {
		name    string
		changes map[string]string
		makes   []string
	}{
		{"keyless, v1", map[string]string{"INPUT_TIMESTAMP-SERVER-URL": ""}, all},
		{"keyless, v1 and tsa", nil, all},
		// npm's provenance is logged in v1 or not made.
		{"keyless, v2 and tsa", map[string]string{"INPUT_REKOR-URL": w.stack.RekorV2, "INPUT_REKOR-VERSION": "2"},
			[]string{"tarball", "SHA256SUMS", "sbom", "vsa"}},
		{"key", byKey, []string{"tarball", "SHA256SUMS", "sbom", "vsa"}},
		{"key, v1 and tsa", keyInLog, []string{"tarball", "SHA256SUMS", "sbom", "vsa"}},
	} {
		out, _ := w.run(t, 0, maker.changes)
		ours = append(ours, w.ours(t, out, maker.name, maker.makes)...)
	}
	w.table(t, ours, cannot)
}

// ours reads the bundles of an evidence folder, which are these and no others.
func (w *interop) ours(t *testing.T, out, maker string, makes []string) []made {
	t.Helper()
	const tarball = "acme-status-page-2.3.1.tgz"
	predicates := map[string]string{"provenance": attest.ProvenanceV1, "sbom": attest.CycloneDX, "vsa": attest.Summary}
	var all []made
	for _, what := range makes {
		m := made{maker: maker, what: what, file: filepath.Join(out, tarball), predicate: predicates[what]}
		name := what
		switch what {
		case "tarball":
			name = tarball
		case "SHA256SUMS":
			m.file = filepath.Join(out, what)
		}
		m.bundle = read(t, out, name+".sigstore.json")
		if strings.HasPrefix(maker, "key,") || maker == "key" {
			m.key, m.unlogged = w.key+".pub", maker == "key"
		}
		all = append(all, m)
	}
	found, err := filepath.Glob(filepath.Join(out, "*.sigstore.json"))
	if err != nil || len(found) != len(makes) {
		t.Errorf("%s makes %q, expected %q: %v", maker, found, makes, err)
	}
	return all
}

// table asks every verifier about every bundle, as it is and altered. A cell that
// is none of those that cannot work verifies; one of those is refused for its
// reason; and what is altered is refused always.
func (w *interop) table(t *testing.T, bundles []made, cannot []cell) {
	t.Helper()
	used, ran := map[cell]bool{}, map[string]bool{}
	for _, v := range w.verifiers {
		t.Run(v.name, func(t *testing.T) {
			ran[v.name] = true
			var asked []made
			for _, m := range bundles {
				if v.takes != nil && !v.takes(m) {
					continue
				}
				asked = append(asked, m)
				if cellOf(cannot, m, v.name) != nil {
					continue
				}
				for _, altered := range alterations(t, m) {
					if v.takes == nil || v.takes(altered) {
						asked = append(asked, altered)
					}
				}
			}
			if len(asked) == 0 {
				t.Fatal("nothing was asked")
			}
			began := time.Now()
			said := v.ask(t, asked)
			t.Logf("%d answers in %s", len(said), time.Since(began).Round(time.Millisecond))
			for i, m := range asked {
				c := cellOf(cannot, m, v.name)
				switch {
				case m.altered != "" && said[i] == "":
					t.Errorf("accepts the %s", m)
				case m.altered != "" && v.no != nil && !v.no(m).MatchString(said[i]):
					t.Errorf("refuses the %s for another reason: %s", m, said[i])
				case m.altered != "":
				case c == nil && said[i] != "":
					t.Errorf("refuses the %s: %s", m, said[i])
				case c != nil && !strings.Contains(said[i], c.why):
					t.Errorf("of the %s it says %q, expected %q", m, said[i], c.why)
				case c != nil:
					used[*c] = true
				}
			}
		})
	}
	for _, c := range cannot {
		if ran[c.verifier] && !used[c] && !t.Failed() {
			t.Errorf("no bundle is in the cell %q", c)
		}
	}
}

func cellOf(cells []cell, m made, verifier string) *cell {
	at := slices.IndexFunc(cells, func(c cell) bool {
		return c.verifier == verifier && (c.maker == "" || c.maker == m.maker) && (c.what == "" || c.what == m.what)
	})
	if at < 0 {
		return nil
	}
	return &cells[at]
}

var subjectDigest = regexp.MustCompile(`"sha(?:256|512)":"[0-9a-f]`)

// alterations are bundles in which one thing was changed, each of which is as
// well-formed as before: what is signed, the signature, and what the log says.
func alterations(t *testing.T, m made) []made {
	t.Helper()
	change := func(what string, edit func(map[string]any)) made {
		var bundle map[string]any
		if err := json.Unmarshal(m.bundle, &bundle); err != nil {
			t.Fatalf("the %s: %v", m, err)
		}
		edit(bundle)
		data, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		altered := m
		altered.altered, altered.bundle = what, data
		return altered
	}
	signature := func(bundle map[string]any) (object map[string]any, name string) {
		if m.predicate == "" {
			return bundle["messageSignature"].(map[string]any), "signature"
		}
		return bundle["dsseEnvelope"].(map[string]any)["signatures"].([]any)[0].(map[string]any), "sig"
	}
	all := []made{change("signature", func(bundle map[string]any) {
		object, name := signature(bundle)
		raw := decode(t, object[name])
		raw[len(raw)-1] ^= 1
		object[name] = base64.StdEncoding.EncodeToString(raw)
	})}
	if m.predicate == "" {
		other := m
		other.altered, other.file = "file", m.file+".altered"
		data, err := os.ReadFile(m.file)
		if err == nil {
			err = os.WriteFile(other.file, append(data, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, other)
	} else {
		all = append(all, change("subject", func(bundle map[string]any) {
			envelope := bundle["dsseEnvelope"].(map[string]any)
			payload := subjectDigest.ReplaceAllFunc(decode(t, envelope["payload"]), func(start []byte) []byte {
				last := &start[len(start)-1]
				if *last++; *last == ':' || *last == 'g' {
					*last = '0'
				}
				return start
			})
			if bytes.Equal(payload, decode(t, envelope["payload"])) {
				t.Fatalf("no digest in the %s", m)
			}
			envelope["payload"] = base64.StdEncoding.EncodeToString(payload)
		}))
	}
	if m.unlogged || !bytes.Contains(m.bundle, []byte(`"checkpoint"`)) {
		return all
	}
	return append(all, change("checkpoint", func(bundle map[string]any) {
		entry := bundle["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)[0].(map[string]any)
		checkpoint := entry["inclusionProof"].(map[string]any)["checkpoint"].(map[string]any)
		lines := strings.Split(checkpoint["envelope"].(string), "\n")
		root := decode(t, lines[2]) // origin, size, root hash
		root[0] ^= 1
		lines[2] = base64.StdEncoding.EncodeToString(root)
		checkpoint["envelope"] = strings.Join(lines, "\n")
	}))
}

func decode(t *testing.T, text any) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text.(string))
	if err != nil || len(data) == 0 {
		t.Fatalf("%q is no base64: %v", text, err)
	}
	return data
}

func sha512Of(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(data)
	return hex.EncodeToString(sum[:])
}
