package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// maxException is how far ahead an exception may end.
const maxException = 365 * 24 * time.Hour

// A waiver is an exception while findings are held against it.
type waiver struct {
	*Exception
	index         int      // in the file's order
	name, version string   // of Package; both empty: any
	path          []string // of Path; nil: any
	dead          string   // why it does not count, a rule of ours; "": it does
	duplicate     *Exception
	used          bool
	broad         bool // named a rule and covered advisories with it
	ambiguous     bool // its id is an alias of two advisories about one package, and covered neither
}

// waivers are all exceptions of a policy, found by id.
type waivers struct {
	all  []*waiver
	byID map[string][]*waiver // by lower-case id, in file order

	// meant says which advisories an id stands for: the own ids of the findings
	// that carry it, by package name and lower-case id. An alias is no identity:
	// two lodash advisories of 2026 name each other and both their CVEs, and
	// have different fixes.
	meant map[[2]string][]string
}

// newWaivers reads the exceptions as of now. One whose package or path cannot
// be read covers nothing; Parse refuses such, but exceptions may be made by
// other means.
func newWaivers(exceptions []Exception, now time.Time) *waivers {
	ws := &waivers{byID: make(map[string][]*waiver, len(exceptions))}
	for i := range exceptions {
		w := &waiver{Exception: &exceptions[i], index: i}
		var badPackage, badPath error
		if w.Package != "" {
			w.name, w.version, badPackage = parsePackage(w.Package)
		}
		if w.Path != "" {
			w.path, badPath = parsePath(w.Path)
		}
		switch {
		case !now.Before(w.Expires):
			w.dead = "expired-exception"
		case w.Expires.Sub(now) > maxException:
			w.dead = "exception-too-long"
		}
		id := strings.ToLower(w.ID)
		for _, other := range ws.byID[id] {
			if other.name == w.name && other.version == w.version && slices.Equal(other.path, w.path) && w.duplicate == nil {
				w.duplicate = other.Exception
			}
		}
		ws.all = append(ws.all, w)
		if badPackage == nil && badPath == nil && id != "" {
			ws.byID[id] = append(ws.byID[id], w)
		}
	}
	return ws
}

// know tells the waivers what there is to be waived.
func (ws *waivers) know(fs []finding.Finding) {
	ws.meant = map[[2]string][]string{}
	for i := range fs {
		own := ownID(&fs[i])
		for _, id := range fs[i].IDs {
			key := [2]string{fs[i].Name, strings.ToLower(id)}
			if !slices.Contains(ws.meant[key], own) {
				ws.meant[key] = append(ws.meant[key], own)
			}
		}
	}
}

// ownID is the id of a finding's advisory itself, as opposed to its aliases.
func ownID(f *finding.Finding) string {
	if f.Subject == "" && len(f.IDs) > 0 {
		return strings.ToLower(f.IDs[0])
	}
	return strings.ToLower(f.Subject)
}

// means reports whether an id that a finding carries can only mean its
// advisory: it is the advisory's own, or an alias in another database that no
// other advisory about the package has too. ambiguous: one has.
func (ws *waivers) means(id string, f *finding.Finding) (yes, ambiguous bool) {
	own := ownID(f)
	if id = strings.ToLower(id); id == own {
		return true, false
	}
	if strings.HasPrefix(id, "ghsa-") && strings.HasPrefix(own, "ghsa-") {
		return false, false // GitHub's id of another advisory: that one is meant
	}
	meant := ws.meant[[2]string{f.Name, id}]
	if slices.Contains(meant, id) {
		return false, false
	}
	return len(meant) < 2, len(meant) > 1
}

// cover returns the exception that waives a finding, nil if none does.
//
// An exception with a path covers the chains it matches; the finding is waived
// when each of its chains is covered, so that a second way in does not slip
// through with the first.
func (ws *waivers) cover(f *finding.Finding) *Exception {
	if len(ws.all) == 0 {
		return nil
	}
	var partial []*waiver
	for _, w := range ws.candidates(f) {
		if w.dead != "" || !w.about(f) {
			continue
		}
		if w.path == nil {
			w.use(f)
			return w.Exception
		}
		partial = append(partial, w)
	}
	if len(partial) == 0 || len(f.Paths) == 0 {
		return nil
	}
	var needed []*waiver
	for _, chain := range f.Paths {
		i := slices.IndexFunc(partial, func(w *waiver) bool { return matchPath(w.path, chain) })
		if i < 0 {
			return nil
		}
		needed = append(needed, partial[i])
	}
	for _, w := range needed {
		w.use(f)
	}
	return needed[0].Exception
}

