package check

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

func TestPublishRoad(t *testing.T) {
	set := func(road policy.Via, change func(s *Subject)) func(*Subject) {
		return func(s *Subject) {
			s.Road = road
			if change != nil {
				change(s)
			}
		}
	}
	via := func(allowed ...policy.Via) func(s *Subject) {
		return func(s *Subject) { s.Policy.Publish.Via = append([]policy.Via{}, allowed...) }
	}
	approval := func(approved, unapproved bool) func(s *Subject) {
		return func(s *Subject) {
			s.Policy.Publish.Require2FA, s.Approved, s.Unapproved = true, approved, unapproved
		}
	}
	direct := []string{"publish-direct package.json always"}
	unapproved := []string{"publish-unapproved package.json always"}
	table(t, publishRoad, []row{
		{"no word of it", set(policy.ViaDirect, nil), nil},
		{"direct, and staging is asked for", set(policy.ViaDirect, via(policy.ViaStage)), direct},
		{"staged, and direct is asked for", set(policy.ViaStage, via(policy.ViaDirect)), direct},
		{"one of two", set(policy.ViaDirect, via(policy.ViaStage, policy.ViaDirect)), nil},
		{"no road is let", set(policy.ViaStage, via()), direct},
		{"a run that only judges", set("", via(policy.ViaStage)), nil},
		{"staged, to be approved", set(policy.ViaStage, approval(false, false)), nil},
		{"direct, approved by nobody", set(policy.ViaDirect, approval(false, false)), unapproved},
		{"there, and approved", set(policy.ViaDirect, approval(true, false)), nil},
		{"there, and not approved", set(policy.ViaStage, approval(false, true)), unapproved},
		{"not approved, and nobody asks", set(policy.ViaStage, func(s *Subject) { s.Unapproved = true }), nil},
	})
}

func TestPublishProvenance(t *testing.T) {
	set := func(asks, access string, u *Unproven) func(*Subject) {
		return func(s *Subject) {
			s.Road, s.Unproven, s.Sent.Access, s.Policy.Publish.Provenance = policy.ViaStage, u, access, asks
		}
	}
	without, hidden := &Unproven{Why: "nothing is signed"}, &Unproven{Why: "nothing is signed", Restricted: true}
	block := []string{"publish-provenance package.json always"}
	table(t, publishProvenance, []row{
		{"nobody asks", set("", "public", without), nil},
		{"required, and with it", set(policy.Required, "public", nil), nil},
		{"required, and without", set(policy.Required, "public", without), block},
		{"required of a restricted one", set(policy.Required, "restricted", hidden), block},
		{"of a public one", set(policy.WhenPublic, "public", without), block},
		{"of a restricted one", set(policy.WhenPublic, "restricted", without), nil},
		{"of one that nobody says is public", set(policy.WhenPublic, "", without), block},
		{"of one that the registry has as restricted", set(policy.WhenPublic, "", hidden), nil},
		{"of a restricted one that becomes public", set(policy.WhenPublic, "public", hidden), block},
		{"a run that only judges", func(s *Subject) { set(policy.Required, "public", without)(s); s.Road = "" }, nil},
	})
}

func TestCredentialKind(t *testing.T) {
	with := func(c *Credential, allowed ...string) func(*Subject) {
		return func(s *Subject) { s.Credential, s.Policy.Publish.Credential = c, allowed }
	}
	trusted := func(word string, c *Credential) func(*Subject) {
		return func(s *Subject) { s.Credential, s.Policy.Publish.Trusted = c, word }
	}
	block, warn := []string{"credential-kind package.json always"}, []string{"credential-kind package.json advice"}
	table(t, credentialKind, []row{
		{"none", with(nil, policy.OIDC), nil},
		{"a trusted publisher", with(&Credential{Kind: policy.OIDC, Works: true}, policy.OIDC), nil},
		{"a token beside it", with(&Credential{Kind: policy.OIDC, Works: true, Unused: true}), warn},
		{"beside one that does not work", with(&Credential{Kind: policy.OIDC, Unused: true}), nil},
		{"a token beside it that is let", with(&Credential{Kind: policy.OIDC, Works: true, Unused: true}, policy.OIDC, policy.Token), warn},
		{"a token that is not let beside it", with(&Credential{Kind: policy.OIDC, Works: true, Unused: true}, policy.OIDC), block},
		{"a token in its place", with(&Credential{Unused: true}, policy.OIDC), block},
		{"a token", with(&Credential{Kind: policy.Token, Works: true}), nil},
		{"a token, and no publisher is asked for", trusted("", &Credential{Kind: policy.Token, Works: true}), nil},
		{"a token, and a publisher is preferred", trusted(policy.Preferred, &Credential{Kind: policy.Token, Works: true}), warn},
		{"a token beside the one that is preferred", trusted(policy.Preferred, &Credential{Kind: policy.OIDC, Works: true, Unused: true}), warn},
		{"the one that is required", trusted(policy.Required, &Credential{Kind: policy.OIDC, Works: true}), nil},
		{"a token beside the one that is required", trusted(policy.Required, &Credential{Kind: policy.OIDC, Works: true, Unused: true}), block},
		{"a token in its place", trusted(policy.Required, &Credential{Unused: true}), block},
		{"a token that is said to stage only", with(&Credential{Kind: policy.StageToken, Works: true}, policy.StageToken), nil},
		{"and does", with(&Credential{Kind: policy.StageToken, Works: true, Told: true, StageOnly: true}, policy.StageToken), nil},
		{"and does not", with(&Credential{Kind: policy.StageToken, Works: true, Told: true}, policy.StageToken), block},
		{"and any token is let", with(&Credential{Kind: policy.Token, Works: true, Told: true}, policy.StageToken, policy.Token), nil},
	})
}

