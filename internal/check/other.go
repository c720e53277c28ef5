package check

import (
	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// An Other is a lockfile that is judged beside the Subject's own.
type Other struct {
	Graph      *npm.Graph
	Requests   *Requests        // what it asks registries for; nil: it is found where it is needed
	Advisories []advisory.Match // every advisory that matches a copy in it
	InTarball  bool             // it ships: consumers install by it
}

// ofLockfile are the checks that an Other is judged by: those of what it says
// itself, and not of package.json, the tarball or the directory.
var ofLockfile = []Check{advisories, unauditable, licenses, integrity, address, replaced, required, installScript, lockfileNotes}

// runOther judges one of them. What the Subject's own lockfile has too is not
// told twice, nor is advice: its place is beside the lockfile that is used.
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

// by is the Subject with an Other for its lockfile.
func (s *Subject) by(o Other) *Subject {
	as := *s
	as.Graph, as.Requests, as.Advisories, as.Others = o.Graph, o.Requests, o.Advisories, nil
	as.Tarball, as.Unlocked, as.Origins, as.Plan = nil, nil, nil, nil
	return &as
}

// says reports whether a rule is about what a lockfile has, whether or not it
// fits package.json: nobody keeps a lockfile up to date that is not used.
func says(rule string) bool {
	return rule != ruleOfNote(npm.NoteLockMismatch).rule.ID && rule != ruleOfNote(npm.NoteLockDrift).rule.ID &&
		rule != ruleOfNote(npm.NoteMissing).rule.ID
}

// An otherKey tells findings apart whatever lockfile they are of.
type otherKey struct {
	rule, name, version, subject string
	scope                        npm.Scope
	level                        finding.Level
}

func keyOf(f *finding.Finding) otherKey {
	return otherKey{f.Rule, f.Name, f.Version, f.Subject, f.Scope, f.Level}
}

// runOthers judges all of them, after what was found in the rest.
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
