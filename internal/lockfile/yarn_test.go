package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// The fixtures were written by yarn 1.22, 2.4, 3.8 and 4.18: aliases, two
// versions of one package, a cycle of workspaces, peers, packages bound to
// platforms, git, file:, link: and portal: dependencies, workspace: and
// catalog: ranges, resolutions, patches. The addresses of git repositories
// were changed by hand, and one entry of yarn 1 lost its integrity.
func TestYarnGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "yarn", "tricky-*"))
	if err != nil || len(dirs) != 4 {
		t.Fatalf("%v, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			got := dumpYarn(readAt(t, dir))
			golden := filepath.Join(dir, "graph.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the graph differs from %s; got\n%s", golden, got)
			}
		})
	}
}

var sourceNames = []string{"unknown", "registry", "git", "url", "file", "local", "bundled"}

// dumpYarn writes all that a reader of yarn.lock sets.
func dumpYarn(g *npm.Graph) string {
	var b strings.Builder
	for _, p := range g.Packages {
		fmt.Fprintf(&b, "%s: %s scope=%s %s", p.Location, p.ID(), p.Scope, sourceNames[p.Source])
		for _, f := range []struct{ name, value string }{
			{"alias", p.Alias}, {"resolved", p.Resolved}, {"integrity", p.Integrity}, {"license", p.License}, {"patch", p.Patch},
			{"os", strings.Join(p.OS, ",")}, {"cpu", strings.Join(p.CPU, ",")}, {"libc", strings.Join(p.Libc, ",")},
		} {
			if f.value != "" {
				fmt.Fprintf(&b, " %s=%s", f.name, f.value)
			}
		}
		fmt.Fprintf(&b, " at %d:%d\n", p.Line, p.Column)
		for _, e := range p.Deps {
			to := "nothing"
			if e.To != nil {
				to = e.To.Location
				if to == "" {
					to = "the root"
				}
			}
			fmt.Fprintf(&b, "\t%s %s@%s -> %s", e.Kind, e.Name, e.Range, to)
			if !e.Valid {
				b.WriteString(" invalid")
			}
			b.WriteByte('\n')
		}
	}
	for _, n := range g.Notes {
		fmt.Fprintf(&b, "note %s %s:%d:%d %s\n", n.Kind, n.File, n.Line, n.Column, n.Text)
	}
	return b.String()
}

