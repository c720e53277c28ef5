package sign

import (
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// Audience is that of the ID tokens which Sigstore takes.
const Audience = "sigstore"

// Claims returns the claims of an ID token as text, by name; "" for one that it
// does not have. Numbers and truth values are as JSON writes them. Nothing is
// verified: whoever signs with the token learns that from Fulcio. The error is a
// *TokenError, which does not quote the token.
func Claims(idToken string) (func(name string) string, error) {
	c, err := token(strings.TrimSpace(idToken)).claims()
	if err != nil {
		return nil, &TokenError{err}
	}
	return func(name string) string {
		switch v := c.all.Get(name); v.Kind() {
		case strict.String:
			return v.Text()
		case strict.Number, strict.True, strict.False:
			return string(v.Raw())
		}
		return ""
	}, nil
}
