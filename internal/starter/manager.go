package starter

import (
	"github.com/publishgate/publishgate/internal/pattern"
)

// A Manager is a package manager.
type Manager struct {
	Name    string // npm, pnpm, yarn, bun
	Berry   bool   // of yarn: version 2 or later
	Version string // as package.json pins it, or a range that fits the lockfile; empty: not known
	Locked  bool   // there is a lockfile
	Create  string // the command that makes the lockfile which is needed and not there; empty: none is missing
}

// numbered is a version, or the beginning of one, that a command line can hold.
var numbered = pattern.New(`^[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.]+)?$`)

// corepack is the release of corepack that brings yarn.
const corepack = "0.36.0"

// setUp returns the command that brings the manager to a runner that has npm
// alone; empty: none is needed.
func (m Manager) setUp() string {
	version := m.Version
	if !numbered.MatchString(version) {
		version = map[string]string{"pnpm": "10", "bun": "1"}[m.Name]
	}
	switch {
	case m.Name == "yarn" && m.Berry:
		return "npm install --global --ignore-scripts corepack@" + corepack + " && corepack enable"
	case m.Name == "yarn":
		if version == "" {
			version = "1"
		}
		return "npm install --global yarn@" + version
	case m.Name == "npm":
		return ""
	}
	return "npm install --global " + m.Name + "@" + version
}

// install returns the command that installs what the lockfile holds, and nothing
// else. A lockfile that is missing is counted on.
func (m Manager) install() string {
	switch {
	case !m.Locked && m.Create == "":
		return m.Name + " install"
	case m.Name == "npm":
		return "npm ci"
	case m.Berry:
		return "yarn install --immutable"
	}
	return m.Name + " install --frozen-lockfile"
}

// pack returns the command that makes package.tgz.
func (m Manager) pack() string {
	switch {
	case m.Name == "yarn" && m.Berry:
		return "yarn pack --out package.tgz"
	case m.Name == "yarn":
		return "yarn pack --filename package.tgz"
	case m.Name == "bun":
		return "bun pm pack && mv ./*.tgz package.tgz"
	}
	return m.Name + " pack && mv ./*.tgz package.tgz"
}

// BuildAll returns the command that builds every member of a workspace that has a
// script build.
func (m Manager) BuildAll() string {
	switch {
	case m.Name == "pnpm":
		return "pnpm --recursive run build"
	case m.Name == "bun":
		return "bun run --filter '*' build"
	case m.Berry:
		return "yarn workspaces foreach --all --topological run build"
	case m.Name == "yarn":
		return "npm run build --workspaces --if-present"
	}
	return "npm run build --workspaces --if-present"
}

// Build returns the command that runs the script build.
func (m Manager) Build() string { return m.Name + " run build" }
