package attest

import (
	"fmt"
	"strings"
)

// Claims returns the text of a claim of the ID token that signs; "" if the
// token does not have it. Numbers are in decimal.
type Claims func(name string) string

// The issuers of the ID tokens of the two providers whose provenance npm
// accepts. An enterprise at GitHub may have a path below its issuer.
const (
	githubIssuer = "https://token.actions.githubusercontent.com"
	gitlabIssuer = "https://gitlab.com"
)

// Provenance returns the statement about where and how the subject was built,
// byte for byte as npm makes it (libnpmpublish, lib/provenance.js). npm takes the
// values from the environment; here they come from the claims of the ID token,
// and the environment is only compared with them.
//
// env holds the variables of Environment. If it contradicts the token, the error
// is a *DifferenceError. If npm's registry would refuse the provenance, the error
// is a *NoneError.
func Provenance(claims Claims, env map[string]string, s Subject) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	build := build{claims: claims, env: env}
	var document object
	// npm knows its subject by the package URL and the SHA-512, nothing else.
	subject := array{object{{"name", s.Name}, {"digest", object{{"sha512", s.SHA512}}}}}
	switch issuer := claims("iss"); {
	case issuer == githubIssuer || strings.HasPrefix(issuer, githubIssuer+"/"):
		document = build.github(subject)
	case issuer == gitlabIssuer:
		document = build.gitlab(subject)
	case strings.HasPrefix(issuer, "https://oidc.circleci.com/"):
		return nil, &NoneError{"npm has none of CircleCI"}
	default:
		return nil, &NoneError{fmt.Sprintf("npm has it of github.com and gitlab.com alone, and the ID token is of %q",
			issuer)}
	}
	if build.err != nil {
		return nil, build.err
	}
	return encode(document), nil
}

// A build reads the claims of one job and keeps the first error.
type build struct {
	claims Claims
	env    map[string]string
	err    error
}

func (b *build) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// claim returns a claim that is required.
func (b *build) claim(name string) string {
	value := b.claims(name)
	if value == "" {
		b.fail(fmt.Errorf("the ID token lacks the claim %s, which provenance needs", name))
	}
	return value
}

// same compares a variable of the environment with the claim of the token. A
// variable that is not set contradicts nothing.
func (b *build) same(variable, claim, claimed string) {
	if value, set := b.env[variable]; set && value != "" && claimed != "" && value != claimed {
		b.fail(&DifferenceError{variable, value, claim, claimed})
	}
}

// hosted requires a public repository and a runner of the provider's own: npm's
// registry refuses all others (docs.npmjs.com, "Generating provenance
// statements").
func (b *build) hosted(visibility, runner string) {
	if v := b.claim(visibility); v != "public" && v != "" {
		b.fail(&NoneError{fmt.Sprintf("npm has it of public repositories alone, and this one is %s", v)})
	}
	if r := b.claim("runner_environment"); r != runner && r != "" {
		b.fail(&NoneError{fmt.Sprintf("npm has it of %s runners alone, and this one is %s", runner, r)})
	}
}
