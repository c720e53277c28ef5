package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
)

// credentialVariables are the variables in which users keep credentials. Of
// several for one purpose, the first that is set is used.
var credentialVariables = []string{
	"NODE_AUTH_TOKEN", "NPM_TOKEN", "GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "COSIGN_PASSWORD",
	"SIGSTORE_ID_TOKEN", "NPM_ID_TOKEN",
}

// runnersOwn are the variables with credentials that GitHub's runner made, and
// hides itself.
var runnersOwn = []string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN"}

// secrets are the credentials that the output must not show: those of the
// environment, and those that the run was given since.
type secrets struct {
	runner *action.Runner // is told to hide them too; nil: there is none

	mu     sync.Mutex
	given  []string // by the user; the runner may not know them
	hidden [][]byte // what is replaced, the longest first, since one may contain another
}

// secretsOf returns the credentials in an environment. A line of less than eight
// bytes is not taken for one: replacing it would garble the output. Nothing is
// assumed of how long or of what form a token is: those of npm have 40 characters,
// those of GitHub 40 or some 520.
func secretsOf(p Process) *secrets {
	s := &secrets{}
	for _, name := range credentialVariables {
		s.add(p.Getenv(name), true)
	}
	for _, name := range runnersOwn {
		s.add(p.Getenv(name), false)
	}
	for _, kv := range p.Env {
		if _, token, ok := tokenVariable(kv); ok {
			s.add(token, true)
		}
	}
	return s
}

// on has a runner hide what is learned from here on.
func (s *secrets) on(r *action.Runner) { s.runner = r }

// unknown returns the credentials that the runner may not know.
func (s *secrets) unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.given)
}

// learn hides a credential from now on.
func (s *secrets) learn(value string) {
	if s.add(value, true) && s.runner != nil {
		_ = s.runner.Mask(value) // where that fails nothing arrives at all
	}
}

// add adds a credential, line by line, in each form in which it may be printed:
// as it is, and escaped as display, JSON and addresses are. It reports whether it
// was new.
func (s *secrets) add(value string, given bool) (added bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range action.Maskable([]string{value}) {
		if slices.Contains(s.given, line) {
			continue
		}
		added = true
		if given {
			s.given = append(s.given, line)
		}
		forms := []string{line, display.Text(line), url.PathEscape(line), url.QueryEscape(line)}
		if doc, err := json.Marshal(line); err == nil {
			forms = append(forms, string(display.JSON(doc[1:len(doc)-1])))
		}
		hidden := slices.Clone(s.hidden) // a write may be reading the old ones
		for _, form := range forms {
			if !slices.ContainsFunc(hidden, func(b []byte) bool { return string(b) == form }) {
				hidden = append(hidden, []byte(form))
			}
		}
		slices.SortStableFunc(hidden, func(a, b []byte) int { return len(b) - len(a) })
		s.hidden = hidden
	}
	return added
}

// A redactor is the last line of defence: it replaces the known credentials in a
// stream, wherever they come from. It works on whole writes; the program writes
// whole lines.
type redactor struct {
	to      io.Writer
	secrets *secrets
}

// Write writes p with every secret replaced.
func (r redactor) Write(p []byte) (int, error) {
	r.secrets.mu.Lock()
	hidden := r.secrets.hidden
	r.secrets.mu.Unlock()
	clean := p
	for _, s := range hidden {
		clean = bytes.ReplaceAll(clean, s, []byte("[redacted]"))
	}
	if _, err := r.to.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}
