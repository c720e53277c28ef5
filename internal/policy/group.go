package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// Named is the largest number of packages a Group lists by name.
const Named = 20

// A Group is a set of findings that one change fixes, and so one problem to the
// reader: the advisories about one version of a package, or one rule's findings
// about many packages with the same remedy. Each finding is decided on its own
// first, so an exception that covers one finding takes it out of its group.
type Group struct {
	Findings []*Judged // at least one, in the verdict's order, so the worst is first

	many *many // what Decide found out, since several reports ask; nil: nothing
}

// many is what findings about several packages have in common.
type many struct {
	names []string
	alike bool
}

// groupKey is what the findings of a group have in common.
type groupKey struct {
	rule, name, version, file, fix string
	waived                         bool
	state                          finding.State // of findings that are not advisories
	severity                       finding.Severity
	shipped                        bool
	waiver                         waiverKey
	alone                          int // the finding's index, for one that forms a group by itself
}

type waiverKey struct {
	reason, owner, document string
	expires                 time.Time
}

// Groups returns the findings of a verdict, each in one group. Groups are
// ordered by their first finding, which is their worst.
func (v *Verdict) Groups() []Group {
	if v.groups != nil && v.grouped == len(v.Judged) && (v.grouped == 0 || v.groups[0].Findings[0] == &v.Judged[0]) {
		return v.groups
	}
	groups := make([]Group, 0, len(v.Judged))
	at := make(map[groupKey]int, len(v.Judged))
	for i := range v.Judged {
		j := &v.Judged[i]
		k := keyOf(j, i)
		n, found := at[k]
		if !found {
			n = len(groups)
			at[k], groups = n, append(groups, Group{})
		}
		groups[n].Findings = append(groups[n].Findings, j)
	}
	for i := range groups {
		if g := &groups[i]; g.Many() {
			names := g.Names()
			g.many = &many{names, g.allAlike(names)}
		}
	}
	return groups
}

// keyOf returns the group key of the i-th finding. A finding in a packed file
// that is about no package forms a group by itself, unless it is about lines of
// package.json: each file is reviewed by itself, and each credential is revoked
// by itself.
func keyOf(j *Judged, i int) groupKey {
	f := &j.Finding
	k := groupKey{rule: f.Rule, file: f.File, fix: f.Fix, waived: j.State == finding.Waived,
		shipped: f.Scope == "" || f.Shipped}
	if w := j.Waiver; w != nil {
		k.waiver = waiverKey{w.Reason, w.Owner, w.Document, w.Expires}
	}
	switch {
	case f.Name != "" && len(f.IDs) > 0:
		k.name, k.version = f.Name, f.Version
	// Without a remedy, nobody can say that the findings share one.
	case f.Name == "" && (f.File == "" || f.InTarball &&
		(path.Base(f.File) != "package.json" || strings.HasPrefix(f.Rule, "secret"))), f.Fix == "":
		k.alone = i + 1
	default:
		k.state, k.severity = j.State, f.Severity
	}
	return k
}

// Of returns the finding that represents the group: the worst.
func (g *Group) Of() *finding.Finding { return &g.Findings[0].Finding }

// State returns the worst state in the group.
func (g *Group) State() finding.State { return g.Findings[0].State }

// Blocking returns the number of findings that block.
func (g *Group) Blocking() int {
	n := 0
	for _, j := range g.Findings {
		if j.State != finding.Warn && j.State != finding.Waived {
			n++
		}
	}
	return n
}

// Advisories reports whether the group consists of advisories about one
// package.
func (g *Group) Advisories() bool { return len(g.Of().IDs) > 0 }

// Many reports whether the group is one rule's findings about several packages.
func (g *Group) Many() bool { return len(g.Findings) > 1 && !g.Advisories() }

// Package returns the name and version of the package that the group is about;
// both are empty where it is about several.
func (g *Group) Package() (name, version string) {
	name, version = g.Of().Name, g.Of().Version
	for _, j := range g.Findings[1:] {
		if j.Finding.Name != name || j.Finding.Version != version {
			return "", ""
		}
	}
	return name, version
}

