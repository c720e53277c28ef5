package gate

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// openSources makes the advisory sources that the user asked for. A new kind of
// source is one file in package advisory and one case here.
func openSources(n Net, scopes advisory.Scopes, specs []SourceSpec) ([]advisory.Source, error) {
	web := advisory.Web{Client: &http.Client{Transport: n.Transport}, Agent: n.agent(), Now: n.Now}
	tokens := registry.Tokens{Registry: n.Registry, Token: n.Token, Bound: n.RegistryTokens}
	var sources []advisory.Source
	for _, spec := range specs {
		switch spec.Kind {
		case "npm":
			sources = append(sources, &advisory.NPM{Registry: cmp.Or(spec.Arg, n.Registry), Scopes: scopes, Web: web, Authorize: tokens.Authorize})
		case "osv":
			sources = append(sources, osvSource(web, n, cmp.Or(spec.Arg, advisory.OSVAddress), scopes))
		case "file":
			sources = append(sources, advisory.File(spec.Arg, n.Now()))
		case "snapshot":
			sources = append(sources, advisory.Snapshot())
		default:
			return nil, fmt.Errorf("%w: advisory source %s", ErrUsage, spec.Kind)
		}
	}
	return sources, nil
}

// osvSource makes the source that asks for many advisories one by one. The other asks
// for few things, which wait for nothing.
func osvSource(web advisory.Web, n Net, base string, scopes advisory.Scopes) *advisory.OSV {
	web.Turns = n.turns
	return &advisory.OSV{Base: base, Scopes: scopes, Web: web}
}

// requirements returns what the policy requires of the advisory sources.
func requirements(pol *policy.Effective, at place, now time.Time) advisory.Requirements {
	p := pol.Advisories
	t := advisory.Requirements{All: p.RequireAll, MaxAge: p.MaxAge, Now: now}
	if file, ok := strings.CutPrefix(p.Fallback, "file:"); ok {
		t.Fallback = advisory.OpenedBy(file, func() (*os.File, error) { return at.open(file) })
	} else if p.Fallback == "snapshot" {
		t.Fallback = advisory.Snapshot()
	}
	return t
}

// unasked returns the names of packages that no source was asked about.
func unasked(statuses []advisory.Status) map[string]bool {
	names := map[string]bool{}
	for _, name := range advisory.Unasked(statuses) {
		names[name] = true
	}
	return names
}
