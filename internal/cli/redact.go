package cli

import (
	"bytes"
	"io"
	"slices"
)

// credentialVariables are the variables in which users keep credentials. Of
// several for one purpose, the first that is set is used.
var credentialVariables = []string{
	"NODE_AUTH_TOKEN", "NPM_TOKEN", "GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "COSIGN_PASSWORD",
	"SIGSTORE_ID_TOKEN", "NPM_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",
}

// secretsOf returns the credentials in an environment. A value of less than
// eight bytes is not taken for one: replacing it would garble the output.
func secretsOf(p Process) [][]byte {
	var secrets [][]byte
	for _, name := range credentialVariables {
		if value := p.Getenv(name); len(value) >= 8 {
			secrets = append(secrets, []byte(value))
		}
	}
	for _, kv := range p.Env {
		if _, token, ok := tokenVariable(kv); ok && len(token) >= 8 {
			secrets = append(secrets, []byte(token))
		}
	}
	// The longest first, since one may contain another.
	slices.SortFunc(secrets, func(a, b []byte) int { return len(b) - len(a) })
	return secrets
}

// A redactor is the last line of defence: it replaces the environment's
// credentials in a stream, wherever they come from. It works on whole writes;
// the program writes whole lines.
type redactor struct {
	to      io.Writer
	secrets [][]byte
}

// Write writes p with every secret replaced.
func (r redactor) Write(p []byte) (int, error) {
	clean := p
	for _, s := range r.secrets {
		clean = bytes.ReplaceAll(clean, s, []byte("[redacted]"))
	}
	if _, err := r.to.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}
