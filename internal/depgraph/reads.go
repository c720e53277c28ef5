package depgraph

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
)

// maxRead is the size of the largest manifest that GitHub reads, in bytes
// (docs.github.com, "Troubleshooting the dependency graph": over 10 MB they are
// ignored).
const maxRead = 10_000_000

// vendored matches the paths in which GitHub takes a manifest for somebody
// else's and does not read it (the same page).
var vendored = pattern.New(`(3rd|[Tt]hird)[-_]?[Pp]arty/|(^|/)vendors?/|(^|/)[Ee]xtern(als?)?/|(^|/)[Vv]+endor/`)

// ReadByGitHub says that GitHub reads a lockfile itself and how it is called, in
// a few words. It returns "" if GitHub does not, or not all of it. file is the
// path from the root of the repository, size in bytes.
//
// GitHub's list (docs.github.com, "Dependency graph supported package
// ecosystems", read at github/docs@03e038c) has package-lock.json,
// pnpm-lock.yaml and yarn.lock, and neither bun.lock nor npm-shrinkwrap.json.
// Of the listed ones it does not resolve:
//   - the lockfile of yarn 2 and later, which is another format of the same name
//     than the one of yarn 1;
//   - pnpm's with a document of its own before the lockfile, as pnpm 11 and 12
//     write it: only the first document is read (dependabot-core#15904, and
//     "Known limitation" in GitHub's changelog on pnpm 11 and 12);
//   - pnpm's with catalogs: what package.json asks for is "catalog:", which is
//     no range.
func ReadByGitHub(file string, size int64, g *npm.Graph) (why string) {
	if size > maxRead || vendored.MatchString(file) {
		return ""
	}
	switch path.Base(file) {
	case "package-lock.json":
		return "a lockfile of npm"
	case "yarn.lock":
		if g.Version == "1" {
			return "a lockfile of yarn 1"
		}
	case "pnpm-lock.yaml":
		if len(g.Catalogs) == 0 && !twoDocuments(g) {
			return "a lockfile of pnpm without catalogs"
		}
	}
	return ""
}

// twoDocuments reports whether a lockfile of pnpm has packages in a document
// before the lockfile proper.
func twoDocuments(g *npm.Graph) bool {
	for _, p := range g.Packages {
		if strings.HasPrefix(p.Location, "env:") {
			return true
		}
	}
	return false
}
