package sign

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// A TokenError says that there is no ID token to sign with. Nobody but its issuer
// was asked anything.
type TokenError struct{ Err error }

func (e *TokenError) Error() string { return e.Err.Error() }
func (e *TokenError) Unwrap() error { return e.Err }

// clockSlack is how far the clocks of issuer and runner may be apart. What has
// expired by less is for Fulcio to refuse.
const clockSlack = 90 * time.Minute

// token asks for an ID token and reads its claims. One that cannot be used is a
// *TokenError; an issuer that is down is not.
func (c *Config) token(ctx context.Context) (token, claims, error) {
	text, err := c.Token(ctx, c.Audience)
	if err != nil {
		return "", claims{}, NoToken(ctx, fmt.Errorf("get ID token: %w", err))
	}
	id := token(strings.TrimSpace(text))
	said, err := id.claims()
	if err == nil {
		err = said.usable(c.Audience, c.Now())
	}
	if err != nil {
		return id, claims{}, &TokenError{err}
	}
	return id, said, nil
}

// NoToken says of an error of asking for an ID token which kind it is: an
// *OutageError if its issuer is down, a *TokenError if there is none.
func NoToken(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return err
	case isOutage(err):
		return &OutageError{Err: err}
	}
	return &TokenError{err}
}

// usable says what is wrong with a token that Fulcio would refuse.
func (c claims) usable(audience string, now time.Time) error {
	meant := c.text("aud") == audience
	var found []string
	switch v := c.all.Get("aud"); v.Kind() {
	case strict.String:
		found = append(found, v.Text())
	case strict.Array:
		for e := range v.Elements() {
			if e.Kind() == strict.String {
				meant = meant || e.Text() == audience
				found = append(found, e.Text())
			}
		}
	}
	if !meant {
		return fmt.Errorf("the ID token is for the audience %q, not %q", found, audience)
	}
	v := c.all.Get("exp")
	if v.Kind() != strict.Number {
		return nil
	}
	seconds, err := strconv.ParseFloat(string(v.Raw()), 64)
	if err != nil {
		return nil
	}
	if end := time.Unix(int64(seconds), 0); now.After(end.Add(clockSlack)) {
		return fmt.Errorf("the ID token has expired at %s: it must be fresh for each run", end.UTC().Format(time.RFC3339))
	}
	return nil
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
