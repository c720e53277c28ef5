package lockfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// pnpmLocks are the folders of all real pnpm lockfiles in the public test data;
// its cases are made to be wrong.
func pnpmLocks(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(data(t), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "cases" {
			return fs.SkipDir
		}
		if err == nil && d.Name() == "pnpm-lock.yaml" {
			all = append(all, filepath.Dir(path))
		}
		return err
	})
	if err != nil || len(all) < 14 {
		t.Fatalf("%d lockfiles, %v", len(all), err)
	}
	return all
}

// readPnpm reads the lockfile of a folder as the gate would.
func readPnpm(t testing.TB, dir, member string) *npm.Graph {
	t.Helper()
	g, err := tryPnpm(dir, member)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func tryPnpm(dir, member string) (*npm.Graph, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	text, err := os.ReadFile(filepath.Join(dir, member, "package.json"))
	if os.IsNotExist(err) {
		text, err = []byte("{}"), nil
	}
	if err != nil {
		return nil, err
	}
	m, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		return nil, err
	}
	return Read(Location{Root: root, Dir: member}, m, "")
}

// Every real lockfile is read; what its notes say has been looked at by hand.
// pnpm's own flags say what the edges say: which copies only dev needs (before
// version 9), which only optional dependencies need.
func TestPnpmReal(t *testing.T) {
	for _, dir := range pnpmLocks(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			g := readPnpm(t, dir, "")
			want := ""
			switch filepath.Base(dir) {
			case "pnpm-high": // package.json asks for another package than the lockfile was made for
				want = "lock-mismatch lock-mismatch"
			case "preserve-reference-overrides": // pnpm-workspace.yaml has an override that pnpm is yet to write down
				want = "lock-mismatch"
			}
			if got := kinds(g); got != want {
				t.Errorf("notes %q, want %q", got, want)
			}
			edges := 0
			for _, p := range g.Packages {
				for _, e := range p.Deps {
					if edges++; e.To == nil && e.Kind != npm.EdgePeerOptional && want == "" {
						t.Errorf("%s: nothing for %s@%s", p.Location, e.Name, e.Range)
					}
				}
			}
			flags, differ := compareFlags(t, g, dir)
			t.Logf("version %s: %d packages, %d edges, %d flags compared, %d differ", g.Version, len(g.Packages), edges, flags, len(differ))
			for _, d := range differ {
				t.Error(d)
			}
		})
	}
}

// compareFlags compares dev and optional with what pnpm wrote down.
func compareFlags(t *testing.T, g *npm.Graph, dir string) (n int, differ []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pnpm-lock.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strict.ParseYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	section := doc.Get("snapshots")
	if g.Version < "7" {
		section = doc.Get("packages")
	}
	flags := map[string]strict.Value{}
	for k, v := range section.Members() {
		flags[k.Text()] = v
	}
	for _, p := range g.Packages {
		v, ok := flags[p.Location]
		if !ok {
			continue
		}
		n++
		if got := v.Get("optional").Bool(); got != p.Optional {
			differ = append(differ, fmt.Sprintf("%s: optional is %v in the lockfile, ours %v", p.Location, got, p.Optional))
		}
		if got := v.Get("dev").Bool(); got != p.Dev && g.Version < "7" {
			differ = append(differ, fmt.Sprintf("%s: dev is %v in the lockfile, ours %v", p.Location, got, p.Dev))
		}
	}
	return n, differ
}

