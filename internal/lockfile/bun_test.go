package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// bunProject reads a folder's bun.lock and package.json.
func bunProject(t testing.TB, dir string) (lock []byte, manifest *npm.Manifest) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(dir, "bun.lock"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if manifest, err = npm.ParseManifest(text, "package.json"); err != nil {
		t.Fatal(err)
	}
	return lock, manifest
}

// The fixtures are one tree as bun 1.1.39, 1.3.0 and 1.4.5 lock it (versions 0,
// 1, 3): aliases, several versions of one package, a cycle of members, peers,
// platforms, a bundle, catalogs, overrides (nested in 3), a patch, and git,
// tarball, file and workspace dependencies. v2-names is of bun 1.4.5: the root
// asks the registry for packages that members are called like, a member is called
// like the root, and others ask for such members.
func TestBunGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "bun", "v*"))
	if err != nil || len(dirs) != 4 {
		t.Fatalf("%v, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			lock, manifest := bunProject(t, dir)
			g, err := Parse(lock, "bun.lock", manifest)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "packages", "member", "package.json"))
			if err != nil {
				t.Fatal(err)
			}
			member, err := ParseInput(Input{Data: lock, File: "../../bun.lock", Manifest: manifestOf(t, string(text)),
				Member: "packages/member", Owner: manifest})
			if err != nil {
				t.Fatal(err)
			}
			for file, got := range map[string]string{"graph.golden": dump(g) + patches(g), "member.golden": dump(member)} {
				golden := filepath.Join(dir, file)
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
			}
		})
	}
}

func patches(g *npm.Graph) string {
	var b strings.Builder
	for _, p := range g.Packages {
		if p.Patch != "" {
			fmt.Fprintf(&b, "patch %s %s\n", p.ID(), p.Patch)
		}
		if p.Libc != nil {
			fmt.Fprintf(&b, "libc %s %s\n", p.ID(), p.Libc)
		}
		if p.Source != npm.SourceRegistry && p.Source != npm.SourceLocal {
			fmt.Fprintf(&b, "resolved %s %s\n", p.ID(), p.Resolved)
		}
	}
	return b.String()
}

const bunOne = `{"lockfileVersion":1,"workspaces":{"":{"name":"app","dependencies":{"a":"^1.0.0"}}},` +
	`"packages":{"a":["a@1.2.0","",{},"sha512-x"]}}`

