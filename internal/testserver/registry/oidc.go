package registry

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A Publisher is a trusted publisher of a package. The empty fields of the first
// three match anything; with any of them the ID token must be one of GitHub's,
// from a hosted runner.
type Publisher struct {
	Repository, Workflow, Environment string // "acme/demo", "release.yml", "npm"
	Stage, Direct, Tags               bool   // npm's createStagedPackage, createPackage, manageDistTags
}

// Trust adds a trusted publisher to a package.
func (s *Server) Trust(name string, p Publisher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publishers[name] = append(s.publishers[name], p)
}

// claims are those of GitHub's ID token that npm compares.
type claims struct {
	Audience    any    `json:"aud"`
	Repository  string `json:"repository"`
	Workflow    string `json:"workflow_ref"` // the caller's: owner/name/.github/workflows/x.yml@refs/heads/main
	Environment string `json:"environment"`
	Runner      string `json:"runner_environment"`
}

// exchange answers with a token for one package (npm's OpenAPI,
// exchangeOidcToken).
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, name string) {
	idToken := bearer(r)
	var c claims
	parts := strings.Split(idToken, ".")
	read := false
	if len(parts) == 3 {
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		read = err == nil && json.Unmarshal(payload, &c) == nil
	}
	home, _ := url.Parse(s.URL)
	if idToken == "" || read && c.Audience != "npm:"+home.Hostname() {
		refuse(w, http.StatusUnauthorized, "OIDC token exchange error - unauthorized")
		return
	}
	for _, p := range s.publishers[name] {
		if !p.matches(c, read) {
			continue
		}
		token := fmt.Sprintf("npm_oidc%032d", len(s.grants)+1)
		s.grants[token] = Grant{Kind: "oidc", Package: name, By: p}
		reply(w, http.StatusCreated, map[string]any{"token_type": "oidc", "token": token,
			"created": s.now().UTC().Format(time.RFC3339), "expires": s.now().Add(time.Hour).UTC().Format(time.RFC3339)})
		return
	}
	refuse(w, http.StatusNotFound, "OIDC token exchange error - package not found")
}

// matches reports whether an ID token is one of this publisher.
func (p Publisher) matches(c claims, read bool) bool {
	if p.Repository+p.Workflow+p.Environment == "" {
		return true
	}
	file, _, _ := strings.Cut(c.Workflow, "@")
	return read && c.Runner == "github-hosted" && (p.Repository == "" || p.Repository == c.Repository) &&
		(p.Workflow == "" || p.Workflow == path.Base(file)) && (p.Environment == "" || p.Environment == c.Environment)
}

// refuse answers as npm's newer calls do, with a message.
func refuse(w http.ResponseWriter, status int, text string) {
	reply(w, status, map[string]string{"message": text})
}

// setTag moves or removes a dist-tag.
func (s *Server) setTag(w http.ResponseWriter, r *http.Request, name, tag string, body []byte) {
	if _, ok := s.may(w, r, tags, name); !ok {
		return
	}
	p := s.packages[name]
	var version string
	switch {
	case p == nil:
		spoil.Fail(w, http.StatusNotFound, "package not found")
	case r.Method == http.MethodDelete && tag == "latest":
		spoil.Fail(w, http.StatusForbidden, "latest cannot be removed")
	case r.Method == http.MethodPut && (json.Unmarshal(body, &version) != nil || p.Versions[version] == nil || !p.seen(version)):
		spoil.Fail(w, http.StatusBadRequest, "no such version")
	case s.Behind != nil && !s.forward(w, r, body):
	case r.Method == http.MethodDelete:
		delete(p.Tags, tag)
		reply(w, http.StatusOK, map[string]any{"ok": "dist-tag removed"})
	default:
		p.Tags[tag] = version
		reply(w, http.StatusCreated, map[string]any{"ok": "dist-tags updated"})
	}
}