func TestYarnRefused(t *testing.T) {
	dep := manifestOf(t, oneDep)
	const classicHead = "# yarn lockfile v1\n\n\n"
	const berryHead = "__metadata:\n  version: 8\n\n"
	const one = "a@^1.0.0:\n  version \"1.0.0\"\n"
	const berryOne = "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n"
	for _, c := range []struct{ name, lock, want string }{
		{"empty", "", "yarn.lock: it holds no packages"},
		{"only the head", classicHead, "yarn.lock: it holds no packages"},
		{"version 2", "# yarn lockfile v2\n" + one, "yarn.lock:1:1: unknown yarn lockfile version 2"},
		{"binary", "\x1f\x8b\x08\x00\n", "yarn.lock:1:2: it is not text"},
		{"invalid UTF-8", classicHead + "a\xff@1:\n", "yarn.lock:4:2: it is not text: invalid UTF-8"},
		{"conflict", classicHead + "<<<<<<< HEAD\n" + one + "=======\n>>>>>>> x\n",
			"yarn.lock:4:1: unexpected \"<\": it holds merge conflict markers"},
		{"cut in a line", classicHead + one[:len(one)-4], "yarn.lock:5:"},
		{"cut before the line's end", strings.TrimSuffix(classicHead+one, "\n"), "yarn.lock:5:"},
		{"cut after the descriptor", classicHead + "a@^1.0.0:\n", "yarn.lock:4:1: the entry of \"a@^1.0.0\" has no version"},
		{"descriptor twice", classicHead + one + "\n" + one, "yarn.lock:7:1: the descriptor \"a@^1.0.0\" stands twice"},
		{"descriptor twice in a line", classicHead + "a@1, a@1:\n", "stands twice"},
		{"version twice", classicHead + one + "  version \"2.0.0\"\n", "yarn.lock:6:"},
		{"list twice", classicHead + one + "  dependencies:\n    b \"1\"\n  dependencies:\n", "dependencies stands twice"},
		{"dependency twice", classicHead + one + "  dependencies:\n    b \"1\"\n    b \"2\"\n",
			"yarn.lock:8:5: the dependency \"b\" stands twice"},
		{"no colon", classicHead + "a@^1.0.0\n", "expected a colon"},
		{"no value", classicHead + "a@^1.0.0:\n  version\n", "yarn.lock:5:10: expected a space and a value"},
		{"list is text", classicHead + one + "  dependencies \"b\"\n", "dependencies is text, expected a list"},
		{"three spaces", classicHead + one + "   version \"1\"\n", "yarn.lock:6:4: unexpected indentation"},
		{"a field first", "  version \"1\"\n", "yarn.lock:1:3: unexpected indentation"},
		{"a dependency without a list", classicHead + one + "    b \"1\"\n", "unexpected indentation"},
		{"a string without an end", classicHead + "\"a@1:\n", "a string without an end"},
		{"an unknown escape", classicHead + "\"a\\q@1\":\n", "unknown escape"},
		{"text after the value", classicHead + "a@1:\n  version \"1\" 2\n", "unexpected text after the value"},
		{"control character", classicHead + "\"a\x01@1\":\n", "a control character"},

		{"berry version 3", "__metadata:\n  version: 3\n\n" + berryOne, "yarn.lock:2:12: unknown version \"3\": this version reads 4 to 10"},
		{"berry version 11", "__metadata:\n  version: 11\n\n" + berryOne, "unknown version \"11\""},
		{"berry version as words", "__metadata:\n  version: new\n\n" + berryOne, "unknown version \"new\""},
		{"berry without a version", "__metadata:\n  cacheKey: 8\n\n" + berryOne, "no version in __metadata"},
		{"berry, nothing in it", berryHead, "it holds no packages"},
		{"berry conflict", berryHead + "<<<<<<< HEAD\n" + berryOne + "=======\n>>>>>>> x\n", "it holds merge conflict markers"},
		{"berry descriptor twice", berryHead + berryOne + "\n\"a@npm:^1.0.0, b@npm:1\":\n  version: 1.0.0\n" +
			"  resolution: \"b@npm:1.0.0\"\n", "the descriptor \"a@npm:^1.0.0\" stands twice"},
		{"berry locator twice", berryHead + berryOne + "\n\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n", "is resolved twice"},
		{"berry entry is text", berryHead + "\"a@npm:^1\": x\n", "yarn.lock:4:13: expected a mapping, found a string"},
		{"berry without a resolution", berryHead + "\"a@npm:^1\":\n  version: 1.0.0\n",
			"yarn.lock:4:1: the entry of \"a@npm:^1\" has no version or no resolution"},
		{"berry resolution without a reference", berryHead + "\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"aaa\"\n",
			"is not one yarn writes"},
		{"berry dependencies are a list", berryHead + berryOne + "  dependencies: [b]\n", "dependencies is an array, expected a mapping"},
		{"berry range is a list", berryHead + berryOne + "  dependencies:\n    b: [c]\n", "b is an array, expected a string"},
		{"berry workspace outside", berryHead + berryOne + "\n\"w@workspace:../w\":\n  version: 0.0.0-use.local\n" +
			"  resolution: \"w@workspace:../w\"\n", "stands twice or outside"},
		{"berry cut in a line", berryHead + "\"a@npm:^1\":\n  version: 1.0.0\n  resolu", "yarn.lock:6:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			g, err := Parse([]byte(c.lock), "yarn.lock", dep)
			if err == nil || !strings.Contains(err.Error(), c.want) || g != nil {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") || time.Since(start) > 30*time.Second {
				t.Errorf("%q after %v", err, time.Since(start))
			}
		})
	}
}

