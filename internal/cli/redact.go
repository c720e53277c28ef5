package cli

import (
	"bytes"
	"io"
	"slices"
)

// credentialVariables are where users keep what must never be printed. The
// first that is set of a pair is the one that is used.
var credentialVariables = []string{
	"NODE_AUTH_TOKEN", "NPM_TOKEN", "GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "COSIGN_PASSWORD",
	"SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",
}

// secretsOf returns the credentials of an environment. What is shorter than
// eight bytes is no credential, and replacing it would garble the output.
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
	// The longest first, in case one holds another.
	slices.SortFunc(secrets, func(a, b []byte) int { return len(b) - len(a) })
	return secrets
}

// A redactor is the last wall: no credential of the environment leaves by a
// stream, whoever echoed it. It works on whole writes; the program writes
// whole lines.
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
