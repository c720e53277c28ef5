package pack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// odd are folders made to be packed differently by someone who is not npm. A
// value is a file's text; "-> x" a symbolic link, "= x" a second name of the
// file x, "0600:" and the like its mode.
var odd = []struct {
	name string
	tree map[string]string
}{
	{"modes", map[string]string{
		"package.json": `{"name":"modes","version":"1.0.0","bin":{"a":"bin/cli.js","b":"./root.js","c":"x\\y.js"}}`,
		"bin/cli.js":   "1", "x/bin/cli.js": "2", "root.js": "0600:3", "x/root.js": "4", "a.sh": "0755:5", "b.sh": "0777:6",
		"c": "0440:7", "d": "0666:8", "x/y.js": "9",
	}},
	{"long", map[string]string{
		"package.json":          `{"name":"long","version":"1.0.0"}`,
		strings.Repeat("a", 90): "8 short of it", strings.Repeat("b", 91): "just", strings.Repeat("c", 92): "100",
		strings.Repeat("d", 93): "101", strings.Repeat("e", 200): "no",
		"dir/" + strings.Repeat("f", 99): "1", "dir/" + strings.Repeat("g", 100): "1", "dir/" + strings.Repeat("h", 101): "1",
		strings.Repeat("i/", 70) + "x": "1", strings.Repeat("jjjjjjjjj/", 15) + "x": "1", strings.Repeat("kkkkkkkkk/", 30) + "x": "1",
		strings.Repeat("l", 147) + "/" + strings.Repeat("m", 90): "1", strings.Repeat("n", 148) + "/x": "1", "é/" + strings.Repeat("é", 60): "1",
	}},
	{"unicode", map[string]string{
		"package.json": `{"name":"unicode","version":"1.0.0","files":["É*","中","*.ß","😀"]}`,
		"éa":           "1", "中": "1", "x.ß": "1", "😀": "1", "Ωmega": "1", "e\u0301b": "1", "README": "1",
	}},
	{"order", map[string]string{
		"package.json": `{"name":"order","version":"1.0.0"}`,
		"_a":           "", "-a": "", "a": "", "B": "", "b/A": "", "b/a": "", "a b": "", "a.b": "", "a_b": "", "a-b": "",
		"10": "", "9": "", ".x": "", ".x.y": "", "x.": "", "@s/f": "", "@at": "",
		"#a": "", "$a": "", "~": "", "ä": "", "z": "", "æ": "", "ß": "", "ss": "", "Ä": "", "a\u0308": "", "日": "", "а": "",
		"x.JS": "", "x.js.map": "", "y.js": "",
	}},
	{"links", map[string]string{
		"package.json": `{"name":"links","version":"1.0.0","files":["lib","soft","hard.js","dir"]}`,
		"lib/a.js":     "a", "lib/z.js": "= lib/a.js", "hard.js": "= lib/a.js", "soft": "-> lib/a.js", "dir": "-> lib",
		"lib/out": "-> /etc/passwd", "lib/up": "-> ../..",
		"lib/" + strings.Repeat("long/", 40) + "b.js": "= lib/a.js",
	}},
	{"files", map[string]string{
		"package.json": `{"name":"files","version":"1.0.0","main":"./main.js","browser":{"a":"b"},"files":["./lib/*",` +
			`"/dist","!dist/**/*.map","src/**/index.{js,ts}","docs/","!docs/secret.md","*.d.ts","nope","bin","","!test","a\\b",` +
			`"package-lock.json",".npmrc"]}`,
		"lib/a": "", "lib/b/c": "", "lib/b/.d": "", "dist/a.js": "", "dist/a.map": "", "dist/x/a.map": "",
		"src/index.js": "", "src/x/index.ts": "", "src/x/other.ts": "", "docs/a.md": "", "docs/secret.md": "",
		"a.d.ts": "", "x/a.d.ts": "", "bin": "", "main.js": "", "test/x": "", "o": "", "e": "", "a\\b": "",
		"package-lock.json": "{}", ".npmrc": "", "lib/.npmrc": "", "lib/.npmignore": "a", "Readme.markdown": "",
		"license~": "", "LICENSE.txt": "", "CHANGELOG.md": "",
	}},
	{"required", map[string]string{
		"package.json": `{"name":"required","version":"1.0.0","files":["lib/a.js","lib/deep/b.js","/lib/c.js",` +
			`"!lib/d.js"],"bin":"lib/bin.js","directories":{"bin":"cmd"}}`,
		"lib/.npmignore": "*", "lib/a.js": "", "lib/c.js": "", "lib/d.js": "", "lib/bin.js": "", "lib/deep/b.js": "",
		"lib/deep/.npmignore": "*", "cmd/x": "",
	}},
	{"commands", map[string]string{
		"package.json": `{"name":"commands","version":"1.0.0","files":["lib"],"directories":{"bin":"./cmd/"}}`,
		"cmd/x":        "", "cmd/deep/y": "", "cmd/.hidden": "", "z/cmd/x": "", "lib/cmd/x": "",
	}},
	{"ignores", map[string]string{
		"package.json": `{"name":"ignores","version":"1.0.0"}`,
		".gitignore":   "*.log\n!keep.log\nbuild/\n/only\n# c\n  spaced  \n\\#x\nnode_modules\n", "a.log": "",
		"keep.log": "", "build/x": "", "sub/build/x": "", "only": "", "sub/only": "", "spaced": "", "#x": "",
		"sub/.gitignore": "!a.log\nx", "sub/a.log": "", "sub/x": "", "sub/deep/x": "", "sub/.npmignore": "",
		"git/.gitignore": "!a.log", "git/a.log": "", "node_modules/x/a": "", "sub/node_modules/y/b": "",
		".git/config": "", "sub/.git/config": "", ".svn/a": "", ".DS_Store": "", "a.orig": "", ".a.swp": "", "._x": "",
		"CVS/x": "", "npm-debug.log": "", "archived-packages/x": "", "sub/archived-packages/x": "", "bun.lock": "",
		"bun.lockb": "", "yarn.lock": "", "sub/yarn.lock": "", "npm-shrinkwrap.json": "{}", "star*": "",
	}},
	{"mono", map[string]string{
		"package.json":            `{"name":"mono","version":"1.0.0","private":true,"workspaces":["packages/*"]}`,
		"packages/a/package.json": "{\n\"name\":\"a\",\n\"version\":\"1.0.0\",\"files\":[\n\"x\"\n]}", "packages/a/x": "",
		"packages/a/other": "", "packages/a/y": "", "packages/a/.npmignore": "y",
		"lib/package.json": "index.js\n{}\n", "lib/index.js": "", "lib/b.js": "", "lib/.npmignore": "b.js",
	}},
	{"bundle", map[string]string{
		"package.json": `{"name":"bundle","version":"1.0.0","files":["lib"],"dependencies":{"a":"1",` +
			`"@s/b":"1"},"optionalDependencies":{"gone":"1","opt":"1"},"devDependencies":{"dev":"1"},` +
			`"peerDependencies":{"peer":"1"},"bundleDependencies":["a","@s/b","gone","opt","dev","peer","undeclared"]}`,
		"lib/x": "",
		"node_modules/a/package.json": `{"name":"a","version":"1.0.0","files":["in"],"main":"main.js",` +
			`"dependencies":{"c":"1","d":"1"}}`, "node_modules/a/in/x": "", "node_modules/a/out": "",
		"node_modules/a/main.js": "", "node_modules/a/in/.npmignore": "y", "node_modules/a/in/y": "",
		"node_modules/a/.npmignore": "main.js", "node_modules/a/x.orig": "",
		"node_modules/a/node_modules/c/package.json": `{"name":"c","version":"2.0.0"}`, "node_modules/a/node_modules/c/c2": "",
		"node_modules/c/package.json": `{"name":"c","version":"1.0.0"}`, "node_modules/c/c1": "",
		"node_modules/d/package.json": `{"name":"d","version":"1.0.0","dependencies":{"a":"1","c":"1"},` +
			`"peerDependencies":{"peer":"1"}}`, "node_modules/d/.gitignore": "x", "node_modules/d/x": "", "node_modules/d/yarn.lock": "",
		"node_modules/@s/b/package.json": `{"name":"@s/b","version":"1.0.0"}`, "node_modules/@s/b/.npmrc": "",
		"node_modules/@s/b/.hidden": "", "node_modules/@s/b/deep/.DS_Store": "",
		"node_modules/opt/package.json":  `{"name":"opt","version":"1.0.0"}`,
		"node_modules/dev/package.json":  `{"name":"dev","version":"1.0.0"}`,
		"node_modules/peer/package.json": `{"name":"peer","version":"1.0.0"}`, "node_modules/undeclared/package.json": `{}`,
		"node_modules/.bin/x": "",
	}},
	{"linked", map[string]string{
		"package.json": `{"name":"linked","version":"1.0.0","workspaces":["packages/*"],"files":["lib"],` +
			`"dependencies":{"p":"*","w":"*"},"bundledDependencies":true}`,
		"lib/x":                   "",
		"packages/w/package.json": `{"name":"w","version":"1.0.0","files":["in"],"dependencies":{"e":"1"}}`,
		"packages/w/in/x":         "", "packages/w/out": "", "packages/w/in/._z": "",
		"packages/w/node_modules/e/package.json":              `{"name":"e","version":"1.0.0"}`,
		"node_modules/w":                                      "-> ../packages/w",
		"node_modules/p":                                      "-> .store/p@1/node_modules/p",
		"node_modules/.store/p@1/node_modules/p/package.json": `{"name":"p","version":"1.0.0","dependencies":{"q":"1"}}`,
		"node_modules/.store/p@1/node_modules/p/i.js":         "", "node_modules/.store/p@1/node_modules/q": "-> ../../q@1/node_modules/q",
		"node_modules/.store/q@1/node_modules/q/package.json": `{"name":"q","version":"1.0.0"}`,
		"node_modules/.store/q@1/node_modules/q/x.orig":       "",
	}},
	{"hidden", hiddenTree("hidden")},
	{"stale", hiddenTree("stale")},
}

