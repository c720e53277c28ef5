package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/support"
)

// Published is what the registry has of the package that is judged.
type Published struct {
	Releases []PublishedVersion // ascending by precedence; none: the package is not there
	Tags     map[string]string  // dist-tag → version; foreign text

	Known *advisory.Knowledge // what the sources returned about the package itself; nil: nobody asks
}

// any reports whether some version is one that a row names, though a narrower row
// may say more about it.
func (p *Published) any(row *support.Row) bool {
	return slices.ContainsFunc(p.Releases, func(r PublishedVersion) bool { return row.Has(r.Number) })
}

// A PublishedVersion is one of its versions, prereleases too.
type PublishedVersion struct {
	Number     npm.Version
	Deprecated bool
}

var supportedDeprecatedRule = finding.Rule{
	ID:    "supported-deprecated",
	Title: "A supported line is deprecated at the registry.",
	Why: "The list of supported versions says that the line is looked after, and npm tells everybody who installs it that it is " +
		"not. One of the two is wrong.",
	Help:     "Release a version into the line, or take the deprecation back: `npm deprecate NAME@VERSION \"\"`; or end the line's row.",
	Severity: finding.Moderate,
	Tags:     []string{"versions"},
}

var endOfLifeRule = finding.Rule{
	ID:    "end-of-life-undeprecated",
	Title: "Versions that are not supported any more are not deprecated.",
	Why: "npm shows the deprecation to everybody who installs such a version: it is the one notice that reaches them. A version " +
		"that is left out is the one npm prefers.",
	Help:     "Deprecate the versions with the command that the finding names.",
	Severity: finding.Moderate,
	Tags:     []string{"versions"},
}

// A versionLine is a row of the list with the releases that are in it, ascending.
type versionLine struct {
	row      *support.Row
	releases []PublishedVersion // without prereleases
	now      bool               // the version that is released is in it, and above them
}

// inLines returns the rows with their releases.
func (w *versionWalk) inLines() []versionLine {
	table := w.s.Supported.Table
	lines := make([]versionLine, len(table.Rows))
	at := map[*support.Row]*versionLine{}
	for i := range table.Rows {
		lines[i].row = &table.Rows[i]
		at[&table.Rows[i]] = &lines[i]
	}
	for i, row := range w.rows {
		if r := w.s.Published.Releases[i]; row != nil && r.Number.Prerelease() == "" {
			at[row].releases = append(at[row].releases, r)
		}
	}
	if v, ok := w.version(); ok && v.Prerelease() == "" {
		if l := at[w.row(v)]; l != nil {
			l.now = len(l.releases) == 0 || v.Compare(l.releases[len(l.releases)-1].Number) > 0
		}
	}
	return lines
}

// row returns the row that a version is in; nil: none.
func (w *versionWalk) row(v npm.Version) *support.Row {
	row, _ := w.s.Supported.Table.Of(v, w.newest)
	return row
}

// lines looks at each line of the list, and for those that it lacks.
func (w *versionWalk) lines(lines []versionLine) {
	s, now := w.s, w.s.time()
	file := s.Supported.File
	for _, l := range lines {
		row, over := l.row, l.row.Ended(now)
		ahead := s.Policy.Versions.EndOfLife.Notice
		notice := !over && ahead > 0 && !row.Until.IsZero() && !now.Before(row.Until.Add(-ahead))
		switch n := len(l.releases); {
		case row.NamesPrereleases():
		case n == 0:
			if row.Bounded() && !l.now && len(s.Published.Releases) > 0 && !s.Published.any(row) {
				w.add(&supportedStaleRule, finding.Advice, row.Line, "never "+row.Text, "%s:%d lists %q, and the registry has no version of it.",
					file, row.Line, row.Text)
			}
		case over || notice:
			w.undeprecated(l, over)
		case l.releases[n-1].Deprecated && !l.now:
			newest := l.releases[n-1].Number
			w.add(&supportedDeprecatedRule, finding.Always, row.Line, row.Text, "%s:%d says that %q is supported, and %s, its newest version, "+
				"is deprecated at the registry.", file, row.Line, row.Text, newest).Fix = fmt.Sprintf("Release a version into the line, or take "+
				"the deprecation back: `npm deprecate \"%s@%s\" \"\"`; or write into the row that it has ended.", s.Manifest.Name, newest)
		}
	}
	v, ok := w.version()
	latest, err := npm.ParseVersion(s.Published.Tags["latest"])
	if err != nil || !ok || latest.Compare(v) == 0 {
		return
	}
	if w.row(latest) == nil {
		level := finding.Always
		if latest.Compare(v) < 0 {
			level = finding.Advice // what is released takes its place
		}
		w.add(&supportedStaleRule, level, s.Supported.Table.Line, "latest", "%s says nothing about %s, which has the dist-tag latest.", file,
			latest).Fix = fmt.Sprintf("Add a row for %d.%d.x, or for %d.x, to %s.", latest.Major, latest.Minor, latest.Major, file)
	}
}

