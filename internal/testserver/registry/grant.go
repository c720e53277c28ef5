package registry

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A Grant is what a token may do. Once there is any, or a Publisher, no other
// token is accepted but Server.Token.
type Grant struct {
	// Kind is "user": a person's session; "token": a granular token that may
	// publish; "stage-only"; "read-only"; or "oidc".
	Kind    string
	Name    string         // npm name of whose it is; empty: somebody
	Package string         // oidc: the only one
	By      Publisher      // oidc: the one that matched
	Listed  map[string]any // more keys of its entry in the list of tokens
}

// Grant makes the registry accept a token.
func (s *Server) Grant(token string, g Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[token] = g
}

// Revoke makes the registry forget every token and trusted publisher.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.grants)
	clear(s.publishers)
}

// ListTokens sets who sees the list of tokens: a person's session alone, as npm
// has it, or every token but one of OIDC.
func (s *Server) ListTokens(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listTokens = all
}

// An action is what a token may be refused.
type action string

const (
	direct  action = "publish"
	stage   action = "stage"
	tags    action = "dist-tag"
	see     action = "see what is staged"
	approve action = "approve"
)

func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// who returns what a request's token may do.
func (s *Server) who(r *http.Request) (g Grant, known bool) {
	if g, known = s.grants[bearer(r)]; known {
		return g, true
	}
	if s.Token != "" {
		return Grant{Kind: "user"}, bearer(r) == s.Token
	}
	return Grant{Kind: "user"}, len(s.grants)+len(s.publishers) == 0
}

// mayRead reports whether a request may read a package.
func (s *Server) mayRead(r *http.Request, p *pkg) bool {
	if p.Access != "restricted" {
		return true
	}
	_, known := s.who(r)
	return known
}

// may answers a request that may not do something; ok: it may.
func (s *Server) may(w http.ResponseWriter, r *http.Request, what action, name string) (g Grant, ok bool) {
	g, known := s.who(r)
	denied := func(text string) (Grant, bool) {
		spoil.Fail(w, http.StatusForbidden, text)
		return g, false
	}
	switch {
	case !known:
		spoil.Fail(w, http.StatusUnauthorized, "you must be logged in to publish packages")
		return g, false
	case g.Kind == "oidc" && what == see:
		return denied("Insufficient permissions to access this resource")
	case g.Kind == "oidc" && (g.Package != name || what == approve || what == direct && !g.By.Direct || what == stage && !g.By.Stage ||
		what == tags && !g.By.Tags || what == deprecate || what == own):
		return denied("OIDC permission denied for this action")
	case g.Kind == "stage-only" && what == direct:
		return denied("E_STAGE_REQUIRED: this token may stage versions only, publish with npm stage publish")
	case g.Kind == "stage-only" && what == own:
		return denied("This token may stage versions, deprecate them and move dist-tags only")
	case g.Kind == "read-only" && what != see:
		return denied("You do not have permission to publish \"" + name + "\". Are you logged in as the correct user?")
	case what == approve && g.Kind != "user":
		return denied("Insufficient permissions to access this resource")
	case what == approve && r.Header.Get("Npm-Otp") == "":
		w.Header().Set("WWW-Authenticate", "OTP")
		spoil.Fail(w, http.StatusUnauthorized, "Unauthorized: a one-time password is required")
		return g, false
	}
	return g, true
}

// user returns the _npmUser of what a token publishes.
func (g Grant) user() map[string]any {
	if g.Kind != "oidc" {
		return person(cmp.Or(g.Name, "somebody"))
	}
	return map[string]any{"name": "GitHub Actions", "email": "npm-oidc-no-reply@github.com",
		"trustedPublisher": map[string]any{"id": "github", "oidcConfigId": "oidc:1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}}
}

// whoami answers as npm's registry does.
func (s *Server) whoami(w http.ResponseWriter, r *http.Request) {
	g, known := s.who(r)
	if !known || g.Kind == "oidc" {
		spoil.Fail(w, http.StatusUnauthorized, "you must be logged in to do that")
		return
	}
	reply(w, http.StatusOK, map[string]string{"username": cmp.Or(g.Name, "somebody")})
}

// tokens lists the tokens that were granted, each by its beginning and its end.
func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	g, known := s.who(r)
	switch {
	case !known:
		spoil.Fail(w, http.StatusUnauthorized, "Unauthorized")
		return
	case g.Kind == "oidc", g.Kind != "user" && !s.listTokens:
		spoil.Fail(w, http.StatusForbidden, "Forbidden")
		return
	}
	list := []any{}
	for token, g := range s.grants {
		if g.Kind == "oidc" || len(token) < 16 {
			continue
		}
		entry := map[string]any{
			"key": fmt.Sprintf("%08x", len(list)), "token": token[:8] + "..." + token[len(token)-4:], "revoked": nil, "cidr": nil,
			"created": s.now().Format(time.RFC3339), "readonly": g.Kind == "read-only", "bypass_2fa": false,
			"permissions": []any{map[string]any{"name": "package", "action": map[string]string{"stage-only": "stage", "read-only": "read"}[g.Kind]}},
		}
		if g.Kind == "token" || g.Kind == "user" {
			entry["permissions"] = []any{map[string]any{"name": "package", "action": "write"}}
		}
		for key, value := range g.Listed {
			entry[key] = value
		}
		list = append(list, entry)
	}
	reply(w, http.StatusOK, map[string]any{"objects": list, "total": len(list), "urls": map[string]any{}})
}
