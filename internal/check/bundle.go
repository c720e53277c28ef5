package check

import (
	"fmt"
	"path"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var bundleMissingRule = finding.Rule{
	ID:    "bundle-missing",
	Title: "package.json bundles a package that is not in the tarball.",
	Why: "npm takes what is bundled from the tarball; what is missing there is resolved by whoever installs, to a " +
		"version nobody judged, or not at all. npm packs without it and says nothing.",
	Help: "Have the package in the package's own node_modules before packing, named in `dependencies`, or take the " +
		"name out of `bundleDependencies`.",
	Severity: finding.Moderate,
	Tags:     []string{"manifest", "tarball", "supply-chain"},
}

// bundleMissing blocks unless the dependency is optional: an optional one may
// be missing where the package is packed, and consumers do without it.
var bundleMissing = Check{
	Rules: []finding.Rule{bundleMissingRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return nil
		}
		there := s.bundledFolders()
		var found []finding.Finding
		for _, name := range bundledNames(s.Tarball.Manifest) {
			if there["node_modules/"+name] {
				continue
			}
			f := packed(&bundleMissingRule, "package/package.json")
			f.Name, f.Subject = name, name
			f.Message = fmt.Sprintf("package.json bundles %s, and the tarball does not hold node_modules/%s.", name, name)
			f.Level, f.Fix = s.bundleAdvice(name)
			found = append(found, f)
		}
		return found
	},
}

// bundleAdvice returns level and remedy for a missing bundled package. npm
// bundles what dependencies and optionalDependencies name, from the package's
// own node_modules (npm-packlist 10); so an install helps only there.
func (s *Subject) bundleAdvice(name string) (finding.Level, string) {
	kind, declared := npm.EdgeProd, false
	for _, d := range s.Tarball.Manifest.Dependencies {
		if d.Name == name && (!declared || d.Kind == npm.EdgeProd || d.Kind == npm.EdgeOptional) {
			kind, declared = d.Kind, true
		}
	}
	level := finding.Always
	switch {
	case !declared:
		return level, "Only what `dependencies` names is packed: add it there, or take it out of `bundleDependencies`."
	case kind != npm.EdgeProd && kind != npm.EdgeOptional:
		return level, fmt.Sprintf("Only what `dependencies` names is packed: move it there from the %s dependencies, or "+
			"take it out of `bundleDependencies`.", kind)
	case kind == npm.EdgeOptional:
		level = finding.Advice
	}
	tool := s.Graph.Tool()
	install := fmt.Sprintf("Run `%s --ignore-scripts` before packing", tool.Frozen)
	switch {
	case s.Graph.Root != nil && s.Graph.Root.Location != "":
		install = fmt.Sprintf("An install at the root of the workspaces puts it into the root's node_modules, from where "+
			"nothing is packed: %s before packing", s.installInMember(tool))
	case tool.Name == "pnpm":
		install = "Run `pnpm install --frozen-lockfile --ignore-scripts --config.node-linker=hoisted` before packing: " +
			"nothing is packed through pnpm's links"
	case tool.Name == "yarn" && tool != npm.ToolOf("yarn", "1"):
		install = "Set `nodeLinker: node-modules` and run `" + tool.Frozen + " --mode=skip-build` before packing: nothing " +
			"is packed from yarn's cache"
	}
	return level, install + ", or take it out of `bundleDependencies`."
}

// installInMember returns the manager's command that installs the dependencies
// of a workspace member in the member's own node_modules.
func (s *Subject) installInMember(tool npm.Tool) string {
	switch {
	case tool.Name == "pnpm":
		return "run `pnpm install --ignore-workspace --lockfile=false --ignore-scripts --config.node-linker=hoisted` in the package's own folder"
	case tool == npm.ToolOf("yarn", "1"):
		return fmt.Sprintf("add %q to `workspaces.nohoist` of the root's package.json and run `%s --force --ignore-scripts`",
			s.Manifest.Name+"/**", tool.Frozen)
	case tool.Name == "yarn":
		return "set `nodeLinker: node-modules` and run `YARN_NM_HOISTING_LIMITS=workspaces " + tool.Frozen + " --mode=skip-build`"
	}
	return "run `npm install --workspaces=false --no-package-lock --ignore-scripts` in the package's own folder"
}

