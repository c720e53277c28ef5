package check

import (
	"testing"

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
				s.Signatures[p] = Seal{SealVerified, "one"}
			}
			b := pkg(s, "b")
			if s.Signatures[b] = (Seal{state, "the reason"}); change != nil {
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
			s.Signatures[pkg(s, "tool")] = Seal{SealInvalid, "the reason"}
		}, []string{"signature-invalid tool always"}},
	})
}
