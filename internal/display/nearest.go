package display

import "strings"

// Nearest returns the candidate with the fewest edits from word, the first of
// equals, or "" if none is near enough to be a typo.
func Nearest(word string, candidates []string) string {
	if len(word) > 64 { // too long for a typo; edits takes len × len steps
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

// edits returns how many bytes must be inserted, deleted, replaced or swapped with
// their neighbour to turn a into b (optimal string alignment).
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
