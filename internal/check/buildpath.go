package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var buildToolUnpinnedRule = finding.Rule{
	ID:    "build-tool-unpinned",
	Title: "What builds the package is not one version, or is not tied to its bytes.",
	Why: "A package manager and a runtime run before anything that was judged, and with the rights of the build. Which one that is must " +
		"not depend on the day: a version that nobody looked at can change everything that is published.",
	Help: "Write the exact version. For npm, pnpm and yarn `corepack use NAME@VERSION` writes it with its checksum into package.json; for " +
		"Node it is a line such as `22.11.0` in .node-version or .nvmrc.",
	Severity: finding.High,
	Tags:     []string{"supply-chain"},
}

var buildToolUnclearRule = finding.Rule{
	ID:    "build-tool-unclear",
	Title: "Two places say different things about what builds the package.",
	Why: "Each is read by another tool. What was tested on one machine is then not what builds the release on another, and only one of " +
		"the two was looked at.",
	Help:     "Write the same version in each place, or keep one of them.",
	Severity: finding.High,
	Tags:     []string{"supply-chain"},
}

// buildPath judges what the checkout says of its build, if the policy asks. What is
// required always counts; else it is judged as development dependencies are.
var buildPath = Check{
	Rules: []finding.Rule{buildToolUnpinnedRule, buildToolUnclearRule},
	Run: func(s *Subject) (found []finding.Finding) {
		if s.Policy.Dependencies.BuildPath == "" {
			return nil
		}
		all := s.Graph.Tools
		for i := range all {
			switch t := &all[i]; {
			case !t.Pinned(all):
				f := s.ofBuild(&buildToolUnpinnedRule, t)
				f.Message = fmt.Sprintf("%s says %s, which %s: no advisory can be asked for about it.", t.From, t.ID(), loose(t))
				found = append(found, f)
			case t.Hashable && t.Version != "" && !t.Summed(all):
				f := s.ofBuild(&buildToolUnpinnedRule, t)
				f.Severity = finding.Moderate
				f.Message = fmt.Sprintf("%s says %s without a checksum of SHA-2, so that whatever is served under that version runs.", t.From, t.ID())
				f.Fix = fmt.Sprintf("Run `corepack use %s@%s`, which writes the checksum, and commit package.json.", t.Tool, t.Version)
				found = append(found, f)
			}
		}
		return slices.Concat(found, s.unnamedTools(), s.unclearTools())
	},
}

// loose says why a statement is no single version.
func loose(t *npm.BuildTool) string {
	switch {
	case npm.Exactly(t.Wanted) != "":
		return "does not stop another one"
	case t.Wanted == "":
		return "is any version"
	case strings.Contains(t.Wanted, ", "):
		return "is several versions"
	}
	if _, err := npm.ParseRange(t.Wanted); err != nil {
		return "is not one version, but what that name means on the day"
	}
	return "is a range, and not one version"
}

// ofBuild returns a new finding about a statement.
func (s *Subject) ofBuild(rule *finding.Rule, t *npm.BuildTool) finding.Finding {
	f := finding.Finding{Rule: rule.ID, Severity: rule.Severity, Level: finding.BySeverity, Scope: npm.Dev, Name: t.Name, Version: t.Version,
		File: t.File, Line: t.Line, Column: t.Column, Subject: t.From + " " + t.Tool, Fix: rule.Help}
	if s.Policy.Dependencies.BuildPath == policy.Required {
		f.Level = finding.Always
	}
	return f
}

// unnamedTools tells that nothing says which package manager, or which runtime,
// builds the package, where the policy requires that.
func (s *Subject) unnamedTools() (found []finding.Finding) {
	if s.Policy.Dependencies.BuildPath != policy.Required {
		return nil
	}
	for _, of := range []struct {
		what, fix string
		is        func(*npm.BuildTool) bool
	}{
		{"package manager", "Run `corepack use NAME@VERSION` (npm, pnpm or yarn), which writes it into package.json with its checksum.",
			(*npm.BuildTool).Manages},
		{"runtime", "Write the version of Node, such as `22.11.0`, into .node-version or .nvmrc.", (*npm.BuildTool).Runs},
	} {
		if slices.ContainsFunc(s.Graph.Tools, func(t npm.BuildTool) bool { return of.is(&t) }) {
			continue
		}
		f := s.ofBuild(&buildToolUnpinnedRule, &npm.BuildTool{Tool: of.what, File: s.Manifest.File, Line: 1, Column: 1})
		f.Subject, f.Fix = of.what, of.fix
		f.Message = fmt.Sprintf("Nothing in the checkout says which %s builds the package: it is whatever the machine has.", of.what)
		found = append(found, f)
	}
	return found
}

