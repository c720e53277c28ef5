package report

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits of what the reports about many members say of each.
const (
	fullAlways = 2 // so many members are all told in full
	fullSame   = 4 // so many that did not pass are told in full, also if the same blocks them
	firstNames = 3 // names that stand for many
)

// A telling says which members are told in full, and what is told once of the
// others. Those are the members that passed, unless there are very few members.
type telling struct {
	full    []*Member // blocked first
	same    []*Member // of many that did not pass: ended for the same reasons as a member of full
	rest    []*Member // all others
	warned  []*Member // of the rest: with warnings that no other has
	sharing []*Member // of the rest: with nothing but warnings that others have too
	clean   []*Member // of the rest: with nothing to tell
	rules   map[*Member][]string
	as      map[*Member]*Member // of same: the member that its problems are told of
	shared  []problem           // warnings of several of the rest, the worst first
	notes   []note              // what was done, looked at and not looked at, of the rest
}

// A problem is told once, and has all members that have it.
type problem struct {
	group   *policy.Group
	members []*Member
}

// A note is a line that holds for some members.
type note struct {
	fact
	members []*Member
}

func (w *Whole) telling() *telling {
	t := &telling{rules: map[*Member][]string{}}
	for i := range w.Members {
		if m := &w.Members[i]; len(w.Members) <= fullAlways || m.Document.troubled() {
			t.full = append(t.full, m)
		} else {
			t.rest = append(t.rest, m)
		}
	}
	slices.SortStableFunc(t.full, func(a, b *Member) int { return cmp.Compare(urgency(a.Document), urgency(b.Document)) })
	mild := func(s finding.State) bool { return s == finding.Warn || s == finding.Waived }
	has := map[*Member]bool{}
	for _, p := range problems(t.rest, mild) {
		for _, m := range p.members {
			has[m] = true
		}
		if len(p.members) > 1 {
			t.shared = append(t.shared, p)
		} else if m, rule := p.members[0], p.group.Of().Rule; !slices.Contains(t.rules[m], rule) {
			t.rules[m] = append(t.rules[m], rule)
		}
	}
	slices.SortStableFunc(t.shared, func(a, b problem) int {
		return cmp.Or(cmp.Compare(btoi(a.group.State() == finding.Waived), btoi(b.group.State() == finding.Waived)),
			cmp.Compare(meter(b.group.Of().Severity), meter(a.group.Of().Severity)), cmp.Compare(len(b.members), len(a.members)))
	})
	for _, m := range t.rest {
		switch {
		case t.rules[m] != nil:
			t.warned = append(t.warned, m)
		case has[m]:
			t.sharing = append(t.sharing, m)
		default:
			t.clean = append(t.clean, m)
		}
	}
	t.notes = notesOf(t.rest)
	return t
}

// briefly takes those members out of full of which a member before them is told to have
// ended for the same reasons: what blocks them, or why it was not decided. Their plans
// have no other step. It is for a text that is read from its start to its end;
// report.md of each member has all.
func (t *telling) briefly() {
	if len(t.full) <= fullSame {
		return
	}
	all := t.full
	t.full, t.as = nil, map[*Member]*Member{}
	told, plans := map[string]*Member{}, newToldPlan()
	for _, m := range all {
		if as := m.toldOf(told, plans); as != nil && !m.Document.failed() {
			t.same, t.as[m] = append(t.same, m), as
		} else {
			t.full = append(t.full, m)
		}
	}
}

// toldOf returns the member that the first reason is told of. It is nil if a reason or
// a step of the plan is not told of any; those are remembered.
func (m *Member) toldOf(told map[string]*Member, plans *toldPlan) (as *Member) {
	fresh := false
	add := func(key string) {
		switch of := told[key]; {
		case of == nil:
			told[key], fresh = m, true
		case as == nil:
			as = of
		}
	}
	for _, p := range problems([]*Member{m}, blocks) {
		add(m.mendedBy(p.group))
	}
	add(string(m.Document.Run.Reason) + "\x00" + m.Document.Problem)
	plans.name, plans.folder = m.called(), m.Folder
	if plan := m.Document.Plan; plan != nil {
		for _, s := range plan.Steps {
			if _, again := plans.again(s); !again {
				fresh = true
			}
		}
	}
	if fresh {
		return nil
	}
	return as
}

