package check

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

var nestedModulesRule = finding.Rule{
	ID:    "nested-modules",
	Title: "The tarball carries packages that package.json does not bundle.",
	Why: "Code under node_modules that is not in `bundleDependencies` is in no lockfile entry and no audit, yet " +
		"Node prefers it to what is installed.",
	Help:     "Leave node_modules out of the package, or name the packages in `bundleDependencies`.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball", "supply-chain"},
}

var shippedShrinkwrapRule = finding.Rule{
	ID:    "shrinkwrap-shipped",
	Title: "The tarball carries an npm-shrinkwrap.json.",
	Why: "It decides, for everybody who installs the package with npm up to 11, which versions of its dependencies " +
		"they get and from which addresses; fixes do not reach them, and npm 12 ignores it.",
	Help: "Leave it out unless the package is an application that must be installed exactly so; `package-lock.json` " +
		"serves development as well and is never packed.",
	Severity: finding.Moderate,
	Tags:     []string{"supply-chain", "tarball"},
}

// nestedModules looks for node_modules in the tarball. If the manifest bundles,
// the root's node_modules may also hold the dependencies of the bundled
// packages. Packages among test files are data that nothing loads: one warning
// for all of them. The check also looks for a shrinkwrap, which affects the
// same installs.
var nestedModules = Check{
	Rules: []finding.Rule{nestedModulesRule, shippedShrinkwrapRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		bundled := s.bundled()
		var found []finding.Finding
		var data []string // directories of test data
		first, tests := "", newFixtures(s.Tarball)
		seen := map[string]bool{}
		for _, e := range s.Tarball.Entries {
			if inPackage(e.Path) == "npm-shrinkwrap.json" {
				f := packed(&shippedShrinkwrapRule, e.Path)
				f.Level = finding.Advice
				f.Message = "The tarball carries an npm-shrinkwrap.json, which decides what consumers install; what it holds was judged."
				f.Fix = shippedShrinkwrapRule.Help
				found = append(found, f)
			}
			name, folder := moduleIn(inPackage(e.Path))
			if name == "" || seen[folder] || bundled[name] && folder == "node_modules/"+name {
				continue
			}
			seen[folder] = true
			if tests.holds(inPackage(e.Path)) {
				data = append(data, folder)
				first = cmp.Or(first, e.Path)
				continue
			}
			f := packed(&nestedModulesRule, "package/package.json") // one finding for all: they are one problem
			f.Name, f.Subject = name, folder
			f.Message = fmt.Sprintf("The tarball holds %s, which package.json does not bundle.", folder)
			f.Fix = nestedModulesRule.Help
			if name == ".pnpm" { // npm follows its links
				f.Fix = "It is the layout of pnpm, in which nothing can be bundled: run `pnpm install --frozen-lockfile " +
					"--ignore-scripts --config.node-linker=hoisted` before packing, or leave node_modules out of the package."
			}
			found = append(found, f)
		}
		if len(data) > 0 {
			f := packed(&nestedModulesRule, first)
			f.Level, f.Subject = finding.Advice, "tests"
			f.Message = fmt.Sprintf("The tarball holds node_modules among the files of its tests: %s.", listed(data, 5))
			f.Fix = "Leave the tests out with the `files` field or .npmignore."
			found = append(found, f)
		}
		return found
	},
}

// moduleIn returns the first package directory of a path: the name after
// node_modules, and the path up to there. Both are empty if there is none. In
// the root's node_modules the whole package counts, nested ones included: a
// bundled package may bundle.
func moduleIn(path string) (name, folder string) {
	at := strings.Index("/"+path, "/node_modules/")
	if at < 0 {
		return "", ""
	}
	start := at + len("node_modules/")
	rest := path[start:]
	parts := strings.SplitN(rest, "/", 3)
	name = parts[0]
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		name += "/" + parts[1]
	}
	return name, path[:start] + name
}
