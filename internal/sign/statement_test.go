package sign

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// statement is an in-toto statement about the tarball of the tests.
func statement(kind Kind) Artifact {
	const text = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"demo-1.0.0.tgz",` +
		`"digest":{"sha256":"DIGEST"}}],"predicateType":"https://example.com/p","predicate":{"a":["<é>"]}}`
	digest, err := tarball.digest()
	if err != nil {
		panic(err)
	}
	return Artifact{Name: "demo.statement", Kind: kind, Bytes: []byte(strings.Replace(text, "DIGEST", hex.EncodeToString(digest), 1))}
}

// checkEnvelope looks at the bundle of a statement as protobuf-specs and DSSE
// describe it.
func checkEnvelope(t *testing.T, b Bundle, want Artifact) {
	t.Helper()
	var got struct {
		MediaType        string
		MessageSignature any
		DsseEnvelope     struct {
			PayloadType string
			Payload     []byte
			Signatures  []struct{ Sig, Keyid string }
		}
	}
	if err := json.Unmarshal(b.JSON, &got); err != nil {
		t.Fatal(err)
	}
	e := got.DsseEnvelope
	if got.MediaType != mediaType || got.MessageSignature != nil || e.PayloadType != verify.StatementType ||
		!bytes.Equal(e.Payload, want.Bytes) || len(e.Signatures) != 1 || e.Signatures[0].Sig == "" {
		t.Errorf("bundle of a statement is %s", b.JSON)
	}
}

func TestKeySignsStatements(t *testing.T) {
	for name := range testKeys() {
		t.Run(name, func(t *testing.T) {
			signer, err := Key(privateOf(t, name), nil, Config{})
			if err != nil {
				t.Fatal(err)
			}
			made := statement(Statement)
			bundles, err := signer(t.Context(), []Artifact{tarball, made})
			if err != nil {
				t.Fatal(err)
			}
			checkEnvelope(t, bundles[1], made)
			if bundles[1].Logs != 0 || bundles[1].Time {
				t.Errorf("a key alone gives neither entry nor time: %+v", bundles[1])
			}
			if err := VerifyKey(bundles[1].JSON, tarball, publicOf(t, name)); err != nil {
				t.Errorf("the tarball is a subject: %v", err)
			}
			if err := VerifyKey(bundles[1].JSON, sums, publicOf(t, name)); err == nil {
				t.Error("what is no subject verifies")
			}
		})
	}
}

// TestStackStatements signs files and statements together, by one certificate,
// against the real servers.
func TestStackStatements(t *testing.T) {
	stack := sigstore.Start(t)
	all := []Artifact{tarball, sums, statement(Statement), statement(Provenance)}
	for name, test := range map[string]struct {
		logs []Log
		want []int // entries in logs
	}{
		"v1":   {[]Log{{stack.RekorV1, 1}}, []int{1, 1, 1, 1}},
		"both": {[]Log{{stack.RekorV1, 1}, {stack.RekorV2, 2}}, []int{2, 2, 2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := stackConfig(t, stack)
			c.Rekor = test.logs
			seen := &recorder{base: c.Transport}
			c.Transport = seen
			bundles := mustSign(t, c, all)
			certificates := 0
			for _, request := range seen.seen {
				if strings.Contains(request, stack.Fulcio) {
					certificates++
				}
			}
			if certificates != 1 {
				t.Errorf("%d certificates asked for, want 1:\n%s", certificates, strings.Join(seen.seen, "\n"))
			}
			for i, b := range bundles {
				if b.Logs != test.want[i] || !b.Time {
					t.Errorf("%s: %d entries and time %v, want %d and a time", b.Name, b.Logs, b.Time, test.want[i])
				}
			}
			for _, b := range bundles[2:] {
				checkEnvelope(t, b, all[2])
				if err := VerifyKeyless(b.JSON, tarball, stack.TrustedRoot, release); err != nil {
					t.Error(err)
				}
				if err := VerifyKeyless(b.JSON, sums, stack.TrustedRoot, release); err == nil {
					t.Error("what is no subject verifies")
				}
			}
		})
	}
	t.Run("large and many", func(t *testing.T) {
		c := stackConfig(t, stack)
		c.Rekor = []Log{{stack.RekorV1, 1}}
		large := statement(Statement)
		large.Bytes = bytes.Replace(large.Bytes, []byte(`{"a":["<é>"]}`),
			append(append([]byte(`{"a":"`), bytes.Repeat([]byte("sbom"), 4<<20-64)...), `"}`...), 1)
		many := []Artifact{large}
		for i := len(many); i < maxArtifact; i++ {
			many = append(many, Artifact{Name: strconv.Itoa(i), Bytes: []byte(strconv.Itoa(i))})
		}
		bundles := mustSign(t, c, many)
		if err := VerifyKeyless(bundles[0].JSON, tarball, stack.TrustedRoot, release); err != nil {
			t.Error(err)
		}
	})
	t.Run("provenance needs v1", func(t *testing.T) {
		c := stackConfig(t, stack)
		seen := &recorder{base: c.Transport}
		c.Transport = seen
		signer, err := Keyless(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signer(t.Context(), all); !errors.Is(err, ErrNoProvenanceLog) || len(seen.seen) != 0 {
			t.Errorf("error is %v after %q, want ErrNoProvenanceLog before any request", err, seen.seen)
		}
	})
}

// TestOutage: a server that is down is told from one that refuses, and what was
// signed in spite of it is there.
func TestOutage(t *testing.T) {
	stack := sigstore.Start(t)
	all := []Artifact{tarball, statement(Provenance)}
	down := func(status int) func(http.ResponseWriter, *http.Request, int32) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int32) bool {
			http.Error(w, "sorry", status)
			return true
		}
	}
	for name, test := range map[string]struct {
		change func(*testing.T, *Config)
		outage bool
	}{
		"fulcio down":    {func(t *testing.T, c *Config) { c.Fulcio = closedAddress }, true},
		"fulcio 503":     {func(t *testing.T, c *Config) { c.Fulcio = between(t, stack.Fulcio, down(503)) }, true},
		"fulcio refuses": {func(t *testing.T, c *Config) { c.Fulcio = between(t, stack.Fulcio, down(403)) }, false},
		"tsa down":       {func(t *testing.T, c *Config) { c.TSA = []string{closedAddress} }, true},
		"tsa refuses":    {func(t *testing.T, c *Config) { c.TSA = []string{between(t, stack.TSA, down(400))} }, false},
		"rekor 429":      {func(t *testing.T, c *Config) { c.Rekor = []Log{{between(t, stack.RekorV1, down(429)), 1}} }, true},
		"rekor refuses":  {func(t *testing.T, c *Config) { c.Rekor = []Log{{between(t, stack.RekorV1, down(400)), 1}} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := stackConfig(t, stack)
			c.Rekor = []Log{{stack.RekorV1, 1}}
			test.change(t, &c)
			signer, err := Keyless(c)
			if err != nil {
				t.Fatal(err)
			}
			bundles, err := signer(t.Context(), all)
			var outage *OutageError
			if err == nil || bundles != nil || errors.As(err, &outage) != test.outage {
				t.Errorf("%d bundles, error %v; outage %v, want %v", len(bundles), err, outage != nil, test.outage)
			}
		})
	}
	t.Run("one log of two", func(t *testing.T) {
		t.Parallel()
		c := stackConfig(t, stack)
		c.Rekor = []Log{{stack.RekorV1, 1}, {closedAddress, 2}}
		signer, err := Keyless(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = signer(t.Context(), all)
		var outage *OutageError
		if !errors.As(err, &outage) || len(outage.Signed) != 1 || outage.Signed[0].Name != all[1].Name {
			t.Fatalf("error is %v, want an outage with the provenance signed", err)
		}
		if err := VerifyKeyless(outage.Signed[0].JSON, tarball, stack.TrustedRoot, release); err != nil {
			t.Error(err)
		}
	})
}