// candidates are the exceptions whose id is the finding's rule or means its
// advisory, in file order. Advisory ids are compared without regard to
// letter case, as their databases do.
func (ws *waivers) candidates(f *finding.Finding) []*waiver {
	found := slices.DeleteFunc(slices.Clone(ws.byID[f.Rule]), func(w *waiver) bool { return w.ID != f.Rule })
	for _, id := range f.IDs {
		yes, ambiguous := ws.means(id, f)
		for _, w := range ws.byID[strings.ToLower(id)] {
			w.ambiguous = w.ambiguous || ambiguous
			if yes && !slices.Contains(found, w) {
				found = append(found, w)
			}
		}
	}
	slices.SortFunc(found, func(a, b *waiver) int { return a.index - b.index })
	return found
}

// about reports whether the exception speaks of the finding's package.
//
// Without a package, an advisory's id is narrow enough; a rule's id is not, and
// covers only findings that are about no package at all. Malware is waived
// only for the one version that somebody looked at.
func (w *waiver) about(f *finding.Finding) bool {
	switch {
	case isMalware(f):
		return w.name != "" && w.name == f.Name && w.version != "" && w.version == f.Version
	case w.name != "":
		return w.name == f.Name && (w.version == "" || w.version == f.Version)
	case w.ID == f.Rule:
		return f.Name == "" && f.Package == ""
	}
	return true
}

func (w *waiver) use(f *finding.Finding) {
	w.used = true
	if w.ID == f.Rule && len(f.IDs) > 0 {
		w.broad = true
	}
}

// isMalware reports whether a finding says that a package is hostile, rather
// than faulty.
func isMalware(f *finding.Finding) bool {
	return isMalwareID(f.Rule) || slices.ContainsFunc(f.IDs, isMalwareID)
}

// isMalwareID recognises the rule's id and those of OpenSSF's malware reports.
func isMalwareID(id string) bool {
	return id == "malware" || len(id) >= 4 && strings.EqualFold(id[:4], "MAL-")
}

// oneVersion reports whether s is one version in full, as a lockfile has it.
func oneVersion(s string) bool {
	v, err := npm.ParseVersion(s)
	return err == nil && v.Canonical() == strings.SplitN(s, "+", 2)[0]
}

// findings reports on the exceptions themselves.
func (ws *waivers) findings(file string) []finding.Finding {
	var fs []finding.Finding
	say := func(w *waiver, rule, message string) {
		fs = append(fs, finding.Finding{
			Rule: rule, Severity: severityOf(rule), Level: finding.Advice,
			File: file, Line: w.Line, Message: message,
			Subject: strings.Join([]string{w.ID, w.Package, w.Path}, "\x00"),
		})
	}
	for _, w := range ws.all {
		what := w.ID
		if w.Package != "" {
			what += " for " + w.Package
		}
		switch {
		case w.dead == "expired-exception":
			say(w, w.dead, fmt.Sprintf("The exception %s of %s expired on %s and no longer counts.", what, w.Owner, moment(w.Expires)))
		case w.dead != "":
			say(w, w.dead, fmt.Sprintf("The exception %s runs until %s, more than 365 days ahead, and does not count.", what, moment(w.Expires)))
		}
		if w.duplicate != nil {
			say(w, "duplicate-exception", fmt.Sprintf("The exception %s repeats the one on line %d.", what, w.duplicate.Line))
		}
		switch {
		case w.Package == "":
			say(w, "exception-too-wide", fmt.Sprintf("The exception %s names no package: an advisory is waived wherever it turns up, a rule for all that is about no package.", what))
		case w.broad:
			say(w, "exception-too-wide", fmt.Sprintf("The exception %s names a rule: it covers every advisory about the package, those of tomorrow too.", what))
		}
		if w.ambiguous {
			say(w, "exception-ambiguous", fmt.Sprintf("The exception %s covers nothing: several advisories about the package go by this name.", what))
		} else if !w.used && w.dead == "" && w.duplicate == nil {
			say(w, "unused-exception", fmt.Sprintf("The exception %s covers nothing that was found.", what))
		}
	}
	return fs
}

// moment shows a date, or the moment where an exception ends within a day.
func moment(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

func severityOf(rule string) finding.Severity {
	for i := range Rules {
		if Rules[i].ID == rule {
			return Rules[i].Severity
		}
	}
	return finding.Unknown
}
