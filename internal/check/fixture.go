package check

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/tarball"
)

// testFolders are names of directories that hold what a package's own tests
// read.
var testFolders = []string{
	"test", "tests", "__tests__", "testing", "testdata", "test-data", "spec", "specs", "e2e",
	"fixture", "fixtures", "__fixtures__", "mock", "mocks", "__mocks__", "example", "examples", "sample", "samples",
	"demo", "demos", "bench", "benchmark", "benchmarks",
}

// fixtures distinguishes packages among test files from those that the package
// loads.
type fixtures struct {
	pointers []string // files that package.json points to, with a slash at the end
	unknown  bool     // it is not known where package.json points to
}

func newFixtures(t *tarball.Tarball) *fixtures {
	if t == nil || t.Manifest == nil {
		return &fixtures{unknown: true}
	}
	f := &fixtures{}
	for _, p := range t.Manifest.Pointers() {
		f.pointers = append(f.pointers, strings.TrimPrefix(path.Clean(p.Path), "/")+"/")
	}
	return f
}

// holds reports whether a path below the root directory lies in a node_modules
// that is test data: in a directory of tests, which package.json does not point
// into.
func (f *fixtures) holds(inner string) bool {
	head, _, found := strings.Cut(inner, "/node_modules/")
	if !found || f.unknown || strings.HasPrefix(inner, "node_modules/") {
		return false
	}
	at := 0
	for part := range strings.SplitSeq(head, "/") {
		at += len(part) + 1
		if slices.Contains(testFolders, strings.ToLower(part)) {
			folder := inner[:at]
			return !slices.ContainsFunc(f.pointers, func(to string) bool { return strings.HasPrefix(to, folder) })
		}
	}
	return false
}
