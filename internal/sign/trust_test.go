package sign

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// A repository is a TUF repository with one key for every role.
type repository struct {
	root  []byte
	files map[string][]byte // by path
}

func newRepository(t *testing.T, expires map[string]time.Time, targets map[string][]byte) *repository {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	public, private, err := ed25519.GenerateKey(nil)
	must(err)
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	must(err)
	key, err := metadata.KeyFromPublicKey(public)
	must(err)
	until := func(role string) time.Time {
		if at, ok := expires[role]; ok {
			return at
		}
		return time.Now().Add(time.Hour).UTC()
	}
	r := &repository{files: map[string][]byte{}}

	trusted := metadata.Root(until("root"))
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		must(trusted.Signed.AddKey(key, role))
	}
	_, err = trusted.Sign(signer)
	must(err)
	r.root, err = trusted.ToBytes(false)
	must(err)

	listed := metadata.Targets(until("targets"))
	for name, data := range targets {
		target, err := metadata.TargetFile().FromBytes(name, data, "sha256")
		must(err)
		listed.Signed.Targets[name] = target
		sum := sha256.Sum256(data)
		r.files["/targets/"+hex.EncodeToString(sum[:])+"."+name] = data
	}
	_, err = listed.Sign(signer)
	must(err)
	r.files["/1.targets.json"], err = listed.ToBytes(false)
	must(err)

	snapshot := metadata.Snapshot(until("snapshot"))
	_, err = snapshot.Sign(signer)
	must(err)
	r.files["/1.snapshot.json"], err = snapshot.ToBytes(false)
	must(err)
	timestamp := metadata.Timestamp(until("timestamp"))
	_, err = timestamp.Sign(signer)
	must(err)
	r.files["/timestamp.json"], err = timestamp.ToBytes(false)
	must(err)
	return r
}

