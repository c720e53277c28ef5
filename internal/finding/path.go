package finding

import (
	"fmt"
	"strings"
)

// pathEnds is how many packages of a long chain are named at each of its ends.
const pathEnds = 5

const gap = "… "

// ShortPath is a chain as documents show it: of a long one the first and the
// last packages, and between them how many are left out.
func ShortPath(path []string) []string {
	n := len(path) - 2*pathEnds
	if n < 2 { // of one, leaving it out says no less
		return path
	}
	return JoinPath(path[:pathEnds], n, path[len(path)-pathEnds:])
}

// JoinPath is a chain of which n packages are left out in the middle.
func JoinPath(begin []string, n int, end []string) []string {
	short := append(make([]string, 0, len(begin)+1+len(end)), begin...)
	return append(append(short, fmt.Sprintf(gap+"%d more …", n)), end...)
}

// IsGap reports whether an element of a chain stands for those left out.
func IsGap(element string) bool { return strings.HasPrefix(element, gap) }

// ShortPaths shortens each of some chains. The list itself is not changed.
func ShortPaths(paths [][]string) [][]string {
	var short [][]string
	for i, path := range paths {
		if len(path) < 2*pathEnds+2 {
			continue
		}
		if short == nil {
			short = append(make([][]string, 0, len(paths)), paths...)
		}
		short[i] = ShortPath(path)
	}
	if short == nil {
		return paths
	}
	return short
}

// SomePaths is what a document shows of the chains of a finding: of many the
// first and the last, and between them how many are left out.
func SomePaths(paths [][]string) [][]string {
	n := len(paths) - 2*pathEnds
	if n < 2 {
		return paths
	}
	some := append(make([][]string, 0, 2*pathEnds+1), paths[:pathEnds]...)
	return append(append(some, []string{fmt.Sprintf(gap+"%d more …", n)}), paths[len(paths)-pathEnds:]...)
}