// What stands in the lockfile and not in package.json, or the other way round.
func TestYarnMismatch(t *testing.T) {
	const berryHead = "__metadata:\n  version: 8\n\n"
	for _, c := range []struct{ name, manifest, lock, want string }{
		{"classic, range changed", `{"dependencies":{"a":"^2.0.0"}}`,
			"a@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n", "extraneous lock-mismatch"},
		{"classic, wrong copy", `{"dependencies":{"a":"^2.0.0"}}`,
			"a@^2.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n", "lock-mismatch"},
		{"classic, resolution", `{"dependencies":{"a":"^2.0.0"},"resolutions":{"a":"1.0.0"}}`,
			"a@1.0.0, a@^2.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n", ""},
		{"classic, other name", `{"dependencies":{"a":"^1.0.0"}}`,
			"a@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/evil/-/evil-1.0.0.tgz\"\n", "name-mismatch lock-mismatch"},
		{"classic, other version", `{"dependencies":{"a":"^1.0.0"}}`,
			"a@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.1.tgz\"\n", "version-mismatch"},
		{"classic, another name said", `{"dependencies":{"a":"^1.0.0"}}`, "a@^1.0.0:\n  name evil\n  version \"1.0.0\"\n" +
			"  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n", "contradiction"},
		{"classic, its name said", `{"dependencies":{"a":"npm:b@^1.0.0"}}`,
			"\"a@npm:b@^1.0.0\":\n  name b\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/b/-/b-1.0.0.tgz\"\n", ""},
		{"classic, deep", `{"dependencies":{"a":"^1.0.0"}}`, "a@^1.0.0:\n  version \"1.0.0\"\n  dependencies:\n    b \"1\"\n",
			"missing-dependency"},
		{"berry, range changed", `{"dependencies":{"a":"^2.0.0"}}`,
			berryHead + "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n", "extraneous lock-mismatch"},
		{"berry, wrong copy", `{"dependencies":{"a":"^2.0.0"}}`,
			berryHead + "\"a@npm:^2.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n", "lock-mismatch"},
		{"berry, removed", `{"name":"r","dependencies":{"a":"^1.0.0"}}`,
			berryHead + "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n\n\"r@workspace:.\":\n" +
				"  version: 0.0.0-use.local\n  resolution: \"r@workspace:.\"\n  dependencies:\n    a: \"npm:^1.0.0\"\n" +
				"    b: \"npm:1\"\n", "lock-mismatch"},
		{"berry, deep", `{"dependencies":{"a":"^1.0.0"}}`,
			berryHead + "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  dependencies:\n    b: 1.0\n", "missing-dependency"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Parse([]byte(c.lock), "yarn.lock", manifestOf(t, c.manifest))
			if err != nil {
				t.Fatal(err)
			}
			if got := sortedKinds(g); got != sortedWords(c.want) {
				t.Errorf("notes %q, want %q: %v", got, c.want, g.Notes)
			}
		})
	}
}

func sortedKinds(g *npm.Graph) string {
	var all []string
	for _, n := range g.Notes {
		all = append(all, n.Kind)
	}
	return sortedWords(strings.Join(all, " "))
}

