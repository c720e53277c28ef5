package npm

import "strings"

// A Want is what a dependency requests from a registry.
type Want struct {
	Name  string // real, never an alias
	Range string // a version, a range or a tag; "*": any version
	Alias bool   // the value names the package: "npm:real@1"
}

// Wants returns what a dependency requests from a registry. It reports false
// for a value that requests nothing there: git, an address, a directory,
// "workspace:".
//
// Two protocols are not npm's. "catalog:" stands for a line of Catalogs.
// "npm:^1" has a range where an alias has a name: yarn 2 and later write all
// ranges so, and pnpm reads them. Source: berry,
// plugin-npm/sources/constants.ts and NpmSemverResolver.ts; pnpm,
// resolving/npm-resolver/src/parseBareSpecifier.ts.
func (g *Graph) Wants(name, value string) (Want, bool) {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(value), "catalog:"); ok {
		line, ok := g.Catalogs[catalogName(rest)][name]
		if !ok || strings.HasPrefix(strings.TrimSpace(line), "catalog:") {
			return Want{}, false
		}
		value = line
	}
	switch spec := ParseSpec(value); spec.Kind {
	case SpecRegistry:
		return Want{Name: name, Range: spec.Range}, true
	case SpecAlias:
		if spec.Range == "*" && !strings.Contains(spec.Name, "/") {
			if _, err := ParseRange(spec.Name); err == nil || g.Manager == "yarn" {
				return Want{Name: name, Range: orStar(spec.Name)}, true
			}
		}
		if spec.Name == "" {
			return Want{Name: name, Range: spec.Range}, true
		}
		return Want{Name: spec.Name, Range: spec.Range, Alias: true}, true
	}
	return Want{}, false
}

// catalogName returns the catalog that follows "catalog:", "default" if none is
// named.
func catalogName(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return "default"
	}
	return text
}

// Whole reports whether the root of the lockfile is judged, and not a member of
// its monorepo.
func (g *Graph) Whole() bool { return g.owner == nil || g.owner == g.Root }

// Local reports whether the copy is a local directory or file and not from a
// registry.
func (p *Package) Local() bool {
	return p.Workspace || p.Link || p.Source == SourceLocal || p.Source == SourceFile
}