// packing are the rules whose findings come of how all members were built and packed.
var packing = []string{"entry-missing", "unresolved-spec", "bundle-missing"}

// mendedBy returns what is the same of a problem in members that one act mends: where
// that is to build or to pack anew, the remedy; else the problem itself.
func (m *Member) mendedBy(g *policy.Group) string {
	f := g.Of()
	if f.Fix == "" || !slices.Contains(packing, f.Rule) {
		return m.same(g)
	}
	return strings.Join([]string{g.State().String(), f.Rule, f.Severity.String(), f.Fix}, "\x00")
}

// reasons returns what blocks several of the members, the worst first.
func (w *Whole) reasons() (several []problem) {
	at := map[string]int{}
	for _, p := range w.blocking() {
		k := p.members[0].mendedBy(p.group)
		i, known := at[k]
		if !known {
			i, at[k] = len(several), len(several)
			several = append(several, problem{group: p.group})
		}
		for _, m := range p.members {
			if !slices.Contains(several[i].members, m) {
				several[i].members = append(several[i].members, m)
			}
		}
	}
	return slices.DeleteFunc(several, func(p problem) bool { return len(p.members) == 1 })
}

// failed reports whether something that was to be done was not, or may not have been.
func (d *Document) failed() bool {
	return slices.ContainsFunc(d.Run.Acts, func(a Act) bool { return a.State == Failed || a.State == Unsure || a.State == Accepted })
}

// blocks reports whether what has this state stands against a pass.
func blocks(s finding.State) bool { return s != finding.Warn && s != finding.Waived }

// urgency orders documents: what blocks, what is not decided, what passed.
func urgency(d *Document) int {
	switch d.Ending() {
	case policy.Block:
		return 0
	case policy.Pass:
		return 2
	}
	return 1
}

// troubled reports whether something is wrong with the package or with what was done
// with it. A package that passed and was held back because of another is not.
func (d *Document) troubled() bool {
	if d.Result() != policy.Pass || d.Ending() == policy.Pass {
		return d.Result() != policy.Pass
	}
	heldBack := slices.ContainsFunc(d.Run.Acts, func(a Act) bool {
		return a.State == Skipped && (a.What == "publish" || a.What == "sign")
	})
	return d.failed() || !heldBack || d.Run.Reason != NotPublished && d.Run.Reason != NotSigned
}

// called returns the name by which reports know a member.
func (m *Member) called() string {
	p := m.Document.Package
	return cmp.Or(m.Folder, strings.TrimSuffix(p.Name+"@"+p.Version, "@"), m.Evidence)
}

// problems returns the groups of members whose state is asked for, in the order in
// which they first come. What is said of several in the same words is one problem.
func problems(members []*Member, asked func(finding.State) bool) []problem {
	var all []problem
	at := map[string]int{}
	for _, m := range members {
		groups := m.Document.Verdict.Groups()
		for n := range groups {
			g := &groups[n]
			if !asked(g.State()) {
				continue
			}
			k := m.same(g)
			i, known := at[k]
			if !known {
				i, at[k] = len(all), len(all)
				all = append(all, problem{group: g})
			}
			if of := &all[i].members; len(*of) == 0 || (*of)[len(*of)-1] != m {
				*of = append(*of, m)
			}
		}
	}
	return all
}

// blocking returns what blocks in the members, the worst first.
func (w *Whole) blocking() []problem {
	var members []*Member
	for i := range w.Members {
		members = append(members, &w.Members[i])
	}
	all := problems(members, blocks)
	slices.SortStableFunc(all, func(a, b problem) int {
		return cmp.Compare(meter(b.group.Of().Severity), meter(a.group.Of().Severity))
	})
	return all
}

// same returns what is the same of a problem in several members: also of one of the
// package itself, where the words are the same.
func (m *Member) same(g *policy.Group) string {
	f := g.Of()
	said := []string{g.State().String(), f.Rule, f.Severity.String(), m.about(g), g.Says(), f.Ends}
	for _, j := range g.Findings {
		said = append(said, j.State.String()+strings.Join(j.Finding.IDs, ","))
	}
	return strings.Join(said, "\x00")
}

