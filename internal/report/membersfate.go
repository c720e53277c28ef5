package report

import (
	"cmp"
	"slices"
)

// maxFates is up to how many rows of what became of each member are not folded.
const maxFates = 20

// A fate is what became of a member.
type fate struct {
	member *Member
	act    *Act // the last about its publication; nil: there was none
}

// fates returns what became of each member, what failed first; none where nothing
// was published.
func (w *Whole) fates() []fate {
	var all []fate
	published := false
	for i := range w.Members {
		one := fate{member: &w.Members[i]}
		if run := one.member.Document.Run; run != nil {
			for n := range run.Acts {
				if a := &run.Acts[n]; a.What == "publish" || a.What == "stage" {
					one.act, published = a, published || a.State != Skipped
				}
			}
		}
		all = append(all, one)
	}
	if !published {
		return nil
	}
	bad := func(f fate) bool { return f.act != nil && f.act.Warns() }
	slices.SortStableFunc(all, func(a, b fate) int { return cmp.Compare(btoi(bad(b)), btoi(bad(a))) })
	return all
}

// word says in a few words what became of the member.
func (f fate) word() string {
	switch {
	case f.act == nil:
		return "nothing was sent"
	case f.act.State == Already:
		return f.act.Said() + " before"
	case f.act.State == Noted:
		return "not released"
	}
	return f.act.Said()
}
