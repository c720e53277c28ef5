package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// Limits for foreign text, in characters: enough to act on, too few to hide the
// verdict. verdict.json contains everything.
const (
	maxField   = 200
	maxMessage = 600
	maxChains  = 3
	maxIDs     = 6
)

// A part is a piece of a sentence: our own text, used as it is, or foreign
// text, which each output escapes in its own way.
type part struct {
	text     string
	cap      int  // 0: our own text; else foreign, truncated to that many characters
	sentence bool // foreign, and prose rather than a name
	id       bool // foreign, and the id of an advisory
}

// plainly is own without formatting.
func plainly(s string) part               { return part{text: s} }
func own(format string, args ...any) part { return part{text: fmt.Sprintf(format, args...)} }
func foreign(s string) part               { return part{text: s, cap: maxField} }
func sentence(s string) part              { return part{text: s, cap: maxMessage, sentence: true} }

// headline returns the first line of every report.
func (d *Document) headline() []part {
	parts := []part{own("%s: ", d.firstWords())}
	switch {
	case d.PackageUnread:
		parts = append(parts, own("no package was read"))
	case d.Package.Name == "":
		parts = append(parts, own("a package without a name"))
	default:
		parts = append(parts, foreign(d.Package.Name))
	}
	if d.Package.Version != "" {
		parts = append(parts, own(" "), foreign(d.Package.Version))
	}
	if risk := d.Package.risk(); risk != "" {
		parts = append(parts, own(" (%s)", risk))
	}
	return append(parts, own(" – %s", d.summary()))
}

// risk returns "high risk", or "" if the policy says of none. It is told beside the
// package's name, and decides nothing.
func (p *Package) risk() string {
	if p.Risk == "" {
		return ""
	}
	return p.Risk + " risk"
}

// summary returns the counts in words, preceded by what happened to the package
// if that does not follow from the counts.
func (d *Document) summary() string {
	c := d.Verdict.Counts
	s := d.aftermath()
	if c.Block > 0 {
		s = append(s, count(c.Block, "finding blocks", "findings block")+d.problems(finding.Block, c.Block)+d.ofTheBuild())
	}
	if c.Warn > 0 {
		s = append(s, count(c.Warn, "warning", "warnings")+d.problems(finding.Warn, c.Warn))
	}
	if c.Waived > 0 {
		s = append(s, thousands(int64(c.Waived))+" waived")
	}
	if len(s) == 0 {
		return "no findings"
	}
	return strings.Join(s, ", ")
}

// ofTheBuild says how many of the blocking findings are about what consumers do
// not get.
func (d *Document) ofTheBuild() string {
	n := 0
	for i := range d.Verdict.Judged {
		if j := &d.Verdict.Judged[i]; j.State == finding.Block && buildOnly(&j.Finding) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s in what does not ship)", thousands(int64(n)))
}

// buildOnly reports whether a finding is about a dependency that is not
// shipped.
func buildOnly(f *finding.Finding) bool { return f.Scope != "" && !f.Shipped }

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(int64(n)) + " " + more
}

// thousands formats 12345 as 12,345.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size formats a number of bytes for people, in powers of ten as npm does.
func size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 999_950:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 1, 64) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// A fact is one line about what the verdict is based on, or about a finding.
type fact struct {
	label string
	parts []part
}

// A sheet holds the lines about one finding after another. It reuses its
// memory, because there may be thousands of findings.
type sheet struct {
	facts []fact
	parts []part
	brief bool // only the first members of a group are shown
	links bool // ids are shown as links
}

func (s *sheet) add(label string, parts ...part) { s.keep(label, append(s.parts, parts...)) }

// keep adds a line whose text is parts, the last that were appended to the
// sheet's own parts.
func (s *sheet) keep(label string, parts []part) {
	from := len(s.parts)
	s.parts = parts
	s.facts = append(s.facts, fact{label, parts[from:len(parts):len(parts)]})
}