// bundledNames returns the names that package.json bundles.
func bundledNames(m *npm.Manifest) []string {
	if !m.BundleAll {
		return m.BundleDependencies
	}
	var names []string
	for _, d := range m.Dependencies {
		if d.Kind == npm.EdgeProd {
			names = append(names, d.Name)
		}
	}
	return names
}

// bundledFolders returns the directories of packages in the tarball, such
// as "node_modules/a".
func (s *Subject) bundledFolders() map[string]bool {
	folders := map[string]bool{}
	for _, b := range s.Tarball.Bundled {
		folders[b.Path] = true
	}
	return folders
}

// bundled returns the names that may be in the root's node_modules of the
// tarball: those that package.json bundles and their dependencies, by the
// lockfile or by the packed packages themselves. Lockfiles other than npm's do
// not flag them, and npm packs them whatever the lockfile is.
func (s *Subject) bundled() map[string]bool {
	names := map[string]bool{}
	for _, m := range []*npm.Manifest{s.Manifest, s.Tarball.Manifest} {
		if m != nil {
			for _, name := range bundledNames(m) {
				names[name] = true
			}
		}
	}
	if len(names) == 0 {
		return names
	}
	for _, p := range s.Graph.Packages {
		if p.Bundled && p.Scope != "" { // an unreachable copy explains nothing
			names[p.Name] = true
			if p.Alias != "" {
				names[p.Alias] = true
			}
		}
	}
	s.bundledByGraph(names)
	s.bundledByTarball(names)
	return names
}

// bundledByGraph adds the dependencies by the lockfile. Peers and development
// dependencies are not packed.
func (s *Subject) bundledByGraph(names map[string]bool) {
	if s.Graph.Root == nil {
		return
	}
	seen := map[*npm.Package]bool{}
	var next []*npm.Package
	follow := func(p *npm.Package, want func(npm.Edge) bool) {
		for _, e := range p.Deps {
			if e.To != nil && !seen[e.To] && want(e) {
				seen[e.To] = true
				names[e.Name] = true
				next = append(next, e.To)
			}
		}
	}
	follow(s.Graph.Root, func(e npm.Edge) bool { return names[e.Name] })
	for len(next) > 0 {
		p := next[len(next)-1]
		next = next[:len(next)-1]
		follow(p, func(e npm.Edge) bool { return e.Kind == npm.EdgeProd || e.Kind == npm.EdgeOptional })
	}
}

// bundledByTarball adds the dependencies of the packed packages, found as Node
// finds them: in the package's own node_modules, else in the one around it. All
// packages inside a bundled package are bundled.
func (s *Subject) bundledByTarball(names map[string]bool) {
	inside := map[string][]int{} // name in the root's node_modules → indexes of what is in it
	for i, b := range s.Tarball.Bundled {
		if name, folder := moduleIn(b.Path + "/"); folder == "node_modules/"+name {
			inside[name] = append(inside[name], i)
		}
	}
	folders := s.bundledFolders()
	next := slices.Collect(func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
	})
	for len(next) > 0 {
		name := next[len(next)-1]
		next = next[:len(next)-1]
		for _, i := range inside[name] {
			b := s.Tarball.Bundled[i]
			for _, need := range b.Needs {
				if !names[need] && nearest(folders, b.Path, need) == "node_modules/"+need {
					names[need] = true
					next = append(next, need)
				}
			}
		}
	}
}

// nearest returns the directory that Node finds for a name from a directory, or
// "".
func nearest(folders map[string]bool, from, name string) string {
	for at := from; ; at = path.Dir(at) {
		if path.Base(at) != "node_modules" {
			if found := path.Join(at, "node_modules", name); folders[found] {
				return found
			}
		}
		if at == "." {
			return ""
		}
	}
}
