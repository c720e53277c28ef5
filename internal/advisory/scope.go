package advisory

import (
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Scopes are the scopes that have a registry of their own: "@acme" → its
// address, or "" where that one knows no advisories. The names of their packages
// are private: they are told to that registry and to nobody else, whatever a
// lockfile says they were fetched from.
type Scopes map[string]string

// Own is the address of the registry that a package's scope has of its own.
func (s Scopes) Own(name string) (address string, ok bool) {
	scope, _, scoped := strings.Cut(name, "/")
	if !scoped {
		return "", false
	}
	address, ok = s[scope]
	return address, ok
}

// Elsewhere reports whether a package's scope has a registry of its own other
// than address: its name is told to nobody else.
func (s Scopes) Elsewhere(name, address string) bool {
	own, ok := s.Own(name)
	return ok && own != address
}

// May keeps the names of packages that the registry at address may be asked
// about: those that by the lockfile came from there or from the public registry,
// which npm replaces by the user's, and whose scope is not another's.
func (s Scopes) May(address string, g *npm.Graph, names []string) []string {
	fromOthers := map[string]bool{}
	for _, p := range g.Packages {
		t, ok := npm.ParseTarballURL(p.Resolved)
		if ok && t.Registry != address && !npm.IsPublic(t.Registry) {
			fromOthers[p.Name] = true
		}
	}
	var kept []string
	for _, name := range names {
		if !fromOthers[name] && !s.Elsewhere(name, address) {
			kept = append(kept, name)
		}
	}
	return kept
}

// public splits what is asked into what anybody may be asked and the names that
// only their own registry may.
func (s Scopes) public(asked []Asked) (open []Asked, kept []string) {
	if len(s) == 0 {
		return asked, nil
	}
	for _, a := range asked {
		if _, ok := s.Own(a.Name); ok {
			kept = append(kept, a.Name)
		} else {
			open = append(open, a)
		}
	}
	return open, kept
}

// A share is what one registry is asked.
type share struct {
	address string
	scopes  []string // whose registry it is; none: everybody's
	asked   []Asked
}

// shares splits what is asked by registry, the common one first, each once, and
// the names that no registry is asked about.
func (s Scopes) shares(common string, asked []Asked) (all []share, kept []string) {
	all = []share{{address: common}}
	at := map[string]int{strings.TrimRight(common, "/"): 0}
	for _, a := range asked {
		address, ok := s.Own(a.Name)
		if !ok {
			all[0].asked = append(all[0].asked, a)
			continue
		}
		if address == "" {
			kept = append(kept, a.Name)
			continue
		}
		key := strings.TrimRight(address, "/")
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, share{address: address})
		}
		scope, _, _ := strings.Cut(a.Name, "/")
		if i > 0 && !slices.Contains(all[i].scopes, scope) {
			all[i].scopes = append(all[i].scopes, scope)
		}
		all[i].asked = append(all[i].asked, a)
	}
	return all, kept
}

// String says in an error whose registry did not answer.
func (s share) String() string {
	host := s.address
	if u, err := url.Parse(s.address); err == nil {
		host = u.Host
	}
	if len(s.scopes) == 0 {
		return host
	}
	return host + ", the registry of " + strings.Join(s.scopes, ", ")
}
