// Package forge holds what a code host, such as GitHub, says about a commit: the
// branch it is on, who reviewed it, its checks, what scanned it and which alerts
// are open. It judges what these say together, by itself: it asks nobody and
// reads no clock.
package forge

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Question names the commit that is asked about, and what of it.
type Question struct {
	SHA string
	// Branch is the branch that the run is of; empty: it is of a tag, or another
	// commit is checked out. Default is the repository's default branch; empty:
	// not known. Only a branch that has the commit is taken.
	Branch, Default string

	Review, Protected, Checks, Scans, Alerts, Secrets bool
}

// Evidence is what the host said. What was not asked for is empty.
type Evidence struct {
	SHA       string
	Branch    Branch
	Pulls     []Pull
	Checks    []Check
	Scans     []Scan
	Alerts    []Alert
	More      bool // there are more alerts than were read
	Unscanned bool // nothing was ever scanned, so that no alert can be open
}

// A Branch is the branch that the commit was released from. Without a name there
// is none: the commit is on no branch that is known.
type Branch struct {
	Name    string
	Classic bool     // branch protection in its older form
	Rules   []string // the types of the rules that are active, as in "pull_request"
}

// guarding are the rules that keep a push that nobody looked at from a branch.
// Others forbid to delete it, to rewrite its history, or bad messages.
var guarding = []string{"pull_request", "update", "merge_queue", "required_status_checks", "required_deployments", "workflows",
	"code_scanning"}

// Guarded reports whether changes come to the branch by pull request, or past
// required checks, alone. What classic protection demands in detail an
// administrator's token sees alone; that it is on suffices.
func (b *Branch) Guarded() bool {
	return b.Classic || slices.ContainsFunc(b.Rules, func(rule string) bool { return slices.Contains(guarding, rule) })
}

// Short returns the beginning of the commit's name.
func (e *Evidence) Short() string { return short(e.SHA) }

func short(sha string) string { return sha[:min(len(sha), 7)] }

// A Scan is one analysis by a code scanning tool.
type Scan struct {
	Tool, Category string
	SHA, Ref       string // of what was analysed
	Error          string // why it failed; empty: it did not
	At             time.Time
}

// Latest returns the newest analysis that a pattern of the policy means, by its
// tool or its category, that did not fail. With sameCommit it is one of the very
// commit; else of the commit or its branch. failed is the error of the newest
// one that did.
func (e *Evidence) Latest(pattern string, sameCommit bool) (latest Scan, failed string) {
	var worst time.Time
	for _, s := range e.Scans {
		switch {
		case !Matches(pattern, s.Tool) && !Matches(pattern, s.Category):
		case s.SHA != e.SHA && (sameCommit || e.Branch.Name == "" || s.Ref != "refs/heads/"+e.Branch.Name):
		case s.Error != "":
			if !s.At.Before(worst) {
				worst, failed = s.At, s.Error
			}
		case latest.Tool == "" || s.At.After(latest.At):
			latest = s
		}
	}
	if worst.Before(latest.At) {
		failed = ""
	}
	return latest, failed
}

// An Alert is one that is open.
type Alert struct {
	Kind     string // "code scanning", "secret scanning"
	Number   int
	Tool     string // empty: none is named
	Rule     string // what was found, in short
	Severity string // critical, high, medium, low, error, warning, note or none
	Path     string
	Line     int
	Page     string // where it is shown
}

// Name returns how people call an alert.
func (a *Alert) Name() string { return fmt.Sprintf("%s alert %d", a.Kind, a.Number) }

// Matches reports whether a pattern means a name: letters are the same in upper
// and lower case, * stands for any run of characters.
func Matches(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, last)
}
