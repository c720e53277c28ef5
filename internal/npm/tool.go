package npm

import (
	"fmt"
	"slices"
	"strings"
)

// A Tool is a package manager's commands, for advice to its users.
type Tool struct {
	Name    string // "npm", "yarn", "pnpm", "bun"
	Install string // writes node_modules and the lockfile: "npm install"
	Lock    string // writes only the lockfile: "npm install --package-lock-only"
	Create  string // makes a missing lockfile, in a build job too, and runs no scripts of packages
	Frozen  string // installs exactly what the lockfile has, or refuses: "npm ci"
	Prune   string // removes from the lockfile what nothing needs
	Why     string // shows the dependents of a package, before its name: "npm ls"

	// Overrides is the field of package.json that sets the version of indirect
	// dependencies. pnpm reads it below "pnpm", and from version 10 on from
	// pnpm-workspace.yaml.
	Overrides string

	update string // a command, before the name; "": yarn 1 has none that reaches below direct dependencies
}

var tools = []Tool{
	{"npm", "npm install", "npm install --package-lock-only", "npm install --package-lock-only --ignore-scripts",
		"npm ci", "npm prune --package-lock-only", "npm ls", "overrides", "npm update"},
	{"yarn", "yarn install", "yarn install --mode=update-lockfile", "yarn install --no-immutable --mode=update-lockfile",
		"yarn install --immutable", "yarn install", "yarn why", "resolutions", "yarn up -R"},
	{"pnpm", "pnpm install", "pnpm install --lockfile-only", "pnpm install --lockfile-only --ignore-scripts",
		"pnpm install --frozen-lockfile", "pnpm install --lockfile-only", "pnpm why", "overrides", "pnpm update --depth Infinity"},
	{"bun", "bun install", "bun install --lockfile-only", "bun install --lockfile-only --ignore-scripts",
		"bun install --frozen-lockfile", "bun install --lockfile-only", "bun why", "overrides", "bun update"},
}

// yarnClassic is yarn 1, whose lockfile says "yarn lockfile v1".
var yarnClassic = Tool{"yarn", "yarn install", "yarn install", "yarn install --ignore-scripts",
	"yarn install --frozen-lockfile", "yarn install", "yarn why", "resolutions", ""}

// ToolOf returns the tool of a graph's manager; yarn's commands depend on the
// version of the lockfile. An unknown manager gets npm's.
func ToolOf(manager, lockVersion string) Tool {
	if manager == "yarn" && lockVersion == "1" {
		return yarnClassic
	}
	for _, t := range tools {
		if t.Name == manager {
			return t
		}
	}
	return tools[0]
}

// ToolFor returns the tool of a manager by its own version, which may be "" or
// incomplete. Options of an old bun or yarn need not exist in newer ones.
func ToolFor(manager, version string) Tool {
	major, rest, _ := strings.Cut(version, ".")
	switch {
	case manager == "yarn" && (major == "" || major == "1" || major == "0"):
		return yarnClassic
	case manager == "yarn" && major == "2":
		t := ToolOf(manager, "")
		t.Create = "yarn install --no-immutable --skip-builds"
		return t
	case manager == "bun" && major == "1" && (strings.HasPrefix(rest, "1.") || rest == "1"):
		t := ToolOf(manager, "")
		t.Create = "bun install --save-text-lockfile --lockfile-only --ignore-scripts"
		return t
	}
	return ToolOf(manager, "")
}

// TellsScripts reports whether the lockfile says which packages run a script when
// they are installed: those of npm 7 and later do, and those of pnpm up to version 8.
// An empty graph says all there is.
func (g *Graph) TellsScripts() bool {
	switch g.Manager {
	case "npm":
		return g.Version != "1"
	case "pnpm":
		major, _, _ := strings.Cut(g.Version, ".")
		return len(major) == 1 && major < "9"
	}
	return g.Lockfile == ""
}

// Tool returns the tool of the manager that the lockfile belongs to.
func (g *Graph) Tool() Tool {
	t := ToolOf(g.Manager, g.Version)
	// At the root of a monorepo pnpm updates only the root's own dependencies
	// unless told to recurse; without a monorepo, recursing would update nothing.
	if t.Name == "pnpm" && (g.owner == nil || g.owner == g.Root) &&
		slices.ContainsFunc(g.Packages, func(p *Package) bool { return p != g.Root && p.Workspace }) {
		t.update = "pnpm update -r --depth Infinity"
	}
	return t
}

// Update says how to get the newest version of a package that the ranges in the
// tree allow, wherever in the tree it is: "Run `…`".
func (t Tool) Update(name string) string {
	if t.update == "" {
		return fmt.Sprintf("Delete the entries of %s from the lockfile and run `%s`", name, t.Install)
	}
	return fmt.Sprintf("Run `%s %s`", t.update, name)
}

// UpdateCommand returns the command of Update; empty if there is none.
func (t Tool) UpdateCommand(name string) string {
	if t.update == "" {
		return ""
	}
	return t.update + " " + name
}
