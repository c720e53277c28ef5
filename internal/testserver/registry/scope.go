package registry

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

const (
	searchPath = "/-/v1/search"
	mostFound  = 250 // on one page, as npm has it
)

// search answers a search as npm's registry does: it finds more than was asked
// for, each package whose name has the word, but no restricted ones.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	word := strings.TrimPrefix(strings.TrimPrefix(query.Get("text"), "scope:"), "@")
	size, err := strconv.Atoi(query.Get("size"))
	if err != nil {
		size = 20
	}
	from, _ := strconv.Atoi(query.Get("from"))
	var found []any
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		if p := s.packages[name]; strings.Contains(name, word) && p.Access != "restricted" && len(p.Versions) > 0 {
			found = append(found, map[string]any{"package": map[string]any{"name": name, "version": p.Tags["latest"]}})
		}
	}
	page := found[min(from, len(found)):]
	page = page[:min(size, mostFound, len(page))]
	reply(w, http.StatusOK, map[string]any{"objects": append([]any{}, page...), "total": len(found), "time": "now"})
}

// ownPackages answers a login with the packages of an organisation, those of
// its scope, and those that Lend adds.
func (s *Server) ownPackages(w http.ResponseWriter, r *http.Request, org string) {
	g, known := s.who(r)
	switch {
	case !known:
		spoil.Fail(w, http.StatusUnauthorized, "Unauthorized")
		return
	case g.Kind != "user" || bearer(r) == "":
		spoil.Fail(w, http.StatusForbidden, "Forbidden")
		return
	}
	all := map[string]string{}
	for name := range s.packages {
		if strings.HasPrefix(name, "@"+org+"/") || slices.Contains(s.lent[org], name) {
			all[name] = "write"
		}
	}
	if len(all) == 0 {
		spoil.Fail(w, http.StatusNotFound, "Scope not found")
		return
	}
	reply(w, http.StatusOK, all)
}

// Lend gives an organisation a package of another scope, or of none.
func (s *Server) Lend(org, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent == nil {
		s.lent = map[string][]string{}
	}
	s.lent[org] = append(s.lent[org], name)
}
