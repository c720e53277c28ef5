package policy

import "testing"

func TestStanding(t *testing.T) {
	p := parse(t, `
about: {owner: us, review-every: 90d}
sla: {high: 72h}
licenses: {deny: [GPL-*], unknown: ignore}
dependencies:
  pinned: any
  require: {socket.io: ^4.0.0}
  min-release-age: 3d
  attestations: {require: [], downgrade: ignore}
  signatures: when-available
  install-scripts: {allow: []}
publish: {require-2fa: false}
signing: {outage: degrade}
docs: {require: []}
source: {review: required, protected: false, checks: [], scans: {}, alerts: ignore}
reviews: {tokens: {every: 30d, by: ann}}
controls: {limits: {by: ann, stated: 2026-01-01, until: 2026-12-31}}
packages:
  "@acme/*": {env: {declared: [A]}}
  "@acme/low": {publish: {access: public}, risk: low}
`)
	for name, want := range map[string]string{
		"sla.high": "", "sla": "", "licenses.deny": "", "audit-level": "", "scopes.prod": "", "release-diff.new-bin": "",
		"dependencies.require.socket.io": "", "dependencies.require": "", "packages.@acme/*.env.declared": "",
		"packages.@acme/low.publish.access": "", "dependencies.install-scripts.allow": "", "about.review-every": "",
		"about.owner": "stated", "packages.@acme/low.risk": "stated", "reviews": "", "reviews.tokens.every": "",
		"env.declared":                      "is set for some packages alone, as packages.@acme/*.env.declared",
		"publish.access":                    "is set for some packages alone, as packages.@acme/low.publish.access",
		"risk":                              "is set for some packages alone, as packages.@acme/low.risk",
		"sla.low":                           "is not set in the policy file",
		"scopes.dev":                        "is not set in the policy file",
		"packages.@acme/low.env.declared":   "is not set in the policy file",
		"licenses.unknown":                  `is set to "ignore", which asks for nothing`,
		"dependencies.pinned":               `is set to "any", which asks for nothing`,
		"publish.require-2fa":               `is set to "false", which asks for nothing`,
		"docs.require":                      `is set to "[]", which asks for nothing`,
		"dependencies.min-release-age":      "",
		"dependencies.require.socket":       "is not set in the policy file",
		"sla.hihg":                          "is no key of this version (did you mean high?)",
		"packages.@acme/none.risk":          "is no key of this version",
		"":                                  "is no key of this version",
		"dependencies.signatures":           "",
		"source.review":                     "",
		"source":                            "",
		"source.protected":                  `is set to "false", which asks for nothing`,
		"source.checks":                     `is set to "[]", which asks for nothing`,
		"source.scans":                      `is set to "[]", which asks for nothing`,
		"source.alerts":                     `is set to "ignore", which asks for nothing`,
		"source.secret-alerts":              "is not set in the policy file",
		"publish.bypass":                    "",
		"dependencies.attestations.require": `is set to "[]", which asks for nothing`,
		"dependencies.attestations":         `is set to "ignore", which asks for nothing`,
	} {
		stated, wrong := p.Standing(name)
		if stated {
			wrong = "stated" + wrong
		}
		if wrong != want {
			t.Errorf("%q: %q, want %q", name, wrong, want)
		}
	}
	if !p.HasReview("tokens") || p.HasReview("limits") || !p.HasControl("limits") || p.HasControl("") {
		t.Error("reviews or controls are not as written")
	}
}
