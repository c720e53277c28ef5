package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Tighten returns an organisation's policy as a package's own tightens it, for
// the package of that name. Lists of what is denied, forbidden and required grow;
// of levels the stricter counts. Everything else is set in one of the two files:
// the error is Mistakes, with the lines of both, where it is set in both or where
// the package's own would lift something.
func Tighten(organisation, own *Policy, name string) (*Policy, error) {
	t := &tightening{file: own.file, above: organisation.file, asked: organisation.resolved(name), told: map[string]bool{}}
	for i := range t.asked {
		t.asked[i].value.file = organisation.file
	}
	t.merged, t.parts = slices.Clone(t.asked), slices.Clone(t.asked)
	if len(own.exceptions) > 0 {
		t.mistake(own.exceptions[0].Line, "exceptions lift what the organisation's policy asks for", t.leaveIt())
	}
	var levels []setting
	for _, s := range own.resolved(name) {
		if s.key.kind == kindLevel {
			levels, t.parts = append(levels, s), append(t.parts, s)
			continue
		}
		t.add(s)
	}
	if len(t.mistakes) > 0 {
		return nil, t.mistakes.sorted()
	}
	p := &Policy{file: own.file, base: t.merged, packages: slices.Concat(organisation.packages, own.packages), flat: true,
		exceptions: slices.Clone(organisation.exceptions)}
	for i := range p.exceptions {
		p.exceptions[i].File = organisation.file
	}
	d := &draft{Effective: builtin()}
	d.apply(levels)
	p.sunk = d.said()
	p.parts = t.parts
	order(p.base, keys())
	order(p.parts, keys())
	return p, nil
}

// A tightening is what Tighten works on.
type tightening struct {
	file, above   string          // the package's file, and the organisation's
	asked, merged []setting       // what the organisation says, and what comes of both
	parts         []setting       // what merged is made of
	told          map[string]bool // units of which it is said already
	mistakes      Mistakes
}

func (t *tightening) mistake(line int, text, hint string) {
	t.mistakes = append(t.mistakes, Mistake{File: t.file, Line: max(line, 1), Text: text, Hint: hint})
}

func (t *tightening) leaveIt() string {
	return "a package's own policy may only tighten: have it written into " + t.above + ", or delete it"
}

// add adds one setting of the package's own.
func (t *tightening) add(s setting) {
	if s.key.path == "version" {
		return
	}
	at := slices.IndexFunc(t.asked, func(o setting) bool { return o.unit() == s.unit() || s.leansOn(&o) })
	rank, level := s.level()
	switch {
	case level && at < 0 && rank >= unsetLevel(s.key.path):
		return
	case level && at >= 0 && t.asked[at].key.path == s.key.path && s.key.path == s.unit():
		if asked, _ := t.asked[at].level(); rank < asked {
			t.merged[at], t.parts[at] = s, s
		}
		return
	case s.key.kind == kindCadence:
		if at < 0 {
			t.merged, t.parts = append(t.merged, s), append(t.parts, s)
		} else if asked := t.asked[at].value.span; s.value.span > 0 && (asked == 0 || s.value.span < asked) {
			t.merged[at], t.parts[at] = s, s
		}
	case s.lifts() && (at < 0 || s.key.grows()):
		t.mistake(s.value.line, s.shownKey()+" lifts what the organisation's policy asks for", t.leaveIt())
	case at < 0:
		t.merged, t.parts = append(t.merged, s), append(t.parts, s)
	case s.key.grows():
		t.parts = append(t.parts, s)
		for _, item := range s.value.list {
			if !slices.Contains(t.merged[at].value.list, item) {
				t.merged[at].value.list = append(slices.Clip(t.merged[at].value.list), item)
			}
		}
	case s.key.path == "dependencies.require.*" && narrow(&t.merged[at].value, &s.value):
		t.parts = append(t.parts, s)
	default:
		t.twice(&s, &t.asked[at])
	}
}

// twice records that both files set something that only one may, once for each
// unit.
func (t *tightening) twice(s, asked *setting) {
	if t.told[s.unit()] {
		return
	}
	t.told[s.unit()] = true
	what := fmt.Sprintf("%s is set in %s:%d too", s.unit(), t.above, asked.value.line)
	if asked.unit() != s.unit() {
		what = fmt.Sprintf("%s is set in %s:%d too, by %s, which holds for it", s.unit(), t.above, asked.value.line, asked.unit())
	}
	t.mistake(s.value.line, what, "leave it to one of the two files: of what both say, only lists of what is denied, forbidden or required "+
		"grow, and only levels sink")
}

// narrow makes a range of versions one that the other admits too. It reports
// whether it could.
func narrow(into, by *value) bool {
	a, err := npm.ParseRange(into.text)
	b, err2 := npm.ParseRange(by.text)
	if err != nil || err2 != nil {
		return false
	}
	text := both(a.String(), b.String())
	if r, err := npm.ParseRange(text); err != nil || len(r.Intervals()) == 0 {
		return false
	}
	into.text = text
	return true
}

// both returns a range of the versions that two ranges admit, each written as
// comparators with "||" between the alternatives.
func both(a, b string) string {
	var all []string
	for x := range strings.SplitSeq(a, "||") {
		for y := range strings.SplitSeq(b, "||") {
			all = append(all, strings.TrimSpace(strings.TrimSpace(x)+" "+strings.TrimSpace(y)))
		}
	}
	return strings.Join(all, " || ")
}

// unit returns what is set in one file alone: the key, or the entry or the group
// that means nothing in two halves.
func (s *setting) unit() string {
	head, _, _ := strings.Cut(s.key.path, ".")
	before, _, free := strings.Cut(s.key.path, "*")
	switch {
	case head == "about" || head == "document":
		return head
	case free:
		return before + s.value.name
	}
	return s.key.path
}

// leansOn reports whether a key changes what another stands for: a severity
// without a time of its own has that of the next lower one, a time within which
// something is looked at makes it less, and what somebody vouches for is not asked
// of GitHub.
func (s *setting) leansOn(other *setting) bool {
	switch {
	case s.key.path == other.key.path+"-within":
		return true
	case s.key.path == "source.vsa" && (other.key.path == "source.review" || other.key.path == "source.protected"):
		return true
	}
	for _, above := range []string{"sla.", "exceptions-max."} {
		mine, ok := strings.CutPrefix(s.key.path, above)
		its, ok2 := strings.CutPrefix(other.key.path, above)
		if ok && ok2 {
			return slices.Index(levelWords, its) < slices.Index(levelWords, mine)
		}
	}
	return false
}

// shownKey returns the key as the file has it.
func (s *setting) shownKey() string {
	return strings.Replace(s.key.path, "*", s.value.name, 1)
}

// resolved returns what a file says about the package of that name, each key
// once, in the order in which keys are applied.
func (p *Policy) resolved(name string) []setting {
	all := slices.Clone(p.base)
	for _, l := range p.matching(name) {
		for _, s := range l.settings {
			all = slices.DeleteFunc(all, func(o setting) bool {
				return o.key.path == s.key.path && o.value.name == s.value.name ||
					s.key.path == "audit-level" && strings.HasPrefix(o.key.path, "scopes.")
			})
			all = append(all, s)
		}
	}
	order(all, keys())
	return all
}

// subset reports whether every item of a list is in another.
func subset(list, of []string) bool {
	return !slices.ContainsFunc(list, func(item string) bool { return !slices.Contains(of, item) })
}
