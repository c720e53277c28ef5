package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/strict"
)

// What a registry shows in a person's login alone (npm's client, libnpmaccess,
// libnpmorg, libnpmteam and commands token and trust). An error that wraps ErrCode
// asks for a one-time code, see WithCode.

// ErrCode means that the registry wants a one-time code with the request.
var ErrCode = errors.New("the registry wants a one-time code")

// Limits of what is read of an organisation.
const (
	maxTeams  = 100
	maxGrants = 10000 // users or packages in one answer
)

// WithCode returns the same client, which sends a one-time code with each request.
func (c *Client) WithCode(code credential.Secret) *Client {
	n := *c
	n.code = code
	n.follow(c.http.Transport)
	return &n
}

// Whoami returns the name of the user whose token this is.
func (c *Client) Whoami(ctx context.Context) (string, error) {
	doc, err := c.session(ctx, "-/whoami")
	if err != nil {
		return "", err
	}
	name := doc.Get("username").Text()
	if name == "" {
		return "", fmt.Errorf("%w: asked whose it is, it names nobody", ErrToken)
	}
	return name, nil
}

// Tokens lists the tokens of the user, without their values.
func (c *Client) Tokens(ctx context.Context) (all []TokenInfo, err error) {
	for page := range maxTokenPages {
		doc, err := c.session(ctx, fmt.Sprintf("-/npm/v1/tokens?page=%d&perPage=%d", page, tokensPerPage))
		if err != nil {
			return nil, err
		}
		objects := doc.Get("objects")
		if objects.Kind() != strict.Array {
			return nil, &AnswerError{What: "the registry's list of tokens has no objects"}
		}
		for v := range objects.Elements() {
			if !v.Get("revoked").Truthy() {
				all = append(all, tokenInfo(v))
			}
		}
		if objects.Len() < tokensPerPage {
			return all, nil
		}
	}
	return nil, &AnswerError{What: fmt.Sprintf("the registry lists more than %d tokens", maxTokenPages*tokensPerPage)}
}

// Collaborators returns who may do what with a package: user → permission.
func (c *Client) Collaborators(ctx context.Context, name string) (map[string]string, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return c.grants(ctx, "-/package/"+escapedName(name)+"/collaborators")
}

// Members returns the members of an organisation: user → role.
func (c *Client) Members(ctx context.Context, org string) (map[string]string, error) {
	return c.grants(ctx, "-/org/"+url.PathEscape(org)+"/user")
}

// Teams returns the names of the teams of an organisation, sorted.
func (c *Client) Teams(ctx context.Context, org string) ([]string, error) {
	names, err := c.names(ctx, "-/org/"+url.PathEscape(org)+"/team")
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], org+":")
	}
	if len(names) > maxTeams {
		return nil, &AnswerError{What: fmt.Sprintf("the registry lists more than %d teams", maxTeams)}
	}
	slices.Sort(names)
	return names, err
}

// TeamMembers returns the members of a team, sorted.
func (c *Client) TeamMembers(ctx context.Context, org, team string) ([]string, error) {
	names, err := c.names(ctx, "-/team/"+url.PathEscape(org)+"/"+url.PathEscape(team)+"/user")
	slices.Sort(names)
	return names, err
}

// TeamPackages returns what a team may do: package → permission.
func (c *Client) TeamPackages(ctx context.Context, org, team string) (map[string]string, error) {
	return c.grants(ctx, "-/team/"+url.PathEscape(org)+"/"+url.PathEscape(team)+"/package")
}

// A Publisher is a workflow that may publish a package by OIDC (npm's OpenAPI
// description, trust.yaml). All of it is foreign text.
type Publisher struct {
	ID, Type, Repository, Workflow, Environment string

	Other    []string // of CircleCI: "org-id=…" and so on
	Contexts []string // of CircleCI; none: any
	May      []string // "createPackage": publish; "createStagedPackage": stage
}