// Fingerprint returns a stable identity of the group, 32 hex digits: of its
// rule, what it is about and the file, whatever its size. It does not depend on
// advisories, versions, lines or the package's folder, so that an alert stays
// one while its group grows or shrinks. Groups may share one: two versions of a
// package, or what was waived and what was not.
func (g *Group) Fingerprint() string {
	f := g.Of()
	same := finding.Finding{Rule: f.Rule, Name: f.Name, File: f.File, InTarball: f.InTarball, Subject: f.Subject}
	switch k := keyOf(g.Findings[0], 0); {
	case k.name != "":
		same.Subject = "" // all advisories about the package
	case k.alone != 0:
	case f.Name != "" && strings.Contains(f.Fix, f.Name): // the remedy is about this package
		same.Subject = ""
	default:
		same.Name, same.Subject = "", "many "+f.Fix
	}
	for !f.InTarball && strings.HasPrefix(same.File, "../") {
		same.File = same.File[len("../"):]
	}
	return same.Fingerprint()
}

// Says returns the group's message, one or two sentences; for a single finding,
// its own message. It may contain foreign text.
func (g *Group) Says() string {
	f := g.Of()
	n := len(g.Findings)
	switch {
	case n == 1:
		return f.Message
	case g.Many():
		return g.saysOfMany()
	}
	what := f.Name
	if f.Version != "" {
		what += " " + f.Version
	}
	s := fmt.Sprintf("%s: %d advisories, worst %s", what, n, f.Severity)
	switch b := g.Blocking(); {
	case b == 1:
		s += ", 1 of them blocks"
	case b > 1 && b < n:
		s += fmt.Sprintf(", %d of them block", b)
	}
	if f.Ends != "" {
		s += fmt.Sprintf("; %s ends all", f.Ends)
	}
	if f.Version == "" { // the finding is about what a range admits; its message says so
		return s + ". " + f.Message
	}
	return s + "."
}

// saysOfMany returns the count, and quotes the first message where all are
// alike.
func (g *Group) saysOfMany() string {
	findings, packages := len(g.Findings), len(g.Names())
	what := fmt.Sprintf("%d findings", findings)
	switch packages {
	case 0:
	case findings:
		what = fmt.Sprintf("%d packages", packages)
	default:
		what += fmt.Sprintf(" about %d packages", packages)
	}
	if g.Alike() {
		return what + ", such as: " + g.Of().Message
	}
	return what + " with the same remedy" + g.subjects() + "."
}

// subjects names what the findings are about, where that is no package and their
// messages name it too: the first three.
func (g *Group) subjects() string {
	const most, maxLength = 3, 40
	var all []string
	for _, j := range g.Findings {
		name := j.Finding.Subject
		if !strings.Contains(j.Finding.Message, name) {
			_, name, _ = strings.Cut(name, ".") // an entry of controls, by its own name
		}
		if n := len(name); n == 0 || n > maxLength || j.Finding.Name != "" || !strings.Contains(j.Finding.Message, name) {
			return ""
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if more := len(all) - most; more > 1 {
		return fmt.Sprintf(": %s and %d more", strings.Join(all[:most], ", "), more)
	}
	return ": " + strings.Join(all, ", ")
}

// Alike reports whether all messages are the same but for the package they
// name.
func (g *Group) Alike() bool {
	if g.many != nil {
		return g.many.alike
	}
	return g.allAlike(g.Names())
}

func (g *Group) allAlike(names []string) bool {
	if len(names) == 0 {
		return false
	}
	said := func(f *finding.Finding) string { return strings.ReplaceAll(f.Message, nameOf(f), "") }
	first := said(g.Of())
	return !slices.ContainsFunc(g.Findings, func(j *Judged) bool { return said(&j.Finding) != first })
}

func nameOf(f *finding.Finding) string {
	if f.Version == "" {
		return f.Name
	}
	return f.Name + "@" + f.Version
}

// IDs returns the ids of the advisories, at most most of them.
func (g *Group) IDs(most int) []string {
	var ids []string
	for _, j := range g.Findings {
		for _, id := range j.Finding.IDs {
			if len(ids) < most && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Names returns the packages that the group is about, each once; none where the
// group is about lines of a file. It is not to be changed.
func (g *Group) Names() []string {
	if g.many != nil {
		return g.many.names
	}
	var names []string
	seen := map[string]bool{}
	for _, j := range g.Findings {
		if name := nameOf(&j.Finding); name != "" && !seen[name] {
			seen[name], names = true, append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
