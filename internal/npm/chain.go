package npm

import (
	"fmt"
	"strings"
)

// chainEnds is how many packages are named at each end of a long chain.
const chainEnds = 5

// gap begins the element of a chain that stands for packages left out.
const gap = "… "

// ShortPath returns a chain as documents show it: a long one with its first and
// last packages and the number of those left out between.
func ShortPath(path []string) []string {
	n := len(path) - 2*chainEnds
	if n < 2 { // leaving out a single one saves nothing
		return path
	}
	return JoinPath(path[:chainEnds], n, path[len(path)-chainEnds:])
}

// JoinPath returns a chain with n packages left out in the middle.
func JoinPath(begin []string, n int, end []string) []string {
	short := append(make([]string, 0, len(begin)+1+len(end)), begin...)
	return append(append(short, fmt.Sprintf(gap+"%d more …", n)), end...)
}

// IsGap reports whether an element of a chain represents packages left out.
func IsGap(element string) bool { return strings.HasPrefix(element, gap) }

// ShortPaths applies ShortPath to each chain. It does not change the list
// itself.
func ShortPaths(paths [][]string) [][]string {
	var short [][]string
	for i, path := range paths {
		if len(path) < 2*chainEnds+2 {
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

// SomePaths returns the chains of a finding as documents show them: of many,
// the first and the last and the number of those left out between.
func SomePaths(paths [][]string) [][]string {
	n := len(paths) - 2*chainEnds
	if n < 2 {
		return paths
	}
	some := append(make([][]string, 0, 2*chainEnds+1), paths[:chainEnds]...)
	return append(append(some, []string{fmt.Sprintf(gap+"%d more …", n)}), paths[len(paths)-chainEnds:]...)
}
