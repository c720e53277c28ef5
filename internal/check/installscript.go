package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var installScriptRule = finding.Rule{
	ID:    "install-script",
	Title: "A dependency runs a script when it is installed, and the policy does not allow it.",
	Why: "An install script runs with the rights of whoever installs, before anybody looked at the code: it is how " +
		"most attacks through npm start.",
	Help: "Read the script. If it is needed, add the package with its version to `dependencies.install-scripts.allow`; else replace " +
		"the dependency.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var unusedScriptRule = finding.Rule{
	ID:    "install-script-unused",
	Title: "An entry of the policy allows an install script that nothing runs.",
	Why: "What was allowed for a dependency of yesterday is allowed for whoever comes back under that name. A list that nobody clears " +
		"is a list that nobody reads.",
	Help:     "Take the entry off `dependencies.install-scripts.allow`.",
	Severity: finding.Low,
	Tags:     []string{"policy"},
}

var wideScriptRule = finding.Rule{
	ID:    "install-script-wide",
	Title: "An entry of the policy allows the install scripts of every version.",
	Why: "Somebody read the script of one version. The next one may run anything, and most attacks are the next version of a package " +
		"that was fine.",
	Help:     "Write the version that was read: NAME@VERSION, or a range, in `dependencies.install-scripts.allow`.",
	Severity: finding.Moderate,
	Tags:     []string{"policy", "security"},
}

// The check runs only if the policy has a list, even an empty one.
var installScript = Check{
	Rules: []finding.Rule{installScriptRule},
	Run: func(s *Subject) []finding.Finding {
		list := &s.Policy.Dependencies.InstallScripts
		if list.Allowed == nil {
			return nil
		}
		var found []finding.Finding
		for p := range s.dependencies() {
			runs, script := s.installs(p)
			if !runs || list.MayInstall(p.Name, p.Version) {
				continue
			}
			f := s.about(&installScriptRule, p)
			f.Message = fmt.Sprintf("%s runs a script when it is installed, and the policy does not allow it to%s.", p.ID(), script)
			f.Fix = fmt.Sprintf("Read the script, then add %s to `dependencies.install-scripts.allow` or replace it.", p.ID())
			if list.OthersWarn {
				f.Level = finding.Advice
			}
			found = append(found, f)
		}
		return found
	},
}

// installs reports whether a script runs when a copy is installed, by its lockfile
// or its registry, and which one where the registry tells.
func (s *Subject) installs(p *npm.Package) (runs bool, script string) {
	if text := s.Installs[p]; text != "" {
		return true, ": " + clipped(text)
	}
	return p.HasInstallScript, ""
}

// clipped returns a script for a message: on one line, and not all of a long one.
func clipped(script string) string {
	const most = 120
	script = strings.ReplaceAll(script, "\n", "; ")
	if runes := []rune(script); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return script
}

// allowedScripts judges the entries of the list. Nothing is unused as long as it is
// not known of every copy whether it runs a script.
var allowedScripts = Check{
	Rules: []finding.Rule{unusedScriptRule, wideScriptRule},
	Run: func(s *Subject) (found []finding.Finding) {
		list := &s.Policy.Dependencies.InstallScripts
		if list.Allowed == nil {
			return nil
		}
		known := s.Graph.TellsScripts() || s.Installs != nil
		for _, entry := range *list.Allowed {
			if list.VersionsWritten && policy.AllowsAnyVersion(entry) {
				f := s.inPolicy(&wideScriptRule, finding.Always, 0, entry,
					"%s allows the install scripts of every version.", entry)
				f.Fix = wideScriptRule.Help
				found = append(found, f)
			}
			if known && !s.usesScript(entry) {
				f := s.inPolicy(&unusedScriptRule, finding.Advice, 0, entry,
					"%s may run a script when it is installed, and nothing that is installed does so under that name and version.", entry)
				f.Fix = unusedScriptRule.Help
				found = append(found, f)
			}
		}
		return found
	},
}

// usesScript reports whether a copy needs an entry, in any of the lockfiles.
func (s *Subject) usesScript(entry string) bool {
	needs := func(p *npm.Package) bool {
		runs, _ := s.installs(p)
		return runs && policy.AllowsScript(entry, p.Name, p.Version)
	}
	return slices.ContainsFunc(s.Graph.Packages, needs) || slices.ContainsFunc(s.Others, func(o Other) bool {
		return !o.Graph.TellsScripts() || slices.ContainsFunc(o.Graph.Packages, needs)
	})
}