// TrustedPublishers lists those of a package. npm asks for a one-time code each
// time.
func (c *Client) TrustedPublishers(ctx context.Context, name string) (all []Publisher, err error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	doc, err := c.session(ctx, "-/package/"+escapedName(name)+"/trust")
	if err != nil {
		return nil, err
	}
	switch {
	case doc.Kind() == strict.Object && doc.Get("claims").Kind() == strict.Object: // npm's client takes one alone, too
		return []Publisher{publisher(doc)}, nil
	case doc.Kind() != strict.Array || doc.Len() > maxGrants:
		return nil, &AnswerError{What: "the registry's list of trusted publishers is none"}
	}
	for v := range doc.Elements() {
		if v.Get("claims").Kind() != strict.Object {
			return nil, &AnswerError{What: "the registry's list has a trusted publisher without claims"}
		}
		all = append(all, publisher(v))
	}
	return all, nil
}

// publisher reads one configuration. A reference is a text, or an object with a
// part of it.
func publisher(v strict.Value) Publisher {
	claims := v.Get("claims")
	part := func(name string) string { return cmp.Or(claims.Get(name).Text(), claims.Get(name).Get("file").Text()) }
	p := Publisher{ID: v.Get("id").Text(), Type: v.Get("type").Text(),
		Repository:  cmp.Or(claims.Get("repository").Text(), claims.Get("project_path").Text(), claims.Get(circle+"vcs-origin").Text()),
		Workflow:    cmp.Or(part("workflow_ref"), part("ci_config_ref_uri")),
		Environment: claims.Get("environment").Text(),
		Contexts:    texts(claims.Get(circle + "context-ids")),
		May:         texts(v.Get("permissions"))}
	for _, name := range []string{"org-id", "project-id", "pipeline-definition-id"} {
		if text := claims.Get(circle + name).Text(); text != "" {
			p.Other = append(p.Other, name+"="+text)
		}
	}
	return p
}

// circle begins the names of CircleCI's claims.
const circle = "oidc.circleci.com/"

// session reads one document that a login shows.
func (c *Client) session(ctx context.Context, path string) (strict.Value, error) {
	if !c.token.Given() {
		return strict.Value{}, ErrNoToken
	}
	body, err := c.get(ctx, path, acceptVersion, MaxVersionBytes)
	var status *StatusError
	switch {
	case errors.As(err, &status) && status.Code:
		return strict.Value{}, fmt.Errorf("%w: %w", ErrCode, err)
	case isStatus(err, http.StatusUnauthorized):
		return strict.Value{}, fmt.Errorf("%w: %w", ErrToken, err)
	case err != nil:
		return strict.Value{}, err
	}
	doc, err := strict.ParseAny(body, strict.Limits{Bytes: MaxVersionBytes}) // an object, or a list
	if err != nil {
		return strict.Value{}, &AnswerError{"the registry's answer cannot be read", err}
	}
	return doc, nil
}

// grants reads an object of names and words.
func (c *Client) grants(ctx context.Context, path string) (map[string]string, error) {
	doc, err := c.session(ctx, path)
	if err != nil {
		return nil, err
	}
	if doc.Kind() != strict.Object || doc.Len() > maxGrants {
		return nil, &AnswerError{What: "the registry answered with no list of permissions"}
	}
	all := map[string]string{}
	for name, word := range doc.Members() {
		all[name.Text()] = word.Text()
	}
	return all, nil
}

// names reads a list of names.
func (c *Client) names(ctx context.Context, path string) ([]string, error) {
	doc, err := c.session(ctx, path)
	if err != nil {
		return nil, err
	}
	if doc.Kind() != strict.Array || doc.Len() > maxGrants {
		return nil, &AnswerError{What: "the registry answered with no list of names"}
	}
	return texts(doc), nil
}

// Untold reports whether a registry refused to show something to this login, or
// does not have it: that is an answer. Anything else is none.
func Untold(err error) bool { return lacks(err) || isStatus(err, http.StatusUnauthorized) }
