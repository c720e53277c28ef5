package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var scriptsNotRunRule = finding.Rule{
	ID:    "scripts-not-run",
	Title: "The folder was packed without running the scripts that npm runs when it packs.",
	Why: "`prepack`, `prepare`, `prepublishOnly` and `postpack` often build what is shipped. publishgate runs no " +
		"code of a project beside its credentials, so what was packed may lack the build, or hold an old one.",
	Help: "Build and run `npm pack` in a step that has no credentials, then gate that file with -tarball. If the " +
		"scripts make nothing that is shipped, set `publish.unrun-scripts: warn` in the policy.",
	Severity: finding.Moderate,
	Tags:     []string{"publish"},
}

// packScripts are the scripts that npm runs when it publishes a directory
// (docs.npmjs.com, scripts, life cycle order). npm no longer runs prepublish.
var packScripts = []string{"prepublishOnly", "prepack", "prepare", "postpack"}

// UnrunScripts names the scripts of a package that npm would run to pack and
// publish its directory, and we do not, in the order in which npm runs them.
func UnrunScripts(m *npm.Manifest) []string {
	var names []string
	for _, name := range packScripts {
		if m.Scripts[name] != "" {
			names = append(names, name)
		}
	}
	return names
}

var unrunScripts = Check{
	Rules: []finding.Rule{scriptsNotRunRule},
	Run: func(s *Subject) []finding.Finding {
		if !s.Packed {
			return nil
		}
		level := finding.Always
		switch s.Policy.Publish.UnrunScripts {
		case policy.UnrunWarn:
			level = finding.Advice
		case policy.UnrunBlockOnPublish:
			if !s.Publishing {
				level = finding.Advice
			}
		}
		var found []finding.Finding
		for _, name := range UnrunScripts(s.Manifest) {
			f := s.inManifest(&scriptsNotRunRule, 0, 0)
			f.Level, f.Subject, f.Fix = level, name, scriptsNotRunRule.Help
			f.Message = fmt.Sprintf("The folder was packed without running its script %s, which npm runs when it publishes: "+
				"what it builds may be missing or old.", name)
			found = append(found, f)
		}
		return found
	},
}
