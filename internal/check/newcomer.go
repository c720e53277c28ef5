package check

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// An Arrival says who came with a version of which another one was locked before.
// State is SealInvalid if there is something to tell, At when it was published.
type Arrival struct {
	Seal
	Publisher   string // a clause about who published it, foreign in part; empty: nothing to tell
	Maintainers string // the same about who maintains the package
	Scripts     string // the same about a script that runs when it is installed
	Revived     string // the same about the silence before it
}

var newPublisherRule = finding.Rule{
	ID:    "publisher-new",
	Title: "A dependency's new version was published by somebody who had published none before.",
	Why: "Who takes over a package publishes as themselves: a maintainer who was talked into handing it on, or whose account was " +
		"used to invite another one.",
	Help: "Look who it is (`npm view NAME@VERSION _npmUser maintainers`) and whether the earlier authors say so in the package's " +
		"repository. Until then lock the version of the last release; if it is right, write an exception for this version with the reason.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain"},
}

var newMaintainersRule = finding.Rule{
	ID:    "maintainers-replaced",
	Title: "Nobody is left of those who maintained a dependency at our last release.",
	Why:   "A package whose maintainers all changed is another package under an old name: nobody whom you trusted looks after it.",
	Help: "Look who they are and where they say that they took over. Until then lock the version of the last release; if it is right, " +
		"write an exception for this version with the reason.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var newScriptRule = finding.Rule{
	ID:    "install-script-changed",
	Title: "A dependency's new version runs another script when it is installed than the one before.",
	Why: "The script of the old version was there when somebody looked; this one nobody has read. A script that comes with a small " +
		"release is how stolen packages spread.",
	Help: "Read the script (`npm view NAME@VERSION scripts`) and what it starts. If it is right, add NAME@VERSION to " +
		"`dependencies.install-scripts.allow`; until then lock the version of the last release.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var revivedRule = finding.Rule{
	ID:    "release-revived",
	Title: "A dependency's new version came after a long silence.",
	Why: "A package that nobody looks after any more is what is taken over: through a lapsed mail domain, a forgotten token, or an " +
		"offer to help.",
	Help: "Read what changed (`npm diff --diff=NAME@OLD --diff=NAME@VERSION`) and whether it is from the authors. Until then lock the " +
		"version of the last release; if it is right, write an exception for this version with the reason.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain"},
}

// newcomers tells who came with versions that were not locked before. Every scope
// is looked at: what builds a package can change it.
var newcomers = Check{
	Rules: []finding.Rule{newPublisherRule, newMaintainersRule, newScriptRule, revivedRule},
	Run: func(s *Subject) (found []finding.Finding) {
		want := &s.Policy.Dependencies.SinceRelease
		now, err := time.Parse(time.RFC3339, s.Now)
		told := map[string]bool{}
		for p := range s.Installed() {
			a := s.Arrivals[p]
			old := err == nil && want.Within > 0 && !a.At.IsZero() && now.Sub(a.At) > want.Within
			if a.State != SealInvalid || old || told[p.ID()] {
				continue
			}
			told[p.ID()] = true
			for _, of := range []struct {
				rule       *finding.Rule
				mode, says string
			}{{&newPublisherRule, want.Publisher, a.Publisher}, {&newMaintainersRule, want.Maintainers, a.Maintainers},
				{&newScriptRule, want.Scripts, a.Scripts}, {&revivedRule, want.Revived, a.Revived}} {
				if of.mode == "" || of.says == "" || of.rule == &newScriptRule && s.Policy.Dependencies.Reviewed(p.Name, p.Version) {
					continue
				}
				f := s.about(of.rule, p)
				f.Level, f.Fix = finding.Advice, named(of.rule.Help, p)
				if of.mode != "warn" {
					f.Level = finding.Always
				}
				f.Message = fmt.Sprintf("%s %s.", p.ID(), of.says)
				found = append(found, f)
			}
		}
		return found
	},
}
