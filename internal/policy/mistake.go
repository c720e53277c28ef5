package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A Mistake is one thing wrong with a policy file. Its strings may quote the
// file.
type Mistake struct {
	File string // as given to Parse
	Line int    // 1-based
	Text string // what is wrong, without the position
	Hint string // what was probably meant, as a question or an order; may be empty
}

// String is "file:line: text; hint".
func (m Mistake) String() string {
	s := fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
	if m.Hint != "" {
		s += "; " + m.Hint
	}
	return s
}

// Mistakes is the error Parse returns: everything wrong with the file, in the
// order of its lines, so that one run shows it all. It is never empty.
type Mistakes []Mistake

// Error has one mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// maxMistakes bounds the report of a file that is no policy at all.
const maxMistakes = 50

// sorted orders mistakes by line, drops repetitions and caps their number.
func (ms Mistakes) sorted() Mistakes {
	slices.SortStableFunc(ms, func(a, b Mistake) int { return a.Line - b.Line })
	ms = slices.Compact(ms)
	if len(ms) > maxMistakes {
		more := len(ms) - maxMistakes
		ms = append(ms[:maxMistakes:maxMistakes], Mistake{
			File: ms[maxMistakes].File, Line: ms[maxMistakes].Line,
			Text: fmt.Sprintf("and %d more from here on", more),
		})
	}
	return ms
}

// didYouMean is a hint naming the candidate nearest to word, or "".
func didYouMean(word string, candidates []string) string {
	if c := nearest(word, candidates); c != "" {
		return "did you mean " + c + "?"
	}
	return ""
}

// nearest returns the candidate with the fewest edits from word, the first one
// of equals, or "" when none is near enough to be a slip.
func nearest(word string, candidates []string) string {
	if len(word) > 64 { // no slip of anything we know; edits cost len × len
		return ""
	}
	word = strings.ToLower(strings.TrimSpace(word))
	best, fewest := "", 2+len(word)/5
	for _, c := range candidates {
		if d := edits(word, strings.ToLower(c)); d < fewest && d < len(word) {
			best, fewest = c, d
		}
	}
	return best
}

// edits is the number of letters inserted, deleted, replaced or swapped with
// their neighbour that turn a into b (optimal string alignment).
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