// facts returns the lines about why nothing was decided, what was done, what was
// checked and what was not.
func (d *Document) facts() []fact {
	var fs []fact
	if d.Problem != "" {
		fs = append(fs, fact{"problem", []part{sentence(d.Problem)}})
	}
	return append(append(fs, d.acts()...), d.basis()...)
}

// skippedLabel is the label of what was not looked at.
const skippedLabel = "not looked at"

// basis returns the lines about what was checked and what was not.
func (d *Document) basis() []fact {
	var fs []fact
	l := d.LookedAt
	deps := []part{own("%s", count(l.Dependencies, "dependency", "dependencies"))}
	if l.Dependencies > 0 {
		deps = append(deps, own(" (%s)", scopes(l)))
	}
	if d.Package.Lockfile != "" {
		deps = append(deps, own(" in "), foreign(d.Package.Lockfile))
	}
	fs = append(fs, fact{"looked at", deps})
	if t := d.Tarball; t != nil {
		fs = append(fs,
			fact{"tarball", []part{foreign(t.File),
				own(", %s, %s packed, %s unpacked", count(t.Entries, "entry", "entries"), size(t.Size), size(t.Unpacked))}},
			fact{"sha256", []part{foreign(t.SHA256)}},
			fact{"integrity", []part{foreign(t.Integrity)}})
		// Otherwise it is reported among the skipped, with the reason.
	} else if !slices.ContainsFunc(l.Skipped, func(s Skip) bool { return s.What == "tarball" }) {
		none := "none was given: only the dependencies were judged"
		if d.Problem != "" {
			none = "not read"
		}
		fs = append(fs, fact{"tarball", []part{own("%s", none)}})
	}
	if l.Commit != nil {
		fs = append(fs, fact{"commit", l.Commit.parts(d.Tarball != nil)})
	}
	for _, s := range l.Sources {
		fs = append(fs, fact{"advisories", source(s)})
	}
	for _, v := range l.VEX {
		fs = append(fs, fact{"vex", vexParts(v)})
	}
	fs = append(fs, fact{"policy", d.policy()})
	if d.Levels != nil && d.Levels.DevUnset && l.Dev > 0 && d.Problem == "" {
		fs = append(fs, fact{"dev", []part{own("%s", d.dev())}})
	}
	if l.Previous != "" {
		fs = append(fs, fact{"previous", []part{own("last published version: "), foreign(l.Previous)}})
	}
	if l.Registry != "" {
		fs = append(fs, fact{"registry", []part{foreign(l.Registry), own(" %s", cmp.Or(l.Holds, "could not be looked at"))}})
	}
	for _, of := range []struct {
		label string
		seals *Seals
		word  string // for Invalid
	}{{"signatures", l.Signatures, "invalid"}, {"attested", l.Attestations, "invalid"}, {"publishers", l.Publishers,
		"with less than before"}, {"newcomers", l.Newcomers, "to look at"}} {
		if of.seals != nil {
			fs = append(fs, fact{of.label, []part{own("%s", of.seals.words(of.word))}})
		}
	}
	if c := l.Credential; c != nil {
		fs = append(fs, fact{"credential", []part{plainly(c.Words())}})
	}
	for _, s := range l.Skipped {
		fs = append(fs, fact{skippedLabel, []part{foreign(s.What), own(": "), sentence(s.Why)}})
	}
	return fs
}

// words says how many were verified, and what became of the others.
func (s *Seals) words(invalid string) string {
	text := count(s.Verified, "dependency", "dependencies") + " verified"
	for _, of := range []struct {
		n    int
		word string
	}{{s.Skipped, "skipped"}, {s.Missing, "missing"}, {s.Invalid, invalid}} {
		if of.n > 0 {
			text += fmt.Sprintf(", %d %s", of.n, of.word)
		}
	}
	return text
}

