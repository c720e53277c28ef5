package check

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Sending is how the package would be published, by this run or, if it only
// judges, by npm afterwards.
type Sending struct {
	Asked      string   // -access; "": not given
	Access     string   // that would be sent: "public", "restricted"; "": null, the registry decides
	Registries []string // addresses that publishConfig may name; never empty in a run
}

// Access returns the access that a package is published with: the strictest of
// the flag, publishConfig and the policy. A package without a scope is public;
// its access is "", as for npm.
func Access(name, asked, configured, wanted string) string {
	if !strings.HasPrefix(name, "@") {
		return asked
	}
	said := []string{asked, npm.AccessWord(configured), wanted}
	for _, access := range []string{"restricted", "public"} {
		if slices.Contains(said, access) {
			return access
		}
	}
	return ""
}

// SentManifest returns the manifest that npm and the registry would read: that
// of the tarball, if there is one.
func (s *Subject) SentManifest() *npm.Manifest {
	if s.Tarball != nil && s.Tarball.Manifest != nil {
		return s.Tarball.Manifest
	}
	return s.Manifest
}

// Sends returns how the package would be published with an access from the
// flags. A run that publishes sends it to one registry. A run that judges
// accepts those that the user set for its scope or the policy names.
func (s *Subject) Sends(access, registry string, scopes map[string]string) Sending {
	m := s.SentManifest()
	to := Sending{
		Asked: access, Registries: []string{registry},
		Access: Access(m.Name, access, m.PublishConfig["access"], s.Policy.Publish.Access),
	}
	if s.Publishing {
		return to
	}
	if scope, _, found := strings.Cut(m.Name, "/"); found && scopes[scope] != "" {
		to.Registries = append(to.Registries, scopes[scope])
	}
	to.Registries = append(to.Registries, s.Policy.Dependencies.Registries...)
	return to
}

var publishAccessRule = finding.Rule{
	ID:    "publish-access",
	Title: "The package would be published with another access, or to another place, than the policy allows.",
	Why: "A flag, the name and `publishConfig` all steer how a package is published: they can make a restricted " +
		"package public, send it to another registry or hand the token to a proxy.",
	Help: "Keep only `access`, `tag`, `registry` and `provenance` in `publishConfig`, with the access that " +
		"`publish.access` in the policy names and the registry that is published to (-registry), and give the package a " +
		"scope if it is restricted.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

// publishAccess judges the manifest that npm would read, which is the
// tarball's: pnpm and yarn remove fields of publishConfig when they pack.
// Findings have the line in the directory's manifest if that says the same.
var publishAccess = Check{
	Rules: []finding.Rule{publishAccessRule},
	Run: func(s *Subject) []finding.Finding {
		sent := s.SentManifest()
		found := s.asksPublic(sent)
		for _, key := range slices.Sorted(maps.Keys(sent.PublishConfig)) {
			if slices.ContainsFunc(s.Refusals, func(r Refusal) bool { return r.Key == key }) {
				continue // told as that, which no exception lifts
			}
			problem := s.configProblem(key, sent.PublishConfig[key])
			if problem == "" || key == "browser" && s.yarnPacked(sent) {
				continue
			}
			f := s.inManifest(&publishAccessRule, s.Manifest.PublishConfigLine, 0)
			if v, ok := s.Manifest.PublishConfig[key]; !ok || v != sent.PublishConfig[key] {
				f = packed(&publishAccessRule, "package/package.json")
				f.Line = sent.PublishConfigLine
			}
			f.Message, f.Subject = problem+".", problem
			f.Fix = publishAccessRule.Help
			found = append(found, f)
		}
		return found
	},
}

// yarnPacked reports whether yarn made the manifest of a tarball: it copies
// browser of publishConfig to the top. Such a package is published by yarn.
func (s *Subject) yarnPacked(sent *npm.Manifest) bool {
	return s.Graph != nil && s.Graph.Manager == "yarn" && sent != s.Manifest && !s.Manifest.MovedUp("browser") && sent.MovedUp("browser")
}

// asksPublic judges the sources of access other than publishConfig: the flag,
// which does not count if publishConfig is stricter, and the name. A private
// package is not published.
func (s *Subject) asksPublic(sent *npm.Manifest) []finding.Finding {
	m := s.Manifest
	if s.Policy.Publish.Access != "restricted" || m.Private && !s.Publishing {
		return nil
	}
	problem, line := "", m.NameLine
	switch {
	case s.Sent.Asked == "public" && (npm.AccessWord(sent.PublishConfig["access"]) != "restricted" || !strings.HasPrefix(m.Name, "@")):
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

// configProblem returns what is wrong with a setting of publishConfig, or "".
func (s *Subject) configProblem(key, value string) string {
	restricted := s.Policy.Publish.Access == "restricted"
	switch {
	case key == "access":
		heldBack := value == "public" && s.Sent.Asked == "restricted"
		if restricted && value != "" && npm.AccessWord(value) != "restricted" && !heldBack {
			return fmt.Sprintf("publishConfig.access is %q, the policy wants restricted", value)
		}
	case key == "provenance":
		if restricted && value != "" && value != "false" {
			return "publishConfig.provenance asks for provenance, which npm gives public packages alone, the policy wants restricted"
		}
	case key == "registry":
		ours := slices.ContainsFunc(s.Sent.Registries, func(r string) bool { return sameAddress(r, value) })
		if value != "" && !ours && len(s.Sent.Registries) > 0 {
			return fmt.Sprintf("publishConfig.registry is %q, where `npm publish` would send it; this run is about %s", value,
				strings.Join(s.Sent.Registries, ", "))
		}
	case npm.IsScopeRegistry(key): // takes precedence over registry, if the scope is the package's
		if !slices.ContainsFunc(s.Sent.Registries, func(r string) bool { return sameAddress(r, value) }) {
			return fmt.Sprintf("publishConfig has the key %q with the registry %q, and this run is about %s", key, value,
				strings.Join(s.Sent.Registries, ", "))
		}
	case key != "tag" && !npm.InertPublishKey(key):
		return fmt.Sprintf("publishConfig has the key %q", key)
	}
	return ""
}

// sameAddress compares two addresses of registries, without regard to letter
// case of the host and a slash at the end.
func sameAddress(a, b string) bool {
	u, err := url.Parse(a)
	v, wrong := url.Parse(b)
	return err == nil && wrong == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Host, v.Host) && u.User == nil && v.User == nil &&
		strings.TrimSuffix(u.EscapedPath(), "/") == strings.TrimSuffix(v.EscapedPath(), "/") && u.RawQuery == v.RawQuery &&
		u.Fragment == v.Fragment
}
