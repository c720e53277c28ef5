package gate

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/registry"
)

// sources makes the advisory sources that were asked for. A new kind is one
// file in package advisory and one case here.
func (c Config) sources(scopes advisory.Scopes) ([]advisory.Source, error) {
	web := advisory.Web{Client: &http.Client{Transport: c.Transport}, Agent: c.agent(), Now: c.Now}
	tokens := registry.Tokens{Registry: c.Registry, Token: c.Token, Bound: c.RegistryTokens}
	var sources []advisory.Source
	for _, spec := range c.Sources {
		switch spec.Kind {
		case "npm":
			sources = append(sources, &advisory.NPM{Registry: cmp.Or(spec.Arg, c.Registry), Scopes: scopes, Web: web, Authorize: tokens.Authorize})
		case "osv":
			sources = append(sources, &advisory.OSV{Base: cmp.Or(spec.Arg, advisory.OSVAddress), Scopes: scopes, Web: web})
		case "file":
			sources = append(sources, advisory.File(spec.Arg, c.Now()))
		case "snapshot":
			sources = append(sources, advisory.Snapshot())
		default:
			return nil, fmt.Errorf("%w: advisory source %s", ErrUsage, spec.Kind)
		}
	}
	return sources, nil
}

func (c Net) agent() string { return "publishgate/" + c.Version }
