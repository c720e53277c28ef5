package policy

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// A Side is one of two judgements that are compared, made by one policy.
type Side struct {
	Judged   []Judged
	Lockfile string // as findings name it; findings there are the same in another file
}

// A Change says what became of the findings between two judgements. Waived ones
// are in none of the lists.
type Change struct {
	New   []Judged // not there before, or only with a milder state
	Still []Judged // there before, as they are now
	Fixed []Judged // there before, as they were
}

// Since compares two judgements. Two findings are the same if rule, package and
// place are, and they share an advisory or have the same subject: lines,
// versions, the order of advisories and the name of the lockfile do not count.
// One copy of a package that took the place of another, in another version, is
// the same; one more copy is new.
func Since(before, now Side) Change {
	old := before.index()
	same := make([]int, len(now.Judged)) // which finding of before it is, plus 1
	gone := make([]bool, len(before.Judged))
	// The same version first, so that what is left is another one's successor; and
	// by its own id first, because several advisories may share another one.
	for pass := range 4 {
		for i := range now.Judged {
			if same[i] > 0 {
				continue
			}
			keys := now.keys(i, pass < 2)
			if pass%2 == 0 {
				keys = keys[:1]
			}
			for _, key := range keys {
				if at := old.take(key, gone); at >= 0 {
					same[i], gone[at] = at+1, true
					break
				}
			}
		}
	}
	var c Change
	for i, j := range now.Judged {
		switch {
		case j.State == finding.Waived:
		case same[i] == 0 || j.State < before.Judged[same[i]-1].State:
			c.New = append(c.New, j)
		default:
			c.Still = append(c.Still, j)
		}
	}
	for i, j := range before.Judged {
		if !gone[i] && j.State != finding.Waived {
			c.Fixed = append(c.Fixed, j)
		}
	}
	return c
}

// Split parts findings into those that another judgement has too, in the same
// version, and those that it has not.
func (s Side) Split(all []Judged) (among, others []Judged) {
	known := s.index()
	gone := make([]bool, len(s.Judged))
	of := Side{all, s.Lockfile}
	for i, j := range all {
		if slices.ContainsFunc(of.keys(i, true), func(key string) bool { return known.take(key, gone) >= 0 }) {
			among = append(among, j)
		} else {
			others = append(others, j)
		}
	}
	return among, others
}

// An index finds findings by their keys.
type index map[string][]int

func (s Side) index() index {
	found := index{}
	for i := range s.Judged {
		for _, exact := range []bool{true, false} {
			for _, key := range s.keys(i, exact) {
				found[key] = append(found[key], i)
			}
		}
	}
	return found
}

// take returns the first finding of a key that is not gone; -1 if there is none.
// It forgets those before it.
func (x index) take(key string, gone []bool) int {
	for len(x[key]) > 0 {
		at := x[key][0]
		if !gone[at] {
			return at
		}
		x[key] = x[key][1:]
	}
	return -1
}

// keys returns what finds the i-th finding: one key for each of its advisories,
// or one of its subject.
func (s Side) keys(i int, exact bool) []string {
	f := &s.Judged[i].Finding
	place, version := f.File, "\x00\x00"
	if place == s.Lockfile && !f.InTarball {
		place = ""
	}
	if f.InTarball {
		place = "\x00" + place
	}
	if exact {
		version = f.Version
	}
	what := f.IDs
	if len(what) == 0 {
		what = []string{"\x00" + f.Subject}
	}
	keys := make([]string, 0, len(what))
	for _, id := range what {
		keys = append(keys, strings.Join([]string{f.Rule, f.Name, place, id, version}, "\x00"))
	}
	return keys
}
