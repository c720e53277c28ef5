package sign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// TestSigningConfig signs as a signing configuration of one's own says, with
// servers of more than one operator.
func TestSigningConfig(t *testing.T) {
	stack := sigstore.Start(t)
	const down = closedAddress
	service := func(address string, version int, operator string) string {
		return fmt.Sprintf(`{"url":%q,"majorApiVersion":%d,"operator":%q,"validFor":{"start":%q}}`, address, version, operator,
			time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
	}
	config := func(logs, logSelector, stamps, stampSelector string) []byte {
		return fmt.Appendf(nil, `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[%s],`+
			`"rekorTlogUrls":[%s],"rekorTlogConfig":{"selector":%s},"tsaUrls":[%s],"tsaConfig":{"selector":%s}}`,
			service(stack.Fulcio, 1, "a"), logs, logSelector, stamps, stampSelector)
	}
	v1, v2 := service(stack.RekorV1, 1, "a"), service(stack.RekorV2, 2, "a")
	stamp, other := service(stack.TSA, 1, "a"), service(stack.TSA+"?", 1, "b")
	const anyOne, every = `"ANY"`, `"ALL"`
	for name, test := range map[string]struct {
		config  []byte
		version int
		logs    int
		want    string // part of the tarball's bundle; with error: of it
		outage  bool
	}{
		"highest version":            {config(v1+","+v2, anyOne, stamp, anyOne), 0, 1, `"version":"0.0.2"`, false},
		"pinned":                     {config(v1+","+v2, anyOne, stamp, anyOne), 1, 1, `"version":"0.0.1"`, false},
		"two times":                  {config(v1, anyOne, stamp+","+other, every), 0, 1, `},{"signedTimestamp":`, false},
		"one stands in for another":  {config(service(down, 1, "b")+","+v1, anyOne, stamp, anyOne), 0, 1, `"version":"0.0.1"`, false},
		"all, and one is down":       {config(service(down, 1, "b")+","+v1, every, stamp, anyOne), 0, 0, "rekor", true},
		"exactly one, which is down": {config(service(down, 1, "b"), `"EXACT","count":1`, stamp, anyOne), 0, 0, "rekor", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Config{
				Token: stackConfig(t, stack).Token, Transport: direct(t), Now: time.Now,
				SigningConfig: test.config, TrustedRoot: stack.TrustedRoot, RekorVersion: test.version,
			}
			signer, err := Keyless(c)
			if err != nil {
				t.Fatal(err)
			}
			bundles, err := signer(t.Context(), []Artifact{tarball, statement(Provenance)})
			var outage *OutageError
			if errors.As(err, &outage) != test.outage || (err != nil) != test.outage {
				t.Fatalf("error is %v", err)
			}
			if test.outage {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("the error does not mention %q: %v", test.want, err)
				}
				return
			}
			if bundles[0].Logs != test.logs || !strings.Contains(string(bundles[0].JSON), test.want) {
				t.Errorf("%d entries, want %d, and %s in %s", bundles[0].Logs, test.logs, test.want, bundles[0].JSON)
			}
			if !strings.Contains(string(bundles[1].JSON), `"kind":"dsse","version":"0.0.1"`) {
				t.Errorf("provenance is not in a log of version 1: %s", bundles[1].JSON)
			}
			for _, b := range bundles {
				if err := VerifyKeyless(b.JSON, tarball, stack.TrustedRoot, release); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestKeyWitnessed: a key's bundle has the time and the entries that are asked
// for, and is verified with them.
func TestKeyWitnessed(t *testing.T) {
	stack := sigstore.Start(t)
	root, err := verify.ParseRoot(stack.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	others := withoutLogs(t, stack.TrustedRoot, "tlogs")
	for name, test := range map[string]struct {
		key     string
		config  Config
		logs    int
		time    bool
		says    string
		refused string // part of the error; "": none
	}{
		"time":      {"ecdsa-p256", Config{TSA: []string{stack.TSA}}, 0, true, "not logged, with a signed time", ""},
		"time, rsa": {"rsa-2048", Config{TSA: []string{stack.TSA}}, 0, true, "not logged, with a signed time", ""},
		"time, ed":  {"ed25519", Config{TSA: []string{stack.TSA}}, 0, true, "not logged, with a signed time", ""},
		"v1":        {"ecdsa-p256", Config{Rekor: []Log{{stack.RekorV1, 1}}}, 1, false, "logged", ""},
		"v1, rsa":   {"rsa-2048", Config{Rekor: []Log{{stack.RekorV1, 1}}}, 1, false, "logged", ""},
		"v2": {"ecdsa-p256", Config{Rekor: []Log{{stack.RekorV2, 2}}, TSA: []string{stack.TSA}}, 1, true,
			"logged, with a signed time", ""},
		"both": {"ecdsa-p256", Config{Rekor: []Log{{stack.RekorV1, 1}, {stack.RekorV2, 2}}, TSA: []string{stack.TSA}},
			2, true, "in 2 logs, with a signed time", ""},
		"log, ed":    {"ed25519", Config{Rekor: []Log{{stack.RekorV1, 1}}}, 0, false, "", "no log takes its signature"},
		"v2 alone":   {"ecdsa-p256", Config{Rekor: []Log{{stack.RekorV2, 2}}}, 0, false, "", "states no time"},
		"tsa down":   {"ecdsa-p256", Config{TSA: []string{closedAddress}}, 0, false, "", "tsa"},
		"log down":   {"ecdsa-p256", Config{Rekor: []Log{{closedAddress, 1}}}, 0, false, "", "rekor"},
		"their root": {"ecdsa-p256", Config{Rekor: []Log{{stack.RekorV1, 1}}, TrustedRoot: others}, 0, false, "", "log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := test.config
			c.Transport, c.Now = direct(t), time.Now
			if c.TrustedRoot == nil {
				c.TrustedRoot = stack.TrustedRoot
			}
			artifacts := []Artifact{tarball, statement(Statement)}
			signer, err := Key(privateOf(t, test.key), nil, c)
			var bundles []Bundle
			if err == nil {
				bundles, err = signer(t.Context(), artifacts)
			}
			if test.refused != "" {
				if err == nil || bundles != nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("%d bundles, error %v, want one with %q", len(bundles), err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			key := testKeys()[test.key].Public()
			for _, b := range bundles {
				if b.Logs != test.logs || b.Time != test.time || b.Witness() != test.says {
					t.Errorf("%s: %d entries, time %v, %q", b.Name, b.Logs, b.Time, b.Witness())
				}
				with := verify.Witness{Logs: test.logs}
				if test.time {
					with.Times = 1
				}
				a := verify.Artifact{Bytes: tarball.Bytes}
				if err := verify.KeyWitnessed(b.JSON, a, key, root, with); err != nil {
					t.Error(err)
				}
				with.Logs++
				if err := verify.KeyWitnessed(b.JSON, a, key, root, with); err == nil {
					t.Error("verifies with an entry more than it has")
				}
				with.Logs, with.Times = 0, with.Times+1
				if err := verify.KeyWitnessed(b.JSON, a, key, root, with); err == nil {
					t.Error("verifies with a time more than it has")
				}
				if err := verify.KeyWitnessed(b.JSON, a, testKeys()["other"].Public(), root, verify.Witness{}); err == nil {
					t.Error("verifies by another key")
				}
			}
		})
	}
}

// TestKeyStaysPrivate: a key with the public log tells nobody of what is not
// public.
func TestKeyStaysPrivate(t *testing.T) {
	private := func(context.Context, string) (string, error) {
		return string(jwt(t, githubClaims(map[string]any{"repository_visibility": "private"}))), nil
	}
	public := func(context.Context, string) (string, error) { return string(jwt(t, githubClaims(nil))), nil }
	for name, test := range map[string]struct {
		change func(*Config)
		asks   bool // the network, in the end
	}{
		"a person's":                    {func(*Config) {}, true},
		"public":                        {func(c *Config) { c.Token = public }, true},
		"private":                       {func(c *Config) { c.Token = private }, false},
		"private, allowed":              {func(c *Config) { c.Token, c.PublicLog = private, true }, true},
		"on a runner that does not say": {func(c *Config) { c.Identity.Repository = "https://github.com/acme/x" }, false},
		"restricted":                    {func(c *Config) { c.Token, c.Restricted = public, true }, false},
		"only a time":                   {func(c *Config) { c.Token, c.Rekor = private, nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			sent := &recorder{base: roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, fmt.Errorf("no network here")
			})}
			c := Config{
				Rekor: []Log{{"https://rekor.sigstore.dev", 1}}, TSA: []string{"https://timestamp.sigstore.dev/api/v1/timestamp"},
				Transport: sent, Now: time.Now,
			}
			test.change(&c)
			signer, err := Key(privateOf(t, "ecdsa-p256"), nil, c)
			if err == nil {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				_, err = signer(ctx, []Artifact{tarball})
			}
			if errors.Is(err, ErrNotPublic) == test.asks || (len(sent.seen) > 0) != test.asks {
				t.Errorf("error is %v, sent %q", err, sent.seen)
			}
		})
	}
}
