package npm

// A Tool is a package manager as its user speaks to it: the commands that
// advice is given in.
type Tool struct {
	Name      string // "npm", "yarn", "pnpm", "bun"
	Install   string // writes node_modules and the lockfile: "npm install"
	Lock      string // writes the lockfile alone: "npm install --package-lock-only"
	Frozen    string // installs what the lockfile says or refuses: "npm ci"
	Prune     string // takes out of the lockfile what nothing needs
	Why       string // shows who brings a package in, before its name: "npm ls"
	Overrides string // the field that sets the version of a dependency's dependency

	update string
}

var tools = []Tool{
	{"npm", "npm install", "npm install --package-lock-only", "npm ci", "npm prune --package-lock-only", "npm ls", "overrides", "npm update"},
	{"yarn", "yarn install", "yarn install --mode=update-lockfile", "yarn install --immutable", "yarn install", "yarn why", "resolutions", "yarn up -R"},
	{"pnpm", "pnpm install", "pnpm install --lockfile-only", "pnpm install --frozen-lockfile", "pnpm install --lockfile-only", "pnpm why", "overrides", "pnpm update -r"},
	{"bun", "bun install", "bun install --lockfile-only", "bun install --frozen-lockfile", "bun install --lockfile-only", "bun why", "overrides", "bun update"},
}

// yarnClassic is yarn 1, whose lockfile says "yarn lockfile v1".
var yarnClassic = Tool{"yarn", "yarn install", "yarn install", "yarn install --frozen-lockfile", "yarn install", "yarn why", "resolutions", "yarn upgrade"}

// ToolOf is the manager of a graph: yarn's commands depend on the version of
// the lockfile. An unknown manager is spoken to as npm.
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

// Tool is the manager that the lockfile belongs to.
func (g *Graph) Tool() Tool { return ToolOf(g.Manager, g.Version) }

// Update is the command that takes the newest version of a package which the
// ranges in the tree allow, wherever in the tree it stands.
func (t Tool) Update(name string) string { return t.update + " " + name }