func TestBunRefused(t *testing.T) {
	dep := manifestOf(t, oneDep)
	ws := func(members, packages string) string {
		return `{"lockfileVersion":1,"workspaces":{"":{"name":"app","dependencies":{"a":"^1.0.0"}}` + members + `},"packages":{` + packages + `}}`
	}
	for _, c := range []struct{ name, lock, want string }{
		{"version 4", strings.Replace(bunOne, ":1,", ":4,", 1), `bun.lock:1:20: unknown lockfileVersion 4: this version reads 0, 1, 2 and 3`},
		{"version 1.0", strings.Replace(bunOne, ":1,", ":1.0,", 1), `unknown lockfileVersion 1.0`},
		{"version below", strings.Replace(bunOne, ":1,", ":-1,", 1), `unknown lockfileVersion -1`},
		{"version as text", strings.Replace(bunOne, ":1,", `:"1",`, 1), `lockfileVersion is a string, expected a number`},
		{"no version", `{"workspaces":{"":{}}}`, `bun.lock:1:1: no lockfileVersion`},
		{"a package-lock", oneLock, `no workspaces with the package itself`},
		{"no workspaces", `{"lockfileVersion":1,"packages":{}}`, `no workspaces with the package itself`},
		{"nothing in it", `{"lockfileVersion":1,"workspaces":{"":{}}}`,
			`it holds no packages, but package.json has dependencies (line 1): run bun install and commit the lockfile`},
		{"conflict", "{\n\"lockfileVersion\": 1,\n<<<<<<< HEAD\n\"workspaces\": {}\n=======\n>>>>>>> x\n}",
			`bun.lock:3:1: unexpected "<", expected a key: it holds merge conflict markers; resolve the conflict, or run bun install`},
		{"truncated", bunOne[:90], `bun.lock:1:91: `},
		{"truncated after a comma", bunOne[:strings.Index(bunOne, `"packages"`)], `unexpected end of file`},
		{"binary", "#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x02\x00", `bun.lock:1:1: unexpected "#", expected a value`},
		{"empty", "", `bun.lock:1:1: unexpected end of file`},
		{"key twice", ws("", `"a":["a@1.0.0","",{},""],"a":["a@1.0.1","",{},""]`), `key "a" stands twice`},
		{"packages is a list", `{"lockfileVersion":1,"workspaces":{"":{}},"packages":[]}`, `packages is an array, expected an object`},
		{"trusted is an object", `{"lockfileVersion":1,"workspaces":{"":{}},"trustedDependencies":{}}`,
			`trustedDependencies is an object, expected an array`},
		{"overrides is null", `{"lockfileVersion":1,"workspaces":{"":{}},"overrides":null}`, `overrides is null, expected an object`},
		{"entry is an object", ws("", `"a":{"version":"1.0.0"}`), `bun.lock:1:101: expected an array, found an object`},
		{"entry is empty", ws("", `"a":[]`), `expected "name@version" first, found nothing`},
		{"id without a version", ws("", `"a":["a","",{},""]`), `"a" is not a name and what it resolves to`},
		{"id without a name", ws("", `"a":["@1.0.0","",{},""]`), `"@1.0.0" is not a name and what it resolves to`},
		{"id with an empty version", ws("", `"a":["a@","",{},""]`), `"a@" is not a name and what it resolves to`},
		{"empty id", ws("", `"a":["","",{},""]`), `"" is not a name and what it resolves to`},
		{"version that is none", ws("", `"a":["a@latest","",{},""]`), `a resolves to "latest", which bun does not write`},
		{"version with a blank", ws("", `"a":["a@1.0.0 ","",{},""]`), `which bun does not write`},
		{"other protocol", ws("", `"a":["a@catalog:x",{}]`), `a resolves to "catalog:x", which bun does not write`},
		{"no address", ws("", `"a":["a@1.0.0"]`), `a lacks its address`},
		{"no info", ws("", `"a":["a@1.0.0",""]`), `a lacks its dependencies`},
		{"info is text", ws("", `"a":["a@1.0.0","","x",""]`), `the dependencies of a is a string, expected an object`},
		{"no integrity", ws("", `"a":["a@1.0.0","",{}]`), `a lacks its integrity`},
		{"integrity is null", ws("", `"a":["a@1.0.0","",{},null]`), `the integrity of a is null, expected a string`},
		{"no git tag", ws("", `"a":["a@github:o/r#abc",{}]`), `a lacks its tag`},
		{"too much", ws("", `"a":["a@1.0.0","",{},"sha512-x","y"]`), `a has more elements than bun writes`},
		{"far too much", ws("", `"a":["a@1.0.0","",{},"sha512-x",1,2]`), `more than 4 elements`},
		{"range is null", ws("", `"a":["a@1.0.0","",{"dependencies":{"b":null}},""]`), `the range of "b" is null, expected a string`},
		{"optional peers as an object", ws("", `"a":["a@1.0.0","",{"optionalPeers":{}},""]`), `optionalPeers is an object, expected an array`},
		{"path climbs", ws("", `"../a":["a@1.0.0","",{},""]`), `"../a" is not a path of names`},
		{"path absolute", ws("", `"/a":["a@1.0.0","",{},""]`), `"/a" is not a path of names`},
		{"path ends in a slash", ws("", `"a/":["a@1.0.0","",{},""]`), `"a/" is not a path of names`},
		{"path with an empty name", ws("", `"a//b":["a@1.0.0","",{},""]`), `"a//b" is not a path of names`},
		{"path is empty", ws("", `"":["a@1.0.0","",{},""]`), `"" is not a path of names`},
		{"path is a scope", ws("", `"@s":["a@1.0.0","",{},""]`), `"@s" is not a path of names`},
		{"path with node_modules", ws("", `"a/node_modules":["a@1.0.0","",{},""]`), `"a/node_modules" is not a path of names`},
		{"path with a backslash", ws("", `"a\\b":["a@1.0.0","",{},""]`), `is not a path of names`},
		{"unknown member", ws("", `"m":["m@workspace:p/m"]`), `"p/m" is no member that workspaces lists`},
		{"member that is the root", ws("", `"m":["m@workspace:"]`), `"" is no member that workspaces lists`},
		{"member without a name", ws(`,"p/m":{}`, ""), `the workspace member p/m has no name`},
		{"two members of one name", ws(`,"p/m":{"name":"m"},"p/n":{"name":"m"}`, ""), `m is the name of two workspace members, here and in p/m`},
		{"member seen as another", ws(`,"p/m":{"name":"m"},"p/u":{"name":"u"}`,
			`"m":["m@1.0.0","",{},""],"u":["u@workspace:p/u"],"u/m":["m@workspace:p/m"],"./m/x":["x@1.0.0","",{},""],"u/m/x":["x@2.0.0","",{},""]`),
			`"u/m/x" is x@2.0.0, but p/m is given x@1.0.0 for it`},
		{"dot before who is in place", ws(`,"p/m":{"name":"m"}`, `"m":["m@workspace:p/m"],"./m/x":["x@1.0.0","",{},""]`),
			`"./m/x" is not a path of names`},
		{"dot before nobody", ws("", `"./m/x":["x@1.0.0","",{},""]`), `"./m/x" is not a path of names`},
		{"member's name on another member", ws(`,"p/m":{"name":"m"},"p/n":{"name":"n"}`, `"m":["n@workspace:p/n"]`),
			`p/m is a workspace member, but packages has another m`},
		{"member outside", ws(`,"../m":{"name":"m"}`, ""), `"../m" is not the folder of a workspace member`},
		{"member in node_modules", ws(`,"node_modules/m":{"name":"m"}`, ""), `is not the folder of a workspace member`},
		{"member is a list", ws(`,"p/m":[]`, ""), `expected an object, found an array`},
		{"member's name climbs", ws(`,"p/m":{"name":"../m"}`, ""), `"p/m" is not a path of names`},
		{"a million keys", ws("", manyBunKeys(300_000)), `more than 250000 keys in one object`},
		{"deep", `{"lockfileVersion":1,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, `nested deeper than 64 levels`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Parse([]byte(c.lock), "bun.lock", dep)
			if err == nil || !strings.Contains(err.Error(), c.want) || g != nil {
				t.Fatalf("got %v (%v), want %q", err, g != nil, c.want)
			}
			if !strings.HasPrefix(err.Error(), "bun.lock:") || len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("not one short line that begins with the file: %q", err)
			}
		})
	}
	_, err := Parse([]byte("#!/usr/bin/env bun\nbun-lockfile-format-v0\n"), "bun.lockb", dep)
	if err == nil || !strings.Contains(err.Error(), "bun install --save-text-lockfile --frozen-lockfile --lockfile-only") {
		t.Errorf("bun.lockb: %v", err)
	}
}

func manyBunKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":["k@1.0.0","",{},""],`, i)
	}
	return b.String()
}

