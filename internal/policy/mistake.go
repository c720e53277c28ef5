package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// A Mistake is one error in a policy file. Its strings may quote the file.
type Mistake struct {
	File string // as given to Parse
	Line int    // 1-based
	Text string // what is wrong, without the position
	Hint string // the suggested correction, a question or an instruction; may be empty
}

// String returns "file:line: text; hint".
func (m Mistake) String() string {
	s := fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
	if m.Hint != "" {
		s += "; " + m.Hint
	}
	return s
}

// Mistakes is the error that Parse returns: every error in the file, in line
// order, so that one run shows them all. It is never empty.
type Mistakes []Mistake

// Error returns one mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// maxMistakes bounds the report of a file that is not a policy at all.
const maxMistakes = 50

// sorted orders mistakes by line, drops duplicates and caps their number.
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

// didYouMean returns a hint with the candidate nearest to word, or "".
func didYouMean(word string, candidates []string) string {
	if c := display.Nearest(word, candidates); c != "" {
		return "did you mean " + c + "?"
	}
	return ""
}
