package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var steeringKeyRule = finding.Rule{
	ID:    "manifest-steering-key",
	Title: "package.json has a key that steers npm instead of describing the package.",
	Why: "A top-level `tag` beats `--tag` without a word, `dist` and names that begin with `_` are passed through " +
		"to the registry: what is published is then not what was asked for. `packageExtensions` is of a " +
		"project alone: npm 12 does not publish it.",
	Help:     "Remove the key from package.json; set the dist-tag with -tag or in `publishConfig`.",
	Severity: finding.High,
	Tags:     []string{"security", "manifest", "publish"},
}

// steeringKeys checks the manifest that npm would read: the tarball's, or the
// directory's if there is no tarball.
var steeringKeys = Check{
	Rules: []finding.Rule{steeringKeyRule},
	Run: func(s *Subject) []finding.Finding {
		m := s.Manifest
		if s.Tarball != nil {
			m = s.Tarball.Manifest
		}
		if m == nil {
			return nil
		}
		var found []finding.Finding
		for _, k := range m.Steering() {
			f := s.inManifest(&steeringKeyRule, k.Line, k.Column)
			if s.Tarball != nil {
				f.File, f.InTarball = "package/package.json", true
			}
			f.Subject, f.Fix = k.Name, steeringKeyRule.Help
			f.Message = fmt.Sprintf("The top-level key %q steers npm and the registry.", k.Name)
			found = append(found, f)
		}
		return found
	},
}

var unresolvedSpecRule = finding.Rule{
	ID:    "unresolved-spec",
	Title: "The packed package.json asks for a dependency in a way that only this checkout understands.",
	Why: "`workspace:`, `catalog:`, `link:`, `portal:`, `patch:` and `file:` mean something in the repository " +
		"alone: whoever installs the package gets an error, or a folder of their own. pnpm and yarn replace them when they pack, npm does not.",
	Help:     "Pack with the manager that knows the protocol (`pnpm pack`, `yarn pack`), or write a version.",
	Severity: finding.High,
	Tags:     []string{"manifest", "tarball"},
}

// unresolvedSpecs judges the dependencies that are installed with the package,
// so no development dependencies and no bundled ones.
var unresolvedSpecs = Check{
	Rules: []finding.Rule{unresolvedSpecRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return nil
		}
		shipped := s.bundledFolders()
		var found []finding.Finding
		for _, d := range s.Tarball.Manifest.Dependencies {
			switch npm.ParseSpec(d.Range).Kind {
			case npm.SpecOther, npm.SpecFile, npm.SpecDirectory:
			default:
				continue
			}
			if d.Kind == npm.EdgeDev || shipped["node_modules/"+d.Name] {
				continue
			}
			f := packed(&unresolvedSpecRule, "package/package.json")
			f.Line, f.Column, f.Scope, f.Name = d.Line, d.Column, scopeOf(d.Kind), d.Name
			f.Subject, f.Fix = d.Kind.String(), s.resolved(d.Range)
			f.Message = fmt.Sprintf("The packed package.json asks for %s as %q, which nobody can install from the registry.", d.Name, d.Range)
			found = append(found, f)
		}
		return found
	},
}

// resolved returns advice on how to turn a range that works only in this
// checkout into a version: pack with the manager that replaces it, or write it
// by hand.
func (s *Subject) resolved(value string) string {
	if !strings.HasPrefix(value, "workspace:") && !strings.HasPrefix(value, "catalog:") {
		return "Write a version in its place: no package manager does it when it packs."
	}
	pack := ""
	switch tool := s.Graph.Tool(); {
	case tool.Name == "pnpm", tool.Name == "yarn" && tool != npm.ToolOf("yarn", "1"):
		pack = tool.Name + " pack"
	case tool.Name == "bun":
		pack = "bun pm pack"
	default: // npm and yarn 1 do not have the protocol
		return unresolvedSpecRule.Help
	}
	return "Pack with `" + pack + "`, which writes a version in its place, and gate the file it makes with -tarball; or write a version."
}

var implicitScriptRule = finding.Rule{
	ID:    "install-script-implicit",
	Title: "The package runs node-gyp when it is installed, and package.json does not say so.",
	Why: "Where a binding.gyp, or any other file of that kind, stands at the root and no `install` or `preinstall` script is written, " +
		"npm publishes the package with the script `node-gyp rebuild`, and runs it; the file itself can run commands. A stray one turns " +
		"a package into one that runs code on every machine.",
	Help: "If it is meant, write `\"install\": \"node-gyp rebuild\"` into `scripts`. If not, leave the file out " +
		"or set `\"gypfile\": false`.",
	Severity: finding.High,
	Tags:     []string{"security", "manifest", "supply-chain"},
}

// implicitScript follows npm's @npmcli/run-script, which runs node-gyp where a
// binding.gyp stands at the root, and its package-json, which writes the script
// into the manifest of a package with any such file.
var implicitScript = Check{
	Rules: []finding.Rule{implicitScriptRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return nil
		}
		m := s.Tarball.Manifest
		if m.NoGyp || m.Scripts["install"] != "" || m.Scripts["preinstall"] != "" {
			return nil
		}
		for _, e := range s.Tarball.Entries {
			name, _, inside := strings.Cut(inPackage(e.Path), "/") // a folder of such a name is one for npm too
			if strings.HasSuffix(name, ".gyp") && name[0] != '.' && (inside || !e.Dir) {
				f := packed(&implicitScriptRule, e.Path)
				f.Message = fmt.Sprintf("The tarball holds %q and package.json no install script, so that npm runs `node-gyp "+
					"rebuild` for whoever installs the package.", name)
				f.Fix = implicitScriptRule.Help
				return []finding.Finding{f}
			}
		}
		return nil
	},
}
