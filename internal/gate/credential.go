package gate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sign"
)

// A grant is the credential that the run publishes with. Its zero value is for a
// run that publishes nothing.
type grant struct {
	kind    string // as check.Credential has it
	granted registry.Granted
	claims  attest.Claims // of the ID token that was exchanged; nil: none was
	unused  bool          // a long-lived token is there too, and is sent nowhere
	err     error         // why there is no credential
}

// authorize gets the credential that the policy lets this run publish with. The
// Net that it returns has that one for the registry and no other, not even for
// reading. It asks nothing of a run that does not publish.
func authorize(ctx context.Context, c Acting, n Net, in *input) (Net, grant) {
	if c.Publish == Never || !in.acting {
		return n, grant{}
	}
	p := &in.policy.Publish.Publishing
	g := grant{kind: chooseCredential(p, c.Publisher != nil, n.Token.Given())}
	bare := n.withoutTokens()
	g.unused = n.Token.Given() || len(bare.RegistryTokens) < len(n.RegistryTokens)
	switch {
	case g.kind == "" && c.DryRun && p.Kinds() == nil:
	case g.kind == policy.OIDC && in.mayNot != "": // a dry run on a ref that may not publish: it gets no token either
	case g.kind == "":
		g.err = fmt.Errorf("%w: %s of the policy lets %s, and this run has none of them: give the job an ID token "+
			"(id-token: write on GitHub, NPM_ID_TOKEN elsewhere) or change the policy", ErrUsage, p.KindsKey(), orNothing(p.Kinds()))
	case g.kind == policy.OIDC:
		if g.granted, g.claims, g.err = exchange(ctx, c, bare, in); g.err == nil {
			bare.Token = g.granted.Token
		}
	default:
		n.RegistryTokens, g.unused = bare.RegistryTokens, false
		if g.kind == policy.StageToken && c.road(in.policy) == NPM {
			g.err = fmt.Errorf("%w: publish.credential of the policy lets a stage-token, which cannot publish directly: "+
				"say -publish stage", ErrUsage)
		}
		return n, g
	}
	return bare, g
}

// chooseCredential returns the kind of credential that the run uses, of those
// that the policy lets; "": none. Without a word of the policy an ID token that
// is offered is used, and a long-lived token only where none is.
func chooseCredential(p *policy.Publishing, offered, token bool) string {
	allowed := p.Kinds()
	if allowed == nil {
		allowed = []string{policy.OIDC, policy.Token}
	}
	for _, kind := range allowed {
		switch {
		case kind == policy.OIDC && offered:
			return kind
		case kind != policy.OIDC && token && slices.Contains(allowed, policy.Token):
			return policy.Token
		case kind != policy.OIDC && token:
			return kind
		}
	}
	return ""
}

// withoutTokens returns n without any token for the registry.
func (n Net) withoutTokens() Net {
	n.Token = credential.Secret{}
	if u, err := url.Parse(n.Registry); err == nil {
		n.RegistryTokens = maps.Clone(n.RegistryTokens)
		maps.DeleteFunc(n.RegistryTokens, func(place string, _ credential.Secret) bool {
			return strings.HasPrefix(place, "//"+u.Host+"/")
		})
	}
	return n
}

// exchange has the registry give a token for the ID token of this job. Whatever
// goes wrong is final: no other credential is tried.
func exchange(ctx context.Context, c Acting, n Net, in *input) (registry.Granted, attest.Claims, error) {
	client, err := n.registry()
	if err != nil {
		return registry.Granted{}, nil, err
	}
	idToken, err := c.Publisher(ctx, client.Audience())
	if err != nil {
		err = fmt.Errorf("the ID token for the registry: %w", sign.NoToken(ctx, err))
		return registry.Granted{}, nil, explain(ctx, down(idTokens, misuse(err)))
	}
	claims, err := sign.Claims(idToken)
	if err != nil {
		return registry.Granted{}, nil, fmt.Errorf("%w: the ID token for the registry: %w", ErrUsage, err)
	}
	name := in.subject.SentManifest().Name
	granted, err := client.Exchange(ctx, name, credential.New(idToken))
	if err == nil && c.Granted != nil {
		c.Granted(granted.Token)
	}
	var status *registry.StatusError
	var unusable *registry.AnswerError
	switch {
	case err == nil:
		return granted, claims, nil
	case errors.As(err, &status) && status.Status == http.StatusNotFound:
		err = fmt.Errorf("%w: %w: %s. The registry compares %s. Add a trusted publisher with these values in the package's settings, or, if a "+
			"token is meant, say publish: {credential: [stage-token]} in the policy ([token] for another registry than npm's); "+
			"no other credential was tried",
			ErrUsage, err, unmatched(ctx, client, in), compared(claims))
	case errors.As(err, &status) && status.Status < http.StatusInternalServerError:
		err = because(report.NotPublished, fmt.Errorf("%w; the ID token is of %s; no other credential was tried", err, compared(claims)))
	case errors.As(err, &unusable):
		err = because(report.NotPublished, fmt.Errorf("%w; no other credential was tried", err))
	default:
		err = down(theRegistry, fmt.Errorf("%w; no other credential was tried", err))
	}
	return registry.Granted{}, nil, explain(ctx, err)
}

