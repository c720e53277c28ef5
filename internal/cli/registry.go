package cli

import (
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// scopeRegistries reads -scope-registries:
// "@acme=https://npm.acme.example/,@corp=none". Like -registry, it is the
// user's setting. npm_config_registry and similar variables are ignored: an
// earlier step of a job can set them.
func (s *settings) scopeRegistries() map[string]string {
	scopes := map[string]string{}
	for _, item := range s.list("scope-registries") {
		scope, address, ok := strings.Cut(item, "=")
		if !ok || !strings.HasPrefix(scope, "@") || npm.ValidName(scope+"/x") != nil {
			s.mistake("-scope-registries %q: expected @scope=URL", item)
			continue
		}
		if _, twice := scopes[scope]; twice {
			s.mistake("-scope-registries names %s twice", scope)
		}
		if address == "none" { // a registry without advisories
			address = ""
		} else if _, err := registry.ParseURL(address); err != nil {
			s.mistake("-scope-registries %s: %s", scope, err)
		}
		scopes[scope] = address
	}
	return scopes
}

// registryToken reads the token for the registry. One that no request can carry is
// a mistake, and not an error of whoever is asked first.
func (s *settings) registryToken(p Process) credential.Secret {
	for _, name := range []string{"NODE_AUTH_TOKEN", "NPM_TOKEN"} {
		token := strings.TrimSpace(p.Getenv(name))
		if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			s.mistake("%s holds characters that no token has: is it more than one line?", name)
			return credential.Secret{}
		}
		if token != "" {
			return credential.New(token)
		}
	}
	return credential.Secret{}
}

// downloadsFor returns the address of the API that counts the downloads from a
// registry: the one that was given, else npm's for npm's own registry. "": none is
// known. Another registry's names are not npm's to know, nor are npm's counts of a
// package of that name its own.
func (s *settings) downloadsFor(address string) string {
	if given := s.address("downloads-url"); given != "" || s.text("downloads-url") != "" {
		return given
	}
	if base, err := registry.ParseURL(address); err == nil && base.String() == npm.PublicRegistry {
		return registry.PublicDownloads
	}
	return ""
}

// registryTokens reads tokens that are each for one registry, from the
// variables that npm reads: npm_config_//host/path/:_authToken. The name says
// which registry gets the token; it is sent to no other.
func registryTokens(env []string) map[string]credential.Secret {
	tokens := map[string]credential.Secret{}
	for _, kv := range env {
		if place, value, ok := tokenVariable(kv); ok {
			tokens[place] = credential.New(value)
		}
	}
	return tokens
}

// tokenVariable splits such a variable into "//host/path/" and the token.
func tokenVariable(kv string) (place, token string, ok bool) {
	const prefix, suffix = "npm_config_", ":_authToken="
	if len(kv) < len(prefix) || !strings.EqualFold(kv[:len(prefix)], prefix) {
		return "", "", false
	}
	place, token, ok = strings.Cut(kv[len(prefix):], suffix)
	if !ok || !strings.HasPrefix(place, "//") {
		return "", "", false
	}
	return strings.TrimSuffix(place, "/") + "/", token, true
}
