package sign

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// direct is a transport that asks no proxy.
func direct(t testing.TB) *http.Transport {
	transport := &http.Transport{Proxy: nil}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func stackConfig(t testing.TB, stack *sigstore.Stack) Config {
	return Config{
		Token: func(_ context.Context, audience string) (string, error) {
			return stack.Issuer.Token(audience, nil), nil
		},
		Transport:   direct(t),
		Now:         time.Now,
		Fulcio:      stack.Fulcio,
		Rekor:       []Log{{stack.RekorV2, 2}},
		TSA:         []string{stack.TSA},
		TrustedRoot: stack.TrustedRoot,
	}
}

var (
	tarball = Artifact{Name: "demo-1.0.0.tgz", Bytes: []byte("the bytes of a tarball")}
	sums    = Artifact{Name: "SHA256SUMS", Bytes: []byte("0123  demo-1.0.0.tgz\n")}
	release = Identity{
		SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		Issuer: sigstore.GitHub,
	}
)

// TestStack signs and verifies against the real servers.
func TestStack(t *testing.T) {
	stack := sigstore.Start(t)
	both := []Artifact{tarball, sums}

	logs := map[string]func(*Config){
		"rekor v2 and tsa": func(*Config) {},
		"rekor v1":         func(c *Config) { c.Rekor, c.TSA = []Log{{stack.RekorV1, 1}}, nil },
		"rekor v1 and tsa": func(c *Config) { c.Rekor = []Log{{stack.RekorV1, 1}} },
		"both logs":        func(c *Config) { c.Rekor = append(c.Rekor, Log{stack.RekorV1 + "/", 1}) },
		"second tsa":       func(c *Config) { c.TSA = []string{stack.Fulcio + "/not-here", stack.TSA} },
		"named identity": func(c *Config) {
			c.Identity.Run = "https://github.com/acme/gate-demo/actions/runs/7001/attempts/1"
		},
	}
	for name, change := range logs {
		t.Run("signs/"+name, func(t *testing.T) {
			c := stackConfig(t, stack)
			change(&c)
			bundles := mustSign(t, c, both)
			for i, a := range both {
				if bundles[i].Name != a.Name {
					t.Errorf("bundle %d is of %s, want %s", i, bundles[i].Name, a.Name)
				}
				if err := VerifyKeyless(bundles[i].JSON, a, stack.TrustedRoot, release); err != nil {
					t.Errorf("verify %s: %v", a.Name, err)
				}
			}
			if certificateOf(t, bundles[0]) != certificateOf(t, bundles[1]) {
				t.Error("two artifacts, two certificates; want one")
			}
			refuses(t, stack, bundles)
		})
	}

	t.Run("runner", func(t *testing.T) { signsWithRunnerToken(t, stack) })

	const closed = closedAddress
	for name, test := range map[string]struct {
		change func(*Config)
		want   string // part of the message
	}{
		"wrong audience": {func(c *Config) { c.Audience = "npm:registry.npmjs.org" }, "fulcio"},
		"forged token": {func(c *Config) {
			c.Token = func(_ context.Context, audience string) (string, error) { return stack.Issuer.Forge(audience) }
		}, "fulcio"},
		"expired token": {func(c *Config) {
			c.Token = func(_ context.Context, audience string) (string, error) {
				return stack.Issuer.Token(audience, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), nil
			}
		}, "fulcio"},
		"another issuer": {func(c *Config) {
			c.Token = func(_ context.Context, audience string) (string, error) {
				return stack.Issuer.Token(audience, map[string]any{"iss": "https://issuer.invalid"}), nil
			}
		}, "fulcio"},
		"no token": {func(c *Config) {
			c.Token = func(context.Context, string) (string, error) { return "", fmt.Errorf("no id-token permission") }
		}, "id-token permission"},
		"token of another run": {func(c *Config) { c.Identity.Commit = strings.Repeat("f", 40) }, "commit"},
		"token of an unknown issuer": {func(c *Config) {
			c.Token = func(_ context.Context, audience string) (string, error) {
				return stack.Issuer.Token(audience, map[string]any{"iss": "https://issuer.invalid", "job_workflow_ref": nil}), nil
			}
		}, "identity"},
		"token of another workflow": {func(c *Config) {
			c.Identity = release
			c.Identity.SAN = "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/other"
		}, "subject"},
		"fulcio down":  {func(c *Config) { c.Fulcio = closed }, "fulcio"},
		"rekor 2 down": {func(c *Config) { c.Rekor = []Log{{closed, 2}} }, "rekor"},
		"rekor 1 down": {func(c *Config) { c.Rekor = []Log{{closed, 1}} }, "rekor"},
		"one of two logs down": {func(c *Config) {
			c.Rekor = []Log{{stack.RekorV1, 1}, {closed, 2}}
		}, "rekor"},
		"tsa down":            {func(c *Config) { c.TSA = []string{closed + "/api/v1/timestamp"} }, "tsa"},
		"wrong log version":   {func(c *Config) { c.Rekor = []Log{{stack.RekorV2, 1}} }, "rekor"},
		"no tsa for rekor v2": {func(c *Config) { c.TSA = nil }, "TSA"},
		"wrong digest":        {nil, "SHA-256"},
		"empty artifact":      {nil, "empty"},
		"root of others":      {func(c *Config) { c.TrustedRoot = withoutLogs(t, stack.TrustedRoot, "tlogs") }, "log"},
		"certificate log of others": {func(c *Config) {
			c.TrustedRoot = foreignCTLog(t, stack.TrustedRoot)
		}, "SCT"},
		"authority of others": {func(c *Config) {
			c.TrustedRoot = withoutLogs(t, stack.TrustedRoot, "certificateAuthorities")
		}, "certificate"},
	} {
		t.Run("refuses/"+name, func(t *testing.T) {
			t.Parallel()
			c := stackConfig(t, stack)
			artifacts := both
			switch name {
			case "wrong digest":
				artifacts = []Artifact{{Name: "x.tgz", Bytes: tarball.Bytes, SHA256: strings.Repeat("00", 32)}}
			case "empty artifact":
				artifacts = []Artifact{tarball, {Name: "forgotten"}}
			default:
				test.change(&c)
			}
			// A server that is down is asked again for 3.5 s.
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			signer, err := Keyless(c)
			var bundles []Bundle
			if err == nil {
				bundles, err = signer(ctx, artifacts)
			}
			if err == nil || len(bundles) != 0 {
				t.Fatalf("got %d bundles and error %v, want none and an error", len(bundles), err)
			}
			t.Log(err)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error does not mention %q: %v", test.want, err)
			}
			if token := stack.Issuer.Token("x", nil); strings.Contains(err.Error(), token[:30]) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// refuses shows what the bundles are not good for.
func refuses(t *testing.T, stack *sigstore.Stack, bundles []Bundle) {
	t.Helper()
	tampered := Artifact{Name: tarball.Name, Bytes: []byte("the bytes of a Tarball")}
	if err := VerifyKeyless(bundles[0].JSON, tampered, stack.TrustedRoot, release); err == nil {
		t.Error("other bytes verify")
	}
	if err := VerifyKeyless(bundles[1].JSON, tarball, stack.TrustedRoot, release); err == nil {
		t.Error("the bundle of another file verifies")
	}
	for name, who := range map[string]Identity{
		"nobody":            {},
		"no issuer":         {SAN: release.SAN},
		"prefix":            {SAN: "https://github.com/acme/gate-demo", Issuer: release.Issuer},
		"pattern":           {SAN: ".*", Issuer: release.Issuer},
		"another issuer":    {SAN: release.SAN, Issuer: "https://accounts.google.com"},
		"another commit":    {SAN: release.SAN, Issuer: release.Issuer, Commit: "0"},
		"another trigger":   {SAN: release.SAN, Issuer: release.Issuer, Trigger: "pull_request"},
		"another ref":       {SAN: release.SAN, Issuer: release.Issuer, Ref: "refs/heads/other"},
		"renamed squatter":  {SAN: release.SAN, Issuer: release.Issuer, RepositoryID: "1002"},
		"another repo":      {SAN: release.SAN, Issuer: release.Issuer, Repository: "https://github.com/acme/gate"},
		"self-hosted":       {SAN: release.SAN, Issuer: release.Issuer, Runner: "self-hosted"},
		"another attempt":   {SAN: release.SAN, Issuer: release.Issuer, Run: "https://github.com/acme/gate-demo/actions/runs/7001/attempts/2"},
		"capital in issuer": {SAN: release.SAN, Issuer: strings.ToUpper(release.Issuer)},
	} {
		if err := VerifyKeyless(bundles[0].JSON, tarball, stack.TrustedRoot, who); err == nil {
			t.Errorf("identity %q verifies", name)
		}
	}
	if err := VerifyKey(bundles[0].JSON, tarball, publicOf(t, "ecdsa-p256")); err == nil {
		t.Error("a keyless bundle verifies with some key")
	}
}

// signsWithRunnerToken takes the token through the runner's door.
func signsWithRunnerToken(t *testing.T, stack *sigstore.Stack) {
	environ := map[string]string{}
	for _, line := range stack.Environ() {
		name, value, _ := strings.Cut(line, "=")
		environ[name] = value
	}
	c := stackConfig(t, stack)
	c.Token = func(ctx context.Context, audience string) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet,
			environ["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience="+url.QueryEscape(audience), nil)
		if err != nil {
			return "", err
		}
		request.Header.Set("Authorization", "Bearer "+environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
		response, err := c.Transport.RoundTrip(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return "", err
		}
		var answer struct{ Value string }
		err = json.Unmarshal(body, &answer)
		return answer.Value, err
	}
	stack.Issuer.Set(map[string]any{"run_id": "7002"})
	defer stack.Issuer.Set(nil)
	bundles := mustSign(t, c, []Artifact{tarball})
	who := release
	who.Run = "https://github.com/acme/gate-demo/actions/runs/7002/attempts/1"
	if err := VerifyKeyless(bundles[0].JSON, tarball, stack.TrustedRoot, who); err != nil {
		t.Error(err)
	}
}

func mustSign(t testing.TB, c Config, artifacts []Artifact) []Bundle {
	t.Helper()
	signer, err := Keyless(c)
	if err != nil {
		t.Fatal(err)
	}
	bundles, err := signer(t.Context(), artifacts)
	if err != nil {
		t.Fatal(err)
	}
	if len(bundles) != len(artifacts) {
		t.Fatalf("%d bundles for %d artifacts", len(bundles), len(artifacts))
	}
	return bundles
}

func certificateOf(t *testing.T, b Bundle) string {
	t.Helper()
	var parsed struct {
		VerificationMaterial struct{ Certificate struct{ RawBytes string } }
	}
	if err := json.Unmarshal(b.JSON, &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.VerificationMaterial.Certificate.RawBytes == "" {
		t.Fatal("no single leaf certificate in the bundle")
	}
	return parsed.VerificationMaterial.Certificate.RawBytes
}

// closedAddress is a loopback address nobody listens on: no system gives a port
// below 1024 to who names none.
const closedAddress = "http://127.0.0.1:1"

// withoutLogs empties one list of a trusted root.
func withoutLogs(t testing.TB, trusted []byte, list string) []byte {
	return editRoot(t, trusted, func(root map[string]any) { root[list] = []any{} })
}

// foreignCTLog gives the certificate log of a trusted root another key.
func foreignCTLog(t testing.TB, trusted []byte) []byte {
	return editRoot(t, trusted, func(root map[string]any) {
		tlog := root["tlogs"].([]any)[0].(map[string]any)
		ctlog := root["ctlogs"].([]any)[0].(map[string]any)
		ctlog["publicKey"], ctlog["logId"] = tlog["publicKey"], tlog["logId"]
	})
}

func editRoot(t testing.TB, trusted []byte, edit func(map[string]any)) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(trusted, &root); err != nil {
		t.Fatal(err)
	}
	edit(root)
	edited, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return edited
}

// A recorder counts what passes through it.
type recorder struct {
	base http.RoundTripper
	mu   sync.Mutex
	seen []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.seen = append(r.seen, request.Method+" "+request.URL.String())
	r.mu.Unlock()
	return r.base.RoundTrip(request)
}
