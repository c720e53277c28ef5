package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A waiver is an exception that is being matched against findings.
type waiver struct {
	*Exception
	index         int        // position in the file
	name, version string     // of Package; both empty: any
	versions      *npm.Range // of Versions; nil: any
	path          []string   // of Path; nil: any
	dead          string     // the rule that says why it does not count; "": it counts
	limit         *tooLong   // the limit it exceeds for a finding it would cover; nil: none
	duplicate     *Exception
	used          bool
	broad         bool // its id is a rule's, and it covered advisories by it
	ambiguous     bool // its id is an alias of two advisories about one package, so it covered neither
}

// waivers are all exceptions of a policy, indexed by id.
type waivers struct {
	all  []*waiver
	byID map[string][]*waiver // by lower-case id, in file order

	// byName is indexed by id and the name of the exception's package, "" for
	// any.
	byName map[[2]string][]*waiver
	max    func(finding.Severity) (limit time.Duration, said bool)
	now    time.Time

	aliases Aliases
}

// newWaivers prepares the exceptions of a policy for the findings fs as of now.
// An exception whose package, versions or path cannot be parsed covers nothing.
// Parse refuses such a one, but an Effective may be built in other ways.
func newWaivers(e *Effective, fs []finding.Finding, now time.Time) *waivers {
	exceptions := slices.Clone(e.Exceptions)
	ws := &waivers{byID: make(map[string][]*waiver, len(exceptions)),
		byName: make(map[[2]string][]*waiver, len(exceptions)), max: e.exceptionMax, now: now}
	first := map[string]*waiver{} // the first of exceptions with the same content
	if len(exceptions) > 0 {
		ws.aliases = NewAliases(fs)
	}
	for i := range exceptions {
		w := &waiver{Exception: &exceptions[i], index: i}
		var badPackage, badVersions, badPath error
		if w.Package != "" {
			w.name, w.version, badPackage = parsePackage(w.Package)
		}
		if w.Versions != "" {
			w.versions, badVersions = parseVersions(w.Versions, w.name, w.version)
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
		same := strings.Join(append([]string{id, w.name, w.version, w.Versions}, w.path...), "\x00")
		if other := first[same]; other != nil {
			w.duplicate = other.Exception
		}
		ws.all = append(ws.all, w)
		if badPackage == nil && badVersions == nil && badPath == nil && id != "" {
			ws.byID[id] = append(ws.byID[id], w)
			ws.byName[[2]string{id, w.name}] = append(ws.byName[[2]string{id, w.name}], w)
			if first[same] == nil {
				first[same] = w
			}
		}
	}
	return ws
}

// cover returns the exception that waives a finding, or nil.
//
// An exception with a path covers the chains it matches; the finding is waived
// only when every one of its chains is covered, so that a second way in is not
// hidden by the first.
func (ws *waivers) cover(f *finding.Finding) *Exception {
	if len(ws.all) == 0 {
		return nil
	}
	var partial []*waiver
	for _, w := range ws.candidates(f) {
		if w.dead != "" || !w.about(f) || w.path != nil &&
			!slices.ContainsFunc(f.Paths, func(c []string) bool { return matchPath(w.path, c) }) {
			continue
		}
		if limit, _ := ws.max(f.Severity); w.tooLong(f.Severity, limit, w.Expires.Sub(ws.now)) {
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

// candidates returns, in file order, the exceptions that may cover a finding.
// Their id is the finding's rule or means its advisory, and their package, if
// they name one, is the finding's. Advisory ids are compared without regard to
// letter case, as their databases do.
func (ws *waivers) candidates(f *finding.Finding) []*waiver {
	named := func(id string) []*waiver {
		found := slices.Clone(ws.byName[[2]string{id, ""}])
		if f.Name != "" {
			found = append(found, ws.byName[[2]string{id, f.Name}]...)
		}
		return found
	}
	found := slices.DeleteFunc(named(f.Rule), func(w *waiver) bool { return w.ID != f.Rule })
	for _, id := range f.IDs {
		id := strings.ToLower(id)
		if len(ws.byID[id]) == 0 {
			continue
		}
		yes, ambiguous := ws.aliases.Mean(id, f)
		if ambiguous {
			for _, w := range ws.byID[id] {
				w.ambiguous = true
			}
		}
		for _, w := range named(id) {
			if yes && !slices.Contains(found, w) {
				found = append(found, w)
			}
		}
	}
	slices.SortFunc(found, func(a, b *waiver) int { return a.index - b.index })
	return found
}

// about reports whether the exception applies to the finding's package.
//
// Without a package, an advisory's id is narrow enough. A rule's id is not: it
// then covers only findings that are about no package. Malware is waived only
// for the one version that somebody reviewed.
func (w *waiver) about(f *finding.Finding) bool {
	switch {
	case IsMalware(f):
		return w.name != "" && w.name == f.Name && w.version != "" && w.version == f.Version
	case w.name != "":
		return w.name == f.Name && (w.version == "" || w.version == f.Version) && w.admits(f.Version)
	case w.ID == f.Rule:
		return f.Name == "" && f.Package == ""
	}
	return true
}

// admits reports whether the exception's range contains a version. A version
// that cannot be parsed is in no range, a prerelease only in one that names it.
func (w *waiver) admits(version string) bool {
	if w.versions == nil {
		return true
	}
	v, err := npm.ParseVersion(version)
	return err == nil && w.versions.Contains(v, false)
}

func (w *waiver) use(f *finding.Finding) {
	w.used = true
	if w.ID == f.Rule && len(f.IDs) > 0 {
		w.broad = true
	}
}

// oneVersion reports whether s is one complete version, as lockfiles write it.
func oneVersion(s string) bool {
	v, err := npm.ParseVersion(s)
	return err == nil && v.Canonical() == strings.SplitN(s, "+", 2)[0]
}

// findings returns the findings about the exceptions themselves.
func (ws *waivers) findings(file string) []finding.Finding {
	var fs []finding.Finding
	say := func(w *waiver, rule, message string) {
		fs = append(fs, finding.Finding{
			Rule: rule, Severity: severityOf(rule), Level: finding.Advice,
			File: cmp.Or(w.File, file), Line: w.Line, Message: message,
			Subject: strings.TrimRight(strings.Join([]string{w.ID, w.Package, w.Path, w.Versions}, "\x00"), "\x00"),
		})
	}
	for _, w := range ws.all {
		what := w.ID
		if w.Package != "" {
			what += " for " + w.Package
		}
		if w.Versions != "" {
			what += " " + w.Versions
		}
		switch {
		case w.dead == "expired-exception":
			say(w, w.dead, fmt.Sprintf("The exception %s of %s expired on %s and no longer counts.", what, w.Owner,
				moment(w.Expires)))
		case w.dead != "":
			say(w, w.dead, fmt.Sprintf("The exception %s runs until %s, more than 365 days ahead, and does not count.",
				what, moment(w.Expires)))
		case w.limit != nil:
			say(w, "exception-too-long", fmt.Sprintf("The exception %s runs until %s, %s, and does not count there.",
				what, moment(w.Expires), w.limit.text()))
		}
		if w.duplicate != nil {
			say(w, "duplicate-exception", fmt.Sprintf("The exception %s repeats the one on line %d.", what, w.duplicate.Line))
		}
		switch {
		case w.Package == "":
			say(w, "exception-too-wide", fmt.Sprintf("The exception %s names no package: an advisory is waived "+
				"wherever it turns up, a rule for all that is about no package.", what))
		case w.versions != nil && endless(w.versions):
			say(w, "exception-too-wide", fmt.Sprintf("The exception %s has no upper end: it covers versions nobody "+
				"has looked at.", what))
		case w.broad:
			say(w, "exception-too-wide", fmt.Sprintf("The exception %s names a rule: it covers every advisory about "+
				"the package, those of tomorrow too.", what))
		}
		if w.ambiguous {
			say(w, "exception-ambiguous", fmt.Sprintf("The exception %s covers nothing: several advisories about the "+
				"package go by this name.", what))
		} else if !w.used && w.dead == "" && w.limit == nil && w.duplicate == nil {
			say(w, "unused-exception", fmt.Sprintf("The exception %s covers nothing that was found.", what))
		}
	}
	return fs
}

// moment formats the end of an exception: a date, or a time where it ends
// within a day.
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