// dev says how many dependencies are used for development only, and what was
// found in them. It is shown if no level was set for dev, where only malware
// blocks.
func (d *Document) dev() string {
	found := "nothing was found in it"
	if l := d.LookedAt; l.Dev > 1 {
		found = "nothing was found in them"
	}
	if n := d.leftToDev(); n > 0 {
		found = count(n, "finding", "findings") + ", which only warn"
		if n == 1 {
			found = "1 finding, which only warns"
		}
	}
	return fmt.Sprintf("%s for development alone: %s; malware would block, and `audit-level` or `scopes` sets a "+
		"level for the rest", count(d.LookedAt.Dev, "dependency", "dependencies"), found)
}

// leftToDev counts the findings in dev dependencies that do not block because no
// level was set for dev.
func (d *Document) leftToDev() int {
	n := 0
	for i := range d.Verdict.Judged {
		if j := &d.Verdict.Judged[i]; j.State == finding.Warn && j.Finding.Scope == npm.Dev && j.Why != "advice" {
			n++
		}
	}
	return n
}

func scopes(l LookedAt) string {
	var s []string
	for _, x := range []struct {
		n    int
		name string
	}{{l.Prod, "prod"}, {l.Optional, "optional"}, {l.Peer, "peer"}, {l.Dev, "dev"}} {
		if x.n > 0 {
			s = append(s, thousands(int64(x.n))+" "+x.name)
		}
	}
	return strings.Join(s, ", ")
}

// source says how complete and how old a source's data was.
func source(s advisory.Status) []part {
	parts := []part{foreign(s.Name)}
	if s.Error != "" {
		return append(parts, own(" could not answer: "), sentence(s.Error))
	}
	text := ", " + count(s.Advisories, "advisory", "advisories")
	if s.NoCanary {
		text += ", partial: it lacks " + advisory.CanaryID + ", which every complete source has"
	} else if s.Partial {
		text += ", partial: it does not hold every advisory there is"
	}
	if n := len(s.Unasked); n > 0 {
		text += ", " + count(n, "package", "packages") + " not named to it: their scope has a registry of its own"
	}
	if !s.AsOf.IsZero() {
		text += ", as of " + stamp(s.AsOf)
	}
	if s.StandIn {
		text += ": it stood in, " + advisory.Span(s.Age) + " old"
		if !s.Newest.IsZero() {
			text += " by what it says about the packages asked for"
		}
		text += ", because no online source could answer"
	}
	return append(parts, own("%s", text))
}

// vexParts says how many statements a VEX document has, and how many of them
// are about findings.
func vexParts(v VEX) []part {
	parts := []part{foreign(v.File), own(", %s", v.Format)}
	if v.Author != "" {
		parts = append(parts, own(" of "), foreign(v.Author))
	}
	return append(parts, own(", %s, %s about what was found", count(v.Statements, "statement", "statements"),
		thousands(int64(v.Matched))))
}

// chain formats the path by which a package is installed. Only the judged
// package may have no name.
func chain(path []string) string {
	if len(path) > 0 && path[0] == "" {
		path = slices.Clone(path)
		path[0] = "this package"
	}
	return strings.Join(path, " > ")
}

// place appends file:line:column, which terminals turn into a link.
func place(parts []part, f *finding.Finding) []part {
	parts = append(parts, foreign(f.File))
	if f.Line > 0 {
		parts = append(parts, plainly(":"+strconv.Itoa(f.Line)))
	}
	if f.Line > 0 && f.Column > 0 {
		parts = append(parts, plainly(":"+strconv.Itoa(f.Column)))
	}
	if f.InTarball {
		parts = append(parts, plainly(" (in the tarball)"))
	}
	return parts
}

func idParts(parts []part, ids []string) []part {
	for i, id := range ids {
		if i == maxIDs {
			return append(parts, own(" and %d more", len(ids)-maxIDs))
		}
		if i > 0 {
			parts = append(parts, plainly(", "))
		}
		parts = append(parts, part{text: id, cap: maxField, id: true})
	}
	return parts
}
