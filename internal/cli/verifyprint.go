package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/verify"
)

// tellChecks prints the checks. It returns an error unless the worst result is
// verify.Verified.
func tellChecks(p Process, v verification, what []string, checks []verify.Check) error {
	if v.json {
		return printChecks(p, what, checks, nil)
	}
	if _, err := fmt.Fprint(p.Stdout, checkLines(checks)); err != nil {
		return err
	}
	return verdictOf(checks)
}

// verdictOf returns an error unless the worst result is verify.Verified.
func verdictOf(checks []verify.Check) error {
	var bad, unknown []string
	for _, c := range checks {
		switch c.State {
		case verify.Failed:
			bad = append(bad, c.Name)
		case verify.Unknown:
			unknown = append(unknown, c.Name)
		}
	}
	switch verify.Worst(checks) {
	case verify.Verified:
		return nil
	case verify.Failed:
		return fmt.Errorf("%w: of %d checks failed %s", errNotAuthentic, len(checks), strings.Join(bad, ", "))
	}
	return fmt.Errorf("%w: %s", errNotLooked, strings.Join(unknown, ", "))
}

// checkLines returns one line for each check. If a check failed or could not be
// made, two more lines show what was expected and what was found.
func checkLines(checks []verify.Check) string {
	var b strings.Builder
	about := ""
	for _, c := range checks {
		if c.About != about {
			about = c.About
			fmt.Fprintf(&b, "%s\n", display.Text(about))
		}
		switch c.State {
		case verify.Verified:
			fmt.Fprintf(&b, "  ok       %-18s %s\n", c.Name, display.Text(c.Found))
			continue
		case verify.Skipped:
			fmt.Fprintf(&b, "  skipped  %-18s %s\n", c.Name, display.Text(c.Found))
			continue
		case verify.Failed:
			fmt.Fprintf(&b, "  FAILED   %s\n", c.Name)
		default:
			fmt.Fprintf(&b, "  unknown  %s\n", c.Name)
		}
		fmt.Fprintf(&b, "           expected  %s\n           found     %s\n", display.Text(c.Expected), display.Text(c.Found))
	}
	return b.String()
}

// unidentified ends the command if the flags hold mistakes or name no signer. It
// shows whom the bundles name, and the flags that expect this signer.
func (s *settings) unidentified(ctx context.Context, p Process, v verification, what subject, transport http.RoundTripper) error {
	if what == nil {
		return &UsageError{s.mistakes}
	}
	var bundles []*verify.Bundle
	var err error
	if _, remote := what.(published); !remote || len(s.mistakes) == 0 {
		bundles, err = what.bundles(ctx, p, v, transport)
	}
	nobody := len(s.mistakes) == 0
	if nobody && err != nil {
		return err
	}
	named := map[string]bool{}
	for _, b := range bundles {
		who, err := b.Claims()
		if err != nil || named[who.SAN+who.Issuer] {
			continue
		}
		named[who.SAN+who.Issuer] = true
		newPrinter(p.Stderr).Printf("the bundle names %s", display.Text(who.SAN))
		s.hint("-certificate-identity %s -certificate-oidc-issuer %s", who.SAN, who.Issuer)
		if who.Repository != "" {
			newPrinter(p.Stderr).Printf("of the repository %s, number %s, ref %s, commit %s, trigger %s, runner %s",
				display.Text(who.Repository), display.Text(who.RepositoryID), display.Text(who.Ref), display.Text(who.Commit),
				display.Text(who.Trigger), display.Text(who.Runner))
		}
	}
	if nobody {
		if _, remote := what.(published); remote && len(named) == 0 {
			checks, err := what.verify(ctx, p, v, transport) // the registry's signature can still be checked
			if err != nil {
				return err
			}
			return tellChecks(p, v, []string{what.(published).name + "@" + what.(published).version}, checks)
		}
		s.mistake("say who must have signed: -key FILE, or -certificate-identity and -certificate-oidc-issuer, or -repository")
	}
	for _, text := range s.hints {
		s.mistake("if that is whom you expect: %s", text)
	}
	return &UsageError{s.mistakes}
}

// hint keeps flags that the user can paste.
func (s *settings) hint(format string, san, issuer string) {
	s.hints = append(s.hints, fmt.Sprintf(format, quoted(san), quoted(issuer)))
}

// quoted quotes a value for a shell.
func quoted(text string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if strings.TrimFunc(text, safe) == "" && text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !safe(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(display.Text(text), "'", `'\''`) + "'"
}

// numbered returns the name of one of several bundles in a file.
func numbered(at string, i, of int) string {
	if of == 1 {
		return at
	}
	return fmt.Sprintf("%s (%d of %d)", at, i+1, of)
}