func (r *repository) serve(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		data, ok := r.files[request.URL.Path]
		if !ok {
			http.NotFound(w, request)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// signingConfig is a signing_config.v0.2.json. From: since when its services
// are in use.
func signingConfig(t *testing.T, fulcio, rekor1, rekor2, tsa string, from time.Time) []byte {
	t.Helper()
	service := func(address string, version int) map[string]any {
		return map[string]any{
			"url": address, "majorApiVersion": version, "operator": "test",
			"validFor": map[string]any{"start": from.UTC().Format(time.RFC3339)},
		}
	}
	logs := []any{service(rekor1, 1)}
	if rekor2 != "" {
		logs = append(logs, service(rekor2, 2))
	}
	data, err := json.Marshal(map[string]any{
		"mediaType":       "application/vnd.dev.sigstore.signingconfig.v0.2+json",
		"caUrls":          []any{service(fulcio, 1)},
		"rekorTlogUrls":   logs,
		"tsaUrls":         []any{service(tsa, 1)},
		"rekorTlogConfig": map[string]any{"selector": "ANY"},
		"tsaConfig":       map[string]any{"selector": "ANY"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTUF signs as with the public-good Sigstore, whose addresses and keys come
// from a TUF repository.
func TestTUF(t *testing.T) {
	stack := sigstore.Start(t)
	both := signingConfig(t, stack.Fulcio, stack.RekorV1, stack.RekorV2, stack.TSA, time.Now().Add(-time.Minute))
	// As root-signing has them: logs of version 2 in a configuration of their own.
	good := map[string][]byte{
		"trusted_root.json": stack.TrustedRoot,
		"signing_config.v0.2.json": signingConfig(t, stack.Fulcio, stack.RekorV1, "", stack.TSA,
			time.Now().Add(-time.Minute)),
		"signing_config_rekor_v2.v0.2.json": both,
	}
	without := func(name string) map[string][]byte {
		some := maps.Clone(good)
		delete(some, name)
		return some
	}
	// What the default target may say one day.
	later := maps.Clone(good)
	later["signing_config.v0.2.json"] = both
	past := time.Now().Add(-time.Hour).UTC()
	for name, test := range map[string]struct {
		expires map[string]time.Time
		targets map[string][]byte
		change  func(*Config, *repository)
		log     string // the version of the log that got the entry; "": an error
		want    string // part of the error
	}{
		"default":        {nil, good, nil, "rekor1.test", ""},
		"default, later": {nil, later, nil, "rekor1.test", ""},
		"version 1":      {nil, later, func(c *Config, _ *repository) { c.RekorVersion = 1 }, "rekor1.test", ""},
		"version 2":      {nil, good, func(c *Config, _ *repository) { c.RekorVersion = 2 }, "rekor2.test", ""},
		"no version 2": {nil, without("signing_config_rekor_v2.v0.2.json"),
			func(c *Config, _ *repository) { c.RekorVersion = 2 }, "", "signing_config_rekor_v2"},
		"expired timestamp": {map[string]time.Time{"timestamp": past}, good, nil, "", "expired"},
		"expired snapshot":  {map[string]time.Time{"snapshot": past}, good, nil, "", "expired"},
		"expired targets":   {map[string]time.Time{"targets": past}, good, nil, "", "expired"},
		"expired root":      {map[string]time.Time{"root": past}, good, nil, "", "expired"},
		"no trusted root":   {nil, without("trusted_root.json"), nil, "", "trusted_root.json"},
		"no config":         {nil, without("signing_config.v0.2.json"), nil, "", "signing"},
		"foreign root":      {nil, good, func(c *Config, _ *repository) { c.TUFRoot = nil }, "", "root"},
		"down":              {nil, good, func(c *Config, _ *repository) { c.TUF = closedAddress }, "", "tuf"},
		"changed target": {nil, good, func(_ *Config, r *repository) {
			for path := range r.files {
				if strings.HasSuffix(path, ".trusted_root.json") {
					r.files[path] = []byte(strings.Replace(string(r.files[path]), "fulcio.test", "fulcio.evil", 1))
				}
			}
		}, "", "trusted"},
		"not in use yet": {nil, map[string][]byte{
			"trusted_root.json":        stack.TrustedRoot,
			"signing_config.v0.2.json": signingConfig(t, stack.Fulcio, stack.RekorV1, stack.RekorV2, stack.TSA, time.Now().Add(time.Hour)),
		}, nil, "", "Fulcio"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t, test.expires, test.targets)
			c := Config{
				Token: stackConfig(t, stack).Token, Transport: direct(t), Now: time.Now,
				TUF: r.serve(t), TUFRoot: r.root,
			}
			if test.change != nil {
				test.change(&c, r)
			}
			signer, err := Keyless(c)
			var bundles []Bundle
			if err == nil {
				bundles, err = signer(t.Context(), []Artifact{tarball})
			}
			if test.log == "" {
				if err == nil || bundles != nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%d bundles, error %v, want one with %q", len(bundles), err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			version := map[string]string{"rekor1.test": `"version":"0.0.1"`, "rekor2.test": `"version":"0.0.2"`}[test.log]
			if !strings.Contains(string(bundles[0].JSON), version) {
				t.Errorf("the entry is not in %s: %s", test.log, bundles[0].JSON)
			}
			if err := VerifyKeyless(bundles[0].JSON, tarball, stack.TrustedRoot, release); err != nil {
				t.Error(err)
			}
		})
	}
}

// The public-good Sigstore's own configuration can be read, and chosen from.
func TestPublicGood(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: no real data to test with")
	}
	read := func(name string) []byte {
		file, err := os.ReadFile(filepath.Join(data, "sigstore", "root-signing", "targets", name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	if _, err := verify.ParseRoot(read("trusted_root.json")); err != nil {
		t.Error(err)
	}
	now := time.Date(2026, 8, 21, 0, 0, 0, 0, time.UTC)
	const v1 = "https://rekor.sigstore.dev 1"
	const v2 = "https://log2025-1.rekor.sigstore.dev 2"
	for _, test := range []struct {
		file     string
		versions []uint32
		want     string // logs, logs for provenance, timestamp authorities
	}{
		{publicSigning, []uint32{1}, "[{" + v1 + "}] [{" + v1 + "}]"},
		{publicSigningV2, []uint32{2}, "[{" + v2 + "}] [{" + v1 + "}]"},
		{publicSigningV2, []uint32{1}, "[{" + v1 + "}] [{" + v1 + "}]"},
		{publicSigningV2, []uint32{1, 2}, "[{" + v2 + "}] [{" + v1 + "}]"},
	} {
		signing, err := parseSigningConfig(read(test.file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := choose(signing, test.versions, now)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(got.logs.of, got.provenance.of)
		if text != test.want || got.logs.need != 1 || got.tsa.need != 1 || got.fulcio != "https://fulcio.sigstore.dev" ||
			fmt.Sprint(got.tsa.of) != "[https://timestamp.sigstore.dev/api/v1/timestamp]" {
			t.Errorf("%s, versions %v: chose %s of %+v, want %s", test.file, test.versions, text, got, test.want)
		}
	}
	if _, err := parseSigningConfig(read("signing_config.json")); err == nil {
		t.Error("a signing configuration of version 0.1 is read as one of 0.2")
	}
	root, err := verify.ParseRoot(read("trusted_root.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range root.Logs() {
		if want := publicVersion(l.URL); l.Version != want {
			t.Errorf("%s has version %d by the trusted root, %d by its address", l.URL, l.Version, want)
		}
	}
}
