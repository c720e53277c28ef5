package check

import (
	"fmt"
	"path"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
)

var undeclaredEnvRule = finding.Rule{
	ID:    "env-undeclared",
	Title: "The shipped code reads a variable of the environment that the policy does not declare.",
	Why: "Credentials live in the environment. A variable that nobody declared is a secret the package should not " +
		"see, or a setting that nobody documented.",
	Help:     "If the code is meant to read it, add the variable to `env.declared`. If not, find out who wrote the line.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball"},
}

var wholeEnvRule = finding.Rule{
	ID:    "env-whole",
	Title: "The shipped code uses the environment as a whole.",
	Why: "Where it is copied, listed or indexed by something computed, the text does not show which variables are " +
		"read, so that `env.declared` cannot be held against it.",
	Help:     "Read the place. Where it can be, name the variables one by one.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "tarball"},
}

// environment compares only if the policy declares variables. NODE_ENV is no
// setting of a package but the mode, which bundlers set.
var environment = Check{
	Rules: []finding.Rule{undeclaredEnvRule, wholeEnvRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Policy.Env.Declared == nil {
			return nil
		}
		declared := *s.Policy.Env.Declared
		var found []finding.Finding
		for _, m := range s.Tarball.Env {
			if m.Name == "NODE_ENV" || slices.ContainsFunc(declared,
				func(p string) bool { ok, err := path.Match(p, m.Name); return ok && err == nil }) {
				continue
			}
			f := packed(&undeclaredEnvRule, m.Path)
			f.Line, f.Subject, f.Fix = m.Line, m.Name, undeclaredEnvRule.Help
			f.Message = fmt.Sprintf("%s:%d reads %s from the environment, which env.declared does not name.", inPackage(m.Path), m.Line, m.Name)
			found = append(found, f)
		}
		if whole := s.Tarball.EnvWhole; len(whole) > 0 {
			f := packed(&wholeEnvRule, whole[0].Path)
			f.Line, f.Level, f.Fix = whole[0].Line, finding.Advice, wholeEnvRule.Help
			f.Message = fmt.Sprintf("%s:%d uses the environment as a whole%s: which variables are read there is not known.",
				inPackage(whole[0].Path), whole[0].Line, andOthers(len(whole)))
			found = append(found, f)
		}
		return found
	},
}
