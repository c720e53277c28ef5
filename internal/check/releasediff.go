package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
)

// youngDependency is the age below which a new dependency is rated high: most
// malicious packages are found and taken down within weeks.
const youngDependency = 30 * 24 * time.Hour

// releaseDiff reports what has changed since the last release. It warns, or
// blocks if the policy says so.
var releaseDiff = Check{
	Rules: diffRules,
	Run: func(s *Subject) []finding.Finding {
		if s.Diff == nil {
			return nil
		}
		r := differ{Subject: s, d: s.Diff}
		r.files()
		r.size()
		r.manifest()
		r.scripts()
		r.capabilities()
		r.provenance()
		r.step()
		return r.found
	},
}

// A differ makes the findings.
type differ struct {
	*Subject
	d     *release.Diff
	found []finding.Finding
}

// add appends a finding, with the level that the policy sets. File is
// package.json by default.
func (r *differ) add(id string, f finding.Finding, format string, args ...any) {
	r.addAs(r.Policy.Diff[id], id, f, format, args...)
}

// addAs is add with the level given.
func (r *differ) addAs(level policy.DiffRule, id string, f finding.Finding, format string, args ...any) {
	switch level {
	case policy.DiffIgnore:
		return
	case policy.DiffWarn:
		f.Level = finding.Advice
	default:
		f.Level = finding.Always
	}
	rule := diffRules[slices.IndexFunc(diffRules, func(rule finding.Rule) bool { return rule.ID == id })]
	f.Rule, f.Shipped, f.Fix = id, true, rule.Help
	if f.Severity == finding.Unknown {
		f.Severity = rule.Severity
	}
	if f.File == "" {
		f.File = r.Manifest.File
	}
	f.Message = fmt.Sprintf(format, args...)
	r.found = append(r.found, f)
}

// last returns the version that is compared with.
func (r *differ) last() string { return r.d.From.Version }

func (r *differ) files() {
	d := r.d
	if n := len(d.Added); n > 0 {
		r.add("files-added", finding.Finding{}, "%s that %s did not have: %s.", counted(n, "file"), r.last(), some(paths(d.Added)))
	}
	if n := len(d.Removed); n > 0 {
		r.add("files-removed", finding.Finding{}, "%s of %s %s not there any more: %s.", counted(n, "file"), r.last(),
			areOrIs(n), some(paths(d.Removed)))
	}
}

func (r *differ) size() {
	d := r.d
	text := fmt.Sprintf("%s unpacked after %s, %s packed after %s", kilobytes(d.To.Unpacked), kilobytes(d.From.Unpacked),
		kilobytes(d.To.Packed), kilobytes(d.From.Packed))
	if d.Shrank() || d.Barren {
		lost := text
		if d.Barren {
			lost += "; the native code of " + r.last() + " is gone: " + some(d.Native.Removed)
		}
		r.add("size-collapse", finding.Finding{}, "%s.", lost)
	}
	if !d.Grew() && len(d.Grown) == 0 {
		return
	}
	if len(d.Grown) > 0 {
		var list []string
		for _, f := range d.Grown {
			list = append(list, fmt.Sprintf("%s (%s after %s)", f.Path, kilobytes(f.Now), kilobytes(f.Was)))
		}
		text += "; it comes from " + some(list)
	}
	r.add("size-jump", finding.Finding{}, "%s.", text)
}

func (r *differ) manifest() {
	d := r.d
	for _, dep := range d.Dependencies.Added {
		r.dependency(dep)
	}
	for _, name := range d.Bins.Added {
		r.add("new-bin", finding.Finding{Subject: name}, "The command %q is new since %s.", name, r.last())
	}
	if n := len(d.Exports.Added); n > 0 {
		r.add("new-export", finding.Finding{}, "New in `exports` since %s: %s.", r.last(), some(d.Exports.Added))
	}
	if d.Unsealed {
		r.add("new-export", finding.Finding{}, "%s had `exports`, this version has none: every file of the package can be imported.", r.last())
	}
	if was, is := d.From.License, d.To.License; was != is {
		r.add("license-changed", finding.Finding{Line: r.Manifest.LicenseLine}, "The licence is %s, %s had %s.", orNone(is),
			r.last(), orNone(was))
	}
}