// hiddenTree bundles a package that node_modules/.package-lock.json describes.
func hiddenTree(name string) map[string]string {
	return map[string]string{
		"package.json":                `{"name":"` + name + `","version":"1.0.0","dependencies":{"a":"1"},"bundleDependencies":["a"]}`,
		"node_modules/a/package.json": `{"name":"a","version":"1.0.0","files":["in"],"bin":"b"}`,
		"node_modules/a/in/x":         "", "node_modules/a/out": "", "node_modules/a/b": "",
		"node_modules/.package-lock.json": `{"name":"` + name +
			`","lockfileVersion":3,"requires":true,"packages":{"node_modules/a":{"version":"1.0.0","bin":{"a":"b"}}}}`,
	}
}

// grow makes one of the odd folders.
func grow(t testing.TB, tree map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range tree {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		mode := os.FileMode(0o644)
		switch {
		case strings.HasPrefix(text, "-> "):
			must(t, os.Symlink(text[3:], file))
			continue
		case strings.HasPrefix(text, "= "):
			continue
		case len(text) > 5 && text[0] == '0' && text[4] == ':':
			mode = os.FileMode((text[1]-'0')&7)<<6 | os.FileMode(text[2]-'0')<<3 | os.FileMode(text[3]-'0')
			text = text[5:]
		}
		must(t, os.WriteFile(file, []byte(text), mode))
		must(t, os.Chmod(file, mode))
	}
	for name, text := range tree {
		if first, found := strings.CutPrefix(text, "= "); found {
			must(t, os.Link(filepath.Join(dir, first), filepath.Join(dir, name)))
		}
	}
	return dir
}

