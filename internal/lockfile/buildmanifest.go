package lockfile

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// The places of package.json that say what builds the package. packageManager is
// corepack's (github.com/nodejs/corepack), devEngines npm's and pnpm's
// (docs.npmjs.com, package.json, devEngines), volta that of docs.volta.sh.
const (
	fromManager  = "packageManager"
	fromYarnPath = "yarnPath"
	fromPlugins  = "plugins"
)

// manifestTools returns what a package.json says of the build.
func manifestTools(m *npm.Manifest) ([]npm.BuildTool, error) {
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", m.File, err)
	}
	r := toolReader{file: m.File}
	if v := doc.Get(fromManager); v.Kind() == strict.String && strings.TrimSpace(v.Text()) != "" {
		r.packageManager(v)
	}
	for _, field := range []string{"packageManager", "runtime"} {
		from := "devEngines." + field
		list := doc.Get("devEngines").Get(field)
		if list.Kind() == strict.Object {
			r.engine(from, list)
		}
		for v := range list.Elements() {
			r.engine(from, v)
		}
	}
	for _, name := range []string{"node", "npm", "yarn", "pnpm"} {
		if v := doc.Get("volta").Get(name); v.Kind() == strict.String {
			r.at(v, statement(name, v.Text(), "volta"))
		}
	}
	pnpm := doc.Get("pnpm")
	if v := pnpm.Get("executionEnv").Get("nodeVersion"); v.Kind() == strict.String {
		r.at(v, statement("node", v.Text(), "pnpm.executionEnv.nodeVersion"))
	}
	if v := pnpm.Get("useNodeVersion"); v.Kind() == strict.String {
		r.at(v, statement("node", v.Text(), "pnpm.useNodeVersion"))
	}
	return r.tools, nil
}

// A toolReader collects what one file says.
type toolReader struct {
	file  string
	tools []npm.BuildTool
}

// at adds a tool that a value names.
func (r *toolReader) at(v strict.Value, t npm.BuildTool) {
	t.File = r.file
	t.Line, t.Column = v.Position()
	r.tools = append(r.tools, t)
}

// on adds a tool that a line names.
func (r *toolReader) on(line int, t npm.BuildTool) {
	t.File, t.Line, t.Column = r.file, line, 1
	r.tools = append(r.tools, t)
}

// statement returns a statement about a tool. What is not known is no package of npm's:
// one of the same name may be somebody else's.
func statement(name, wanted, from string) npm.BuildTool {
	t := npm.BuildTool{Tool: name, Wanted: strings.TrimSpace(wanted), From: from}
	t.Version = npm.Exactly(t.Wanted)
	switch name {
	case "npm", "pnpm", "bun":
		t.Name = name
	case "yarn":
		t.Name = yarnPackage(t.Version)
	}
	return t
}

// yarnPackage returns the package of a version of yarn: 2 and later are published as
// another one than 1 (github.com/nodejs/corepack, config.json).
func yarnPackage(version string) string {
	if v, err := npm.ParseVersion(version); err == nil && v.Major >= 2 {
		return "@yarnpkg/cli-dist"
	}
	return "yarn"
}

// packageManager reads corepack's form: name@version+algorithm.hex. The checksum is
// of the tarball, that of yarn 2 and later of the one file that corepack runs.
// Corepack takes no range.
func (r *toolReader) packageManager(v strict.Value) {
	name, rest, _ := strings.Cut(strings.TrimSpace(v.Text()), "@")
	if name == "" {
		name, rest, _ = strings.Cut(rest, "@") // no manager has a scope; what it is cannot be told
	}
	version, hash, _ := strings.Cut(rest, "+")
	t := statement(name, version, fromManager)
	t.Hashable = name == "npm" || name == "pnpm" || name == "yarn"
	sum := corepackSum(hash)
	if t.Name == "@yarnpkg/cli-dist" {
		t.Checksum = sum
	} else if t.Name != "" {
		t.Integrity = sum
	}
	r.at(v, t)
}

// sums are the algorithms of corepack that tie a version to its bytes, with the size
// of a digest. SHA-1 is not among them: collisions can be bought.
var sums = map[string]int{"sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}

// corepackSum returns corepack's algorithm.hex in the form of Subresource Integrity,
// or "" if it is no checksum that counts.
func corepackSum(text string) string {
	algorithm, digits, _ := strings.Cut(text, ".")
	sum, err := hex.DecodeString(digits)
	if err != nil || sums[algorithm] == 0 || len(sum) != sums[algorithm] {
		return ""
	}
	return algorithm + "-" + base64.StdEncoding.EncodeToString(sum)
}

// engine reads one alternative of devEngines: it says what may run. A name without a
// version admits each, and one that is only warned about admits others too.
func (r *toolReader) engine(from string, v strict.Value) {
	name := v.Get("name").Text()
	if v.Kind() != strict.Object || name == "" {
		return
	}
	t := statement(name, v.Get("version").Text(), from)
	t.Only, t.Group = true, from
	if onFail := v.Get("onFail").Text(); onFail == "warn" || onFail == "ignore" {
		t.Version, t.From = "", from+" (onFail: "+onFail+")"
	}
	r.at(v, t)
}
