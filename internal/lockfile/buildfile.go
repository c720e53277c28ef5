package lockfile

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// oneVersion reads a file with nothing but a version: .nvmrc (github.com/nvm-sh/nvm),
// .node-version (nodenv, fnm, setup-node), .bun-version (setup-bun). Comments begin
// with #. Several lines are none of these.
func oneVersion(name, from string) func([]byte, string) ([]npm.BuildTool, error) {
	return func(data []byte, file string) ([]npm.BuildTool, error) {
		r := toolReader{file: file}
		var words []string
		at := 0
		for n, line := range lines(data) {
			if text := uncommented(line); text != "" && !strings.Contains(text, "=") { // nvm reserves those with =
				if words = append(words, text); at == 0 {
					at = n
				}
			}
		}
		if len(words) > 0 {
			r.on(at, statement(name, strings.Join(words, ", "), from))
		}
		return r.tools, nil
	}
}

// lines yields the lines of a file with their numbers, from 1.
func lines(data []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(data)) {
			if n++; !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

func uncommented(line string) string {
	line, _, _ = strings.Cut(line, "#")
	return strings.TrimSpace(line)
}

// ours are the tools that are read of files about all kinds, by the names that
// version managers have for them.
var ours = map[string]string{"node": "node", "nodejs": "node", "npm": "npm", "pnpm": "pnpm", "yarn": "yarn", "bun": "bun", "deno": "deno"}

// toolVersions reads .tool-versions of asdf (asdf-vm.com, configuration): a name and
// versions, of which later ones stand in for those that are not installed.
func toolVersions(data []byte, file string) ([]npm.BuildTool, error) {
	r := toolReader{file: file}
	seen := map[string]bool{}
	for n, line := range lines(data) {
		words := strings.Fields(uncommented(line))
		if len(words) < 2 || ours[words[0]] == "" || seen[words[0]] {
			continue // the first line about a tool counts
		}
		seen[words[0]] = true
		r.on(n, statement(ours[words[0]], strings.Join(words[1:], ", "), ".tool-versions"))
	}
	return r.tools, nil
}

// miseTools reads mise's files (mise.jdx.dev/configuration.html): under tools, names
// with a version, a table that has one, or a list of either. A name may begin with
// where the tool comes from: "npm:prettier" is that package of npm.
func miseTools(data []byte, file string) ([]npm.BuildTool, error) {
	var doc struct {
		Tools map[string]any `toml:"tools"`
	}
	if err := toml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read %s, which says what builds the package: it is no TOML that can be read", file)
	}
	r := toolReader{file: file}
	for _, key := range slices.Sorted(maps.Keys(doc.Tools)) {
		t := statement(ours[key[strings.LastIndexAny(key, ":/")+1:]], miseWants(doc.Tools[key]), "mise")
		if name, of := strings.CutPrefix(key, "npm:"); of && npm.ValidName(name) == nil {
			t.Tool, t.Name = name, name
			if name == "yarn" {
				t.Name = yarnPackage("1.0.0") // npm's package of that name
			}
		}
		if t.Tool != "" {
			r.on(lineOf(data, key), t)
		}
	}
	return r.tools, nil
}

// miseWants returns the versions that a value of mise's wants, as one text.
func miseWants(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		return miseWants(v["version"])
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, miseWants(one))
		}
		return strings.Join(all, ", ")
	case int64, float64: // mise wants text; what it makes of a number is a prefix
		return fmt.Sprint(v)
	}
	return ""
}

// lineOf returns the first line that begins with a key, or is the head of its table.
func lineOf(data []byte, key string) int {
	for n, line := range lines(data) {
		line = strings.TrimPrefix(strings.TrimLeft(line, " \t["), "tools.")
		if strings.HasPrefix(strings.TrimLeft(line, `"'`), key) {
			return n
		}
	}
	return 1
}

// pnpmTools reads the settings of pnpm that choose a Node: useNodeVersion, and
// executionEnv.nodeVersion (pnpm.io/settings).
func pnpmTools(data []byte, file string) ([]npm.BuildTool, error) {
	doc, err := settings(data, file, "useNodeVersion", "executionEnv")
	r := toolReader{file: file}
	if v := doc.Get("useNodeVersion"); v.Exists() {
		r.at(v, statement("node", v.Text(), "useNodeVersion"))
	}
	if v := doc.Get("executionEnv").Get("nodeVersion"); v.Exists() {
		r.at(v, statement("node", v.Text(), "executionEnv.nodeVersion"))
	}
	return r.tools, err
}

// settings reads YAML of a manager. What cannot be read, and has none of the keys, is
// empty.
func settings(data []byte, file string, keys ...string) (strict.Value, error) {
	doc, err := strict.ParseYAML(data)
	if err == nil {
		return doc, nil
	}
	for _, key := range keys {
		if bytes.Contains(data, []byte(key)) || bytes.ContainsRune(data, '\\') { // an escape may spell it
			return strict.Value{}, fmt.Errorf("%s:%w: write its %s in plain YAML", file, err, strings.Join(keys, " and "))
		}
	}
	return strict.Value{}, nil
}

// npmrcTools reads pnpm's use-node-version of an .npmrc.
func npmrcTools(data []byte, file string) ([]npm.BuildTool, error) {
	r := toolReader{file: file}
	for n, line := range lines(data) {
		key, value, _ := strings.Cut(line, "=")
		if key = strings.Trim(strings.TrimSpace(key), `"'`); key == "use-node-version" {
			r.tools = nil // the last line counts
			r.on(n, statement("node", strings.Trim(strings.TrimSpace(value), `"'`), "use-node-version"))
		}
	}
	return r.tools, nil
}

// berryTools reads .yarnrc.yml of yarn 2 and later (yarnpkg.com/configuration/yarnrc):
// the yarn that the checkout brings along, and plugins, which yarn runs.
func berryTools(data []byte, file string) ([]npm.BuildTool, error) {
	doc, err := settings(data, file, fromYarnPath, fromPlugins)
	r := toolReader{file: file}
	if v := doc.Get(fromYarnPath); v.Kind() == strict.String {
		r.at(v, npm.BuildTool{Tool: "yarn", Name: "yarn", Wanted: path.Clean(v.Text()), From: fromYarnPath})
	}
	for v := range doc.Get(fromPlugins).Elements() {
		file := v.Text()
		if v.Kind() == strict.Object {
			file = v.Get("path").Text()
		}
		if file != "" {
			r.at(v, npm.BuildTool{Tool: "yarn plugin", Wanted: path.Clean(file), From: fromPlugins})
		}
	}
	return r.tools, err
}

// classicTools reads yarn-path of a .yarnrc of yarn 1 (classic.yarnpkg.com): a key,
// and a value that may be quoted.
func classicTools(data []byte, file string) ([]npm.BuildTool, error) {
	r := toolReader{file: file}
	for n, line := range lines(data) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 2)
		if strings.Trim(words[0], `"`) == "yarn-path" && len(words) == 2 {
			r.tools = nil // the last line counts
			file := path.Clean(strings.Trim(strings.TrimSpace(words[1]), `"'`))
			r.on(n, npm.BuildTool{Tool: "yarn", Name: "yarn", Wanted: file, From: fromYarnPath})
		}
	}
	return r.tools, nil
}
