package sign

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/verify"
)

// A token is an OpenID Connect ID token. It prints as [redacted]: its holder
// can sign as this run until it expires.
type token string

func (token) String() string   { return "[redacted]" }
func (token) GoString() string { return "[redacted]" }

// claims are the claims of an ID token, read without checking its signature:
// Fulcio does that, and the identity we expect from the claims is compared with
// the certificate.
type claims struct{ all strict.Value }

func (t token) claims() (claims, error) {
	if len(t) > maxToken {
		return claims{}, fmt.Errorf("ID token is larger than %d KB", maxToken>>10)
	}
	parts := strings.Split(string(t), ".")
	if len(parts) != 3 {
		return claims{}, errors.New("the ID token is not a JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims{}, errors.New("the ID token is not a JWT: its payload is not base64url")
	}
	all, err := strict.Parse(payload)
	if err != nil {
		return claims{}, fmt.Errorf("ID token: %w", err)
	}
	c := claims{all}
	if c.text("iss") == "" {
		return claims{}, errors.New("the ID token names no issuer")
	}
	return c, nil
}

// text returns a string claim, or "".
func (c claims) text(name string) string {
	if v := c.all.Get(name); v.Kind() == strict.String {
		return v.Text()
	}
	return ""
}

// github is the issuer of GitHub's runner tokens; an enterprise may have a path
// below it.
const github = "https://token.actions.githubusercontent.com"

// identity returns the identity that Fulcio will put into the certificate for
// this token, by the rules of its configuration (config/identity/config.yaml).
func (c claims) identity() (verify.Identity, error) {
	issuer := c.text("iss")
	if workflow := c.text("job_workflow_ref"); workflow != "" {
		server := githubServer(issuer)
		repository := server + "/" + c.text("repository")
		return verify.Identity{
			SAN:          server + "/" + workflow,
			Issuer:       issuer,
			Repository:   repository,
			RepositoryID: c.text("repository_id"),
			Commit:       c.text("sha"),
			Ref:          c.text("ref"),
			Trigger:      c.text("event_name"),
			Runner:       c.text("runner_environment"),
			Run:          repository + "/actions/runs/" + c.text("run_id") + "/attempts/" + c.text("run_attempt"),
		}, nil
	}
	if config := c.text("ci_config_ref_uri"); config != "" { // GitLab
		return verify.Identity{SAN: "https://" + config, Issuer: issuer}, nil
	}
	if pipeline := c.text("pipeline_slug"); pipeline != "" && issuer == "https://agent.buildkite.com" {
		return verify.Identity{
			SAN:    "https://buildkite.com/" + c.text("organization_slug") + "/" + pipeline,
			Issuer: issuer, Commit: c.text("build_commit"), Trigger: c.text("build_source"),
		}, nil
	}
	if definition := c.text("oidc.circleci.com/pipeline-definition-id"); definition != "" &&
		strings.HasPrefix(issuer, "https://oidc.circleci.com/org/") {
		return verify.Identity{
			SAN: "https://circleci.com/api/v2/projects/" + c.text("oidc.circleci.com/project-id") +
				"/pipeline-definitions/" + definition,
			Issuer: issuer, Repository: c.text("oidc.circleci.com/vcs-origin"), Ref: c.text("oidc.circleci.com/vcs-ref"),
		}, nil
	}
	if email := c.text("email"); email != "" {
		return verify.Identity{SAN: email, Issuer: issuer}, nil
	}
	return verify.Identity{}, fmt.Errorf("cannot tell whom a token of %s will be certified as: name the identity to "+
		"sign as", issuer)
}

// githubServer returns the address of the GitHub server whose runners have
// tokens of that issuer.
func githubServer(issuer string) string {
	switch host, tenant := strings.CutPrefix(issuer, "https://token.actions."); {
	case issuer == github || strings.HasPrefix(issuer, github+"/"):
		return "https://github.com"
	case tenant && strings.HasSuffix(host, ".ghe.com"): // cli/cli, pkg/cmd/attestation/verification
		return "https://" + host
	}
	return strings.TrimSuffix(issuer, "/_services/token") // GitHub Enterprise Server
}

// RunnerIdentity returns what GitHub's runner says about its run, by its
// documented variables: the repository and its number, commit, ref, event, kind
// of runner, and the run itself. It does not set the workflow, because in a
// reusable workflow the variables name the caller. Outside a runner it is
// empty.
func RunnerIdentity(getenv func(string) string) verify.Identity {
	server, repository, run := getenv("GITHUB_SERVER_URL"), getenv("GITHUB_REPOSITORY"), getenv("GITHUB_RUN_ID")
	who := verify.Identity{
		RepositoryID: getenv("GITHUB_REPOSITORY_ID"),
		Commit:       getenv("GITHUB_SHA"),
		Ref:          getenv("GITHUB_REF"),
		Trigger:      getenv("GITHUB_EVENT_NAME"),
		Runner:       getenv("RUNNER_ENVIRONMENT"),
	}
	if server == "" || repository == "" {
		return who
	}
	who.Repository = server + "/" + repository
	if attempt := getenv("GITHUB_RUN_ATTEMPT"); run != "" && attempt != "" {
		who.Run = who.Repository + "/actions/runs/" + run + "/attempts/" + attempt
	}
	return who
}

// narrow returns the identity with the wanted fields added. A contradiction
// between the two is an error: the token belongs to another run.
func narrow(who, wanted verify.Identity) (verify.Identity, error) {
	for _, field := range []struct {
		name   string
		is     *string
		wanted string
	}{
		{"subject", &who.SAN, wanted.SAN},
		{"issuer", &who.Issuer, wanted.Issuer},
		{"repository", &who.Repository, wanted.Repository},
		{"repository ID", &who.RepositoryID, wanted.RepositoryID},
		{"commit", &who.Commit, wanted.Commit},
		{"ref", &who.Ref, wanted.Ref},
		{"trigger", &who.Trigger, wanted.Trigger},
		{"runner", &who.Runner, wanted.Runner},
		{"run", &who.Run, wanted.Run},
	} {
		if field.wanted == "" {
			continue
		}
		if *field.is != "" && *field.is != field.wanted {
			return verify.Identity{}, fmt.Errorf("the ID token stands for %s %q, this run is to sign as %q", field.name,
				*field.is, field.wanted)
		}
		*field.is = field.wanted
	}
	return who, nil
}
