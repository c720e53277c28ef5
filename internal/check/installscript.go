package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var installScriptRule = finding.Rule{
	ID:    "install-script",
	Title: "A dependency runs a script when it is installed, and the policy does not allow it.",
	Why: "An install script runs with the rights of whoever installs, before anybody looked at the code: it is how " +
		"most attacks through npm start.",
	Help:     "Read the script. If it is needed, add the package to `dependencies.install-scripts.allow`; else replace the dependency.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

// The check runs only if the policy has a list, even an empty one.
var installScript = Check{
	Rules: []finding.Rule{installScriptRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Policy.Dependencies.InstallScripts == nil {
			return nil
		}
		allow := *s.Policy.Dependencies.InstallScripts
		var found []finding.Finding
		for p := range s.dependencies() {
			if !p.HasInstallScript || namedBy(allow, p) {
				continue
			}
			f := s.about(&installScriptRule, p)
			f.Message = fmt.Sprintf("%s runs a script when it is installed, and the policy does not allow it to.", p.ID())
			f.Fix = "Read the script, then add the package to `dependencies.install-scripts.allow` or replace it."
			found = append(found, f)
		}
		return found
	},
}

// namedBy reports whether a list of the policy names a package: by its real
// name, name@version, purl, or all of a scope as "@scope/*".
func namedBy(list []string, p *npm.Package) bool {
	for _, entry := range list {
		if scope, ok := strings.CutSuffix(entry, "/*"); ok && strings.HasPrefix(scope, "@") && strings.HasPrefix(p.Name, scope+"/") {
			return true
		}
		name, version := entry, ""
		if strings.HasPrefix(entry, "pkg:") {
			var err error
			if name, version, err = npm.ParsePURL(entry); err != nil {
				continue
			}
		} else if at := strings.LastIndexByte(entry, '@'); at > 0 {
			name, version = entry[:at], entry[at+1:]
		}
		if name == p.Name && (version == "" || version == p.Version) {
			return true
		}
	}
	return false
}
