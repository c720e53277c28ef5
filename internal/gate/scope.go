package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
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
			if err := registry.MayServe(named[scope], p.Dependencies.Registries); err != nil {
				return nil, fmt.Errorf("%w: %s: %s: %w", ErrUsage, c.NPMRC, scope, err)
			}
			scopes[scope] = named[scope]
		}
	}
	maps.Copy(scopes, c.Scopes)
	return scopes, nil
}