// The tricky ones were made by the real pnpm of that version; sources by hand,
// since what they name cannot be had by everybody.
func TestPnpmGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "pnpm", "*"))
	if err != nil || len(dirs) != 12 {
		t.Fatalf("%v, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			got := dump(readPnpm(t, dir, ""))
			if _, err := os.Stat(filepath.Join(dir, "packages", "a")); err == nil {
				got += "\njudged: packages/a\n" + dump(readPnpm(t, dir, "packages/a"))
			}
			golden := filepath.Join(dir, "graph.golden")
			if *update {
				write(t, dir, "graph.golden", got)
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

const pnpmOne = `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.2.0

packages:

  a@1.2.0:
    resolution: {integrity: sha512-AAAA}

snapshots:

  a@1.2.0: {}
`

// What is not a whole lockfile of a known version is refused, and where.
func TestPnpmRefuses(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(pnpmOne, old) {
			t.Fatalf("no %q to edit", old)
		}
		return strings.Replace(pnpmOne, old, new, 1)
	}
	for _, c := range []struct{ name, lock, err string }{
		{"empty", "", "pnpm-lock.yaml:1:1: expected a mapping"},
		{"binary", "\x00\x01\x02\n", `pnpm-lock.yaml:1:1: control character`},
		{"conflict", edit("importers", "<<<<<<< HEAD\nimporters"), "it holds merge conflict markers; resolve the conflict"},
		{"no version", edit("lockfileVersion: '9.0'\n", ""), "pnpm-lock.yaml:2:1: it has no lockfileVersion"},
		{"unknown version", edit("9.0", "10.0"), `pnpm-lock.yaml:1:18: lockfileVersion is "10.0", this version reads 5.0, `},
		{"cut in a line", pnpmOne[:len(pnpmOne)-5], "no line break, so it may have been cut off"},
		{"cut before snapshots", pnpmOne[:strings.Index(pnpmOne, "snapshots")], `pnpm-lock.yaml:13:3: "a@1.2.0" has no snapshot`},
		{"cut before packages", pnpmOne[:strings.Index(pnpmOne, "packages")],
			`pnpm-lock.yaml:7:7: a is to be "1.2.0", for which there is no entry`},
		{"cut before the answer", pnpmOne[:strings.Index(pnpmOne, "        version")], `pnpm-lock.yaml:7:7: "a" has no specifier or no version`},
		{"no package for a snapshot", edit("  a@1.2.0:\n    resolution", "  b@1.2.0:\n    resolution"),
			`the snapshot "a@1.2.0" has no entry in packages`},
		{"null entry", edit("a@1.2.0: {}", "a@1.2.0:"), `"a@1.2.0" is null, expected a mapping`},
		{"no resolution", edit("resolution: {integrity: sha512-AAAA}", "hasBin: true"), `"a@1.2.0" has no resolution`},
		{"list for a mapping", edit("a@1.2.0: {}", "a@1.2.0: []"), `"a@1.2.0" is an array, expected a mapping`},
		{"importers no mapping", edit("importers:\n", "importers: []\nimporter:\n"), "importers is an array"},
		{"dependencies no mapping", edit("a@1.2.0: {}", "a@1.2.0:\n    dependencies: [b]"), "dependencies is an array"},
		{"dangling edge", edit("a@1.2.0: {}", "a@1.2.0:\n    dependencies:\n      b: 1.0.0"), `b is to be "1.0.0", for which there is no entry`},
		{"null reference", edit("version: 1.2.0", "version: ~"), `"a" is null, expected a string`},
		{"importer twice", edit("importers:\n", "importers:\n\n  p: {}\n\n  ./p: {}\n"), `the importer "./p" stands twice`},
		{"importer and package", edit("importers:\n", "importers:\n\n  a@1.2.0: {}\n"), "is an importer and a package"},
		{"no name", strings.ReplaceAll(pnpmOne, "a@1.2.0", "x"), `pnpm-lock.yaml:18:3: no name of a package can be told from "x"`},
		{"no packages", "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n", "it holds no packages, but package.json has dependencies"},
		{"another document", "a: b\n---\n" + pnpmOne, "pnpm-lock.yaml:1:1: a document before the last that holds more"},
		{"two lockfiles in one", pnpmOne + "---\n" + pnpmOne, "a document before the last that holds \"dependencies\""},
		{"key twice", edit("  a@1.2.0: {}\n", "  a@1.2.0: {}\n\n  a@1.2.0: {}\n"), `key "a@1.2.0" stands twice`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.lock), "pnpm-lock.yaml", manifestOf(t, oneDep))
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
	if _, err := ParseInput(Input{Data: []byte(pnpmOne), File: "../pnpm-lock.yaml", Manifest: manifestOf(t, oneDep),
		Member: "x"}); err == nil || !strings.Contains(err.Error(), "it has no importer for the folder x") {
		t.Errorf("an unknown member: %v", err)
	}
}

// Wherever a lockfile is cut it is refused, or noted not to be what package.json
// asks for; but for a cut between two lines near its end that takes away no
// more than the last copies' flags and peers.
func TestPnpmCut(t *testing.T) {
	for _, name := range []string{"tricky-pnpm6", "tricky-pnpm8", "tricky-pnpm10"} {
		text, err := os.ReadFile(filepath.Join("testdata", "pnpm", name, "pnpm-lock.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		manifest, err := os.ReadFile(filepath.Join("testdata", "pnpm", name, "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		for cut := range text {
			g, err := Parse(text[:cut], "pnpm-lock.yaml", manifestOf(t, string(manifest)))
			if err == nil && !strings.Contains(kinds(g), npm.NoteLockMismatch) && (cut < len(text)*9/10 || text[cut-1] != '\n') {
				t.Errorf("%s: cut after %d of %d bytes it still reads", name, cut, len(text))
			}
		}
	}
}

// What package.json asks for and the lockfile was not made for is noted.
func TestPnpmMismatch(t *testing.T) {
	for _, c := range []struct{ name, manifest, lock, want string }{
		{"same", oneDep, pnpmOne, ""},
		{"other range", `{"dependencies":{"a":"^2.0.0"}}`, pnpmOne, "a is asked for as ^2.0.0, which pnpm-lock.yaml was not made for"},
		{"added", `{"dependencies":{"a":"^1.0.0","b":"1"}}`, pnpmOne, "b is not among the dependencies that pnpm-lock.yaml was made for"},
		{"taken out", `{"devDependencies":{}}`, pnpmOne, "a is no longer a dependency in package.json"},
		{"peer left out", `{"dependencies":{"a":"^1.0.0"},"peerDependencies":{"b":"1"}}`, pnpmOne, ""},
		{"override", `{"dependencies":{"a":"^0.1.0"}}`, strings.Replace(pnpmOne, "importers:",
			"overrides:\n  x>a@0: ^1.0.0\n\nimporters:", 1), ""},
		{"held and asked differ", `{"dependencies":{"a":"^1.0.0"}}`, strings.ReplaceAll(pnpmOne, "1.2.0", "0.9.0"),
			"a@^1.0.0 is not what pnpm-lock.yaml holds: a@0.9.0"},
		{"hook", `{"dependencies":{"a":"^1.1.0"}}`, strings.Replace(pnpmOne, "importers:", "pnpmfileChecksum: x\n\nimporters:", 1), ""},
		{"another field", `{"devDependencies":{"a":"^1.0.0"}}`, pnpmOne,
			"a is among the devDependencies, and pnpm-lock.yaml was made for it among the dependencies"},
		{"override not followed", `{"dependencies":{"a":"^0.1.0"}}`,
			strings.ReplaceAll(strings.Replace(pnpmOne, "importers:", "overrides:\n  a: ^1.0.0\n\nimporters:", 1), "1.2.0",
				"2.2.0"), "a@^0.1.0 is not what pnpm-lock.yaml holds: a@2.2.0"},
		{"catalog", `{"dependencies":{"a":"catalog:"}}`, strings.Replace(strings.Replace(pnpmOne, "^1.0.0", "'catalog:'", 1),
			"importers:", "catalogs:\n  default:\n    a:\n      specifier: ^1.1.0\n      version: 1.2.0\n\nimporters:", 1), ""},
		{"catalog without it", `{"dependencies":{"a":"catalog:x"}}`, strings.Replace(pnpmOne, "^1.0.0", "catalog:x", 1),
			"a@catalog:x is not what pnpm-lock.yaml holds: a@1.2.0"},
	} {
		g, err := Parse([]byte(c.lock), "pnpm-lock.yaml", manifestOf(t, c.manifest))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := ""
		for _, n := range g.Notes {
			if n.Kind == npm.NoteLockMismatch {
				got += n.Text
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// What pnpm keeps for itself in a document before the lockfile is read as
// development dependencies; where it is damaged nothing was looked at.
func TestPnpmDocuments(t *testing.T) {
	own := "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    configDependencies: {}\n" +
		"    packageManagerDependencies:\n      pnpm:\n        specifier: 11.7.0\n        version: 11.7.0\n\n"
	held := "packages:\n\n  pnpm@11.7.0:\n    resolution: {integrity: sha512-x}\n\nsnapshots:\n\n  pnpm@11.7.0: {}\n\n"
	if _, err := Parse([]byte(own+"---\n"+pnpmOne), "pnpm-lock.yaml", manifestOf(t, oneDep)); err == nil ||
		!strings.Contains(err.Error(), "pnpm-lock.yaml:9:7: pnpm is to be") {
		t.Errorf("got %v", err)
	}
	g, err := Parse([]byte(own+held+"---\n"+pnpmOne), "pnpm-lock.yaml", manifestOf(t, oneDep))
	if err != nil || len(g.Packages) != 3 || kinds(g) != "" {
		t.Fatalf("%v, %v", g, err)
	}
	for _, p := range g.Packages {
		if p.Name == "pnpm" && (p.Scope != "dev" || !p.Dev || p.Shipped() || p.Location != "env:pnpm@11.7.0") {
			t.Errorf("%+v", p)
		}
	}
}

func BenchmarkPnpm(b *testing.B) {
	for _, name := range []string{"vue-pnpm5", "vue-pnpm9", "rushstack-pnpm9", "pnpm-manydeps-pnpm9"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile(data(b, "projects", name, "pnpm-lock.yaml"))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text, "pnpm-lock.yaml", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzPnpm: no panic; the same input makes the same graph; the graph holds
// together.
func FuzzPnpm(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "pnpm", "*", "pnpm-lock.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, []byte(oneDep), "")
		f.Add(text, []byte(`{"name":"a"}`), "packages/a")
	}
	f.Add([]byte(pnpmOne), []byte(oneDep), "")
	f.Fuzz(func(t *testing.T, lock, manifest []byte, member string) {
		m, err := npm.ParseManifest(manifest, "package.json")
		if err != nil {
			m = nil
		}
		in := Input{Data: lock, File: "pnpm-lock.yaml", Manifest: m, Member: member, Owner: m}
		g, err := ParseInput(in)
		if err != nil {
			return
		}
		again, err := ParseInput(in)
		if err != nil || dump(g) != dump(again) {
			t.Fatalf("another graph the second time (%v)", err)
		}
		at := map[*npm.Package]bool{}
		for i, p := range g.Packages {
			at[p] = true
			if i > 0 && g.Packages[i-1].Location >= p.Location {
				t.Fatalf("packages are not in order: %q, %q", g.Packages[i-1].Location, p.Location)
			}
		}
		if !at[g.Root] {
			t.Fatal("the root is not among the packages")
		}
		for _, p := range g.Packages {
			names := map[string]bool{}
			for _, e := range p.Deps {
				if e.To != nil && !at[e.To] || names[e.Name] && e.Kind != npm.EdgeWorkspace {
					t.Fatalf("edge %s of %q ends nowhere or stands twice", e.Name, p.Location)
				}
				names[e.Name] = e.Kind != npm.EdgeWorkspace // a member and a package may have one name
			}
		}
	})
}
