package check

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// goodSecurity promises what the tables ask for.
const goodSecurity = `# Security policy

## Reporting a vulnerability

Write to security@acme.example.dev, with the steps to reproduce it. Encrypt with [our PGP key](https://acme.dev/key.asc).

- We will acknowledge receipt within 48 hours.
- We validate and prioritize it within five business days.
- We ask for a 90-day disclosure timeline, and credit you.

| Severity | First response | Patch |
| --- | --- | --- |
| Critical | 2 hours | 24 hours |
| High | 8h | 72h |
| Medium | 2 days | 30 days |
`

func TestSecurityDocument(t *testing.T) {
	doc := func(text string, want policy.SecurityDoc) func(*Subject) {
		return func(s *Subject) {
			s.Security, s.Policy.Docs.Security = &SecurityDoc{File: "SECURITY.md", Text: text}, want
		}
	}
	replaced := func(old, new string, want policy.SecurityDoc) func(*Subject) {
		if !strings.Contains(goodSecurity, old) {
			t.Fatalf("no %q", old)
		}
		return doc(strings.Replace(goodSecurity, old, new, 1), want)
	}
	hours := func(n time.Duration) time.Duration { return n * time.Hour }
	all := policy.SecurityDoc{Contact: true, Private: true, Acknowledge: hours(48), Triage: hours(120), Disclosure: hours(90 * 24),
		Encryption: true, Credit: true, Asks: []string{"Steps to reproduce"}, Sections: []string{"reporting"},
		Respond: map[finding.Severity]time.Duration{finding.Critical: hours(2), finding.High: hours(8)},
		Patch:   map[finding.Severity]time.Duration{finding.Critical: hours(24), finding.Moderate: hours(720)}}
	found := func(rules ...string) []string {
		for i := range rules {
			rules[i] += " SECURITY.md always"
		}
		return rules
	}
	sla := func(change func(*Subject)) func(*Subject) {
		return func(s *Subject) {
			change(s)
			s.Policy.SLA = map[finding.Severity]policy.Deadline{finding.Critical: {Within: hours(24)}, finding.High: {Within: hours(72)},
				finding.Moderate: {NextRelease: true}}
		}
	}
	const template = "Use this section to tell people about which versions of your project are\ncurrently being supported with " +
		"security updates.\n"
	table(t, securityDocument, []row{
		{"not read", func(s *Subject) { s.Policy.Docs.Security = all }, nil},
		{"says all of it", sla(doc(goodSecurity, all)), nil},
		{"template", doc(template, policy.SecurityDoc{}), found("security-placeholder", "security-placeholder")},
		{"address of an example", replaced("security@acme.example.dev", "security@example.com", all), found("security-placeholder",
			"security-contact-missing")},
		{"key at an example", replaced("https://acme.dev/key.asc", "https://example.com/key", all), found("security-placeholder",
			"security-section-missing")},
		{"to be filled in", doc("Mail [INSERT CONTACT METHOD].\n", policy.SecurityDoc{}), found("security-placeholder")},
		{"your name", doc("We credit you by your name.\n", policy.SecurityDoc{}), nil},
		{"no contact", replaced("Write to security@acme.example.dev, with", "Tell us", policy.SecurityDoc{Contact: true}),
			found("security-contact-missing")}, // the link to the key is none
		{"no contact at all", doc("Tell us.\n", policy.SecurityDoc{Contact: true}), found("security-contact-missing")},
		{"issues only", doc("Open https://github.com/acme/app/issues/new\n", policy.SecurityDoc{Contact: true, Private: true}),
			found("security-public-only")},
		{"private reporting", doc("Use https://github.com/acme/app/security/advisories/new\n", policy.SecurityDoc{Contact: true,
			Private: true}), nil},
		{"in security.txt", func(s *Subject) {
			doc("See security.txt.\n", policy.SecurityDoc{Contact: true, Private: true})(s)
			s.Security.More = "Contact: mailto:security@acme.dev\n"
		}, nil},
		{"slower answer", replaced("48 hours", "72 hours", policy.SecurityDoc{Acknowledge: hours(48)}), found("security-timeline-missing")},
		{"no time", replaced("within 48 hours", "soon", policy.SecurityDoc{Acknowledge: hours(1)}), found("security-timeline-missing")},
		{"no triage", replaced("within five business days", "soon", policy.SecurityDoc{Triage: hours(120)}), found("security-timeline-missing")},
		{"longer disclosure", replaced("90-day", "120-day", policy.SecurityDoc{Disclosure: hours(90 * 24)}), found("security-timeline-missing")},
		{"slower patch", replaced("24 hours |", "48 hours |", all), found("security-timeline-missing")},
		{"severity without a row", doc(goodSecurity, policy.SecurityDoc{Patch: map[finding.Severity]time.Duration{finding.Low: hours(1)}}),
			found("security-timeline-missing")},
		{"another time than the policy's", sla(replaced("72h", "96h", policy.SecurityDoc{Contact: true})), found("security-contradicts")},
		{"another time, in a sentence", sla(doc("Critical issues are fixed within one week. Mail a@acme.dev\n",
			policy.SecurityDoc{Contact: true})),
			found("security-contradicts")},
		{"no credit", replaced(", and credit you", "", policy.SecurityDoc{Credit: true}), found("security-section-missing")},
		{"does not ask", replaced("the steps to reproduce it", "details", policy.SecurityDoc{Asks: []string{"steps"}}),
			found("security-section-missing")},
		{"section empty", doc("## Reporting\n## Next\nx y\n", policy.SecurityDoc{Sections: []string{"Reporting"}}),
			found("security-section-missing")},
	})
}
