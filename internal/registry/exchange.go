package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// Granted is a token that the registry gave for an ID token. The times are zero
// where it does not tell them.
type Granted struct {
	Token            credential.Secret
	Created, Expires time.Time
}

// Audience returns the audience that an ID token for this registry must have.
func (c *Client) Audience() string { return "npm:" + c.base.Hostname() }

// With returns the same client with another token; the zero Secret: with none.
func (c *Client) With(token credential.Secret) *Client {
	n := *c
	n.token = token
	n.follow(c.http.Transport)
	return &n
}

// Exchange asks for a token that may publish one package (npm's documentation,
// "Trusted publishing"). It sends the ID token and no other credential.
//
// A *StatusError is a refusal: 404 where the package or a matching trusted
// publisher is not there. It is final below 500, and above that it was asked a
// few times. An *AnswerError is an answer without a usable token.
func (c *Client) Exchange(ctx context.Context, name string, idToken credential.Secret) (Granted, error) {
	if err := checkName(name); err != nil {
		return Granted{}, err
	}
	if !idToken.Given() || !printable(idToken.Reveal()) {
		return Granted{}, errors.New("the ID token is not one line of text: it was not sent")
	}
	asker := c.With(idToken)
	var body []byte
	var refused error // final
	err := c.again.Do(ctx, func(ctx context.Context) error {
		req, err := asker.request(ctx, http.MethodPost, "-/npm/v1/oidc/token/exchange/package/"+escapedName(name), nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept", "application/json")
		var resp *http.Response
		if resp, body, err = web.Exchange(asker.http, req, web.MaxErrorBytes); err != nil {
			return asker.unanswered(req.Method, err)
		}
		if resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK {
			err = asker.statusError(req.Method, resp, message(body))
		}
		if resp.StatusCode < http.StatusInternalServerError {
			refused, err = err, nil
		}
		return err
	})
	if err = cmp.Or(err, refused); err != nil {
		return Granted{}, fmt.Errorf("exchange the ID token for one of %s: %w", name, err)
	}
	return granted(body, name)
}

// message returns the body of a refusal if it is one with a message, and else
// nothing: whatever else it is may hold a token.
func message(body []byte) []byte {
	doc, err := strict.ParseWithin(body, strict.Limits{Bytes: web.MaxErrorBytes})
	if err != nil || doc.Get("token").Exists() || cmp.Or(doc.Get("message").Text(), doc.Get("error").Text()) == "" {
		return nil
	}
	return body
}

// granted reads the answer to an exchange.
func granted(body []byte, name string) (g Granted, err error) {
	bad := func(format string, args ...any) error {
		return &AnswerError{What: "the registry's answer to the exchange of the ID token " + fmt.Sprintf(format, args...)}
	}
	doc, err := strict.ParseWithin(body, strict.Limits{Bytes: web.MaxErrorBytes})
	if err != nil { // its text may quote the token
		return Granted{}, bad("cannot be read")
	}
	for _, key := range []string{"package", "packageName", "package_name", "name"} {
		if of := doc.Get(key).Text(); of != "" && of != name {
			return Granted{}, bad("is for %+.100q, not for %s", of, name)
		}
	}
	token := doc.Get("token").Text()
	switch {
	case token == "":
		return Granted{}, bad("has no token")
	case len(token) > 8<<10 || !printable(token):
		return Granted{}, bad("has a token that is not one line of text")
	}
	if kind := doc.Get("token_type"); kind.Exists() && !strings.EqualFold(kind.Text(), "oidc") && !strings.EqualFold(kind.Text(), "bearer") {
		return Granted{}, bad("has a token of the kind %+.40q, expected oidc", kind.Text())
	}
	for key, to := range map[string]*time.Time{"created": &g.Created, "expires": &g.Expires} {
		if v := doc.Get(key); v.Exists() && v.Kind() != strict.Null {
			if *to, err = time.Parse(time.RFC3339, v.Text()); err != nil {
				return Granted{}, bad("has %s %+.40q, expected a time", key, v.Text())
			}
		}
	}
	if !g.Created.IsZero() && !g.Expires.IsZero() && !g.Expires.After(g.Created) {
		return Granted{}, bad("has a token that ended when it began")
	}
	g.Token = credential.New(token)
	return g, nil
}