// unmatched says why no trusted publisher was found: the package is new, or it
// has none for this job.
func unmatched(ctx context.Context, client *registry.Client, in *input) string {
	name, version := in.published()
	if _, known, err := client.Brief(ctx, name, version); err == nil && !known {
		return name + " is not on the registry, as far as it shows without a credential, and a package that is new has no trusted publisher: " +
			"stage its first version with a maintainer's token"
	}
	return name + " has no trusted publisher that matches this job"
}

// compared says what of an ID token a registry compares with its trusted
// publishers (npm's documentation, "Trusted publishing").
func compared(claim attest.Claims) string {
	said := func(what, value string) string {
		if value == "" {
			return what + ": none"
		}
		return fmt.Sprintf("%s: %+.120q", what, value)
	}
	file := func(ref string) string {
		ref, _, _ = strings.Cut(ref, "@")
		if ref == "" {
			return ""
		}
		return path.Base(ref)
	}
	var all []string
	switch {
	case claim("repository") != "":
		all = []string{said("repository", claim("repository")), said("workflow file", file(claim("workflow_ref"))),
			said("environment", claim("environment")), said("runner", claim("runner_environment"))}
		if called := file(claim("job_workflow_ref")); called != "" && called != file(claim("workflow_ref")) {
			all[1] += fmt.Sprintf(" (the caller of %+.120q)", called)
		}
		if claim("runner_environment") == "self-hosted" {
			all[3] += " (npm takes hosted runners alone)"
		}
	case claim("project_path") != "":
		all = []string{said("project", claim("project_path")), said("CI file", file(claim("ci_config_ref_uri"))),
			said("environment", claim("environment")), said("runner", claim("runner_environment"))}
	default:
		all = []string{said("issuer", claim("iss")), said("subject", claim("sub"))}
	}
	return strings.Join(all, ", ")
}

// orNothing joins the words of a list.
func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, " or ")
}

// known returns what the checks learn of the credential. token is what the
// registry tells of a long-lived one.
func (g grant) known(token *registry.TokenInfo) *check.Credential {
	if g.kind == "" && !g.unused {
		return nil
	}
	c := &check.Credential{Kind: g.kind, Unused: g.unused, Works: g.err == nil}
	if t := token; t != nil {
		c.Told, c.Created, c.Expires, c.CIDR, c.Packages, c.Scopes, c.Orgs = true, t.Created, t.Expires, t.CIDR, t.Packages, t.Scopes, t.Orgs
		c.StageOnly, c.Bypass2FA = t.StageOnly, t.Bypass2FA
	}
	return c
}

// usable reports whether there is a credential to try before publishing. That of
// a trusted publisher was made a moment ago, and npm's whoami does not know it.
func (g grant) usable() bool { return g.kind == policy.StageToken || g.kind == policy.Token }

// ask asks the registry what a long-lived token may do, if the policy asks for
// something of it. It returns nil if it does not, or if the registry does not
// tell.
func (g grant) ask(ctx context.Context, client *registry.Client, in *input) (*registry.TokenInfo, error) {
	p := &in.policy.Publish
	if !g.usable() || !p.Tokens.Asks() && p.Accepts(policy.Token) {
		return nil, nil
	}
	info, told, err := client.TokenInfo(ctx)
	if err != nil || !told {
		return nil, err
	}
	return &info, nil
}

// credential returns what the report says of the credential; nil: the run has
// none to publish with.
func (in *input) credential() *report.Credential {
	g := in.grant
	switch {
	case g.kind == "" || g.err != nil || in.subject.Credential == nil:
		return nil
	case g.kind == policy.OIDC:
		return &report.Credential{Kind: g.kind, Created: g.granted.Created, Expires: g.granted.Expires}
	}
	c := &report.Credential{Kind: g.kind, Created: in.subject.Credential.Created, Expires: in.subject.Credential.Expires}
	if in.subject.Credential.StageOnly {
		c.Kind = policy.StageToken
	}
	return c
}
