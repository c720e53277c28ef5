package check

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

var tokenTooOldRule = finding.Rule{
	ID:       "token-too-old",
	Title:    "The token that publishes is older, or lives longer, than the policy lets it.",
	Why:      "The longer a token lives, the more places have seen it, and the later anybody notices that it was stolen.",
	Help:     "Make a new token with a shorter life and revoke this one, or publish by a trusted publisher, which needs none.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var tokenUnboundedRule = finding.Rule{
	ID:       "token-unbounded",
	Title:    "The token that publishes may be used from any address, or without an end.",
	Why:      "A token that is not bound to addresses works for whoever has copied it, from wherever they are.",
	Help:     "Make a token with allowed IP ranges and an end, or publish by a trusted publisher, which needs none.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var tokenTooWideRule = finding.Rule{
	ID:    "token-too-wide",
	Title: "The token that publishes may do more than publish this package.",
	Why:   "Whoever steals the token of one package should not get the others, the organisation or a way around the second factor.",
	Help: "Make a token for this package alone, without organisations and without the bypass of two-factor " +
		"authentication, or publish by a trusted publisher, whose token is for one package.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var tokenUnknownRule = finding.Rule{
	ID:    "token-unknown",
	Title: "The registry does not say what the token that publishes may do.",
	Why: "The policy asks for something of the token that nobody could check: " +
		"npm tells it to some tokens alone, and other registries to none.",
	Help: "Publish by a trusted publisher, which satisfies all that the policy asks of tokens, or take the key of " +
		"`publish.tokens` out of the policy and review the tokens by hand.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "publish"},
}

// tokens judges a long-lived token by publish.tokens. A trusted publisher's token
// is of one job and one package: it satisfies all of it.
var tokens = Check{
	Rules: []finding.Rule{tokenTooOldRule, tokenUnboundedRule, tokenTooWideRule, tokenUnknownRule},
	Run: func(s *Subject) []finding.Finding {
		c, want := s.Credential, s.Policy.Publish.Tokens
		if c == nil || !c.longLived() {
			return nil
		}
		var found []finding.Finding
		add := func(rule *finding.Rule, level finding.Level, subject, format string, args ...any) {
			f := s.inManifest(rule, s.Manifest.NameLine, 0)
			f.Level, f.Subject, f.Fix, f.Shipped = level, subject, rule.Help, false
			f.Message = fmt.Sprintf(format, args...)
			found = append(found, f)
		}
		if !c.Told {
			if keys := s.TokenUntold(); len(keys) > 0 {
				add(&tokenUnknownRule, finding.Advice, "", "The registry does not tell this token what it may do, and the policy asks for %s.",
					strings.Join(keys, ", "))
			}
			return found
		}
		if most := want.MaxAge; most > 0 {
			switch now, err := time.Parse(time.RFC3339, s.Now); {
			case c.Created.IsZero() || err != nil:
				add(&tokenUnknownRule, finding.Advice, "max-age",
					"The registry does not tell when the token was made, and the policy asks for max-age.")
			case now.Sub(c.Created) > most:
				add(&tokenTooOldRule, finding.Always, "age", "The token was made on %s, more than %s ago.", day(c.Created), days(most))
			case c.Expires.IsZero():
				add(&tokenUnboundedRule, finding.Always, "end", "The token has no end; the policy lets a token live for %s.", days(most))
			case c.Expires.Sub(c.Created) > most:
				add(&tokenTooOldRule, finding.Always, "life", "The token lives from %s to %s, longer than %s.", day(c.Created), day(c.Expires),
					days(most))
			}
		}
		if want.RequireCIDR {
			if anywhere(c.CIDR) {
				add(&tokenUnboundedRule, finding.Always, "cidr", "The token may be used from any address.")
			}
		}
		if why := c.wider(want.Scope, s.SentManifest().Name); why != "" {
			add(&tokenTooWideRule, finding.Always, "", "The token %s.", why)
		}
		return found
	},
}

// TokenUntold returns the keys of the policy that ask for something of the token
// which the registry does not tell; nil: none does.
func (s *Subject) TokenUntold() []string {
	c, want := s.Credential, s.Policy.Publish.Tokens
	if c == nil || !c.longLived() {
		return nil
	}
	var keys []string
	if want.MaxAge > 0 && (!c.Told || c.Created.IsZero()) {
		keys = append(keys, "max-age")
	}
	if want.RequireCIDR && !c.Told {
		keys = append(keys, "require-cidr")
	}
	if (want.Scope == policy.ScopePackage || want.Scope == policy.ScopeScope) && !c.Told {
		keys = append(keys, "scope")
	}
	return keys
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// anywhere reports whether a token may be used from every address. A range that
// cannot be read bounds nothing.
func anywhere(ranges []string) bool {
	for _, text := range ranges {
		if !strings.Contains(text, "/") {
			if _, err := netip.ParseAddr(text); err != nil {
				return true
			}
			continue
		}
		if p, err := netip.ParsePrefix(text); err != nil || p.Bits() == 0 {
			return true
		}
	}
	return len(ranges) == 0
}

// wider says what a token may do beside publishing a package; "": nothing more
// than the policy lets it.
func (c *Credential) wider(scope, name string) string {
	if scope != policy.ScopePackage && scope != policy.ScopeScope {
		return ""
	}
	own, _, _ := strings.Cut(name, "/")
	within := func(item string) bool {
		return item == name || scope == policy.ScopeScope && strings.HasPrefix(name, "@") &&
			(strings.TrimSuffix(item, "/*") == own || strings.HasPrefix(item, own+"/"))
	}
	switch {
	case len(c.Packages)+len(c.Scopes) == 0:
		return "may write every package of its owner"
	case len(c.Orgs) > 0:
		return fmt.Sprintf("may manage the organisation %q too", c.Orgs[0])
	case c.Bypass2FA:
		return "bypasses two-factor authentication"
	}
	for _, item := range append(append([]string{}, c.Packages...), c.Scopes...) {
		if !within(item) {
			return fmt.Sprintf("may write %q too", item)
		}
	}
	return ""
}
