package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/pattern"
)

// A timeSaid is a time that a line of SECURITY.md names, with the words around it:
// those of the line or, of a table, the row and the heading of the column.
type timeSaid struct {
	text string // lower case
	head string // lower case; of a table's column, else as text
	span time.Duration
}

var spanWords = pattern.New(`(?i)\b(\d{1,4}|one|two|three|four|five|six|seven|ten|fourteen|fifteen|thirty|sixty|ninety)` +
	`[ -]{0,2}(?:(?:business|working|calendar)[ -])?(hours?|hrs?|h|days?|d|weeks?|w|months?)\b`)

var numbers = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "fourteen": 14,
	"fifteen": 15, "thirty": 30, "sixty": 60, "ninety": 90}

// timesSaid returns the times that a markdown text names, line by line and
// sentence by sentence. A working day counts as a day, as policies write it.
func timesSaid(text string) (all []timeSaid) {
	var head []string
	for line := range strings.Lines(text) {
		line = strings.ToLower(strings.TrimSpace(line))
		if !strings.HasPrefix(line, "|") {
			head = nil
			for _, sentence := range strings.SplitAfter(line, ". ") {
				for _, span := range spansIn(sentence) {
					all = append(all, timeSaid{sentence, sentence, span})
				}
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if head == nil {
			head = cells
			continue
		}
		for i, cell := range cells {
			title := ""
			if i < len(head) {
				title = head[i]
			}
			for _, span := range spansIn(cell) {
				all = append(all, timeSaid{line, title, span})
			}
		}
	}
	return all
}

func spansIn(text string) (spans []time.Duration) {
	for _, m := range spanWords.FindAllStringSubmatch(text, -1) {
		n, known := numbers[m[1]]
		if !known {
			n, _ = strconv.Atoi(m[1])
		}
		unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour, 'm': 30 * 24 * time.Hour}[m[2][0]]
		spans = append(spans, time.Duration(n)*unit)
	}
	return spans
}

// isPromised reports whether a promise with one of some words keeps to a time.
// What a table says is of the severity in its row, and no promise to everybody.
func isPromised(all []timeSaid, most time.Duration, words ...string) bool {
	return slices.ContainsFunc(all, func(p timeSaid) bool { return p.span <= most && p.head == p.text && hasAny(p.text, words) })
}

// bySeverity returns the promise about a severity and one of some words; nil:
// there is none.
func bySeverity(all []timeSaid, s finding.Severity, words []string) *timeSaid {
	names := []string{s.String()}
	if s == finding.Moderate {
		names = append(names, "medium")
	}
	for i := range all {
		if hasAny(all[i].text, names) && hasAny(all[i].head, words) {
			return &all[i]
		}
	}
	return nil
}

func hasAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