// undeprecated looks for releases of a line that must be deprecated, because it has
// ended or will.
func (w *versionWalk) undeprecated(l versionLine, over bool) {
	s, want := w.s, &w.s.Policy.Versions.EndOfLife
	level := finding.Advice
	switch {
	case want.Deprecate == policy.Required || want.Standing:
		level = finding.Always
	case want.Deprecate != "":
		return
	}
	v, ok := w.version()
	var open []npm.Version
	own := false // the version is out, and this run deprecates it
	for _, r := range l.releases {
		switch {
		case r.Deprecated:
		case ok && over && want.Standing && r.Number.Compare(v) == 0:
			own = true
		default:
			open = append(open, r.Number)
		}
	}
	file, name := s.Supported.File, s.Manifest.Name
	why := ended(l.row)
	if !over {
		why = fmt.Sprintf("whose support ends on %s, in less than the notice of %s", day(l.row.Until), days(want.Notice))
	}
	command := func(of string) string {
		return fmt.Sprintf("npm deprecate \"%s@%s\" %s", name, of, shellQuoted(s.Policy.Versions.Notice(file)))
	}
	if ok && over && (l.now || own) && want.Standing {
		w.add(&endOfLifeRule, finding.Advice, l.row.Line, "release", "%s goes into %q, %s (%s:%d): it must be deprecated once it is out.", v,
			l.row.Text, why, file, l.row.Line).Fix = "As soon as it is out: `" + command(v.Canonical()) + "`."
	}
	if len(open) == 0 {
		return
	}
	named := make([]string, 0, len(open))
	for _, v := range slices.Backward(open) {
		named = append(named, v.Canonical())
	}
	w.add(&endOfLifeRule, level, l.row.Line, l.row.Text, "%d of %d versions of %q, %s (%s:%d), are not deprecated: %s.", len(open),
		len(l.releases), l.row.Text, why, file, l.row.Line, listed(named, 5)).Fix = "Tell their users: `" +
		command(w.rangeOf(l)) + "`."
}

// shellQuoted returns a text as one word of a shell, in which nothing is run.
func shellQuoted(text string) string {
	if strings.ContainsAny(text, "\"\\$`!") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return `"` + text + `"`
}

// rangeOf returns a range of npm's that holds the releases of a line and no other
// published version, as npm deprecate reads it: with prereleases.
func (w *versionWalk) rangeOf(l versionLine) string {
	all := w.s.Published.Releases
	if text := l.row.Range(); text != "" {
		r, err := npm.ParseRange(text)
		same := err == nil
		for i := range all {
			same = same && r.Contains(all[i].Number, true) == (w.rows[i] == l.row)
		}
		if same {
			return text
		}
	}
	return w.runs(func(i int) bool { return w.rows[i] == l.row })
}

// runs returns a range of npm's that holds the published versions by their
// indexes, and no other published one.
func (w *versionWalk) runs(in func(i int) bool) string {
	var runs []string
	all := w.s.Published.Releases
	for i := 0; i < len(all); i++ {
		from := i
		for i < len(all) && in(i) {
			i++
		}
		switch first, last := all[from].Number.Canonical(), all[max(from, i-1)].Number.Canonical(); {
		case i == from:
		case first == last:
			runs = append(runs, first)
		default:
			runs = append(runs, ">="+first+" <="+last)
		}
	}
	return strings.Join(runs, " || ")
}

// newest returns the highest release, the one that is judged included; nil: what
// the registry has is not known.
func (s *Subject) newest() *npm.Version {
	if s.Published == nil {
		return nil
	}
	var newest *npm.Version
	for i := range s.Published.Releases {
		if v := &s.Published.Releases[i].Number; v.Prerelease() == "" {
			newest = v
		}
	}
	if v, err := npm.ParseVersion(s.SentManifest().Version); err == nil && (newest == nil || v.Prerelease() == "" && v.Compare(*newest) > 0) {
		newest = &v
	}
	return newest
}

// time returns the time of the run; zero if it is not known.
func (s *Subject) time() time.Time {
	now, _ := time.Parse(time.RFC3339, s.Now)
	return now
}
