package registry

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/npm"
)

// Tokens are the tokens for registries, each for one address.
type Tokens struct {
	Registry string                       // address that Token is for
	Token    credential.Secret            // the token to publish with
	Bound    map[string]credential.Secret // "//host/path/" → token, as .npmrc names them
}

// Authorize adds the token for a request's address: the one that is bound to
// that address, else, below Registry, Token. The public registry needs none for
// reading and gets none.
func (t Tokens) Authorize(req *http.Request) {
	if token := t.of(req); token.Given() {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
}

// At returns the token for reading at an address.
func (t Tokens) At(address string) credential.Secret {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return credential.Secret{}
	}
	return t.of(req)
}

func (t Tokens) of(req *http.Request) credential.Secret {
	// As npm does: from the address upwards, one path segment at a time.
	for at := "//" + req.URL.Host + req.URL.Path; len(at) > len("//"); at = at[:strings.LastIndexByte(at, '/')] {
		if token := t.Bound[strings.TrimSuffix(at, "/")+"/"]; token.Given() {
			return token
		}
	}
	base := strings.TrimSuffix(t.Registry, "/") + "/"
	if base == npm.PublicRegistry || !strings.HasPrefix(req.URL.String(), base) {
		return credential.Secret{}
	}
	return t.Token
}

// MayServe returns why an address that a file names may not be a scope's
// registry: it must be https, and listed or the public registry.
func MayServe(address string, listed []string) error {
	u, err := ParseURL(address)
	if err != nil {
		return err
	}
	for _, l := range slices.Concat(listed, []string{npm.PublicRegistry}) {
		if u.Scheme == "https" && strings.TrimSuffix(l, "/")+"/" == u.String() {
			return nil
		}
	}
	return fmt.Errorf("%+q is not listed in the policy's dependencies.registries", address)
}