func TestTokens(t *testing.T) {
	at := func(date string) time.Time {
		d, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const month = 30 * 24 * time.Hour
	aged := policy.Tokens{MaxAge: 3 * month}
	with := func(c Credential, want policy.Tokens) func(*Subject) {
		return func(s *Subject) {
			s.Now, s.Policy.Publish.Tokens = "2026-11-30T12:00:00Z", want
			s.Manifest.Name, s.SentManifest().Name = "@acme/demo", "@acme/demo"
			if c.Kind == "" {
				c.Kind = policy.Token
			}
			s.Credential = &c
		}
	}
	told := func(created, expires string) Credential {
		c := Credential{Told: true, Created: at(created)}
		if expires != "" {
			c.Expires = at(expires)
		}
		return c
	}
	ranges := func(all ...string) Credential { return Credential{Told: true, CIDR: all} }
	to := func(packages, scopes, orgs []string) Credential {
		return Credential{Told: true, Packages: packages, Scopes: scopes, Orgs: orgs}
	}
	one := []string{"@acme/demo"}
	old, unbounded := []string{"token-too-old package.json always"}, []string{"token-unbounded package.json always"}
	wide, unknown := []string{"token-too-wide package.json always"}, []string{"token-unknown package.json advice"}
	cidr, mine, ours := policy.Tokens{RequireCIDR: true}, policy.Tokens{Scope: policy.ScopePackage}, policy.Tokens{Scope: policy.ScopeScope}
	bypass := to(one, nil, nil)
	bypass.Bypass2FA = true
	table(t, tokens, []row{
		{"nobody asks", with(Credential{}, policy.Tokens{}), nil},
		{"nobody asks for more", with(told("2020-01-01", ""), policy.Tokens{Scope: "any"}), nil},
		{"the registry does not tell", with(Credential{}, aged), unknown},
		{"nor for addresses", with(Credential{}, cidr), unknown},
		{"nor for scopes", with(Credential{}, mine), unknown},
		{"a trusted publisher's", with(Credential{Kind: policy.OIDC}, policy.Tokens{MaxAge: 1, RequireCIDR: true, Scope: "package"}), nil},
		{"young", with(told("2026-11-01", "2026-12-01"), aged), nil},
		{"old", with(told("2026-08-01", "2026-12-01"), aged), old},
		{"young, and lives for a year", with(told("2026-11-01", "2027-11-01"), aged), old},
		{"young, and without an end", with(told("2026-11-01", ""), aged), unbounded},
		{"without a beginning", with(Credential{Told: true}, aged), unknown},
		{"bound", with(ranges("192.0.2.0/24", "2001:db8::1"), cidr), nil},
		{"bound to nothing", with(ranges(), cidr), unbounded},
		{"bound to everything", with(ranges("192.0.2.0/24", "0.0.0.0/0"), cidr), unbounded},
		{"bound to everything, in IPv6", with(ranges("::/0"), cidr), unbounded},
		{"bound to a word", with(ranges("office"), cidr), unbounded},
		{"of this package", with(to(one, nil, nil), mine), nil},
		{"of another too", with(to([]string{"@acme/demo", "@acme/other"}, nil, nil), mine), wide},
		{"of its scope", with(to(nil, []string{"@acme"}, nil), mine), wide},
		{"of its scope, which is let", with(to([]string{"@acme/other"}, []string{"@acme"}, nil), ours), nil},
		{"of another scope", with(to(nil, []string{"@acme", "@corp"}, nil), ours), wide},
		{"of a scope that begins the same", with(to(nil, []string{"@acme-evil"}, nil), ours), wide},
		{"of everything", with(to(nil, nil, nil), ours), wide},
		{"of all, said so", with(to([]string{"*"}, nil, nil), ours), wide},
		{"of an organisation", with(to(one, nil, []string{"acme"}), mine), wide},
		{"past the second factor", with(bypass, mine), wide},
	})
}
