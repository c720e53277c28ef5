package sign

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// hosts is a transport that finds public hosts on loopback, and nobody else.
type hosts map[string]string

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	to, known := h[r.URL.Host]
	if !known {
		return nil, io.ErrUnexpectedEOF
	}
	at, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = at.Scheme, at.Host, ""
	return http.DefaultTransport.RoundTrip(r)
}

// TestGitHub signs with the servers as GitHub's own Sigstore has them: no log,
// and a trusted root without one.
func TestGitHub(t *testing.T) {
	stack := sigstore.Start(t)
	trusted := editRoot(t, stack.TrustedRoot, func(root map[string]any) { root["tlogs"], root["ctlogs"] = []any{}, []any{} })
	tsa := strings.TrimSuffix(stack.TSA, "/api/v1/timestamp")
	claims := map[string]any{"repository_visibility": "private", "enterprise": "acme-corp"}
	config := func(sent *recorder) Config {
		return Config{
			Token: func(_ context.Context, audience string) (string, error) {
				return stack.Issuer.Token(audience, claims), nil
			},
			Transport: sent, Now: time.Now, TrustedRoot: trusted, Server: "https://github.com", Instance: GitHub,
		}
	}
	network := hosts{"fulcio.githubapp.com": stack.Fulcio, "timestamp.githubapp.com": tsa}
	all := []Artifact{tarball, statement(Statement)}
	root, err := verify.ParseGitHubRoot(trusted)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"asked for":  func(*Config) {},
		"automatic":  func(c *Config) { c.Instance = ByVisibility },
		"restricted": func(c *Config) { c.Restricted = true },
		"as a line": func(c *Config) {
			c.TrustedRoot = slices.Concat(compact(t, stack.TrustedRoot), []byte("\n"), compact(t, trusted), []byte("\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			sent := &recorder{base: network}
			c := config(sent)
			change(&c)
			bundles := mustSign(t, c, all)
			for _, b := range bundles {
				if b.Logs != 0 || !b.Time {
					t.Errorf("%s has %d entries and time %v, want no entry and a time", b.Name, b.Logs, b.Time)
				}
				if err := verify.Keyless(b.JSON, verify.Artifact{Bytes: tarball.Bytes}, root, release); err != nil {
					t.Error(err)
				}
				// What a root without logs vouches for, one with logs refuses.
				if err := VerifyKeyless(b.JSON, tarball, stack.TrustedRoot, release); err == nil {
					t.Error("a bundle without a log entry verifies by a root with logs")
				}
			}
			want := []string{"POST https://fulcio.githubapp.com/api/v2/signingCert",
				"POST https://timestamp.githubapp.com/api/v1/timestamp", "POST https://timestamp.githubapp.com/api/v1/timestamp"}
			if !slices.Equal(sent.seen, want) {
				t.Errorf("sent %q, want %q", sent.seen, want)
			}
		})
	}

	t.Run("root by tuf", func(t *testing.T) {
		// The repository is not signed by the embedded root, so it is refused: GitHub's
		// is asked for, and believed only if it is GitHub's.
		r := newRepository(t, nil, map[string][]byte{"trusted_root.json": trusted})
		sent := &recorder{base: hosts{"fulcio.githubapp.com": stack.Fulcio, "tuf-repo.github.com": r.serve(t)}}
		c := config(sent)
		c.TrustedRoot = nil
		signer, err := Keyless(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signer(t.Context(), all); err == nil || !strings.Contains(err.Error(), "trusted root") {
			t.Errorf("error is %v", err)
		}
		for _, s := range sent.seen {
			if !strings.Contains(s, "https://tuf-repo.github.com/") {
				t.Errorf("sent %s before the trusted root was known", s)
			}
		}
	})

	t.Run("refused", func(t *testing.T) {
		sent := &recorder{base: network}
		signer, err := Keyless(config(sent))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signer(t.Context(), []Artifact{statement(Provenance)}); err == nil || len(sent.seen) > 0 {
			t.Errorf("npm's provenance without a log: error %v after %q", err, sent.seen)
		}
	})
}

// compact puts JSON on one line.
func compact(t *testing.T, data []byte) []byte {
	t.Helper()
	var line bytes.Buffer
	if err := json.Compact(&line, data); err != nil {
		t.Fatal(err)
	}
	return line.Bytes()
}

// TestGitHubTarget: an enterprise on GHE.com has a trusted root of its own trust
// domain.
func TestGitHubTarget(t *testing.T) {
	for name, test := range map[string]struct{ answer, want string }{
		"own domain": {`{"domains":{"artifact_attestations":{"trust_domain":"acme"}}}`, "acme.trusted_root.json"},
		"none":       {`{"domains":{"artifact_attestations":{"trust_domain":""}}}`, "trusted_root.json"},
		"not named":  {`{"domains":{}}`, "trusted_root.json"},
		"a path":     {`{"domains":{"artifact_attestations":{"trust_domain":"../x"}}}`, ""},
		"html":       {`<html>`, ""},
	} {
		asked := ""
		c := Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(test.answer))}, nil
		})}
		got, err := c.githubTarget(t.Context(), "acme.ghe.com")
		if (err == nil) != (test.want != "") || got != test.want || asked != "https://api.acme.ghe.com/meta" {
			t.Errorf("%s: %q, error %v after %s, want %q", name, got, err, asked, test.want)
		}
	}
	c := Config{}
	if got, err := c.githubTarget(t.Context(), "githubapp.com"); err != nil || got != "trusted_root.json" {
		t.Errorf("github.com: %q, %v", got, err)
	}
}
