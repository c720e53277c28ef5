package cli

import (
	"context"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/gate"
)

// publishing reads the options that say how the package is published.
func (s *settings) publishing(c *gate.Config) {
	mode := s.word("publish", "never", "stage", "npm", "auto")
	c.Publish = map[string]gate.Mode{"stage": gate.Stage, "npm": gate.NPM, "auto": gate.Auto}[mode]
	c.Provenance = s.provenance(c)
	c.Wait = s.wait()
	if c.Publish == gate.Never {
		for _, name := range []string{"wait", "tags", "receipt"} {
			if s.text(name) != "" {
				s.mistake("-%s does nothing without -publish", name)
			}
		}
		return
	}
	if !c.DryRun && !c.Token.Given() && c.Publisher == nil {
		s.mistake("-publish %s needs a credential: an ID token for a trusted publisher (id-token: write on GitHub, NPM_ID_TOKEN "+
			"elsewhere), or NODE_AUTH_TOKEN or NPM_TOKEN in the environment", mode)
	}
}

// access reads -access. npm has two words for the same.
func (s *settings) access() string {
	access := s.word("access", "public", "restricted", "private")
	if access == "private" {
		return "restricted"
	}
	return access
}

// wait reads how long to wait for the registry; nil: by the road.
func (s *settings) wait() *time.Duration {
	text := s.text("wait")
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > 24*time.Hour {
		s.mistake("-wait wants a time such as 90s or 25m, or 0, at most 24h")
		return nil
	}
	return &d
}

// provenance reads whether the package gets npm's provenance. npm takes only what
// is signed keyless.
func (s *settings) provenance(c *gate.Config) gate.Mode {
	switch s.word("provenance", "true", "false", "auto") {
	case "true":
		if c.Sign != gate.Keyless && c.Sign != gate.Auto {
			s.mistake("-provenance needs -sign keyless: npm takes provenance of a certificate that Sigstore issued")
		}
		if c.Publish == gate.Never {
			s.mistake("-provenance does nothing without -publish")
		}
		return gate.Always
	case "false":
		return gate.Never
	}
	return gate.Auto
}

// publisher returns the source of the ID token that a registry exchanges for a
// token of its own: the runner, else, on GitLab and CircleCI, the variable that
// npm reads. Nil: there is none.
func publisher(p Process, runner *action.Runner) func(context.Context, string) (string, error) {
	if runner != nil {
		if runner.HasIDToken() {
			return runner.IDToken
		}
		return nil
	}
	token := strings.TrimSpace(p.Getenv("NPM_ID_TOKEN"))
	if token == "" {
		return nil
	}
	return func(context.Context, string) (string, error) { return token, nil }
}
