package advisory

import (
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Scopes are the scopes with their own registry: "@acme" → its address, or ""
// if that registry has no advisories. The names of their packages are private:
// they are sent to that registry only, whatever address a lockfile has for
// them.
type Scopes map[string]string

// Own returns the address of the registry of a package's scope, and whether it
// has one.
func (s Scopes) Own(name string) (address string, ok bool) {
	scope, _, scoped := strings.Cut(name, "/")
	if !scoped {
		return "", false
	}
	address, ok = s[scope]
	return address, ok
}

// Elsewhere reports whether a package's scope has a registry other than
// address. Its name is then sent only to that registry.
func (s Scopes) Elsewhere(name, address string) bool {
	own, ok := s.Own(name)
	return ok && own != address
}

// May returns the names of packages about which the registry at address may be
// asked. By the lockfile they come from there or from the public registry,
// which npm replaces by the user's, and their scope has no other registry.
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

// public splits packages into those that any source may be asked about and the
// names for their own registry only.
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

// A share is the packages that one registry is asked about.
type share struct {
	address string
	scopes  []string // scopes of the registry; none: the common one
	asked   []Asked
}

// shares splits packages by registry, the common one first. It also returns the
// names about which no registry is asked.
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

// String describes the registry in an error.
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
