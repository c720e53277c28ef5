package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// buildTold returns what a graph has of the build: a line a statement, and below it
// what was added to the graph.
func buildTold(g *npm.Graph) string {
	var b strings.Builder
	for _, t := range g.Tools {
		fmt.Fprintf(&b, "%s:%d %s %s=%s", t.File, t.Line, t.From, t.Tool, t.Wanted)
		if t.Version != t.Wanted {
			fmt.Fprintf(&b, " is %s", t.Version)
		}
		if t.Integrity != "" {
			fmt.Fprintf(&b, " %.12s", t.Integrity)
		}
		if t.Checksum != "" {
			fmt.Fprintf(&b, " file %.12s", t.Checksum)
		}
		b.WriteString("\n")
	}
	for _, p := range g.Packages {
		if p.Builds() {
			fmt.Fprintf(&b, "+ %s %s\n", npm.PURL(p), p.Scope)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// TestBuildPath reads each form, in the words of those who read it for a living.
func TestBuildPath(t *testing.T) {
	const dir = "packages/a"
	sum := strings.Repeat("ab", 64)
	for _, c := range []struct {
		name  string
		files map[string]string // below the root; DIR is packages/a
		want  string            // or the end of the error
	}{
		{"nothing", nil, ""},
		{"corepack's form", map[string]string{dir + "/package.json": `{"packageManager":"pnpm@10.1.0+sha512.` + sum + `"}`},
			"package.json:1 packageManager pnpm=10.1.0 sha512-q6urq\n+ pkg:npm/pnpm@10.1.0 dev"},
		{"sha224", map[string]string{dir + "/package.json": `{"packageManager":"yarn@1.22.22+sha224.` + sum[:56] + `"}`},
			"package.json:1 packageManager yarn=1.22.22 sha224-q6urq\n+ pkg:npm/yarn@1.22.22 dev"},
		{"sha1 and cut short", map[string]string{dir + "/package.json": `{"packageManager":"npm@11.0.0+sha1.` + sum[:40] + `"}`,
			"package.json": `{"packageManager":"npm@10.0.0+sha512.ab"}`}, "package.json:1 packageManager npm=11.0.0\n+ pkg:npm/npm@11.0.0 dev"},
		{"yarn 2 and later is one file", map[string]string{dir + "/package.json": `{"packageManager":"yarn@4.1.0+sha512.` + sum + `"}`},
			"package.json:1 packageManager yarn=4.1.0 file sha512-q6urq\n+ pkg:npm/%40yarnpkg/cli-dist@4.1.0 dev"},
		{"no version, a range, an address", map[string]string{dir + "/package.json": `{"packageManager":"pnpm"}`,
			"package.json": `{"volta":{"node":"22.1.0","npm":"10","extends":"../x.json"}}`},
			"package.json:1 packageManager pnpm=\n../../package.json:1 volta node=22.1.0\n" +
				"../../package.json:1 volta npm=10 is \n+ pkg:generic/node@22.1.0 dev"},
		{"an address", map[string]string{dir + "/package.json": `{"packageManager":"yarn@https://example.com/yarn.js"}`},
			"package.json:1 packageManager yarn=https://example.com/yarn.js is "},
		{"another manager", map[string]string{dir + "/package.json": `{"packageManager":"deno@2.1.0"}`},
			"package.json:1 packageManager deno=2.1.0\n+ pkg:generic/deno@2.1.0 dev"},
		{"the root's", map[string]string{"package.json": `{"packageManager":"npm@11.0.0"}`},
			"../../package.json:1 packageManager npm=11.0.0\n+ pkg:npm/npm@11.0.0 dev"},
		{"devEngines", map[string]string{dir + "/package.json": `{"devEngines":{"packageManager":[{"name":"npm","version":"11.0.0",
			"onFail":"warn"},
			{"name":"pnpm","version":"10.1.0"},{"version":"1"},"x"],"runtime":{"name":"node"}}}`},
			"package.json:1 devEngines.packageManager (onFail: warn) npm=11.0.0 is \npackage.json:3 devEngines.packageManager pnpm=10.1.0\n" +
				"package.json:3 devEngines.runtime node=\n+ pkg:npm/pnpm@10.1.0 dev"},
		{"what nvm reads", map[string]string{dir + "/.nvmrc": "\ufeff# CI\n\nv22.11.0 # now\nkey=value\n", ".nvmrc": "20\n"},
			".nvmrc:3 .nvmrc node=v22.11.0 is 22.11.0\n+ pkg:generic/node@22.11.0 dev"},
		{"two lines", map[string]string{dir + "/.nvmrc": "22.11.0\n20.1.0\n"}, ".nvmrc:1 .nvmrc node=22.11.0, 20.1.0 is "},
		{"names", map[string]string{dir + "/.nvmrc": "lts/jod", dir + "/.node-version": "22\r\n", ".bun-version": "1.1.30"},
			".nvmrc:1 .nvmrc node=lts/jod is \n.node-version:1 .node-version node=22 is \n" +
				"../../.bun-version:1 .bun-version bun=1.1.30\n+ pkg:npm/bun@1.1.30 dev"},
		{"asdf", map[string]string{dir + "/.tool-versions": "# x\npython 3.13\nnodejs 22.1.0 20.1.0 # y\nnodejs 18.0.0\npnpm latest\nyarn\n",
			".tool-versions": "nodejs 18.0.0\nbun 1.1.30\n"},
			".tool-versions:3 .tool-versions node=22.1.0, 20.1.0 is \n.tool-versions:5 .tool-versions pnpm=latest is \n" +
				"../../.tool-versions:2 .tool-versions bun=1.1.30\n+ pkg:npm/bun@1.1.30 dev"},
		{"mise", map[string]string{"mise.toml": "[env]\nnode = \"x\"\n[tools]\nnode = ['22.1.0', '20']\n\"npm:pnpm\" = {version = \"10.1.0\"}\n" +
			"\"npm:@acme/cli\" = \"2.0.0\"\ngo = \"1.26\"\n\"aqua:oven-sh/bun\" = \"latest\"\n[tools.deno]\nversion = \"2.1.0\"\n"},
			"../../mise.toml:8 mise bun=latest is \n../../mise.toml:9 mise deno=2.1.0\n../../mise.toml:2 mise node=22.1.0, 20 is \n" +
				"../../mise.toml:6 mise @acme/cli=2.0.0\n../../mise.toml:5 mise pnpm=10.1.0\n" +
				"+ pkg:npm/%40acme/cli@2.0.0 dev\n+ pkg:generic/deno@2.1.0 dev\n+ pkg:npm/pnpm@10.1.0 dev"},
		{"a number", map[string]string{".mise.toml": "tools.node = 22\n"}, "../../.mise.toml:1 mise node=22 is "},
		{"pnpm's settings", map[string]string{"pnpm-workspace.yaml": "packages: [\"packages/*\"]\nuseNodeVersion: 22.1.0\n" +
			"executionEnv:\n  nodeVersion: 20.1.0\n",
			".npmrc":              "use-node-version=18.0.0\nuse-node-version = \"22.1.0\"\n",
			dir + "/package.json": `{"pnpm":{"executionEnv":{"nodeVersion":"22.2.0"}}}`},
			"package.json:1 pnpm.executionEnv.nodeVersion node=22.2.0\n../../pnpm-workspace.yaml:2 useNodeVersion node=22.1.0\n" +
				"../../pnpm-workspace.yaml:4 executionEnv.nodeVersion node=20.1.0\n../../.npmrc:2 use-node-version node=22.1.0\n" +
				"+ pkg:generic/node@20.1.0 dev\n+ pkg:generic/node@22.1.0 dev\n+ pkg:generic/node@22.2.0 dev"},
		{"yarn in the checkout", map[string]string{".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.1.0.cjs\n" +
			"plugins:\n  - path: .yarn/plugins/a.cjs\n    spec: a\n  - ./b.cjs\n",
			".yarn/releases/yarn-4.1.0.cjs": "x", ".yarn/plugins/a.cjs": "y", "b.cjs": "z"},
			"../../.yarnrc.yml:1 yarnPath yarn=.yarn/releases/yarn-4.1.0.cjs is 4.1.0 file sha512-pKvUR\n" +
				"../../.yarnrc.yml:3 plugins yarn plugin=.yarn/plugins/a.cjs is  file sha512-EhtHd\n" +
				"../../.yarnrc.yml:5 plugins yarn plugin=b.cjs is  file sha512-WuYlZ\n+ pkg:npm/%40yarnpkg/cli-dist@4.1.0 dev"},
		{"yarn 1 in the checkout", map[string]string{dir + "/.yarnrc": "yarn-path \"./yarn-1.22.22.js\"\n", dir + "/yarn-1.22.22.js": "x"},
			".yarnrc:1 yarnPath yarn=yarn-1.22.22.js is 1.22.22 file sha512-pKvUR\n+ pkg:npm/yarn@1.22.22 dev"},
		{"yarn without a version", map[string]string{".yarnrc.yml": "yarnPath: y/yarn-berry.cjs\n", "y/yarn-berry.cjs": "x"},
			"../../.yarnrc.yml:1 yarnPath yarn=y/yarn-berry.cjs is  file sha512-pKvUR"},

		{"yarn that is not there", map[string]string{".yarnrc.yml": "yarnPath: y.cjs\n"},
			"which yarn runs by ../../.yarnrc.yml:1: no such file or directory"},
		{"yarn from elsewhere", map[string]string{".yarnrc.yml": "yarnPath: ../y.cjs\n"},
			"yarnPath leads out of the checkout, so that what runs there cannot be looked at"},
		{"yarn at a path of the machine", map[string]string{".yarnrc.yml": "yarnPath: /usr/bin/y.cjs\n"},
			"yarnPath leads out of the checkout, so that what runs there cannot be looked at"},
		{"no TOML", map[string]string{"mise.toml": "[tools\n"}, "it is no TOML that can be read"},
		{"YAML that is not read", map[string]string{".yarnrc.yml": "a: &b c\nyarnPath: *b\n"}, "write its yarnPath and plugins in plain YAML"},
		{"YAML about other things", map[string]string{".yarnrc.yml": "a: &b c\nd: *b\n"}, ""},
		{"no manifest above", map[string]string{"package.json": "{"}, "unexpected end of file, expected a key"},
		{"too large", map[string]string{".nvmrc": strings.Repeat(" ", maxToolFile+1)}, fmt.Sprintf("it is larger than %d bytes", maxToolFile)},
		{"as large as it may be", map[string]string{".nvmrc": strings.Repeat(" ", maxToolFile)}, ""},
		{"a folder", map[string]string{".nvmrc/x": ""}, "it is a folder, expected a regular file"},
		{"a link", map[string]string{".nvmrc": "-> .node-version", ".node-version": "22.1.0"}, "it is a symbolic link, expected a regular file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := readBuildPath(t, dir, c.files)
			switch {
			case err != nil && (c.want == "" || !strings.HasSuffix(err.Error(), c.want)):
				t.Errorf("error %q, want %q", err, c.want)
			case err == nil && buildTold(g) != c.want:
				t.Errorf("got\n%s\nwant\n%s", buildTold(g), c.want)
			}
		})
	}
}

// readBuildPath writes files and reads the build path of a folder.
func readBuildPath(t testing.TB, dir string, files map[string]string) (*npm.Graph, error) {
	t.Helper()
	top := t.TempDir()
	all := map[string]string{dir + "/package.json": "{}"}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		at := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link := strings.CutPrefix(text, "-> "); link {
			if err := os.Symlink(target, at); err != nil {
				t.Skip(err)
			}
		} else if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m, err := npm.ParseManifest([]byte(all[dir+"/package.json"]), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	g := none(m)
	return g, ReadBuildPath(Location{Root: root, Dir: dir}, m, g)
}

// TestBuildPathLocked: what pnpm's lockfile has of the build is not added again, and
// its checksum counts for what package.json says.
func TestBuildPathLocked(t *testing.T) {
	g := none(&npm.Manifest{Name: "r"})
	g.Packages = append(g.Packages, &npm.Package{Name: "pnpm", Version: "11.7.0", Location: "env:pnpm@11.7.0", Source: npm.SourceRegistry,
		Integrity: "sha512-x"}, &npm.Package{Name: "node", Version: "24.4.1", Location: "node@runtime:24.4.1", Source: npm.SourceRuntime})
	g.Settle(g.Root)
	g.BuildTools(append(lockedTools(g), npm.BuildTool{Tool: "pnpm", Name: "pnpm", Wanted: "11.7.0", Version: "11.7.0"}))
	if len(g.Packages) != 3 || !g.Tools[2].Summed(g.Tools) {
		t.Errorf("%d packages, %+v", len(g.Packages), g.Tools)
	}
}

// FuzzBuildFiles: whatever a file holds, it is read in bounds, alike each time, and no
// version is made up.
func FuzzBuildFiles(f *testing.F) {
	for i, text := range []string{"v22.1.0", "22 # x\n20", "lts/*", "nodejs 22.1.0 20", "[tools]\nnode = ['1', {version='2'}]\n\"npm:@a/b\"=1",
		"useNodeVersion: 22.1.0", "use-node-version=1.2.3", "yarnPath: a.cjs\nplugins: [{path: b}]", "yarn-path \"x\"",
		`{"packageManager":"pnpm@1.2.3+sha512.00","devEngines":{"runtime":[{"name":"node","version":"1"}]},"volta":{"node":"1.2.3"}}`} {
		f.Add(i, []byte(text))
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		readers := toolFiles
		read := func(data []byte, file string) ([]npm.BuildTool, error) {
			m, err := npm.ParseManifest(data, file)
			if err != nil {
				return nil, err
			}
			return manifestTools(m)
		}
		if i := which % (len(readers) + 1); i > 0 {
			read = readers[i-1].read
		} else if i < 0 {
			read = readers[-i-1].read
		}
		once, err := read(data, "f")
		again, err2 := read(data, "f")
		if fmt.Sprint(once, err) != fmt.Sprint(again, err2) {
			t.Fatal("not alike")
		}
		for _, s := range once {
			if _, err := npm.ParseVersion(s.Version); s.Version != "" && (err != nil || s.Tool == "") {
				t.Errorf("%+v", s)
			}
			if s.Line < 1 {
				t.Errorf("no line: %+v", s)
			}
		}
		none(&npm.Manifest{}).BuildTools(once)
	})
}