func sortedWords(s string) string {
	words := strings.Fields(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// A member of a workspace, judged by itself, has its own development
// dependencies and nobody else's.
func TestYarnMember(t *testing.T) {
	for fixture, want := range map[string]map[string]string{
		"tricky-classic": {"a@1.2.0": "", "b@2.0.0": "prod", "is-even@1.0.0": "dev", "rollup@3.29.4": "prod",
			"debug@4.4.3": "", "filedep@0.3.0": ""},
		"tricky-yarn4": {"a@1.2.0": "", "b@2.0.0": "prod", "react@17.0.2": "prod", "react-dom@18.2.0": "",
			"filedep@0.3.0": "", "use-sync-external-store@1.2.0": "prod"},
	} {
		t.Run(fixture, func(t *testing.T) {
			dir := filepath.Join("testdata", "yarn", fixture)
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			text, err := os.ReadFile(filepath.Join(dir, "packages", "a", "package.json"))
			if err != nil {
				t.Fatal(err)
			}
			g, err := Read(Location{Root: root, Dir: "packages/a"}, manifestOf(t, string(text)), "")
			if err != nil {
				t.Fatal(err)
			}
			if g.Root.ID() != "a@1.2.0" || g.Root.Location != "packages/a" || g.Lockfile != "../../yarn.lock" {
				t.Errorf("root %s at %s, %s", g.Root.ID(), g.Root.Location, g.Lockfile)
			}
			have := map[string]string{}
			for _, p := range g.Packages {
				have[p.ID()] = string(p.Scope)
			}
			for id, scope := range want {
				if got, ok := have[id]; got != scope || !ok {
					t.Errorf("%s: scope %q, want %q", id, got, scope)
				}
			}
		})
	}
}

// A folder that is no workspace member has no part in the lockfile above it.
func TestYarnNoMember(t *testing.T) {
	root, err := os.OpenRoot(filepath.Join("testdata", "yarn", "tricky-classic"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, err = Read(Location{Root: root, Dir: "vendor/linked"}, manifestOf(t, `{"name":"linked","dependencies":{"a":"1"}}`), "")
	if err == nil || !strings.Contains(err.Error(), "it has no entry for the folder vendor/linked") {
		t.Errorf("got %v", err)
	}
}

// Who depends on a package gives it its peers: itself, and what it has for
// itself, but not what another member has for its own development.
func TestYarnPeerProviders(t *testing.T) {
	const lock = `__metadata:
  version: 8

"m@workspace:m":
  version: 0.0.0-use.local
  resolution: "m@workspace:m"
  dependencies:
    x: "workspace:*"

"p@npm:1":
  version: 1.0.0
  resolution: "p@npm:1.0.0"
  peerDependencies:
    react: "*"
    x: "*"

"react@npm:17":
  version: 17.0.0
  resolution: "react@npm:17.0.0"

"x@workspace:*, x@workspace:x":
  version: 0.0.0-use.local
  resolution: "x@workspace:x"
  dependencies:
    p: "npm:1"
    react: "npm:17"
`
	root := folders(t, "m", "x")
	if err := root.WriteFile("m/package.json", []byte(`{"name":"m","dependencies":{"x":"workspace:*"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile("x/package.json",
		[]byte(`{"name":"x","version":"1.0.0","dependencies":{"p":"1"},"devDependencies":{"react":"17"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for member, want := range map[string]string{"m": "nothing x", "x": "react@17.0.0 x"} {
		m, err := NewCheckout(root, "", "").Manifest(member)
		if err != nil {
			t.Fatal(err)
		}
		g, err := ParseInput(Input{Data: []byte(lock), File: "../yarn.lock", Manifest: m, Member: member,
			Owner: manifestOf(t, `{"workspaces":["*"]}`), Checkout: NewCheckout(root, "", member)})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range g.Packages {
			for _, e := range p.Deps {
				switch {
				case p.Name != "p":
				case e.To == nil:
					got += "nothing "
				case e.To.Workspace:
					got += e.To.Name
				default:
					got += e.To.ID() + " "
				}
			}
		}
		if got != want {
			t.Errorf("judging %s: p is given %q, want %q", member, got, want)
		}
	}
}

// Two members of one name have no meaning; what is linked to is there without
// what it needs for its own development.
func TestYarnClassicFolders(t *testing.T) {
	read := func(root *os.Root, manifest string) (*npm.Graph, error) {
		lock := "# yarn lockfile v1\n\n\na@1:\n  version \"1.0.0\"\n"
		return ParseInput(Input{Data: []byte(lock), File: "yarn.lock", Manifest: manifestOf(t, manifest), Checkout: NewCheckout(root, "", "")})
	}
	if _, err := read(folders(t, "p", "q"), `{"workspaces":["*"],"dependencies":{"a":"1"}}`); err == nil ||
		!strings.Contains(err.Error(), "the workspaces p and q have the same name") {
		t.Errorf("got %v", err)
	}
	root := folders(t, "v")
	if err := root.WriteFile("v/package.json",
		[]byte(`{"name":"v","devDependencies":{"dev":"1"},"dependencies":{"a":"1"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := read(root, `{"dependencies":{"v":"link:./v"}}`)
	if err != nil || len(g.Notes) > 0 || len(g.Packages) != 3 {
		t.Fatalf("%v, %v", g, err)
	}
	for _, p := range g.Packages {
		if p.Name == "v" && (len(p.Deps) != 1 || p.Deps[0].Name != "a") {
			t.Errorf("v depends on %v", p.Deps)
		}
	}
}
