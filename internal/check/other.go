package check

import (
	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// An Other is a lockfile that is judged besides the Subject's own.
type Other struct {
	Graph      *npm.Graph
	Requests   *Requests        // its requests to registries; nil: they are computed on demand
	Advisories []advisory.Match // every advisory that matches a copy in it
	InTarball  bool             // it ships: consumers install by it
}

// ofLockfile are the checks for an Other: those about the lockfile itself, not
// about package.json, the tarball or the directory.
var ofLockfile = []Check{advisories, unauditable, licenses, integrity, address, replaced, required, installScript, lockfileNotes}

// runOther judges an Other. It omits findings that the Subject's own lockfile
// has too, and advice, which only concerns the lockfile in use.
func (s *Subject) runOther(o Other, told map[otherKey]bool) []finding.Finding {
	as := s.by(o)
	var found []finding.Finding
	for _, c := range ofLockfile {
		for _, f := range c.Run(as) {
			if f.Level == finding.Advice || told[keyOf(&f)] || !o.InTarball && !says(f.Rule) {
				continue
			}
			if o.InTarball {
				f.InTarball = true
				f.Fix = "Delete npm-shrinkwrap.json, or make it anew from the lockfile that was judged with `npm shrinkwrap`, then pack again."
			} else {
				f.Fix = "Delete " + o.Graph.Lockfile + " if it is not used, or say which package manager is with `packageManager` " +
					"in package.json. Else: " + f.Fix
			}
			found = append(found, f)
		}
	}
	return found
}

// by returns the Subject with an Other as its lockfile.
func (s *Subject) by(o Other) *Subject {
	as := *s
	as.Graph, as.Requests, as.Advisories, as.Others = o.Graph, o.Requests, o.Advisories, nil
	as.Tarball, as.Unlocked, as.Origins, as.Plan = nil, nil, nil, nil
	return &as
}

// says reports whether a rule is about the content of a lockfile, not about its
// fit to package.json: a lockfile that is not used is not kept up to date.
func says(rule string) bool {
	return rule != ruleOfNote(npm.NoteLockMismatch).rule.ID && rule != ruleOfNote(npm.NoteLockDrift).rule.ID &&
		rule != ruleOfNote(npm.NoteMissing).rule.ID
}

// An otherKey identifies a finding independently of the lockfile.
type otherKey struct {
	rule, name, version, subject string
	scope                        npm.Scope
	level                        finding.Level
}

func keyOf(f *finding.Finding) otherKey {
	return otherKey{f.Rule, f.Name, f.Version, f.Subject, f.Scope, f.Level}
}

// runOthers judges all Others; found are the findings of the rest.
func (s *Subject) runOthers(found []finding.Finding) []finding.Finding {
	if len(s.Others) == 0 {
		return found
	}
	told := make(map[otherKey]bool, len(found))
	for i := range found {
		told[keyOf(&found[i])] = true
	}
	for _, o := range s.Others {
		found = append(found, s.runOther(o, told)...)
	}
	return found
}
