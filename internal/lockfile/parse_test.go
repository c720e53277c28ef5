package lockfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestRefused(t *testing.T) {
	dep := manifestOf(t, oneDep)
	for _, c := range []struct {
		name, lock string
		manifest   *npm.Manifest
		want       string
	}{
		{"version as text", `{"lockfileVersion":"3","packages":{}}`, dep,
			`package-lock.json:1:20: lockfileVersion is a string, expected a number: this version reads 1, 2, 3 and 4`},
		{"version 5", `{"lockfileVersion":5,"packages":{}}`, dep, `package-lock.json:1:20: unknown lockfileVersion 5`},
		{"version 2.5", `{"lockfileVersion":2.5,"packages":{}}`, dep, `unknown lockfileVersion 2.5`},
		{"version 1e400", `{"lockfileVersion":1e400,"packages":{}}`, dep, `unknown lockfileVersion 1e400`},
		{"no version", `{"dependencies":{"a":{"version":"1.0.0"}}}`, dep, `package-lock.json:1:1: no lockfileVersion`},
		{"no version, empty", `{}`, dep, `no lockfileVersion`},
		{"nothing in it", `{"lockfileVersion":3,"packages":{"":{"name":"app"}}}`, dep,
			`package-lock.json: it holds no packages, but package.json has dependencies (line 1)`},
		{"nothing at all", `{"lockfileVersion":3,"packages":{}}`, dep, `it holds no packages`},
		{"nothing in version 1", `{"lockfileVersion":1,"requires":true}`, dep, `it holds no packages`},
		{"version 3 with nested only", `{"lockfileVersion":3,"dependencies":{"a":{"version":"1.0.0"}}}`, dep,
			`lockfileVersion 3 without packages`},
		{"version 1 without a manifest", `{"lockfileVersion":1,"requires":true,"dependencies":{"a":{"version":"1.0.0"}}}`,
			nil, `needs the package.json beside it`},
		{"conflict", "{\n  \"lockfileVersion\": 3,\n<<<<<<< HEAD\n  \"packages\": {}\n=======\n>>>>>>> x\n}", dep,
			`package-lock.json:3:1: unexpected "<", expected a key: it holds merge conflict markers`},
		{"truncated", oneLock[:60], dep, `package-lock.json:1:61: `},
		{"binary", "\x1f\x8b\x08\x00", dep, `package-lock.json:1:1: unexpected "\x1f", expected a value`},
		{"empty", "", dep, `package-lock.json:1:1: unexpected end of file`},
		{"duplicate location", `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"},` +
			`"node_modules/a":{"version":"2.0.0"}}}`, dep, `key "node_modules/a" stands twice`},
		{"packages is a list", `{"lockfileVersion":3,"packages":[]}`, dep, `1:33: expected an object, found an array`},
		{"packages is null", `{"lockfileVersion":3,"packages":null,"dependencies":{}}`, dep, `expected an object, found null`},
		{"entry is null", `{"lockfileVersion":3,"packages":{"node_modules/a":null}}`, dep, `expected an object, found null`},
		{"version is a number", `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":1}}}`, dep,
			`version is a number, expected a string`},
		{"range is null", `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","dependencies":{"b":null}}}}`,
			dep, `the range of "b" is null, expected a string`},
		{"location climbs", `{"lockfileVersion":3,"packages":{"node_modules/../../x":{"version":"1.0.0"}}}`, dep,
			`"node_modules/../../x" is not a location npm writes`},
		{"location absolute", `{"lockfileVersion":3,"packages":{"/etc":{"version":"1.0.0"}}}`, dep, `"/etc" is not a location npm writes`},
		{"location with backslash", `{"lockfileVersion":3,"packages":{"node_modules\\a":{"version":"1.0.0"}}}`, dep,
			`is not a location npm writes`},
		{"location is node_modules", `{"lockfileVersion":3,"packages":{"node_modules":{"version":"1.0.0"}}}`, dep,
			`is not a location npm writes`},
		{"location is a scope", `{"lockfileVersion":3,"packages":{"node_modules/@s":{"version":"1.0.0"}}}`, dep, `is not a location npm writes`},
		{"link to nothing", `{"lockfileVersion":3,"packages":{"node_modules/a":{"resolved":"packages/a","link":true}}}`,
			dep, `the link node_modules/a points to "packages/a", for which there is no entry`},
		{"link to itself", `{"lockfileVersion":3,"packages":{"node_modules/a":{"resolved":"node_modules/a","link":true}}}`,
			dep, `for which there is no entry`},
		{"name in version 1 climbs", `{"lockfileVersion":1,"requires":true,"dependencies":{"../a":{"version":"1.0.0"}}}`,
			dep, `"../a" is not a name npm writes`},
		{"requires is text", `{"lockfileVersion":1,"requires":true,"dependencies":{"a":{"version":"1.0.0","requires":"b"}}}`,
			dep, `requires is a string, expected an object`},
		{"deep", `{"lockfileVersion":1,"requires":true` + strings.Repeat(`,"dependencies":{"a":{"version":"1.0.0"`, 100) +
			strings.Repeat("}}", 100) + "}", dep, `nested deeper than 64 levels`},
		{"a million keys", `{"lockfileVersion":3,"packages":{` + manyKeys(1_000_000) + `}}`, dep, `more than 250000 keys in one object`},
		{"a hundred megabytes", `{"lockfileVersion":3,"x":"` + strings.Repeat("x", 100<<20) + `"}`, dep, `package-lock.json: larger than 64 MiB`},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			g, err := Parse([]byte(c.lock), "package-lock.json", c.manifest)
			if err == nil || !strings.Contains(err.Error(), c.want) || g != nil {
				t.Errorf("got %v (%v), want %q", err, g != nil, c.want)
			}
			if err != nil && (len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\n\x1b")) {
				t.Errorf("not one short line: %q", err)
			}
			// A second or two; the bound leaves room for -race on a busy machine.
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
	if _, err := Parse([]byte(oneLock), "Cargo.lock", dep); err == nil ||
		!strings.Contains(err.Error(), "Cargo.lock: not a lockfile this version knows: it reads npm-shrinkwrap.json, package-lock.json") {
		t.Errorf("Cargo.lock: %v", err)
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"node_modules/k%d":{},`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestAccepted(t *testing.T) {
	dep := manifestOf(t, oneDep)
	for name, lock := range map[string]string{
		"version 3.0": strings.Replace(oneLock, ":3,", ":3.0,", 1),
		"version 3e0": strings.Replace(oneLock, ":3,", ":3e0,", 1),
		"with a mark": "\xEF\xBB\xBF" + oneLock,
	} {
		g, err := Parse([]byte(lock), "package-lock.json", dep)
		if err != nil || g.Version != "3" || len(g.Notes) != 0 {
			t.Errorf("%s: %v, %+v", name, err, g)
		}
	}
	// No dependencies, no packages: that is a package.
	if _, err := Parse([]byte(`{"lockfileVersion":3,"packages":{"":{}}}`), "package-lock.json", manifestOf(t, `{"name":"a"}`)); err != nil {
		t.Error(err)
	}
}

// Each note, from a lockfile that earns it.
func TestNotes(t *testing.T) {
	v3 := func(entries string) string {
		return `{"lockfileVersion":3,"packages":{"":{"name":"app","dependencies":{"a":"^1.0.0"}},` + entries + `}}`
	}
	peerDep := func(more string) string {
		return `{"name":"app",` + more + `"dependencies":{"a":"^1.0.0"},"peerDependencies":{"b":"1"}}`
	}
	const extended = `{"name":"app","dependencies":{"a":"^1.0.0"},"packageExtensions":{"got@9":{"dependencies":{"is-odd":"3.0.1"}}}}`
	v4 := func(hash string) string {
		return `{"lockfileVersion":4,"packages":{"":{"name":"app","packageExtensionsHash":"` + hash +
			`","dependencies":{"a":"^1.0.0"}},"node_modules/a":{"version":"1.0.0"}}}`
	}
	r := npm.PublicRegistry
	for _, c := range []struct{ name, manifest, lock, want string }{
		{"clean", oneDep, v3(`"node_modules/a":{"version":"1.0.0","resolved":"` + r + `a/-/a-1.0.0.tgz"}`), ""},
		{"key says one, address another", oneDep, v3(`"node_modules/a":{"version":"1.0.0","resolved":"` + r + `evil/-/evil-1.0.0.tgz"}`),
			"name-mismatch package-lock.json:1 the entry is a but its address serves evil; lock-mismatch package.json:1 " +
				"a@^1.0.0 is not what package-lock.json holds: evil@1.0.0"},
		{"name says one, address another", oneDep, v3(`"node_modules/a":{"name":"b","version":"1.0.0","resolved":"` + r + `a/-/a-1.0.0.tgz"}`),
			"contradiction package-lock.json:1 the entry is b but its address serves a"},
		{"version says one, address another", oneDep, v3(`"node_modules/a":{"version":"1.0.1","resolved":"` + r + `a/-/a-1.0.0.tgz"}`),
			"version-mismatch package-lock.json:1 the entry is a@1.0.1 but its address serves version 1.0.0"},
		{"out of range", oneDep, v3(`"node_modules/a":{"version":"2.0.0"}`),
			"lock-mismatch package.json:1 a@^1.0.0 is not what package-lock.json holds: a@2.0.0"},
		{"not installed", oneDep, v3(`"node_modules/b":{"version":"2.0.0"}`),
			"extraneous package-lock.json:1 nothing needs b@2.0.0 at node_modules/b; lock-mismatch package.json:1 a@^1.0.0 is " +
				"not in package-lock.json"},
		{"range edited", `{"name":"app","dependencies":{"a":"^1.0.1"}}`, v3(`"node_modules/a":{"version":"1.2.0"}`),
			"lock-drift package.json:1 a is asked for as ^1.0.1, which package-lock.json was not made for; what it holds, " +
				"a@1.2.0, fits all the same"},
		{"range edited, and the copy does not fit", `{"name":"app","dependencies":{"a":"^1.3.0"}}`, v3(`"node_modules/a":{"version":"1.2.0"}`),
			"lock-mismatch package.json:1 a is asked for as ^1.3.0, which package-lock.json was not made for"},
		{"range edited to an address", `{"name":"app","dependencies":{"a":"github:o/a"}}`, v3(`"node_modules/a":{"version":"1.2.0"}`),
			"lock-mismatch package.json:1 a is asked for as github:o/a, which package-lock.json was not made for"},
		{"one added, one removed", `{"name":"app","dependencies":{"b":"1"}}`, v3(`"node_modules/a":{"version":"1.2.0"}`),
			"lock-mismatch package-lock.json:1 a is no longer a dependency in package.json; extraneous package-lock.json:1 " +
				"nothing needs a@1.2.0 at node_modules/a; lock-mismatch package.json:1 b is not among the dependencies that " +
				"package-lock.json was made for"},
		{"needs what is not there", oneDep, v3(`"node_modules/a":{"version":"1.0.0","dependencies":{"b":"1"}}`),
			"missing-dependency package-lock.json:1 a@1.0.0 needs b@1, which is not in the lockfile"},
		{"needs another version", oneDep,
			v3(`"node_modules/a":{"version":"1.0.0","dependencies":{"b":"1"}},"node_modules/b":{"version":"2.0.0"}`),
			"invalid-dependency package-lock.json:1 a@1.0.0 needs b@1, but the lockfile gives it b@2.0.0"},
		{"entry without a version", oneDep,
			v3(`"node_modules/a":{"version":"1.0.0","optionalDependencies":{"b":"1"}},"node_modules/b":{"optional":true}`),
			"missing-dependency package-lock.json:1 a@1.0.0 needs b@1, whose entry in the lockfile has no version"},
		{"optional and peers may not be missing", oneDep,
			v3(`"node_modules/a":{"version":"1.0.0","optionalDependencies":{"b":"1"},"peerDependencies":{"c":"1"}}`),
			"missing-dependency package-lock.json:1 a@1.0.0 needs b@1, which is not in the lockfile; missing-dependency " +
				"package-lock.json:1 a@1.0.0 needs c@1, which is not in the lockfile"},
		{"optional peers may be", oneDep,
			v3(`"node_modules/a":{"version":"1.0.0","peerDependencies":{"c":"1"},"peerDependenciesMeta":{"c":{"optional":true}}}`), ""},
		{"shrinkwrap inside", oneDep, v3(`"node_modules/a":{"version":"1.0.0","hasShrinkwrap":true}`),
			"nested-shrinkwrap package-lock.json:1 node_modules/a ships an npm-shrinkwrap.json, which decides what is installed below it"},
		{"case variant above", oneDep, `{"Packages":{},` + v3(`"node_modules/a":{"version":"1.0.0"}`)[1:],
			`case-variant package-lock.json:1 the key "Packages" resembles packages, which npm reads only as written`},
		{"case variant", oneDep, v3(`"node_modules/a":{"version":"1.0.0","Resolved":"https://evil.example/"}`),
			`case-variant package-lock.json:1 the key "Resolved" resembles resolved, which npm reads only as written`},
		{"a peer that version 1 lacks", peerDep(""),
			`{"lockfileVersion":1,"requires":true,"dependencies":{"a":{"version":"1.0.0"}}}`,
			"lock-mismatch package.json:1 b@1 is not in package-lock.json"},
		{"a peer that version 1 lacks, with the npm that made it", peerDep(`"packageManager":"npm@6.14.18",`),
			`{"lockfileVersion":1,"requires":true,"dependencies":{"a":{"version":"1.0.0"}}}`, ""},
		{"old", oneDep, `{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0"}}}`,
			"old-lockfile package-lock.json:1 the lockfile was made by npm 4 or older and holds no edges: run npm install to write it anew"},
		{"halves agree", oneDep, `{"lockfileVersion":2,"packages":{"":{"dependencies":{"a":"^1.0.0"}},` +
			`"node_modules/a":{"version":"1.0.0"}},"dependencies":{"a":{"version":"1.0.0"}}}`, ""},
		{"halves disagree", oneDep, `{"lockfileVersion":2,"packages":{"":{"dependencies":{"a":"^1.0.0"}},` +
			`"node_modules/a":{"version":"1.0.0"}},"dependencies":{"a":{"version":"1.0.1"},"b":{"version":"2.0.0"}}}`,
			"v2-mismatch package-lock.json:1 node_modules/a has another version in dependencies than in packages; v2-mismatch " +
				"package-lock.json:1 node_modules/b stands in dependencies but not in packages"},
		// The hash is what npm 12.2.2 wrote for these extensions.
		{"extensions", extended, v4(`sha512-i9F67t8DuufCs8SJ77QIjaHSZRZj1zQvFAWKb0CCfAwjfS79PNDElo3MbMtP85GNUcRc0BhNy5vVRRE9nrol/Q==`), ""},
		{"extensions edited", strings.Replace(extended, "3.0.1", "3.0.0", 1),
			v4(`sha512-i9F67t8DuufCs8SJ77QIjaHSZRZj1zQvFAWKb0CCfAwjfS79PNDElo3MbMtP85GNUcRc0BhNy5vVRRE9nrol/Q==`),
			"lock-mismatch package.json:1 the packageExtensions are others than those that package-lock.json was made for"},
		{"extensions added", extended, v4(""), "lock-mismatch package.json:1 the packageExtensions are others than those " +
			"that package-lock.json was made for"},
		{"extensions removed", oneDep, v4("sha512-x"), "lock-mismatch package-lock.json:1 it was made for packageExtensions " +
			"that package.json no longer has"},
		{"extensions that an older npm ignores", extended, strings.Replace(v4(""), ":4,", ":3,", 1), ""},
		{"a half lacks one", oneDep, `{"lockfileVersion":2,"packages":{"":{"dependencies":{"a":"^1.0.0"}},` +
			`"node_modules/a":{"version":"1.0.0"}},"dependencies":{}}`,
			"v2-mismatch package-lock.json:1 node_modules/a stands in packages but not in dependencies"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Parse([]byte(c.lock), "package-lock.json", manifestOf(t, c.manifest))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range g.Notes {
				got = append(got, fmt.Sprintf("%s %s:%d %s", n.Kind, n.File, n.Line, n.Text))
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

func TestSources(t *testing.T) {
	r := npm.PublicRegistry
	for entry, want := range map[string]npm.Source{
		`{"version":"1.0.0","resolved":"` + r + `a/-/a-1.0.0.tgz"}`: npm.SourceRegistry,
		`{"version":"1.0.0"}`:                 npm.SourceRegistry,
		`{"version":"1.0.0","inBundle":true}`: npm.SourceRegistry, // nobody bundles it
		`{"version":"1.0.0","inBundle":true,"resolved":"` + r + `a/-/a-1.0.0.tgz"}`: npm.SourceRegistry,
		`{}`: npm.SourceUnknown,
		`{"version":"1.0.0","resolved":"https://codeload.github.com/o/r/tar.gz/c0ffee"}`:              npm.SourceURL,
		`{"version":"1.0.0","resolved":"http://169.254.169.254/a.tgz"}`:                               npm.SourceURL,
		`{"version":"1.0.0","resolved":"git+ssh://git@github.com/o/r.git#c0ffee"}`:                    npm.SourceGit,
		`{"version":"1.0.0","resolved":"github:o/r#c0ffee"}`:                                          npm.SourceGit,
		`{"version":"1.0.0","resolved":"https://github.com/o/r.git#c0ffee"}`:                          npm.SourceGit,
		`{"version":"1.0.0","resolved":"file:a.tgz"}`:                                                 npm.SourceFile,
		`{"version":"1.0.0","resolved":"https:/evil.example/x"}`:                                      npm.SourceUnknown,
		`{"version":"1.0.0","resolved":"javascript:alert(1)"}`:                                        npm.SourceUnknown,
		`{"version":"1.0.0","resolved":"https://npm.pkg.github.com/download/@s/a/1.0.0/` + `c0ffee"}`: npm.SourceRegistry,
	} {
		lock := `{"lockfileVersion":3,"packages":{"node_modules/a":` + entry + `}}`
		g, err := Parse([]byte(lock), "package-lock.json", manifestOf(t, `{}`))
		if err != nil {
			t.Errorf("%s: %v", entry, err)
			continue
		}
		if got := g.Packages[1].Source; got != want {
			t.Errorf("%s: source %d, want %d", entry, got, want)
		}
	}
}

// dump writes a graph as text, for goldens and for comparing two.
func dump(g *npm.Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s root=%q\n", g.Manager, g.Lockfile, g.Version, g.Root.Location)
	for _, p := range g.Packages {
		fmt.Fprintf(&b, "%q %s", p.Location, p.ID())
		for _, s := range []struct {
			name string
			set  bool
		}{
			{"alias=" + p.Alias, p.Alias != ""}, {fmt.Sprintf("source=%d", p.Source), true}, {"scope=" + string(p.Scope), p.Scope != ""},
			{"dev", p.Dev}, {"optional", p.Optional}, {"devOptional", p.DevOptional}, {"peer", p.Peer}, {"extraneous", p.Extraneous},
			{"bundled", p.Bundled}, {"installs", p.HasInstallScript}, {"workspace", p.Workspace}, {"link", p.Link},
			{"license=" + p.License, p.License != ""}, {"integrity", p.Integrity != ""}, {"deprecated", p.Deprecated != ""},
			{fmt.Sprint("os=", p.OS), p.OS != nil}, {fmt.Sprint("cpu=", p.CPU), p.CPU != nil}, {"node=" + p.Engines, p.Engines != ""},
		} {
			if s.set {
				b.WriteString(" " + s.name)
			}
		}
		fmt.Fprintf(&b, " %d:%d\n", p.Line, p.Column)
		for _, e := range p.Deps {
			to := "nothing"
			if e.To != nil {
				to = fmt.Sprintf("%q", e.To.Location)
			}
			fmt.Fprintf(&b, "  %s %s@%s to %s valid=%v\n", e.Kind, e.Name, e.Range, to, e.Valid)
		}
	}
	for _, n := range g.Notes {
		fmt.Fprintf(&b, "note %s %s:%d:%d %s\n", n.Kind, n.File, n.Line, n.Column, n.Text)
	}
	return b.String()
}

// FuzzParse: no panic; the same input makes the same graph; the graph holds
// together: root and targets are in it, edges end at none of the links.
func FuzzParse(f *testing.F) {
	f.Add([]byte(oneLock), []byte(oneDep), "")
	f.Add([]byte(`{"lockfileVersion":1,"requires":true,"dependencies":{"a":{"version":"npm:b@1.0.0","requires":{"c":"1"},`+
		`"dependencies":{"c":{"version":"file:../c"}}}}}`), []byte(oneDep), "")
	f.Add([]byte(`{"lockfileVersion":2,"packages":{"":{"workspaces":["p/*"]},"p/m":{"name":"m"},`+
		`"node_modules/m":{"link":true,"resolved":"p/m"}},"dependencies":{"m":{"version":"file:p/m"}}}`),
		[]byte(`{"workspaces":["p/*","!p/{a,b}","**"]}`), "p/m")
	f.Fuzz(func(t *testing.T, lock, manifest []byte, member string) {
		checkGraph(t, "package-lock.json", lock, manifest, member)
	})
}

// checkGraph reads a lockfile twice and holds the graph against what is true of
// every graph.
func checkGraph(t *testing.T, file string, lock, manifest []byte, member string) {
	t.Helper()
	m, err := npm.ParseManifest(manifest, "package.json")
	if err != nil {
		m = nil
	}
	in := Input{Data: lock, File: file, Manifest: m, Member: member, Owner: m}
	g, err := ParseInput(in)
	if err != nil {
		return
	}
	again, err := ParseInput(in)
	if err != nil || dump(g) != dump(again) {
		t.Fatalf("another graph the second time (%v)", err)
	}
	if !slices.Contains(g.Packages, g.Root) {
		t.Fatal("the root is not among the packages")
	}
	for i, p := range g.Packages {
		if i > 0 && g.Packages[i-1].Location >= p.Location {
			t.Fatal("packages are not in order")
		}
		if p.Link != (p.Target != nil) || p.Link && p.Target.Link {
			t.Fatalf("link %q", p.Location)
		}
		for _, e := range p.Deps {
			if e.To != nil && (e.To.Link || !slices.Contains(g.Packages, e.To)) {
				t.Fatalf("edge %s of %q ends nowhere", e.Name, p.Location)
			}
		}
		g.Paths(p)
	}
}

// Every JSON file made to break readers is refused or read, never a panic, and
// none reads as a lockfile.
func TestHostileJSON(t *testing.T) {
	files, err := filepath.Glob(data(t, "hostile", "json", "JSONTestSuite", "*.json"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text, "package-lock.json", manifestOf(t, oneDep)); err == nil {
			t.Errorf("%s reads as a lockfile", filepath.Base(f))
		}
		wrapped := `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":` + string(text) + `}}}`
		if json.Valid(text) {
			_, _ = Parse([]byte(wrapped), "package-lock.json", manifestOf(t, oneDep))
		}
	}
}
