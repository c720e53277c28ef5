package check

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/script"
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
	Help: "Read the place. Where it can be, name the variables one by one. Under `env.declared: none` this blocks: " +
		"the package reads some variable.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "tarball"},
}

var unvalidatedEnvRule = finding.Rule{
	ID:    "env-unvalidated",
	Title: "The shipped code uses a variable of the environment and nothing stops it where that is absent.",
	Why: "What is absent then goes on as undefined, and fails late, far from its cause, or not at all: a request without its key, " +
		"a check that compares with nothing.",
	Help: "Test it before it is used, and throw: `if (!process.env.NAME) throw new Error(\"NAME is not set\")`, an assertion, or a " +
		"schema. A default is no test. What only asks whether a variable is set needs none.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "tarball"},
}

var undocumentedEnvRule = finding.Rule{
	ID:       "env-undocumented",
	Title:    "The shipped code reads a variable of the environment that its document does not name.",
	Why:      "Whoever installs the package can set only what they know of, and watches only what they know of.",
	Help:     "Name the variable, and say what it is for, in the document that `env.documented` names; or no longer read it.",
	Severity: finding.Low,
	Tags:     []string{"docs", "tarball"},
}

// An envUse is how the package reads one variable.
type envUse struct {
	name     string
	at       envPlace // the first read
	flows    envPlace // the first in a file that was parsed from which its value goes on
	searched envPlace // the first in a file that was not parsed
}

// An envPlace is where a variable is read. Without a path it is nowhere.
type envPlace struct {
	path string
	line int
}

func (p envPlace) String() string { return fmt.Sprintf("%s:%d", inPackage(p.path), p.line) }

// or keeps the first of two places.
func (p *envPlace) or(next envPlace) {
	if p.path == "" {
		*p = next
	}
}

// environment compares only if the policy asks something of variables.
var environment = Check{
	Rules: []finding.Rule{undeclaredEnvRule, wholeEnvRule, unvalidatedEnvRule, undocumentedEnvRule},
	Run: func(s *Subject) []finding.Finding {
		asked := s.Policy.Env
		if s.Tarball == nil || s.Tarball.Programs == nil {
			return nil
		}
		uses, tested := envUses(s.Tarball.Programs.Read)
		var found []finding.Finding
		for _, u := range uses {
			add := func(rule *finding.Rule, at envPlace, format string, args ...any) {
				f := packed(rule, at.path)
				f.Line, f.Subject, f.Fix = at.line, u.name, rule.Help
				f.Message = at.String() + " " + fmt.Sprintf(format, args...)
				found = append(found, f)
			}
			if asked.Declared != nil && !declaresEnv(*asked.Declared, u.name) {
				add(&undeclaredEnvRule, u.at, "reads %s from the environment, which env.declared does not name.", u.name)
				continue
			}
			switch {
			case !asked.Validated || tested[u.name]:
			case u.flows.path != "":
				add(&unvalidatedEnvRule, u.flows, "uses %s of the environment, and nothing in the package stops where it is absent.", u.name)
			case u.searched.path != "":
				add(&unvalidatedEnvRule, u.searched, "reads %s from the environment. The file could not be parsed, so that no test of it "+
					"was seen, and no other file has one.", u.name)
			}
			if asked.Documented != "" && !names(s.envDoc(), u.name) {
				add(&undocumentedEnvRule, u.at, "reads %s from the environment, which %s does not name.", u.name, asked.Documented)
			}
		}
		return slices.Concat(found, restOfEnv(s), wholeEnv(s))
	},
}

// restOfEnv tells of programs that read more variables than are kept.
func restOfEnv(s *Subject) (found []finding.Finding) {
	asked := s.Policy.Env
	for i := range s.Tarball.Programs.Read {
		p := &s.Tarball.Programs.Read[i]
		if !p.FullOf(len(p.Env)) {
			continue
		}
		for _, of := range []struct {
			asked bool
			rule  *finding.Rule
		}{{asked.Declared != nil, &undeclaredEnvRule}, {asked.Validated, &unvalidatedEnvRule}, {asked.Documented != "", &undocumentedEnvRule}} {
			if of.asked {
				f := packed(of.rule, p.Path)
				f.Line, f.Subject, f.Fix = 1, restOf(p), of.rule.Help
				f.Message = inPackage(p.Path) + ":1 " + fullText
				found = append(found, f)
			}
		}
	}
	return found
}

// wholeEnv looks at uses from which no name can be told.
func wholeEnv(s *Subject) []finding.Finding {
	declared := s.Policy.Env.Declared
	if declared == nil {
		return nil
	}
	var first *finding.Finding
	files := 0
	for _, p := range s.Tarball.Programs.Read {
		if len(p.Whole) == 0 {
			continue
		}
		if files++; first == nil {
			f := packed(&wholeEnvRule, p.Path)
			f.Line, f.Fix = p.Whole[0].Line, wholeEnvRule.Help
			first = &f
		}
	}
	if first == nil {
		return nil
	}
	first.Message = fmt.Sprintf("%s:%d uses the environment as a whole%s: which variables are read there is not known.",
		inPackage(first.File), first.Line, andOthers(files))
	if len(*declared) > 0 {
		first.Level = finding.Advice
	}
	return []finding.Finding{*first}
}

// envUses gathers the variables that programs read, by name, and those for whose
// absence one of them stops. NODE_ENV is no setting of a package but the mode,
// which bundlers set.
func envUses(programs []script.Program) ([]*envUse, map[string]bool) {
	byName, tested := map[string]*envUse{}, map[string]bool{}
	var uses []*envUse
	for _, p := range programs {
		for _, name := range p.Tested {
			tested[name] = true
		}
		for _, v := range p.Env {
			if v.Name == "NODE_ENV" {
				continue
			}
			u := byName[v.Name]
			if u == nil {
				u = &envUse{name: v.Name}
				byName[v.Name], uses = u, append(uses, u)
			}
			at := envPlace{p.Path, v.Line}
			switch u.at.or(at); {
			case p.Searched != "":
				u.searched.or(at)
			case v.Flows:
				u.flows.or(at)
			}
		}
	}
	slices.SortFunc(uses, func(a, b *envUse) int { return cmp.Compare(a.name, b.name) })
	return uses, tested
}

// declaresEnv reports whether a list of env.declared has a variable.
func declaresEnv(declared []string, name string) bool {
	return slices.ContainsFunc(declared, func(p string) bool { ok, err := path.Match(p, name); return ok && err == nil })
}

// envDoc returns the text that names the variables.
func (s *Subject) envDoc() string {
	if s.EnvDoc != nil {
		return *s.EnvDoc
	}
	return s.Tarball.Readme
}

// names reports whether a text has a name as a word.
func names(text, name string) bool {
	if name == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		from = i + len(name)
		if !partOfName(text, i-1) && !partOfName(text, from) {
			return true
		}
	}
}

func partOfName(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