// Each rule of the format that the fixtures do not show.
func TestBunEntries(t *testing.T) {
	r := npm.PublicRegistry
	for _, c := range []struct{ name, entry, want string }{
		{"public registry", `["a@1.0.0","",{},"sha512-x"]`, `"node_modules/a" a@1.0.0 source=1 "" sha512-x`},
		{"address", `["a@1.0.0","` + r + `a/-/a-1.0.0.tgz",{},""]`, `"node_modules/a" a@1.0.0 source=1 "` + r + `a/-/a-1.0.0.tgz" `},
		{"address of another package", `["a@1.0.0","` + r + `evil/-/evil-1.0.0.tgz",{},""]`,
			`"node_modules/a" evil@1.0.0 source=1 "` + r + `evil/-/evil-1.0.0.tgz"  alias=a name-mismatch`},
		{"address of another version", `["a@1.0.0","` + r + `a/-/a-2.0.0.tgz",{},""]`,
			`"node_modules/a" a@1.0.0 source=1 "` + r + `a/-/a-2.0.0.tgz"  version-mismatch`},
		{"address of no registry", `["a@1.0.0","https://evil.example/x",{},""]`, `"node_modules/a" a@1.0.0 source=3 "https://evil.example/x" `},
		{"address of no kind", `["a@1.0.0","javascript:1",{},""]`, `"node_modules/a" a@1.0.0 source=0 "javascript:1" `},
		{"tarball of a registry", `["a@` + r + `a/-/a-1.0.0.tgz",{},"sha512-x"]`,
			`"node_modules/a" a@1.0.0 source=1 "` + r + `a/-/a-1.0.0.tgz" sha512-x`},
		{"tarball", `["a@https://example.com/a.tgz",{}]`, `"node_modules/a" a source=3 "https://example.com/a.tgz" `},
		{"git", `["a@git+ssh://git@example.com/o/r.git#abc",{},"abc"]`, `"node_modules/a" a source=2 "git+ssh://git@example.com/o/r.git#abc" `},
		{"github with a checksum", `["a@github:o/r#abc",{},"o-r-abc","sha512-x"]`,
			`"node_modules/a" a source=2 "git+https://github.com/o/r.git#abc" sha512-x`},
		{"file tarball", `["a@./a.tgz",{},"sha512-x"]`, `"node_modules/a" a source=4 "./a.tgz" sha512-x`},
		{"folder", `["a@file:vendor/a",{}]`, `"node_modules/a" a source=5 "file:vendor/a" `},
		{"folder outside", `["a@file:../a",{}]`, `"node_modules/a" a source=4 "file:../a" `},
		{"link", `["a@link:a",{}]`, `"node_modules/a" a source=5 "link:a" `},
		{"alias", `["real@1.0.0","",{},""]`, `"node_modules/a" real@1.0.0 source=1 ""  alias=a`},
	} {
		t.Run(c.name, func(t *testing.T) {
			lock := `{"lockfileVersion":1,"workspaces":{"":{"dependencies":{"a":"*"}}},"packages":{"a":` + c.entry + `},}`
			g, err := Parse([]byte(lock), "bun.lock", nil)
			if err != nil {
				t.Fatal(err)
			}
			p := g.Packages[1]
			got := fmt.Sprintf("%q %s source=%d %q %s", p.Location, p.ID(), p.Source, p.Resolved, p.Integrity)
			if p.Alias != "" {
				got += " alias=" + p.Alias
			}
			if k := strings.TrimSpace(strings.TrimSuffix(kinds(g), "invalid-dependency")); k != "" {
				got += " " + k
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Where a copy stands: below a member where the path begins with its name, not
// where a name on the way is the same.
func TestBunLocation(t *testing.T) {
	entry := func(name string) string { return `["` + name + `@1.0.0","",{},""]` }
	lock := `{"lockfileVersion":1,"workspaces":{"":{},"p/m":{"name":"@s/m"}},"packages":{"x":` + entry("x") +
		`,"@s/m/y":` + entry("y") + `,"x/@s/m":` + entry("@s/m") + `,"x/@s/m/y":` + entry("y") + `,"@s/m/y/@t/z":` + entry("@t/z") + `}}`
	g, err := Parse([]byte(lock), "bun.lock", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range g.Packages {
		got = append(got, p.Location)
	}
	want := []string{
		"", "node_modules/@s/m", "node_modules/x", "node_modules/x/node_modules/@s/m", "node_modules/x/node_modules/@s/m/node_modules/y",
		"p/m", "p/m/node_modules/y", "p/m/node_modules/y/node_modules/@t/z",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// FuzzBun: no panic; the same input makes the same graph; the graph holds
// together.
func FuzzBun(f *testing.F) {
	// Small ones: the engine spends its time on making large inputs smaller.
	f.Add([]byte(`{"lockfileVersion":0,"workspaces":{"":{"dependencies":{"m":"p/m"}},"p/m":{"name":"m",`+
		`"devDependencies":{"a":"1"}}},"packages":{"m":["m@workspace:p/m",{}],"m/a":["a@1.0.0","",{},""]}}`),
		[]byte(`{"dependencies":{"m":"workspace:*"}}`), "p/m")
	f.Add([]byte(`{"lockfileVersion":3,"workspaces":{"":{"name":"r"}},"overrides":{"a":{".":"1"}},"catalog":{"a":"1"},`+
		`"trustedDependencies":["a"],"patchedDependencies":{"a@1.0.0":"p"},`+
		`"packages":{"a":["a@1.0.0","",{"os":"linux","bundled":true},"sha512-x"],"b":["c@github:o/r#1",{},"t"],`+
		`"d":["d@file:d",{}],"e":["e@root:",{}],"f":["f@https://x.y/f.tgz",{}],}}`),
		[]byte(`{"dependencies":{"a":"catalog:"},"overrides":{"a":"2"}}`), "")
	f.Add([]byte(bunOne), []byte(oneDep), "")
	f.Fuzz(func(t *testing.T, lock, manifest []byte, member string) {
		checkGraph(t, "bun.lock", lock, manifest, member)
	})
}

func BenchmarkBun(b *testing.B) {
	lock, manifest := bunProject(b, data(b, "projects", "hono-bun"))
	b.SetBytes(int64(len(lock)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		g, err := Parse(lock, "bun.lock", manifest)
		if err != nil {
			b.Fatal(err)
		}
		n = len(g.Packages)
	}
	b.ReportMetric(float64(n), "packages")
}
