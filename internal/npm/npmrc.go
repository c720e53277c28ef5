package npm

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// MaxNPMRC is the largest .npmrc that is read, in bytes.
const MaxNPMRC = 1 << 20

// ScopeRegistries returns the scopes of an .npmrc with their own registry:
// "@acme" → the address as written. The last line about a scope counts, as in
// npm's ini reader (https://docs.npmjs.com/cli/v11/configuring-npm/npmrc).
//
// Nothing else of the file is read: no token, no proxy, no default registry. An
// address with variables is an error: this package does not read the
// environment.
func ScopeRegistries(data []byte) (map[string]string, error) {
	scopes := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, MaxNPMRC)
	for n := 1; lines.Scan(); n++ {
		key, value, ok := strings.Cut(lines.Text(), "=")
		scope, isRegistry := strings.CutSuffix(unquote(key), ":registry")
		if !ok || !isRegistry || !strings.HasPrefix(scope, "@") {
			continue // comments begin with ; or #, and so no such key
		}
		value = unquote(value)
		if strings.Contains(value, "${") {
			return nil, fmt.Errorf("line %d: the address for %+q is made of variables", n, scope)
		}
		if ValidName(scope+"/x") != nil || value == "" {
			return nil, fmt.Errorf("line %d: no registry of a scope", n)
		}
		scopes[scope] = value
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return scopes, nil
}

// LegacyPeers reports whether an .npmrc sets legacy-peer-deps, so that npm
// installs no peers by itself and accepts any that do not fit. The last line
// counts; a key without a value is true.
func LegacyPeers(data []byte) (legacy bool) {
	for line := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))) {
		key, value, given := strings.Cut(line, "=")
		if unquote(key) == "legacy-peer-deps" {
			legacy = !given || unquote(value) == "true"
		}
	}
	return legacy
}

// unquote removes spaces, and one pair of quotes or else the comment after the
// value.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return strings.TrimSpace(s[1 : n-1])
	}
	if at := strings.IndexAny(s, ";#"); at > 0 {
		s = s[:at]
	}
	return strings.TrimSpace(s)
}
