package check

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// TestSignatures: whatever is no verified signature is a finding, but for what a
// registry cannot have signed.
func TestSignatures(t *testing.T) {
	seal := func(mode string, state SealState, change func(*npm.Package)) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.Signatures = mode
			s.Signatures = map[*npm.Package]Seal{}
			for p := range s.Installed() {
				s.Signatures[p] = Seal{State: SealVerified}
			}
			b := pkg(s, "b")
			if s.Signatures[b] = (Seal{State: state, Why: "the reason"}); change != nil {
				change(b)
			}
		}
	}
	missing, invalid := []string{"signature-missing b always"}, []string{"signature-invalid b always"}
	table(t, signatures, []row{
		{"not asked", func(s *Subject) { seal("", SealInvalid, nil)(s) }, nil},
		{"not looked at", func(s *Subject) { seal("required", SealInvalid, nil)(s); s.Signatures = nil }, nil},
		{"verified", seal("required", SealVerified, nil), nil},
		{"missing", seal("when-available", SealMissing, nil), missing},
		{"missing, required", seal("required", SealMissing, nil), missing},
		{"invalid", seal("when-available", SealInvalid, nil), invalid},
		{"invalid, required", seal("required", SealInvalid, nil), invalid},
		{"skipped", seal("when-available", SealSkipped, nil), nil},
		{"skipped, required", seal("required", SealSkipped, nil), missing},
		{"from git, required", seal("required", SealSkipped, func(p *npm.Package) { p.Source = npm.SourceGit }), nil},
		{"bundled, required", seal("required", SealSkipped, func(p *npm.Package) { p.Bundler = &npm.Package{} }), nil},
		{"bundled, invalid", seal("when-available", SealInvalid, func(p *npm.Package) { p.Bundler = &npm.Package{} }), invalid},
		{"forgotten", func(s *Subject) { seal("when-available", SealVerified, nil)(s); delete(s.Signatures, pkg(s, "b")) }, missing},
		{"of a build tool", func(s *Subject) {
			seal("when-available", SealVerified, nil)(s)
			s.Signatures[pkg(s, "tool")] = Seal{State: SealInvalid, Why: "the reason"}
		}, []string{"signature-invalid tool always"}},
	})
}

// TestAttestations: what must have provenance has it, and what was published with
// less than before is told, within the policy's time.
func TestAttestations(t *testing.T) {
	attests := func(state SealState, patterns ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.Attestations = patterns
			s.Attestations = map[*npm.Package]Seal{pkg(s, "b"): {State: state, Why: "the reason"}}
		}
	}
	lowered := func(mode, at string, within time.Duration) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.Downgrade, s.Policy.Dependencies.DowngradeWithin = mode, within
			seal := Seal{State: SealInvalid, Why: "the reason"}
			if at != "" {
				seal.At = on(at)
			}
			s.Publishers = map[*npm.Package]Seal{pkg(s, "b"): seal, pkg(s, "a"): {State: SealVerified}, pkg(s, "tool"): {State: SealSkipped}}
		}
	}
	built := func(from string, entries ...string) func(*Subject) {
		return func(s *Subject) {
			attests(SealVerified, entries...)(s)
			s.Attestations[pkg(s, "b")] = Seal{State: SealVerified, Why: from}
			for _, name := range []string{"a", "tool"} {
				s.Attestations[pkg(s, name)] = Seal{State: SealVerified, Why: "https://github.com/acme/b"}
			}
		}
	}
	elsewhere := []string{"attestation-elsewhere b always"}
	missing, invalid := []string{"attestation-missing b always"}, []string{"attestation-invalid b always"}
	month := 30 * 24 * time.Hour
	table(t, attestations, []row{
		{"verified", attests(SealVerified, "b"), nil},
		{"missing", attests(SealMissing, "b"), missing},
		{"missing, by a pattern", attests(SealMissing, "[b-c]*"), missing},
		{"another package", attests(SealMissing, "c", "@acme/*"), nil},
		{"invalid", attests(SealInvalid, "b"), invalid},
		{"from git", attests(SealSkipped, "b"), missing},
		{"forgotten", attests(SealUnseen, "b"), missing},
		{"not looked at", func(s *Subject) { attests(SealInvalid, "b")(s); s.Attestations = nil }, nil},
		{"from the repository", built("https://github.com/Acme/b", "b=github.com/acme/B"), nil},
		{"from one of an owner", built("https://github.com/acme/b", "*=github.com/acme/*"), nil},
		{"from a longer one", built("https://github.com/acme/b/c", "b=github.com/acme/*"), elsewhere},
		{"from another", built("https://github.com/mallory/b", "b=github.com/acme/b"), elsewhere},
		{"from another host", built("https://gitlab.com/acme/b", "b=github.com/acme/b"), elsewhere},
		{"not both", built("https://github.com/acme/b", "b=github.com/acme/b", "b=github.com/acme/c"), elsewhere},
		{"of another package", built("https://github.com/mallory/b", "b", "a=github.com/acme/b"), nil},
		{"from nowhere", built("", "b=github.com/acme/b"), elsewhere},
		{"no https", built("http://github.com/acme/b", "b=github.com/acme/b"), elsewhere},
		{"lowered", lowered("block", "", 0), []string{"trust-lowered b always"}},
		{"lowered, warns", lowered("warn", "2026-05-20", 0), []string{"trust-lowered b advice"}},
		{"lowered, not asked", lowered("", "2026-05-20", 0), nil},
		{"lowered, within the time", lowered("block", "2026-05-20", month), []string{"trust-lowered b always"}},
		{"lowered, long ago", lowered("block", "2026-05-01", month), nil},
		{"lowered, nobody knows when", lowered("block", "", month), []string{"trust-lowered b always"}},
	})
}