// about is about for a report on all members: a file outside the member's own
// directory is named from the workspace's root.
func (m *Member) about(g *policy.Group) string {
	name := about(g)
	if m.Folder != "" && name == g.Of().File && strings.HasPrefix(name, "../") && !g.Of().InTarball {
		return path.Join(m.Folder, name)
	}
	return name
}

// notesOf returns what was done with members, what was looked at in them and what
// was not, each line once.
func notesOf(members []*Member) []note {
	var all []note
	at := map[string]int{}
	copies := 0
	// In the order of the lines; what was done, which is none of these, comes first.
	looked := []string{"advisories", "vex", "policy", "registry", "credential", "tarballs", skippedLabel}
	add := func(m *Member, f fact) {
		k := f.label + "\x00" + plain(f.parts)
		i, known := at[k]
		if !known {
			i, at[k] = len(all), len(all)
			all = append(all, note{fact: f})
		}
		if of := &all[i].members; len(*of) == 0 || (*of)[len(*of)-1] != m {
			*of = append(*of, m)
		}
	}
	for _, m := range members {
		d := m.Document
		for _, f := range d.acts() {
			if f.label != "done" {
				add(m, f)
			}
		}
		for _, f := range d.basis() {
			if f.label == "policy" && d.Levels != nil {
				f.parts = append(slices.Clip(f.parts), own("; blocks from %s", d.Levels.words()))
			}
			if slices.Contains(looked, f.label) {
				add(m, f)
			}
		}
		copies += btoi(m.Copy() != "")
	}
	if copies > 0 {
		all = append(all, note{fact: fact{"tarballs", []part{own("%s, with the checksums in SHA256SUMS", thousands(int64(copies)))}},
			members: members})
	}
	slices.SortStableFunc(all, func(a, b note) int { return cmp.Compare(slices.Index(looked, a.label), slices.Index(looked, b.label)) })
	for i := range all {
		if n := &all[i]; len(n.members) < len(members) {
			n.parts = append(append(slices.Clip(n.parts), own(" (")), append(names(n.members, firstNames), own(")"))...)
		}
	}
	return all
}

// names returns the first few names of members, and counts the others.
func names(members []*Member, most int) []part {
	var parts []part
	for i, m := range members[:min(len(members), most)] {
		if i > 0 {
			parts = append(parts, own(", "))
		}
		parts = append(parts, foreign(m.called()))
	}
	if more := len(members) - most; more > 0 {
		parts = append(parts, own(" and %s more", thousands(int64(more))))
	}
	return parts
}

// passed returns the lines that count the members with nothing of their own to tell.
func (t *telling) passed() (fs []fact) {
	for _, of := range []struct {
		members []*Member
		what    string
	}{{t.sharing, "with no warnings but what several have"}, {t.clean, "with nothing to tell"}} {
		if n := len(of.members); n > 0 {
			parts := []part{own("%s %s: ", count(n, "member", "members"), of.what)}
			fs = append(fs, fact{"passed", append(parts, names(of.members, firstNames)...)})
		}
	}
	return fs
}

// repeated returns a line for each member of full that others ended as, which names
// all of them.
func (t *telling) repeated() (fs []fact) {
	for _, as := range t.full {
		of := slices.DeleteFunc(slices.Clone(t.same), func(m *Member) bool { return t.as[m] != as })
		if len(of) == 0 {
			continue
		}
		parts := []part{own("%s: %s for the same reasons as ", of[0].Document.firstWords(), count(len(of), "member", "members")),
			foreign(as.called()), own(": ")}
		parts = append(append(parts, names(of, len(of))...), own("; the report.md of each is in its folder of the evidence"))
		fs = append(fs, fact{"members", parts})
	}
	return fs
}

// warning returns the line of a member that passed with warnings of its own.
func (t *telling) warning(m *Member) fact {
	label := "warned"
	if m.Document.Verdict.Counts.Warn == 0 {
		label = "waived"
	}
	parts := []part{foreign(m.called()), own(" – %s", m.Document.summary())}
	for i, rule := range t.rules[m][:min(len(t.rules[m]), firstNames)] {
		parts = append(parts, own("%s", []string{", ", ", its own by "}[btoi(i == 0)]), foreign(rule))
	}
	if m.Evidence != "" {
		parts = append(parts, own(": "), foreign(path.Join(m.Evidence, "report.md")))
	}
	return fact{label, parts}
}
