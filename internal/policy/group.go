package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// Named is how many of the packages that a Group is about are named.
const Named = 20

// A Group is findings that one change mends, one problem for whoever reads: the
// advisories about one version of a package, or what one rule says, with one
// remedy, of many packages. Each finding was decided by itself before, so an
// exception that covers one lifts that one out of its group.
type Group struct {
	Findings []*Judged // at least one, in the verdict's order: the first is the worst
}

// groupKey is what the findings of a group have in common.
type groupKey struct {
	rule, name, version, file, fix string
	waived                         bool
	state                          finding.State // of what is no advisory
	severity                       finding.Severity
	shipped                        bool
	waiver                         waiverKey
	alone                          int // for a finding that is in no other's group: its place
}

type waiverKey struct {
	reason, owner, document string
	expires                 time.Time
}

// Groups are the findings of a verdict, each in one group. The groups are in
// the order of their first, and so of their worst finding.
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
	return groups
}

// keyOf is the key of the i-th finding. What is found in a packed file and is
// about no package has no group, unless it is about lines of package.json: each
// file is looked at by itself, and each credential is renewed by itself.
func keyOf(j *Judged, i int) groupKey {
	f := &j.Finding
	k := groupKey{rule: f.Rule, file: f.File, fix: f.Fix, waived: j.State == finding.Waived, shipped: f.Scope == "" || f.Shipped}
	if w := j.Waiver; w != nil {
		k.waiver = waiverKey{w.Reason, w.Owner, w.Document, w.Expires}
	}
	switch {
	case f.Name != "" && len(f.IDs) > 0:
		k.name, k.version = f.Name, f.Version
	case f.Name == "" && (f.File == "" || f.InTarball && (path.Base(f.File) != "package.json" || strings.HasPrefix(f.Rule, "secret"))), f.Fix == "": // without a remedy nobody knows that it is one
		k.alone = i + 1
	default:
		k.state, k.severity = j.State, f.Severity
	}
	return k
}

// Of is the finding that stands for all: the worst.
func (g *Group) Of() *finding.Finding { return &g.Findings[0].Finding }

// State is the worst of the group's.
func (g *Group) State() finding.State { return g.Findings[0].State }

// Blocking counts the findings that block.
func (g *Group) Blocking() int {
	n := 0
	for _, j := range g.Findings {
		if j.State != finding.Warn && j.State != finding.Waived {
			n++
		}
	}
	return n
}

// Advisories reports whether the group is advisories about one package.
func (g *Group) Advisories() bool { return len(g.Of().IDs) > 0 }

// Many reports whether the group is what one rule says of several packages.
func (g *Group) Many() bool { return len(g.Findings) > 1 && !g.Advisories() }

// Package is the name and version of what the group is about; both are empty
// where it is about several packages.
func (g *Group) Package() (name, version string) {
	name, version = g.Of().Name, g.Of().Version
	for _, j := range g.Findings[1:] {
		if j.Finding.Name != name || j.Finding.Version != version {
			return "", ""
		}
	}
	return name, version
}

// Fingerprint is a stable identity of the group: of a single finding its own,
// of several one that changes when one of them comes or goes, so that an alert
// somebody dismissed does not hide the next. Of more than are named it is the
// rule's in that file: nobody looks at each of a thousand.
func (g *Group) Fingerprint() string {
	if len(g.Findings) == 1 {
		return g.Of().Fingerprint()
	}
	if g.Many() && len(g.Findings) > Named {
		return finding.Finding{Rule: g.Of().Rule, File: g.Of().File, Subject: "many " + g.Of().Fix}.Fingerprint()
	}
	var all []string
	for _, j := range g.Findings {
		all = append(all, j.Finding.Fingerprint())
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 1 {
		return all[0]
	}
	sum := sha256.Sum256([]byte("group\x00" + strings.Join(all, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Says is what the group says in one sentence or two, of a single finding its
// message. It may hold foreign text.
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
	if f.Version == "" { // it is about what a range admits, which the message says
		return s + ". " + f.Message
	}
	return s + "."
}

// saysOfMany counts, and quotes the first where all say the same.
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
	return what + " with the same remedy."
}

// Alike reports whether all findings say the same, but for the package they name.
func (g *Group) Alike() bool {
	if len(g.Names()) == 0 {
		return false
	}
	said := func(f *finding.Finding) string { return strings.ReplaceAll(f.Message, nameOf(f), "") }
	return !slices.ContainsFunc(g.Findings, func(j *Judged) bool { return said(&j.Finding) != said(g.Of()) })
}

func nameOf(f *finding.Finding) string {
	if f.Version == "" {
		return f.Name
	}
	return f.Name + "@" + f.Version
}

// IDs are those of the advisories, at most so many.
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

// Names are the packages that the group is about, each once; none where it is
// about lines of a file.
func (g *Group) Names() []string {
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
