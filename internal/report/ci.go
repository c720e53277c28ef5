package report

import (
	"cmp"
	"path"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// A CI is what the reports for CI servers, GitLab and JUnit, are made from: one
// run, over one package or over several members of a workspace.
type CI struct {
	Documents []*Document // of each package that was judged; none: the run did not get that far
	LeftOut   []Skip      // members that were not judged
	Run       *Run        // of the whole run
	Trouble   string      // what went wrong, in one line; may be foreign, and empty
	Began     time.Time
	Ended     time.Time
	Version   string // publishgate's own
}

// undecided returns why nothing was decided about a package; empty: it was
// judged.
func (d *Document) undecided() string {
	if d.Result() != policy.Unknown {
		return ""
	}
	return cmp.Or(d.Problem, "no verdict was reached")
}

// undecided returns why the run judged no package; empty: it judged some.
func (c *CI) undecided() string {
	if len(c.Documents) > 0 {
		return ""
	}
	return cmp.Or(c.Trouble, "no package was judged")
}

// named returns the name by which a CI server knows the package: that of
// package.json, or what stands for it.
func (d *Document) named() string {
	if d.Package.Name == "" {
		return "package without a name"
	}
	return display.Cap(d.Package.Name, maxField)
}

// inRepository returns the path of a file in the repository: file is relative to
// the package's directory. Where the result would leave the repository, or is
// one that nobody can read, it returns that of package.json, which is always
// there.
func (d *Document) inRepository(file string, inTarball bool) string {
	if !inTarball && file != "" && !path.IsAbs(file) {
		if p := path.Join(d.Root, file); readable(p) {
			return p
		}
	}
	if p := path.Join(d.Root, "package.json"); readable(p) {
		return p
	}
	return "package.json"
}

// readable reports whether a clean path leads to something in the repository, and
// shows what it is.
func readable(p string) bool {
	return p != "." && p != ".." && !strings.HasPrefix(p, "../") && !path.IsAbs(p) && !strings.Contains(p, `\`) &&
		display.Cap(p, maxPath) == p
}

// maxPath is the longest path of a file that an alert is shown at, in characters.
const maxPath = 1000

// ciTime formats a time as both formats want it: in UTC, without a zone.
func ciTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

// began returns when the run began, never after it ended.
func (c *CI) began() time.Time {
	if c.Began.IsZero() || c.Began.After(c.Ended) {
		return c.Ended
	}
	return c.Began
}

// waivedBy returns who waived a finding, why and until when, as plain text.
func waivedBy(w *policy.Exception) string {
	if w == nil {
		return "waived by the policy"
	}
	s := display.Cap(w.Reason, maxMessage) + " (" + display.Cap(w.Owner, maxField) + ", until " + w.Expires.UTC().Format("2006-01-02")
	if w.Document != "" {
		s += ", by the VEX document " + display.Cap(w.Document, maxField)
	}
	return s + ")"
}

// chains returns the first chains by which a package is installed, as plain text,
// and one line about how many more there are.
func chains(paths [][]string) []string {
	var lines []string
	for i, p := range paths {
		if i == maxChains {
			return append(lines, count(len(paths)-i, "more path", "more paths"))
		}
		lines = append(lines, cmp.Or(display.Cap(chain(p), 2*maxField), "the package itself"))
	}
	return lines
}
