package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

var nestedModulesRule = finding.Rule{
	ID:       "nested-modules",
	Title:    "The tarball carries packages that package.json does not bundle.",
	Why:      "Code under node_modules that is not in `bundleDependencies` is in no lockfile entry and no audit, yet Node prefers it to what is installed.",
	Help:     "Leave node_modules out of the package, or name the packages in `bundleDependencies`.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball", "supply-chain"},
}

var shippedShrinkwrapRule = finding.Rule{
	ID:       "shrinkwrap-shipped",
	Title:    "The tarball carries an npm-shrinkwrap.json.",
	Why:      "It decides, for everybody who installs the package with npm up to 11, which versions of its dependencies they get and from which addresses; fixes do not reach them, and npm 12 ignores it.",
	Help:     "Leave it out unless the package is an application that must be installed exactly so; `package-lock.json` serves development as well and is never packed.",
	Severity: finding.Moderate,
	Tags:     []string{"supply-chain", "tarball"},
}

// nestedModules looks for node_modules in the tarball. Where the manifest
// bundles, the root's node_modules may hold what the lockfile marks as bundled
// besides what the manifest names: npm packs what those need with them. On the
// way it looks for a shrinkwrap, which steers the same installs.
var nestedModules = Check{
	Rules: []finding.Rule{nestedModulesRule, shippedShrinkwrapRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		bundled := s.bundled()
		var found []finding.Finding
		seen := map[string]bool{}
		for _, e := range s.Tarball.Entries {
			if inPackage(e.Path) == "npm-shrinkwrap.json" {
				f := packed(&shippedShrinkwrapRule, e.Path)
				f.Level = finding.Advice
				f.Message = "The tarball carries an npm-shrinkwrap.json, which decides what consumers install."
				f.Fix = shippedShrinkwrapRule.Help
				found = append(found, f)
			}
			name, folder := moduleIn(inPackage(e.Path))
			if name == "" || seen[folder] || bundled[name] && folder == "node_modules/"+name {
				continue
			}
			seen[folder] = true
			f := packed(&nestedModulesRule, e.Path)
			f.Name, f.Subject = name, folder
			f.Message = fmt.Sprintf("The tarball holds %s, which package.json does not bundle.", folder)
			f.Fix = nestedModulesRule.Help
			found = append(found, f)
		}
		return found
	},
}

// bundled names what may stand in the root's node_modules of the tarball.
func (s *Subject) bundled() map[string]bool {
	names := map[string]bool{}
	for _, n := range s.Manifest.BundleDependencies {
		names[n] = true
	}
	if s.Manifest.BundleAll {
		for _, d := range s.Manifest.Dependencies {
			names[d.Name] = true
		}
	}
	if len(names) == 0 {
		return names
	}
	for _, p := range s.Graph.Packages {
		if p.Bundled {
			names[p.Name] = true
			if p.Alias != "" {
				names[p.Alias] = true
			}
		}
	}
	return names
}

// moduleIn finds the first package folder of a path: the name that follows
// node_modules, and the path up to there. Both are empty where there is none.
// In the root's node_modules the whole package counts, nested ones included:
// a bundled package may bundle.
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
