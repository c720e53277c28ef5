package gate

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/policy"
)

// The policy says which credential is used, in its order; without its word an ID
// token that is offered keeps every long-lived token out.
func TestChooseCredential(t *testing.T) {
	tests := []struct {
		policy         string
		offered, token bool
		want           string
	}{
		{"", true, false, policy.OIDC},
		{"", true, true, policy.OIDC},
		{"", false, true, policy.Token},
		{"", false, false, ""},
		{"oidc", true, true, policy.OIDC},
		{"oidc", false, true, ""},
		{"oidc", false, false, ""},
		{"stage-token", true, true, policy.StageToken},
		{"stage-token", true, false, ""},
		{"token", true, true, policy.Token},
		{"token", true, false, ""},
		{"oidc stage-token", true, true, policy.OIDC},
		{"oidc stage-token", false, true, policy.StageToken},
		{"stage-token oidc", true, true, policy.StageToken},
		{"stage-token oidc", true, false, policy.OIDC},
		{"stage-token token", false, true, policy.Token},
		{"oidc stage-token token", false, true, policy.Token},
		{"none", true, true, ""},
	}
	for _, test := range tests {
		p := &policy.Publishing{}
		if test.policy != "" {
			p.Credential = strings.Fields(strings.TrimSuffix(test.policy, "none"))
		}
		if got := chooseCredential(p, test.offered, test.token); got != test.want {
			t.Errorf("%q, ID token offered %t, token given %t: %q, expected %q", test.policy, test.offered, test.token, got, test.want)
		}
	}
}

// No token of the registry's host is left, whatever its path.
func TestWithoutTokens(t *testing.T) {
	secret := credential.New("token-of-the-test")
	n := Net{Registry: "https://npm.acme.example/team/", Token: secret, RegistryTokens: map[string]credential.Secret{
		"//npm.acme.example/": secret, "//npm.acme.example/team/": secret, "//npm.acme.example/other/": secret,
		"//npm.acme.example.org/": secret, "//npm.acme.example:8080/": secret,
	}}
	bare := n.withoutTokens()
	if bare.Token.Given() || len(bare.RegistryTokens) != 2 || len(n.RegistryTokens) != 5 {
		t.Errorf("left: %v, of %v", bare.RegistryTokens, n.RegistryTokens)
	}
}

// What is told of a failed exchange are the values that npm compares, those of
// the caller's workflow first.
func TestCompared(t *testing.T) {
	tests := []struct {
		claims map[string]string
		want   string
	}{
		{map[string]string{"repository": "acme/demo", "workflow_ref": "acme/demo/.github/workflows/release.yml@refs/heads/main",
			"job_workflow_ref": "acme/demo/.github/workflows/release.yml@refs/heads/main", "runner_environment": "github-hosted"},
			`repository: "acme/demo", workflow file: "release.yml", environment: none, runner: "github-hosted"`},
		{map[string]string{"repository": "acme/demo", "workflow_ref": "acme/demo/.github/workflows/release.yml@refs/heads/main",
			"job_workflow_ref": "acme/shared/.github/workflows/publish.yml@v1", "environment": "prod", "runner_environment": "self-hosted"},
			`repository: "acme/demo", workflow file: "release.yml" (the caller of "publish.yml"), environment: "prod", ` +
				`runner: "self-hosted" (npm takes hosted runners alone)`},
		{map[string]string{"project_path": "acme/demo", "ci_config_ref_uri": "gitlab.com/acme/demo//.gitlab-ci.yml@refs/tags/v1"},
			`project: "acme/demo", CI file: ".gitlab-ci.yml", environment: none, runner: none`},
		{map[string]string{"iss": "https://oidc.circleci.com/org/1", "sub": "org/1/\x1b[31m"},
			`issuer: "https://oidc.circleci.com/org/1", subject: "org/1/\x1b[31m"`},
	}
	for _, test := range tests {
		if got := compared(func(name string) string { return test.claims[name] }); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