// TestNPMOdd packs folders at which packers differ.
func TestNPMOdd(t *testing.T) {
	folders := map[string]Folder{}
	var dirs []string
	for _, o := range odd {
		dir := grow(t, o.tree)
		if o.name == "hidden" || o.name == "stale" {
			at := time.Now().Add(time.Hour)
			if o.name == "stale" {
				at = time.Now().Add(-time.Hour)
			}
			must(t, os.Chtimes(filepath.Join(dir, "node_modules", ".package-lock.json"), at, at))
		}
		dirs = append(dirs, dir)
		folders[o.name] = open(t, dir, ".")
	}
	packedByNPM(t, "npm-pack-odd.json", folders, func(r *realNPM) map[string][]byte {
		streams := map[string][]byte{}
		for i, stream := range r.tars(t, t.TempDir(), dirs...) {
			streams[odd[i].name] = stream
		}
		return streams
	})
}

// TestNPMMember packs a member of workspaces, which takes over the ignore
// rules above it.
func TestNPMMember(t *testing.T) {
	dir := grow(t, map[string]string{
		"package.json": `{"name":"root","version":"1.0.0","workspaces":["packages/**"]}`, ".gitignore": "*.log\n/top\n",
		"packages/.npmignore": "*.tmp", "packages/.gitignore": "*.no",
		"packages/a/package.json": `{"name":"a","version":"1.0.0"}`, "packages/a/x.log": "", "packages/a/x.tmp": "",
		"packages/a/x.no": "", "packages/a/top": "", "packages/a/b/top": "", "packages/a/b/x.log": "", "packages/a/.gitignore": "!b/x.log",
		"lone/package.json": `{"name":"lone","version":"1.0.0"}`, "lone/x.log": "",
	})
	folders := map[string]Folder{"packages/a": open(t, dir, "packages/a"), "lone": open(t, dir, "lone")}
	packedByNPM(t, "npm-pack-member.json", folders, func(r *realNPM) map[string][]byte {
		streams := map[string][]byte{}
		for member := range folders {
			streams[member] = r.tars(t, filepath.Join(dir, member))[0]
		}
		return streams
	})
}
