package check

import (
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

func TestLicenses(t *testing.T) {
	states := func(name, text string, change ...func(*policy.Effective)) func(*Subject) {
		return func(s *Subject) {
			pkg(s, name).License = text
			s.Policy.Licenses.Deny = []string{"GPL-*", "AGPL-*"}
			for _, c := range change {
				c(s.Policy)
			}
		}
	}
	override := func(who, text string) func(*policy.Effective) {
		return func(e *policy.Effective) {
			e.Licenses.Overrides = []policy.LicenseOverride{{Package: who, License: text, Reason: "read"}}
		}
	}
	block := func(e *policy.Effective) { e.Licenses.Unknown = finding.Always }
	ignore := func(e *policy.Effective) { e.Licenses.IgnoreUnknown = true }
	only := func(e *policy.Effective) { e.Licenses.Allow = []string{"MIT"} }
	denied, unknown := []string{"license-denied b always"}, []string{"license-unknown b advice"}
	table(t, licenses, []row{
		{"allowed", states("b", "ISC"), nil},
		{"denied", states("b", "GPL-3.0-only"), denied},
		{"denied by its old name", states("b", "GPL-2.0"), denied},
		{"lesser is another", states("b", "LGPL-3.0-only"), nil},
		{"a choice", states("b", "(MIT OR GPL-3.0-only)"), nil},
		{"both", states("b", "MIT AND AGPL-3.0-only"), denied},
		{"denied in development", states("tool", "GPL-3.0-only"), []string{"license-denied tool severity"}},
		{"not on the list", states("b", "ISC", only), denied},
		{"none", states("b", ""), unknown},
		{"none, unknown blocks", func(s *Subject) {
			states("b", "", block)(s)
			pkg(s, "a").License = ""
		}, []string{"license-unknown package-lock.json always"}},
		{"none, unknown blocks, one excepted", func(s *Subject) {
			states("b", "", block)(s)
			pkg(s, "a").License = ""
			s.Policy.Exceptions = []policy.Exception{{ID: "license-unknown", Package: "a"}}
		}, []string{"license-unknown a always", "license-unknown b always"}},
		{"UNLICENSED", states("b", "UNLICENSED"), unknown},
		{"to be read", states("b", "SEE LICENSE IN x.txt"), unknown},
		{"free text", states("b", "my own"), unknown},
		{"unknown blocks", states("b", "", block), []string{"license-unknown b always"}},
		{"unknown ignored", states("b", "", ignore), nil},
		{"denied although unknown is ignored", states("b", "GPL-3.0-only", ignore), denied},
		{"override", states("b", "", override("b", "MIT")), nil},
		{"override at its version", states("b", "GPL-3.0-only", override("b@2.0.0", "MIT")), nil},
		{"override of another version", states("b", "GPL-3.0-only", override("b@1.0.0", "MIT")), denied},
		{"override by purl", states("b", "", override("pkg:npm/b", "MIT")), nil},
		{"override to a denied one", states("b", "MIT", override("b", "AGPL-3.0-only")), denied},
		{"scope left out", func(s *Subject) {
			states("tool", "GPL-3.0-only")(s)
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
		}, nil},
	})
}

// A lockfile of a format without licences is one finding, which blocks where
// the owner decided about licences.
func TestLockfileWithoutLicences(t *testing.T) {
	none := func(change func(*policy.Effective)) func(*Subject) {
		return func(s *Subject) {
			s.Graph.Version = "1"
			for _, p := range s.Graph.Packages {
				p.License = ""
			}
			change(s.Policy)
		}
	}
	table(t, licenses, []row{
		{"no policy", none(func(*policy.Effective) {}), []string{"license-unknown package-lock.json advice"}},
		{"deny", none(func(e *policy.Effective) { e.Licenses.Deny = []string{"GPL-*"} }), []string{"license-unknown package-lock.json always"}},
		{"allow", none(func(e *policy.Effective) { e.Licenses.Allow = []string{"MIT"} }), []string{"license-unknown package-lock.json always"}},
		{"block", none(func(e *policy.Effective) { e.Licenses.Unknown = finding.Always }), []string{"license-unknown package-lock.json always"}},
		{"ignore", none(func(e *policy.Effective) { e.Licenses.IgnoreUnknown = true }), nil},
		{"of a format that has them", func(s *Subject) {
			none(func(*policy.Effective) {})(s)
			s.Graph.Version = "3"
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
		}, []string{"license-unknown package-lock.json advice"}},
		{"no dependencies", func(s *Subject) { s.Graph.Version, s.Graph.Packages = "1", s.Graph.Packages[:1] }, nil},
	})
}
