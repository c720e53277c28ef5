package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/publishgate/publishgate/internal/strictjson"
)

// ErrToken means that the registry does not know the token.
var ErrToken = errors.New("the registry does not accept the token")

// TokenUsable asks the registry whose token this is, as npm whoami does, and
// returns an error that wraps ErrToken where it says: nobody's. A registry that
// does not answer the question has not refused the token, so nil is no promise:
// the publish itself decides what the token may do.
func (c *Client) TokenUsable(ctx context.Context) error {
	if !c.token.Given() {
		return ErrNoToken
	}
	body, err := c.getOnce(ctx, "-/whoami", acceptVersion, maxErrorBytes)
	if isStatus(err, http.StatusUnauthorized) {
		return fmt.Errorf("%w: %w; is it still valid?", ErrToken, err)
	}
	if err != nil {
		return nil
	}
	// Some registries answer nobody with 200 and no name.
	if v, err := parse(body, maxErrorBytes); err == nil && v.Kind() == strictjson.Object && v.Get("username").Text() == "" {
		return fmt.Errorf("%w: it takes its bearer for nobody; is it still valid?", ErrToken)
	}
	return nil
}

// Unauthorized reports whether the registry answered that it does not accept
// the token.
func Unauthorized(err error) bool {
	return errors.Is(err, ErrToken) || isStatus(err, http.StatusUnauthorized)
}