// unclearTools tells what places say differently, one finding a tool with all of
// them: its version, and which package manager it is.
func (s *Subject) unclearTools() (found []finding.Finding) {
	all := s.Graph.Tools
	told := map[string]bool{}
	for i := range all {
		a := &all[i]
		if told[a.Tool] {
			continue
		}
		told[a.Tool] = true
		same := []*npm.BuildTool{a}
		var against *npm.BuildTool
		for j := i + 1; j < len(all); j++ {
			if b := &all[j]; b.Tool == a.Tool {
				for _, o := range same {
					alternatives := o.Group != "" && o.Group == b.Group
					if against == nil && !alternatives && o.Opposes(b) {
						against = b
					}
				}
				same = append(same, b)
			}
		}
		if against != nil {
			found = append(found, s.unclear(against, a.Tool, same))
		}
	}
	return append(found, s.otherManager()...)
}

// otherManager tells that packageManager names one that devEngines does not admit.
func (s *Subject) otherManager() []finding.Finding {
	all := s.Graph.Tools
	at := slices.IndexFunc(all, func(t npm.BuildTool) bool { return t.From == "packageManager" })
	if at < 0 {
		return nil
	}
	same := []*npm.BuildTool{&all[at]}
	for i := range all {
		if o := &all[i]; o.Group == "devEngines.packageManager" {
			if o.Tool == all[at].Tool {
				return nil
			}
			same = append(same, o)
		}
	}
	if len(same) == 1 {
		return nil
	}
	return []finding.Finding{s.unclear(same[1], "package manager", same)}
}

// unclear returns the finding of statements of which not all can hold.
func (s *Subject) unclear(at *npm.BuildTool, what string, same []*npm.BuildTool) finding.Finding {
	const most = 5
	var said []string
	for _, t := range same[:min(len(same), most)] {
		said = append(said, fmt.Sprintf("%s (%s:%d) says %s", t.From, t.File, t.Line, t.ID()))
	}
	if more := len(same) - most; more > 0 {
		said = append(said, fmt.Sprintf("%d more say something too", more))
	}
	f := s.ofBuild(&buildToolUnclearRule, at)
	f.Subject, f.Message = what, strings.Join(said, ", ")+": not all of that can hold."
	return f
}

// NotAudited returns what the build path names and no advisory was asked for about,
// each with the reason.
func (s *Subject) NotAudited() (all []Unchecked) {
	if s.Policy.Dependencies.BuildPath == "" {
		return nil
	}
	told := map[string]bool{}
	for i := range s.Graph.Tools {
		t := &s.Graph.Tools[i]
		why := ""
		switch {
		case t.Version == "" && t.Checksum != "":
			why = "a file of the checkout, whose name does not say which version it is"
		case t.Version == "" && t.Only && t.Pinned(s.Graph.Tools):
			continue // the version is another statement's
		case t.Version == "":
			why = "it is not one version"
		case t.Name == "" && t.Runs():
			why = "a runtime is no package of npm's, and the sources that are asked tell of no others"
		case t.Name == "":
			why = "it is not known to be a package of npm's"
		}
		if key := t.ID() + why; why != "" && !told[key] {
			told[key] = true
			all = append(all, Unchecked{"advisories of " + t.ID(), fmt.Sprintf("%s (%s): %s", t.From, t.File, why)})
		}
	}
	for _, of := range []struct {
		what string
		is   func(*npm.BuildTool) bool
	}{{"the package manager", (*npm.BuildTool).Manages}, {"the runtime", (*npm.BuildTool).Runs}} {
		if !slices.ContainsFunc(s.Graph.Tools, func(t npm.BuildTool) bool { return of.is(&t) }) {
			all = append(all, Unchecked{"advisories of " + of.what, "nothing in the checkout says which one builds the package"})
		}
	}
	return all
}