// dependency reports a new dependency: where it comes from and how old it is.
func (r *differ) dependency(dep release.Dependency) {
	f := finding.Finding{Name: dep.Name, Line: r.lineOf(dep), Subject: dep.Kind}
	age := ""
	switch first := dep.First; {
	case dep.Local:
		age = "; no registry is asked for it, so nothing says who published it, or when"
	case first.IsZero():
		age = "; how old it is was not found out"
	default:
		days := r.days(first)
		age = fmt.Sprintf("; it was first published on %s, %s ago", first.Format(time.DateOnly), counted(days, "day"))
		if time.Duration(days)*24*time.Hour < youngDependency {
			f.Severity = finding.High
		}
	}
	r.add("new-dependency", f, "%s (%q, %s) is new since %s%s.", dep.Name, dep.Asked, dep.Kind, r.last(), age)
}

// lineOf returns the line of DIR's package.json that declares a dependency; it
// may differ from the tarball's.
func (r *differ) lineOf(dep release.Dependency) int {
	for _, d := range r.Manifest.Dependencies {
		if d.Range == dep.Asked && (d.Name == dep.Name || strings.HasPrefix(d.Range, "npm:"+dep.Name)) && d.Kind.String() == dep.Kind {
			return d.Line
		}
	}
	return 0
}

// days returns the whole days since a time, by the subject's clock.
func (r *differ) days(since time.Time) int {
	now, err := time.Parse(time.RFC3339, r.Now)
	if err != nil || now.Before(since) {
		return 0
	}
	return int(now.Sub(since) / (24 * time.Hour))
}

func (r *differ) scripts() {
	for _, s := range r.d.Scripts {
		f := finding.Finding{Subject: s.Name}
		who := "when the package is packed, or installed from git"
		if s.Consumer {
			who = "on the machine of whoever installs the package"
		} else {
			f.Severity = finding.Low
		}
		switch {
		case s.Now == "": // a removed script is no finding; the report's table has it
		case s.Was == "":
			r.add("changed-script", f, "%s is new since %s and runs %s: %s", s.Name, r.last(), who, s.Now)
		case s.Was != s.Now:
			r.add("changed-script", f, "%s runs %s, and is not what it was in %s: %s (it was: %s)", s.Name, who, r.last(), s.Now, s.Was)
		default:
			r.add("changed-script", f, "%s runs %s; its command is that of %s, but what it runs has changed: %s.", s.Name, who,
				r.last(), some(s.Files))
		}
	}
}

// capabilities reports what the programs use.
func (r *differ) capabilities() {
	for _, m := range r.d.Hosts.Added {
		r.add("new-host", mentioned(m), "The host %s is named here, and nowhere in %s.", m.Name, r.last())
	}
	for _, m := range r.d.Env.Added {
		if m.Name == "process.env" {
			r.add("new-env", mentioned(m), "The whole environment is used here, and nowhere in %s.", r.last())
			continue
		}
		r.add("new-env", mentioned(m), "The variable %s is read here, and nowhere in %s.", m.Name, r.last())
	}
	for _, m := range r.d.Native.Added {
		r.add("new-binary", mentioned(m), "%s is native code, and was not in %s.", m.Name, r.last())
	}
}

func mentioned(m tarball.Mention) finding.Finding {
	return finding.Finding{File: m.Path, InTarball: true, Line: m.Line, Subject: m.Name}
}

func (r *differ) provenance() {
	if r.d.From.Provenance == release.Yes && r.d.To.Provenance == release.No {
		r.add("provenance-lost", finding.Finding{}, "%s has provenance at the registry; this run would publish without.", r.last())
	}
}

// maxNamed is the number of names that a message lists; verdict.json has all.
const maxNamed = 5

// some lists names, of many only the first few.
func some(names []string) string {
	if n := len(names) - maxNamed; n > 0 {
		return strings.Join(names[:maxNamed], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

func paths(files []release.File) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Path)
	}
	return list
}

func orNone(license string) string {
	if license == "" {
		return "not stated"
	}
	return fmt.Sprintf("%q", license)
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// counted returns a number with its noun: 1 file, 2 files.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// kilobytes formats a size in bytes, in powers of ten as npm does.
func kilobytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1e3)
}
