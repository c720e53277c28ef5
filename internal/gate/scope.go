package gate

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// scopes are the scopes that have a registry of their own: those of the flag,
// which are the user's word, and those of an .npmrc that the user named. A file
// is not believed as a user is: an address in it must be https and one that the
// policy's dependencies.registries lists.
func (c Net) scopes(p *policy.Effective) (advisory.Scopes, error) {
	scopes := advisory.Scopes{}
	if c.NPMRC != "" {
		data, err := disk.ReadNamed(c.NPMRC, npm.MaxNPMRC)
		if err != nil {
			return nil, fmt.Errorf("the .npmrc: %w", err)
		}
		named, err := npm.ScopeRegistries(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrUsage, c.NPMRC, err)
		}
		for _, scope := range slices.Sorted(maps.Keys(named)) {
			if err := mayServe(named[scope], p.Dependencies.Registries); err != nil {
				return nil, fmt.Errorf("%w: %s: %s: %w", ErrUsage, c.NPMRC, scope, err)
			}
			scopes[scope] = named[scope]
		}
	}
	maps.Copy(scopes, c.Scopes)
	return scopes, nil
}

// mayServe says why an address of a file may not be a registry.
func mayServe(address string, listed []string) error {
	u, err := registry.ParseURL(address)
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

// authorize adds the token that belongs to a request's address: the one whose
// variable names that address, else, below -registry, the one to publish with.
// The public registry answers everybody alike and is shown no token.
func (c Net) authorize(req *http.Request) {
	if token := c.tokenFor(req); token.Given() {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
}

func (c Net) tokenFor(req *http.Request) credential.Secret {
	// As npm looks: from the address upwards, a folder at a time.
	for at := "//" + req.URL.Host + req.URL.Path; len(at) > len("//"); at = at[:strings.LastIndexByte(at, '/')] {
		if token := c.RegistryTokens[strings.TrimSuffix(at, "/")+"/"]; token.Given() {
			return token
		}
	}
	base := strings.TrimSuffix(c.Registry, "/") + "/"
	if base == npm.PublicRegistry || !strings.HasPrefix(req.URL.String(), base) {
		return credential.Secret{}
	}
	return c.Token
}
