package sign

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"encoding/json"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// jwt makes a token nobody signed.
func jwt(t testing.TB, claims map[string]any) token {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return token(part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "." + part([]byte("x")))
}

func githubClaims(changes map[string]any) map[string]any {
	claims := sigstore.Claims("sigstore")
	maps.Copy(claims, changes)
	return claims
}

// onGHE is the identity on another GitHub server.
func onGHE(who Identity, server, issuer string) Identity {
	who.Issuer = issuer
	for _, field := range []*string{&who.SAN, &who.Repository, &who.Run} {
		*field = strings.Replace(*field, "https://github.com", server, 1)
	}
	return who
}

func TestIdentityOfToken(t *testing.T) {
	whole := Identity{
		SAN:          release.SAN,
		Issuer:       release.Issuer,
		Repository:   "https://github.com/acme/gate-demo",
		RepositoryID: "1001",
		Commit:       "0123456789abcdef0123456789abcdef01234567",
		Ref:          "refs/heads/main",
		Trigger:      "push",
		Runner:       "github-hosted",
		Run:          "https://github.com/acme/gate-demo/actions/runs/7001/attempts/1",
	}
	enterprise := whole
	enterprise.Issuer = sigstore.GitHub + "/acme-corp"
	for name, test := range map[string]struct {
		claims map[string]any
		want   Identity // zero: an error
	}{
		"github":     {githubClaims(nil), whole},
		"enterprise": {githubClaims(map[string]any{"iss": enterprise.Issuer}), enterprise},
		"gitlab": {map[string]any{"iss": "https://gitlab.com", "ci_config_ref_uri": "gitlab.com/acme/demo//.gitlab-ci.yml@refs/heads/main"},
			Identity{SAN: "https://gitlab.com/acme/demo//.gitlab-ci.yml@refs/heads/main", Issuer: "https://gitlab.com"}},
		"ghe.com": {githubClaims(map[string]any{"iss": "https://token.actions.acme.ghe.com"}),
			onGHE(whole, "https://acme.ghe.com", "https://token.actions.acme.ghe.com")},
		"server": {githubClaims(map[string]any{"iss": "https://git.acme.test/_services/token"}),
			onGHE(whole, "https://git.acme.test", "https://git.acme.test/_services/token")},
		"buildkite": {map[string]any{"iss": "https://agent.buildkite.com", "organization_slug": "acme", "pipeline_slug": "gate",
			"build_commit": "0123", "build_source": "webhook"},
			Identity{SAN: "https://buildkite.com/acme/gate", Issuer: "https://agent.buildkite.com", Commit: "0123", Trigger: "webhook"}},
		"circleci": {map[string]any{"iss": "https://oidc.circleci.com/org/o", "oidc.circleci.com/project-id": "p",
			"oidc.circleci.com/pipeline-definition-id": "d", "oidc.circleci.com/vcs-origin": "github.com/acme/gate",
			"oidc.circleci.com/vcs-ref": "refs/heads/main"},
			Identity{SAN: "https://circleci.com/api/v2/projects/p/pipeline-definitions/d", Issuer: "https://oidc.circleci.com/org/o",
				Repository: "github.com/acme/gate", Ref: "refs/heads/main"}},
		"another's slug": {map[string]any{"iss": "https://ci.example.com", "pipeline_slug": "gate"}, Identity{}},
		"person": {map[string]any{"iss": "https://accounts.google.com", "email": "a@example.com"},
			Identity{SAN: "a@example.com", Issuer: "https://accounts.google.com"}},
		"unknown":         {map[string]any{"iss": "https://ci.example.com", "sub": "job"}, Identity{}},
		"claim no string": {map[string]any{"iss": "https://ci.example.com", "email": []string{"a@example.com"}}, Identity{}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := jwt(t, test.claims).claims()
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.identity()
			if got != test.want || (err == nil) == (test.want == Identity{}) {
				t.Errorf("identity is %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
	c, err := jwt(t, githubClaims(map[string]any{"iss": "https://ghe.example.com/_services/token"})).claims()
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.identity()
	if err != nil || !strings.HasPrefix(got.SAN, "https://ghe.example.com/acme/") {
		t.Errorf("enterprise server: %+v, %v", got, err)
	}
}

func TestRunnerIdentity(t *testing.T) {
	runner := map[string]string{
		"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/gate-demo", "GITHUB_REPOSITORY_ID": "1001",
		"GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567", "GITHUB_REF": "refs/heads/main",
		"GITHUB_EVENT_NAME": "push", "RUNNER_ENVIRONMENT": "github-hosted", "GITHUB_RUN_ID": "7001", "GITHUB_RUN_ATTEMPT": "1",
	}
	getenv := func(name string) string { return runner[name] }
	c, err := jwt(t, githubClaims(nil)).claims()
	if err != nil {
		t.Fatal(err)
	}
	said, err := c.identity()
	if err != nil {
		t.Fatal(err)
	}
	got, err := narrow(said, RunnerIdentity(getenv))
	if err != nil || got != said {
		t.Errorf("runner and token disagree: %v\n%+v\n%+v", err, got, said)
	}
	for name := range runner {
		old := runner[name]
		runner[name] = "other"
		if _, err := narrow(said, RunnerIdentity(getenv)); err == nil {
			t.Errorf("%s differs from the token, and nobody minds", name)
		}
		runner[name] = old
	}
	if got := RunnerIdentity(func(string) string { return "" }); got != (Identity{}) {
		t.Errorf("outside a runner: %+v", got)
	}
}

func TestTokenRefuses(t *testing.T) {
	part := base64.RawURLEncoding.EncodeToString
	for name, text := range map[string]string{
		"empty":         "",
		"no jwt":        "hello",
		"two parts":     "a.b",
		"no base64":     "a.%.c",
		"no json":       "a." + part([]byte("hello")) + ".c",
		"no object":     "a." + part([]byte(`"hello"`)) + ".c",
		"no issuer":     "a." + part([]byte(`{}`)) + ".c",
		"issuer twice":  "a." + part([]byte(`{"iss":"https://a","iss":"https://b"}`)) + ".c",
		"issuer number": "a." + part([]byte(`{"iss":1}`)) + ".c",
		"large":         strings.Repeat("a", maxToken) + ".b.c",
	} {
		if _, err := token(text).claims(); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

func TestTokenIsRedacted(t *testing.T) {
	secret := jwt(t, githubClaims(nil))
	for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%q"} {
		if text := fmt.Sprintf(verb, secret); strings.Contains(text, string(secret)) {
			t.Errorf("%s prints the token: %s", verb, text)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzToken(f *testing.F) {
	f.Add("a.e30.c")
	f.Add(string(jwt(f, githubClaims(nil))))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := token(text).claims()
		if err != nil {
			return
		}
		who, err := c.identity()
		if err == nil && (who.SAN == "" || who.Issuer == "") {
			t.Errorf("half an identity: %+v", who)
		}
	})
}

func fixedToken(text string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return text, nil }
}
