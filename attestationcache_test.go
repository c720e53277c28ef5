package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestAttestationCache: real attestations that a run has kept are asked for no more,
// and are no evidence: whatever stands in their place, they are verified again, and
// asked for again where they do not hold.
func TestAttestationCache(t *testing.T) {
	w, f := newSignatureAudit(t), startFront(t, "")
	f.attested(t, w, "1.0.0", "sigstore-1.0.0.tgz", "npm-cli/valid-sigstore-attestations.json")
	other := w.readSigstore(t, "pacote/valid-attestations.json", nil)
	dir, _ := f.install(t)
	cache := filepath.Join(t.TempDir(), "cache")
	kept := func() string {
		files, err := filepath.Glob(filepath.Join(cache, "attestations-*.json"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		return files[0]
	}
	var whole []byte
	for _, test := range []struct {
		what     string
		spoil    func() []byte // what then stands there; nil: what stands there
		requests int64
	}{
		{"first", nil, 3}, {"second", nil, 1},
		{"cut", func() []byte { return whole[:len(whole)/2] }, 2}, {"after it", nil, 1},
		{"of another version", func() []byte {
			var list map[string]any
			if err := json.Unmarshal(whole, &list); err != nil {
				t.Fatal(err)
			}
			var theirs struct{ Attestations []any }
			if err := json.Unmarshal(other, &theirs); err != nil {
				t.Fatal(err)
			}
			list["list"] = theirs.Attestations
			data, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}, 2},
		{"one byte changed", func() []byte {
			data, at := bytes.Clone(whole), bytes.Index(whole, []byte(`"payload":"`))+100
			data[at] ^= 1
			return data
		}, 2},
		{"last", nil, 1},
	} {
		if test.spoil != nil {
			if err := os.WriteFile(kept(), test.spoil(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before := f.requests.Load()
		if got := w.gate(t, f, dir, "-cache", cache).String(); got != good {
			t.Errorf("%s: the gate says %q", test.what, got)
		}
		if n := f.requests.Load() - before; n != test.requests {
			t.Errorf("%s: %d requests, expected %d", test.what, n, test.requests)
		}
		var err error
		if whole, err = os.ReadFile(kept()); err != nil {
			t.Fatal(err)
		}
	}
}
