package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Sending is how the package would be published, by this run or, where it
// only judges, by npm after it.
type Sending struct {
	Asked      string   // -access; "" not given
	Access     string   // that would be sent: "public", "restricted"; "": npm's null, the registry decides
	Registries []string // addresses that publishConfig may name; never empty in a run
}

// Access is the access that a package is published with: the strictest of what
// was asked for, what publishConfig says and what the policy wants of it. A
// package without a scope is public, and its access goes unsaid, as npm has it.
func Access(name, asked, configured, wanted string) string {
	if !strings.HasPrefix(name, "@") {
		return asked
	}
	said := []string{asked, configured, wanted}
	for _, access := range []string{"restricted", "public"} {
		if slices.Contains(said, access) {
			return access
		}
	}
	return ""
}

var publishAccessRule = finding.Rule{
	ID:       "publish-access",
	Title:    "The package would be published with another access, or to another place, than the policy allows.",
	Why:      "A flag, the name and `publishConfig` all steer how a package is published: they can make a restricted package public, send it to another registry or hand the token to a proxy.",
	Help:     "Keep only `access`, `tag`, `registry` and `provenance` in `publishConfig`, with the access that `publish.access` in the policy names and the registry that is published to (-registry), and give the package a scope if it is restricted.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var publishAccess = Check{
	Rules: []finding.Rule{publishAccessRule},
	Run: func(s *Subject) []finding.Finding {
		found := s.asksPublic()
		found = append(found, s.publishConfig(s.Manifest, nil, func(rule *finding.Rule) finding.Finding {
			return s.inManifest(rule, s.Manifest.PublishConfigLine, 0)
		})...)
		// What npm would read is the tarball's. What stands in both is said once.
		if s.Tarball != nil && s.Tarball.Manifest != nil {
			found = append(found, s.publishConfig(s.Tarball.Manifest, s.Manifest, func(rule *finding.Rule) finding.Finding {
				f := packed(rule, "package/package.json")
				f.Line = s.Tarball.Manifest.PublishConfigLine
				return f
			})...)
		}
		return found
	},
}

// asksPublic judges what is no word of publishConfig's: the flag and the name.
// What is marked private goes nowhere.
func (s *Subject) asksPublic() []finding.Finding {
	m := s.Manifest
	if s.Policy.Publish.Access != "restricted" || m.Private && !s.Publishing {
		return nil
	}
	problem, line := "", m.NameLine
	switch {
	case s.Sent.Asked == "public":
		problem = "-access public asks for a public package, the policy wants restricted"
	case m.Name != "" && !strings.HasPrefix(m.Name, "@"):
		problem = fmt.Sprintf("%q has no scope, so that it would be public, the policy wants restricted", m.Name)
	default:
		return nil
	}
	f := s.inManifest(&publishAccessRule, line, 0)
	f.Message, f.Subject, f.Fix = problem+".", problem, publishAccessRule.Help
	return []finding.Finding{f}
}

// publishConfig judges the settings of a manifest that the manifest said does
// not have in the same way; said may be nil.
func (s *Subject) publishConfig(m, said *npm.Manifest, begin func(*finding.Rule) finding.Finding) []finding.Finding {
	var problems []string
	for key, value := range m.PublishConfig {
		if said != nil {
			if v, ok := said.PublishConfig[key]; ok && v == value {
				continue
			}
		}
		if p := s.configProblem(key, value); p != "" {
			problems = append(problems, p)
		}
	}
	slices.Sort(problems)
	var found []finding.Finding
	for _, p := range problems {
		f := begin(&publishAccessRule)
		f.Message, f.Subject = p+".", p
		f.Fix = publishAccessRule.Help
		found = append(found, f)
	}
	return found
}

// configProblem says what is wrong with a setting of publishConfig; "": nothing.
func (s *Subject) configProblem(key, value string) string {
	restricted := s.Policy.Publish.Access == "restricted"
	switch {
	case key == "access":
		if restricted && value != "" && value != "restricted" {
			return fmt.Sprintf("publishConfig.access is %q, the policy wants restricted", value)
		}
	case key == "provenance":
		if restricted && value != "" && value != "false" {
			return "publishConfig.provenance asks for provenance, which npm gives public packages alone, the policy wants restricted"
		}
	case key == "registry":
		ours := slices.ContainsFunc(s.Sent.Registries, func(r string) bool { return sameAddress(r, value) })
		if value != "" && !ours && len(s.Sent.Registries) > 0 {
			return fmt.Sprintf("publishConfig.registry is %q, where `npm publish` would send it; this run is about %s", value, strings.Join(s.Sent.Registries, ", "))
		}
	case key != "tag" && !npm.InertPublishKey(key):
		return fmt.Sprintf("publishConfig has the key %q", key)
	}
	return ""
}

// sameAddress compares two addresses of registries, but for letter case of the
// host and a slash at the end.
func sameAddress(a, b string) bool {
	u, err := url.Parse(a)
	v, wrong := url.Parse(b)
	return err == nil && wrong == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Host, v.Host) && u.User == nil && v.User == nil &&
		strings.TrimSuffix(u.EscapedPath(), "/") == strings.TrimSuffix(v.EscapedPath(), "/") && u.RawQuery == v.RawQuery && u.Fragment == v.Fragment
}
