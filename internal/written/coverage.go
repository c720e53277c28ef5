package written

import "strings"

// A Class is what answers a line.
type Class string

// The classes, in the order in which a table counts them.
const (
	Enforced   Class = "enforced"     // a key or a rule that a machine checks
	Reviewed   Class = "reviewed"     // a dated look by a person, whose date a machine checks
	Controlled Class = "controlled"   // a dated statement with evidence, whose dates a machine checks
	Declared   Class = "declared"     // a fact about the policy itself that the policy file states
	Outside    Class = "outside"      // nothing of ours: the reason is written down
	Silent     Class = "not a demand" // it asks for nothing
	Uncovered  Class = "uncovered"    // nothing: the line is new, or was changed, or is left open
	Unenforced Class = "unenforced"   // something that does not check it
)

// Classes lists them in that order.
var Classes = []Class{Enforced, Reviewed, Controlled, Declared, Outside, Silent, Uncovered, Unenforced}

// order says which class a line has that several things answer: the strongest.
var order = map[Class]int{Enforced: 0, Reviewed: 1, Controlled: 2, Declared: 3}

// A Row is one line of the prose and what answers it.
type Row struct {
	Statement
	Class   Class
	Targets []string // as the line file has them
	Reason  string   // of Outside; of Unenforced and Uncovered what is wrong
	At      int      // the line of the line file; 0: none
	Before  string   // what answered the line before it was changed, as the line file has it; or empty
}

// A Coverage is the comparison of a prose with its line file.
type Coverage struct {
	Rows []Row    // one for each statement, in its order
	Gone []Answer // answers to lines that the prose does not have any more

	ProseSHA256, LinesSHA256 string // of the bytes of the two files, hex; as the caller sets them
}

// Whole reports whether every line is answered by something that stands. An
// answer too many is no hole.
func (c *Coverage) Whole() bool { return c.Count(Uncovered) == 0 && c.Count(Unenforced) == 0 }

// Count returns how many lines have a class.
func (c *Coverage) Count(class Class) int {
	n := 0
	for i := range c.Rows {
		if c.Rows[i].Class == class {
			n++
		}
	}
	return n
}

// Demands returns how many lines ask for something.
func (c *Coverage) Demands() int { return len(c.Rows) - c.Count(Silent) }

// Cover compares the two. stands says of a target in which class it answers a
// line; a class that is Unenforced comes with what is wrong, as a clause.
//
// An answer belongs to the line whose digest it gives. Where the same text
// stands in several lines, the first answer is the first line's.
func Cover(statements []Statement, answers []Answer, stands func(target string) (Class, string)) *Coverage {
	c := &Coverage{Rows: make([]Row, len(statements))}
	byDigest := map[string][]int{} // the first 16 digits → statements
	byLine := map[int]int{}
	for i, s := range statements {
		c.Rows[i].Statement = s
		byDigest[s.Digest[:shortest]] = append(byDigest[s.Digest[:shortest]], i)
		byLine[s.Line] = i
	}
	at := make([]int, len(answers)) // the row of each answer; -1: none
	for k, a := range answers {
		at[k] = -1
		for _, i := range byDigest[a.Digest[:shortest]] {
			if c.Rows[i].At == 0 && strings.HasPrefix(c.Rows[i].Digest, a.Digest) {
				at[k] = i
				c.Rows[i].answer(a, stands)
				break
			}
		}
	}
	// An answer whose line is not there was written for one that was changed, if a
	// line without an answer has its number, or follows that of the answer before.
	changed := func(k, i int) {
		at[k] = i
		r := &c.Rows[i]
		r.At, r.Class, r.Reason, r.Before = answers[k].Line, Uncovered, "the line was changed since it was answered", answers[k].said()
	}
	for k, a := range answers {
		if i, ok := byLine[a.At]; ok && at[k] < 0 && !a.Open() && c.Rows[i].At == 0 {
			changed(k, i)
		}
	}
	before := -1
	for k, a := range answers {
		switch {
		case at[k] >= 0:
		case a.Open():
			continue
		case before+1 < len(c.Rows) && c.Rows[before+1].At == 0:
			changed(k, before+1)
		default:
			c.Gone = append(c.Gone, a)
			continue
		}
		before = at[k]
	}
	for i := range c.Rows {
		if c.Rows[i].At == 0 {
			c.Rows[i].Class, c.Rows[i].Reason = Uncovered, "the line file has no answer to it"
		}
	}
	return c
}

// answer enters an answer into its row.
func (r *Row) answer(a Answer, stands func(string) (Class, string)) {
	r.At, r.Targets, r.Reason = a.Line, a.Targets, a.Reason
	switch {
	case a.Open():
		r.Class, r.Reason = Uncovered, "the line file leaves it open"
	case a.Reason == NotDemand:
		r.Class, r.Reason = Silent, ""
	case a.Reason != "":
		r.Class = Outside
	default:
		for _, t := range a.Targets {
			class, why := stands(t)
			if class == Unenforced {
				r.Class, r.Reason = class, t+" "+why
				return
			}
			if r.Class == "" || order[class] < order[r.Class] {
				r.Class = class
			}
		}
	}
}