// TestNewcomers: each kind of newcomer is told as its own key says, within the
// policy's time.
func TestNewcomers(t *testing.T) {
	month := 30 * 24 * time.Hour
	came := func(publisher, maintainers, revived, at string, within time.Duration) func(*Subject) {
		return func(s *Subject) {
			want := &s.Policy.Dependencies.SinceRelease
			want.Publisher, want.Maintainers, want.Revived, want.Within = publisher, maintainers, revived, within
			a := Arrival{Seal: Seal{State: SealInvalid}, Publisher: "p", Maintainers: "m", Revived: "r", Scripts: "s"}
			if at != "" {
				a.At = on(at)
			}
			s.Arrivals = map[*npm.Package]Arrival{pkg(s, "b"): a, pkg(s, "a"): {Seal: Seal{State: SealVerified}, Publisher: "p"},
				pkg(s, "tool"): {Seal: Seal{State: SealSkipped}}}
		}
	}
	table(t, newcomers, []row{
		{"nobody asks", came("", "", "", "", 0), nil},
		{"all", came("block", "warn", "block", "", 0), []string{"publisher-new b always", "maintainers-replaced b advice",
			"release-revived b always"}},
		{"one", came("", "", "warn", "2026-05-20", 0), []string{"release-revived b advice"}},
		{"within the time", came("warn", "", "", "2026-05-20", month), []string{"publisher-new b advice"}},
		{"long ago", came("block", "block", "block", "2026-05-01", month), nil},
		{"nobody knows when", came("block", "", "", "", month), []string{"publisher-new b always"}},
		{"in time to come", came("block", "", "", "2099-05-01", month), []string{"publisher-new b always"}},
		{"a script", func(s *Subject) {
			came("", "", "", "2026-05-20", 0)(s)
			s.Policy.Dependencies.SinceRelease.Scripts, s.Policy.Dependencies.Allowed = "block", &[]string{"b", "b@1.0.0"}
		}, []string{"install-script-changed b always"}},
		{"a script that was read", func(s *Subject) {
			came("", "", "", "2026-05-20", 0)(s)
			s.Policy.Dependencies.SinceRelease.Scripts, s.Policy.Dependencies.Allowed = "block", &[]string{"b@2.0.0"}
		}, nil},
		{"not looked at", func(s *Subject) { came("block", "", "", "", 0)(s); s.Arrivals = nil }, nil},
	})
}
