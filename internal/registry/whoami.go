package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// ErrToken means that the registry does not accept the token.
var ErrToken = errors.New("the registry does not accept the token")

// TokenUsable asks the registry whose token this is, as npm whoami does. An
// error that wraps ErrToken says that the token is not accepted; any other,
// that there was no answer. tried is false if the registry lacks the endpoint,
// as many private ones do. The result is no promise: publishing decides what
// the token may do.
func (c *Client) TokenUsable(ctx context.Context) (tried bool, err error) {
	if !c.token.Given() {
		return false, ErrNoToken
	}
	body, err := c.get(ctx, "-/whoami", acceptVersion, web.MaxErrorBytes)
	var status *StatusError
	var redirect *RedirectError
	switch {
	case isStatus(err, http.StatusUnauthorized):
		return true, fmt.Errorf("%w: %w; is it still valid?", ErrToken, err)
	case errors.As(err, &redirect):
		return false, nil
	case errors.As(err, &status):
		if _, _, again := web.Again(err); again {
			return false, fmt.Errorf("whether it accepts the token was not answered: %w", err)
		}
		return false, nil
	case err != nil:
		return false, fmt.Errorf("whether it accepts the token was not answered: %w", err)
	}
	v, err := parse(body, web.MaxErrorBytes)
	if err != nil || v.Kind() != strict.Object { // a page
		return false, nil
	}
	if v.Get("username").Text() == "" { // some registries answer 200 without a name to anonymous requests
		return true, fmt.Errorf("%w: asked whose it is, it names nobody; is it still valid, and of this registry?", ErrToken)
	}
	return true, nil
}

// Unauthorized reports whether the registry answered that it does not accept
// the token.
func Unauthorized(err error) bool {
	return errors.Is(err, ErrToken) || isStatus(err, http.StatusUnauthorized)
}
