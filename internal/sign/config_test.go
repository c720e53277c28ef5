package sign

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestConfigMistakes(t *testing.T) {
	token := func(context.Context, string) (string, error) { return "", nil }
	ready := Config{Token: token, Transport: direct(t), Now: time.Now}
	trusted := []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
	logV1, logV2 := rootWithLogs(t, "https://r1.example.com", ""), rootWithLogs(t, "", "https://r2.example.com")
	logs := rootWithLogs(t, "https://r1.example.com", "https://r2.example.com/")
	signing := func(selector, log string, version int) []byte {
		return fmt.Appendf(nil, `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json",
			"caUrls":[{"url":"https://f","majorApiVersion":1}],"rekorTlogUrls":[{"url":%q,"majorApiVersion":%d}],
			"rekorTlogConfig":{"selector":%q}}`, log, version, selector)
	}
	with := func(change func(*Config)) Config {
		c := ready
		change(&c)
		return c
	}
	for name, test := range map[string]struct {
		config Config
		want   []string // parts of the error, all at once; none: no error
	}{
		"public good":       {ready, nil},
		"public, pinned":    {with(func(c *Config) { c.TrustedRoot = trusted }), nil},
		"public, version 2": {with(func(c *Config) { c.RekorVersion = 2 }), nil},
		"own": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "http://127.0.0.1:1", []Log{{"https://r1.example.com/", 1}}, logs
		}), nil},
		"own v2": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TrustedRoot = "https://f", []Log{{"https://r2.example.com", 2}}, []string{"https://t"}, logs
		}), nil},
		"own, another address": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "https://f", []Log{{"http://127.0.0.1:1", 1}}, logs
		}), nil},
		"v2 said of v1": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TrustedRoot = "https://f", []Log{{"https://r1.example.com", 2}}, []string{"https://t"}, logs
		}), []string{"speaks API version 1, not 2"}},
		"v1 said of v2": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "https://f", []Log{{"https://r2.example.com", 1}}, logs
		}), []string{"speaks API version 2, not 1"}},
		"v2 said of the public log": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TrustedRoot = "https://f", []Log{{"https://rekor.sigstore.dev", 2}}, []string{"https://t"}, logs
		}), []string{"speaks API version 1, not 2"}},
		"v1 said of the new public log": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "https://f", []Log{{"https://log2025-1.rekor.sigstore.dev", 1}}, logs
		}), []string{"speaks API version 2, not 1"}},
		"v2, root of v1": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TrustedRoot = "https://f", []Log{{"https://r", 2}}, []string{"https://t"}, logV1
		}), []string{"no log of API version 2"}},
		"v1, root of v2": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "https://f", []Log{{"https://r", 1}}, logV2
		}), []string{"no log of API version 1"}},
		"signing config": {with(func(c *Config) {
			c.SigningConfig, c.TrustedRoot = signing("ANY", "https://r1.example.com", 1), logs
		}), nil},
		"signing config alone": {with(func(c *Config) { c.SigningConfig = signing("ANY", "https://r", 1) }), []string{"trusted root"}},
		"signing config, no time": {
			with(func(c *Config) { c.SigningConfig, c.TrustedRoot = signing("ANY", "https://r2.example.com", 2), logs }),
			[]string{"states no time"}},
		"signing config, selector": {with(func(c *Config) {
			c.SigningConfig, c.TrustedRoot = signing("SERVICE_SELECTOR_UNDEFINED", "https://r", 1), logs
		}), []string{"selector"}},
		"signing config, v1 asked": {with(func(c *Config) {
			c.SigningConfig, c.TrustedRoot, c.RekorVersion = signing("ANY", "https://r2.example.com", 2), logs, 1
		}), []string{"no Rekor"}},
		"signing config, other version": {with(func(c *Config) {
			c.SigningConfig, c.TrustedRoot = signing("ANY", "https://r2.example.com", 1), logs
		}), []string{"speaks API version 2"}},
		"signing config, no config": {with(func(c *Config) { c.SigningConfig, c.TrustedRoot = []byte("{}"), logs }),
			[]string{"signing configuration"}},
		"signing config and addresses": {with(func(c *Config) {
			c.SigningConfig, c.TrustedRoot, c.Fulcio = signing("ANY", "https://r1.example.com", 1), logs, "https://f"
		}), []string{"does not go with addresses"}},
		"github":           {with(func(c *Config) { c.Instance, c.Server = GitHub, "https://github.com" }), nil},
		"ghe.com":          {with(func(c *Config) { c.Instance, c.Server = GitHub, "https://acme.ghe.com" }), nil},
		"github elsewhere": {with(func(c *Config) { c.Instance = GitHub }), []string{"GitHub's runners only", "SIGSTORE_ID_TOKEN"}},
		"github on a server": {with(func(c *Config) { c.Instance, c.Server = GitHub, "https://git.acme.test" }),
			[]string{"GitHub Enterprise Server", "-signing-config"}},
		"github by a lookalike": {with(func(c *Config) { c.Instance, c.Server = GitHub, "https://github.com.acme.test" }),
			[]string{"GitHub Enterprise Server"}},
		"github with a log": {with(func(c *Config) {
			c.Instance, c.Server, c.Rekor, c.RekorVersion = GitHub, "https://github.com", []Log{{"https://r", 1}}, 1
		}), []string{"no log"}},
		"github, root with logs": {with(func(c *Config) {
			c.Instance, c.Server, c.TrustedRoot = GitHub, "https://github.com", logs
		}), []string{"has logs"}},
		"rekor version 3": {with(func(c *Config) { c.RekorVersion = 3 }), []string{"version 3"}},
		"zero":            {Config{}, []string{"id-token: write", "transport", "clock"}},
		"fulcio":          {with(func(c *Config) { c.Fulcio = "https://fulcio.example.com" }), []string{"address of a Rekor", "trusted root"}},
		"rekor":           {with(func(c *Config) { c.Rekor = []Log{{"https://r.example.com", 1}} }), []string{"address of a Fulcio"}},
		"tsa":             {with(func(c *Config) { c.TSA = []string{"https://t.example.com"} }), []string{"address of a Fulcio"}},
		"rekor v3":        {with(func(c *Config) { c.Fulcio, c.Rekor = "https://f", []Log{{"https://r", 3}} }), []string{"version 3"}},
		"no version":      {with(func(c *Config) { c.Fulcio, c.Rekor = "https://f", []Log{{"https://r", 0}} }), []string{"version 0"}},
		"v2, no tsa": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TrustedRoot = "https://f", []Log{{"https://r", 2}},
				logs
		}), []string{"TSA"}},
		"addresses": {with(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TUF = "fulcio", []Log{{"ftp://r", 1}}, []string{"https://a:b@t"}, "https://x?y"
		}), []string{`"fulcio"`, `"ftp://r"`, `"https://a:b@t"`, `"https://x?y"`}},
		"root": {with(func(c *Config) { c.TrustedRoot = []byte("{") }), []string{"trusted root"}},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := Keyless(test.config)
			if len(test.want) == 0 {
				if err != nil || signer == nil {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err == nil || signer != nil {
				t.Fatalf("error is %v, want one", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not mention %q: %v", want, err)
				}
			}
		})
	}
}

// rootWithLogs is a trusted root that knows a log of version 1, one of version 2,
// or both; "": not that one.
func rootWithLogs(t *testing.T, v1, v2 string) []byte {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var logs []any
	add := func(address, details string, key any, id func(spki []byte) []byte) {
		if address == "" {
			return
		}
		spki, err := x509.MarshalPKIXPublicKey(key)
		must(err)
		logs = append(logs, map[string]any{
			"baseUrl": address, "hashAlgorithm": "SHA2_256", "logId": map[string]any{"keyId": id(spki)},
			"publicKey": map[string]any{"rawBytes": spki, "keyDetails": details,
				"validFor": map[string]any{"start": "2024-01-01T00:00:00Z"}},
		})
	}
	old, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	add(v1, "PKIX_ECDSA_P256_SHA_256", old.Public(), func(spki []byte) []byte { sum := sha256.Sum256(spki); return sum[:] })
	tiles, _, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	add(v2, "PKIX_ED25519", tiles, func([]byte) []byte { sum := sha256.Sum256([]byte("a note's key hash")); return sum[:] })
	data, err := json.Marshal(map[string]any{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": logs,
	})
	must(err)
	return data
}
