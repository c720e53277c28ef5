package registry

import (
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A Login is what a person's login is shown besides the list of tokens: path below
// /-/ → what is answered. A path that ends in "/trust" needs a one-time code.
type Login map[string]any

// ShowLogin sets what logins are shown.
func (s *Server) ShowLogin(l Login) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = l
}

// login answers a request for what only a login is shown; false: it is for
// something else.
func (s *Server) login(w http.ResponseWriter, r *http.Request, path string) bool {
	answer, there := s.shown[strings.TrimPrefix(path, "/-/")]
	if !there {
		return false
	}
	g, known := s.who(r)
	switch {
	case !known:
		spoil.Fail(w, http.StatusUnauthorized, "Unauthorized")
	case g.Kind != "user":
		spoil.Fail(w, http.StatusForbidden, "Forbidden")
	case strings.HasSuffix(path, "/trust") && r.Header.Get("Npm-Otp") == "":
		w.Header().Set("WWW-Authenticate", "OTP")
		spoil.Fail(w, http.StatusUnauthorized, "Unauthorized: a one-time password is required")
	default:
		if status, ok := answer.(float64); ok {
			spoil.Fail(w, int(status), "as the test wants")
			return true
		}
		reply(w, http.StatusOK, answer)
	}
	return true
}
