package support

import (
	"cmp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
)

type npmVersion = npm.Version

var (
	item       = pattern.New(`^\s*(?:[-*+]|\d{1,3}[.)])\s+(.*)$`)
	hasVersion = pattern.New(`(?i)\bv?\d+\.(?:\d+|x|\*)|\bv\d+\b|[<>^~]=?\s*\d|\d+\+`)
	cuts       = pattern.New(`\s*[:=]\s*|\s+-\s+|\s+(?:is|are|was)\s+|\s*\(|,\s+|\s+(?:until|through|eol)\s|\s+`)
	latestSaid = pattern.New(`(?i)\b(?:latest|most recent|newest|current)\s+(?:(?:stable|published|public|npm|minor|major|patch)\s+)*` +
		`(?:versions?|releases?|major|minor)\b`)
	onlySaid    = pattern.New(`(?i)\bonly\b|\bsolely\b|\bexclusively\b`)
	supportSaid = pattern.New(`(?i)\b(?:support|maintain|receive|patch|fix|update)`)
	sentenceEnd = pattern.New(`[.!?](?:\s|$)`)
	always      = pattern.New(`(?i)^\s*always\s+`)
	forVersions = pattern.New(`(?i)\b(?:for|in|to)\s+(?:the\s+)?(?:versions?\s+|releases?\s+)?(v?\d[^:;()]*?)` +
		`(?:\s+(?:release\s+)?(?:lines?|series|versions?|branch(?:es)?|releases?))?(?:\s+only)?\s*$`)
	ofVersions = pattern.New(`(?i)\b(?:versions?|releases?)\s+([^:;()]+?)\s+(?:(?:is|are|will be|continues?|receives?|gets?)\b)`)
)

// sections calls read with the lines of each section about supported versions, and
// of the text if its own title is.
func (r *reader) sections(read func(from, to int)) {
	until := 0
	for _, h := range r.headings {
		if h.about && h.from >= until {
			read(h.from, h.to)
			until = h.to
		}
	}
}

// list reads the lists of a section: "- 5.1.x: supported", "- [x] 5.1.x", or
// versions alone below a line that says what they are.
func (r *reader) list(from, to int) {
	var said *status // of the line above
	for i := from; i < to; i++ {
		l := r.lines[i]
		m := item.FindStringSubmatch(l.text)
		if m == nil {
			if text := strings.TrimSpace(strings.Trim(plainText(l.text), "#:")); text != "" {
				said = nil
				if s, ok := statusOf(text); ok && (strings.HasSuffix(strings.TrimSpace(plainText(l.text)), ":") || r.isHeading(l.number)) {
					said = &s
				}
			}
			continue
		}
		text := plainText(m[1])
		row, ok := r.itemRow(text, said)
		switch {
		case ok:
			row.Line = l.number
			r.table.Line = cmp.Or(r.table.Line, l.number)
			r.add(row)
		case hasVersion.MatchString(text):
			r.table.Line = cmp.Or(r.table.Line, l.number)
			r.problem(l.number, text, "%q does not say of which versions it speaks and whether they are supported: expected such as 5.1.x: yes",
				clip(text))
		}
	}
}

func (r *reader) isHeading(number int) bool {
	_, found := slices.BinarySearchFunc(r.headings, number, func(h heading, n int) int { return cmp.Compare(h.number, n) })
	return found
}

// itemRow reads one item of a list. said is what is said of all of them.
func (r *reader) itemRow(text string, said *status) (Row, bool) {
	if s, ok := versions(text, r.name); ok && said != nil {
		return Row{Text: text, Supported: said.supported, Until: said.until, set: s}, true
	}
	at := cuts.FindAllStringIndex(text, 16)
	for i := range at { // the longest text that names versions
		cut := at[len(at)-1-i]
		left, right := text[:cut[0]], strings.TrimRight(text[cut[0]:], ") ")
		s, ok := versions(left, r.name)
		if !ok {
			continue
		}
		if state, ok := statusOf(strings.TrimLeft(right, " :=(,-")); ok {
			return Row{Text: left, Supported: state.supported, Until: state.until, set: s}, true
		}
	}
	for _, cut := range at { // the state in front
		state, ok := statusOf(text[:cut[0]])
		if s, named := versions(text[cut[1]:], r.name); ok && named {
			return Row{Text: text[cut[1]:], Supported: state.supported, Until: state.until, set: s}, true
		}
	}
	return Row{}, false
}

// sentences reads what a section says in words: that the latest release is
// supported, or versions that it names.
func (r *reader) sentences(from, to int) {
	for i := from; i < to; i++ {
		whole, last := "", i
		for ; last < to && strings.TrimSpace(r.lines[last].text) != ""; last++ {
			whole += r.lines[last].text + " "
		}
		for _, sentence := range sentenceEnd.Split(plainText(whole), -1) {
			r.sentence(r.lines[i].number, sentence)
		}
		i = last
	}
}

func (r *reader) sentence(number int, text string) {
	if r.table.Line > 0 {
		return
	}
	alone, isAlone := versions(always.ReplaceAllString(text, ""), r.name)
	isAlone = isAlone && alone.kind == latest
	if !supportSaid.MatchString(text) && !isAlone {
		return
	}
	row := Row{Line: number, Supported: true}
	for _, form := range []*pattern.Expr{ofVersions, forVersions} {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		s, ok := versions(m[1], r.name)
		if !ok || s.kind != numbers {
			continue
		}
		state, ok := statusOf(text)
		if !ok {
			return
		}
		row.Text, row.set, row.Supported, row.Until = m[1], s, state.supported, state.until
		r.said(row, text)
		return
	}
	m := latestSaid.FindString(text)
	switch {
	case isAlone:
		row.Text, row.set = strings.TrimSpace(text), alone
	case m == "" || noWords.MatchString(strings.ToLower(text)):
		return
	default:
		row.Text, row.set = m, set{kind: latest}
		for _, unit := range []string{"major", "minor"} {
			if strings.Contains(strings.ToLower(m), unit) {
				row.set.unit = unit
			}
		}
	}
	r.said(row, text)
}

// said adds what a sentence says, and that all others are not supported if it says
// "only".
func (r *reader) said(row Row, text string) {
	r.table.Line = row.Line
	r.add(row)
	if onlySaid.MatchString(text) {
		r.add(Row{Text: "others", Line: row.Line, Supported: !row.Supported, set: set{kind: others}})
	}
}
