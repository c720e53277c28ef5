package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/npm"
)

const sha512 = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
const sha1sri = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="

// example has what lockfiles have: two copies of one version with different
// edges, a ring, an alias, a link, git, optional, bundled and unreachable
// entries, and hostile names.
func example() Input {
	pkg := func(loc, name, version string, scope npm.Scope) *npm.Package {
		return &npm.Package{Name: name, Version: version, Location: loc, Scope: scope, Source: npm.SourceRegistry,
			Resolved: "https://registry.example/" + name + "/-/x-" + version + ".tgz", Integrity: sha512, License: "MIT"}
	}
	edge := func(name string, to *npm.Package) npm.Edge {
		return npm.Edge{Name: name, Range: "*", To: to, Valid: true}
	}
	root := &npm.Package{Name: "@acme/app", Version: "1.0.0", Scope: npm.Prod, Source: npm.SourceLocal}
	a, b := pkg("node_modules/a", "a", "1.0.0", npm.Prod), pkg("node_modules/b", "b", "2.0.0", npm.Prod)
	c1, c2 := pkg("node_modules/c", "c", "1.0.0", npm.Prod), pkg("node_modules/a/node_modules/c", "c", "1.0.0", npm.Optional)
	alias := pkg("node_modules/q", "@s/real", "3.0.0", npm.Dev)
	alias.Alias, alias.License = "q", "(MIT OR Apache-2.0)"
	git := pkg("node_modules/g", "g", "1.0.0", npm.Peer)
	git.Source, git.Resolved, git.Integrity, git.License = npm.SourceGit, "git+ssh://git@github.com/o/g.git#0123", "", "SEE LICENSE IN x"
	member := &npm.Package{Name: "member", Version: "", Location: "packages/member", Scope: npm.Prod,
		Source: npm.SourceLocal, Workspace: true, License: "LicenseRef-x"}
	link := &npm.Package{Name: "member", Location: "node_modules/member", Link: true, Target: member}
	evil := pkg("node_modules/evil", "e\u202evil\"\n</script>", "1.0.0\x00", npm.Prod)
	evil.Resolved, evil.License, evil.Integrity = "https://user:pass"+"word@h.example/ü {x}%zz\n\\", "nul\x00\xff",
		"sha512-short sha999-x "+sha1sri+" "+sha1sri+"?opt"
	bundled := pkg("node_modules/evil/node_modules/in", "in", "0.1.0", npm.Prod)
	bundled.Source, bundled.Bundled, bundled.Resolved, bundled.Integrity = npm.SourceBundled, true, "", ""
	lost := pkg("node_modules/lost", "lost", "1.0.0", "")
	lost.Extraneous = true
	odd := pkg("node_modules/odd", "odd", "1.0.0", npm.Prod)
	odd.Resolved = "https://[::1"
	gone := &npm.Package{Name: "gone", Location: "node_modules/gone", Link: true, Scope: npm.Prod,
		Source: npm.SourceLocal, Resolved: "../gone"}

	root.Deps = []npm.Edge{edge("a", a), edge("b", b), edge("c", c1), edge("q", alias), edge("g", git),
		edge("member", link), edge("evil", evil), edge("missing", nil), edge("odd", odd), edge("gone", gone)}
	a.Deps = []npm.Edge{edge("c", c2), edge("b", b)}
	b.Deps = []npm.Edge{edge("a", a), edge("b", b), edge("again", a)}
	c2.Deps = []npm.Edge{edge("q", alias)}
	evil.Deps = []npm.Edge{edge("in", bundled)}
	g := &npm.Graph{Manager: "npm", Lockfile: "package-lock.json", Root: root,
		Packages: []*npm.Package{root, a, c2, b, c1, evil, bundled, git, lost, link, alias, member, odd, gone}}
	return Input{
		Graph: g,
		Manifest: &npm.Manifest{Name: root.Name, Version: root.Version, License: "Apache-2.0",
			Repository: "git@github.com:acme/app.git", Private: true},
		SHA1: strings.Repeat("a", 40), SHA256: strings.Repeat("b", 64), SHA512: strings.Repeat("c", 128),
		Timestamp:   time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("x", 3600)),
		ToolVersion: "0.0.1",
		License:     license.Expression,
	}
}

// A document is what the tests read of a bill of materials.
type document struct {
	SerialNumber string
	Metadata     struct {
		Timestamp  string
		Component  comp
		Properties []property
	}
	Components   []comp
	Dependencies []struct {
		Ref       string
		DependsOn []string
	}
}

type property struct{ Name, Value string }

type comp struct {
	Ref                string `json:"bom-ref"`
	Group, Name, Scope string
	Purl, Version      string
	Hashes             []struct{ Alg, Content string }
	Licenses           []struct {
		License    struct{ ID, Name string }
		Expression string
	}
	ExternalReferences []struct{ Type, URL string }
	Properties         []property
}

func write(t testing.TB, in Input) []byte {
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, b []byte) document {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExample(t *testing.T) {
	doc := write(t, example())
	d := read(t, doc)
	deps := ""
	for _, x := range d.Dependencies {
		deps += x.Ref + " > " + strings.Join(x.DependsOn, ", ") + "\n"
	}
	const evil = "pkg:npm/e%E2%80%AEvil%22%0A%3C/script%3E@1.0.0%00"
	const git = "pkg:npm/g@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40github.com%2Fo%2Fg.git%230123"
	want := "pkg:npm/%40acme/app@1.0.0 > pkg:npm/%40s/real@3.0.0, pkg:npm/a@1.0.0, pkg:npm/b@2.0.0, " +
		"pkg:npm/c@1.0.0|node_modules/c, " + evil + ", " + git + ", pkg:npm/gone, pkg:npm/member, pkg:npm/odd@1.0.0\n" +
		"pkg:npm/%40s/real@3.0.0 > \n" +
		"pkg:npm/a@1.0.0 > pkg:npm/b@2.0.0, pkg:npm/c@1.0.0|node_modules/a/node_modules/c\n" +
		"pkg:npm/b@2.0.0 > pkg:npm/a@1.0.0\n" +
		"pkg:npm/c@1.0.0|node_modules/a/node_modules/c > pkg:npm/%40s/real@3.0.0\n" +
		"pkg:npm/c@1.0.0|node_modules/c > \n" +
		evil + " > pkg:npm/in@0.1.0\n" +
		git + " > \npkg:npm/gone > \npkg:npm/in@0.1.0 > \npkg:npm/member > \npkg:npm/odd@1.0.0 > \n"
	if deps != want {
		t.Errorf("dependencies:\n%q\nwant\n%q", deps, want)
	}
	got := ""
	for _, c := range append([]comp{d.Metadata.Component}, d.Components...) {
		got += fmt.Sprintf("%s %s/%s %s", c.Ref, c.Group, c.Name, c.Scope)
		for _, h := range c.Hashes {
			got += " " + h.Alg + "=" + h.Content[:4]
		}
		for _, l := range c.Licenses {
			got += fmt.Sprintf(" id:%s name:%s expr:%s", l.License.ID, l.License.Name, l.Expression)
		}
		for _, r := range c.ExternalReferences {
			got += " " + r.Type + ":" + r.URL
		}
		for _, p := range c.Properties {
			got += " " + strings.TrimPrefix(p.Name, "cdx:npm:package:") + "=" + p.Value
		}
		got += "\n"
	}
	for _, line := range []string{
		"pkg:npm/%40acme/app@1.0.0 @acme/app  SHA-1=aaaa SHA-256=bbbb SHA-512=cccc id:Apache-2.0 name: expr: " +
			"vcs:git+ssh://git@github.com/acme/app.git private=true\n",
		"pkg:npm/%40s/real@3.0.0 @s/real excluded SHA-512=cf83 id: name: expr:MIT OR Apache-2.0 " +
			"distribution:https://registry.example/@s/real/-/x-3.0.0.tgz development=true path=node_modules/q\n",
		"pkg:npm/c@1.0.0|node_modules/a/node_modules/c /c optional SHA-512=cf83 id:MIT name: expr: ",
		git + " /g required id: name:SEE LICENSE IN x expr: vcs:git+ssh://git@github.com/o/g.git#0123 path=node_modules/g\n",
		" required SHA-1=da39 id: name:nul\x00\ufffd expr: distribution:https://h.example/%C3%BC%20%7Bx%7D%25zz%0A%5C path=node_modules/evil\n",
		"pkg:npm/in@0.1.0 /in required id:MIT name: expr: bundled=true path=node_modules/evil/node_modules/in\n",
		"pkg:npm/member /member required id: name: expr:LicenseRef-x path=packages/member\n",
		"pkg:npm/gone /gone required path=node_modules/gone publishgate:license=unknown\n",
		"path=node_modules/odd publishgate:resolved=https://[::1\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("missing %q in\n%s", line, got)
		}
	}
	if strings.Contains(got, "lost") || bytes.Contains(doc, []byte("pass"+"word")) || strings.Contains(got, "pass"+"word") {
		t.Errorf("an unreachable component or a password in\n%s", got)
	}
	if bytes.Contains(doc, []byte("\u202e")) || !bytes.Contains(doc, []byte(`e\u202evil`)) {
		t.Error("hidden characters stand in the document as they are")
	}
	if d.Metadata.Timestamp != "2026-01-02T02:04:05Z" {
		t.Errorf("timestamp %q", d.Metadata.Timestamp)
	}
	if !slices.Contains(d.Metadata.Properties, property{"cdx:reproducible", "true"}) ||
		!slices.Contains(d.Metadata.Properties, property{"publishgate:unreachable", "1"}) {
		t.Errorf("properties %v", d.Metadata.Properties)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first, second := write(t, example()), write(t, example())
	if !bytes.Equal(first, second) {
		t.Error("two runs differ")
	}
	if !bytes.HasSuffix(first, []byte("}\n")) {
		t.Error("no newline at the end")
	}
	other := example()
	other.Graph.Packages[1].License = "GPL-2.0-only"
	a, b := read(t, first).SerialNumber, read(t, write(t, other)).SerialNumber
	if a == b || a == unsealed || len(a) != len(unsealed) || a[len("urn:uuid:")+14] != '5' {
		t.Errorf("serial numbers %s and %s", a, b)
	}
}

func TestErrors(t *testing.T) {
	in := example()
	in.Version = "1.3"
	if err := Write(&bytes.Buffer{}, in); err == nil || !strings.Contains(err.Error(), "1.4, 1.5, 1.6, 1.7") {
		t.Errorf("version 1.3: %v", err)
	}
	for _, g := range []*npm.Graph{nil, {}} {
		if err := Write(&bytes.Buffer{}, Input{Graph: g}); err == nil {
			t.Errorf("graph %v is written", g)
		}
	}
	if err := Write(failing{}, example()); err == nil {
		t.Error("a failing writer is not reported")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

func TestValid(t *testing.T) {
	bare := Input{Graph: &npm.Graph{Root: &npm.Package{}}}
	for _, v := range Versions {
		s := schema(t, v)
		for name, in := range map[string]Input{"example": example(), "bare": bare} {
			in.Version = v
			if err := s.Validate(parse(t, write(t, in))); err != nil {
				t.Errorf("%s as %s: %v", name, v, err)
			}
		}
	}
}

func TestIRI(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://registry.example/a/-/a-1.tgz", "https://registry.example/a/-/a-1.tgz"},
		{"git@github.com:o/r.git", "git+ssh://git@github.com/o/r.git"},
		{"git+ssh://git@github.com/o/r.git#main", "git+ssh://git@github.com/o/r.git#main"},
		{"git+ssh://git:tok" + "en@h/o/r", "git+ssh://git@h/o/r"},
		{"https://tok" + "en@h/a.tgz", "https://h/a.tgz"},
		{"git+https://u:p@h/a", "git+https://h/a"},
		{"file:../a b", "file:../a%20b"},
		{"http://h/%20%zz", "http://h/%20%25zz"},
		{"http://[::1", ""},
		{"", ""},
	} {
		got, ok := iri(c.in)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("iri(%q) = %q, %v, want %q", c.in, got, ok, c.want)
		}
	}
}

func TestRepository(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"o/r", "git+https://github.com/o/r.git"},
		{"github:o/r", "git+https://github.com/o/r.git"},
		{"gitlab:o/r.git", "git+https://gitlab.com/o/r.git"},
		{"gist:0123", "git+https://gist.github.com/0123.git"},
		{"git@github.com:o/r.git", "git+ssh://git@github.com/o/r.git"},
		{"git://github.com/o/r", "git://github.com/o/r"},
		{"https://github.com/o/r", "https://github.com/o/r"},
		{"./x", "./x"},
		{" ", ""},
	} {
		if got, _ := repository(c.in); got != c.want {
			t.Errorf("repository(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPackageURLHoldsNoSecret(t *testing.T) {
	for _, resolved := range []string{"git+https://u:hun" + "ter@h.example/g.git#1",
		"https://hun" + "ter@h.example/g.tgz", "git+ssh://git:hun" + "ter@h.example/g.git"} {
		for _, source := range []npm.Source{npm.SourceGit, npm.SourceURL, npm.SourceRegistry} {
			p := &npm.Package{Name: "g", Version: "1.0.0", Source: source, Resolved: resolved}
			if got := npm.PURL(p); strings.Contains(got, "hun"+"ter") {
				t.Errorf("%s in %s", resolved, got)
			}
		}
	}
}

func FuzzIRI(f *testing.F) {
	for _, s := range []string{"git@h:o/r", "https://u:p@h/", "a:b@c", "%", "//", "@:", "x@y:z@w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := iri(s)
		if !ok {
			return
		}
		if again, ok := iri(got); !ok || again != got {
			t.Errorf("iri(%q) = %q, and again %q, %v", s, got, again, ok)
		}
	})
}

// big is a graph of n packages, each with three dependencies.
func big(n int) Input {
	root := &npm.Package{Name: "root", Version: "1.0.0", Scope: npm.Prod}
	all := []*npm.Package{root}
	for i := range n {
		p := &npm.Package{Name: fmt.Sprintf("@scope/package-%d", i), Version: "1.2.3",
			Location: fmt.Sprintf("node_modules/@scope/package-%d", i), Scope: npm.Prod,
			Source: npm.SourceRegistry, Resolved: npm.PublicRegistry + fmt.Sprintf("@scope/package-%d/-/package-%d-1.2.3.tgz",
				i, i), Integrity: sha512, License: "MIT"}
		for j := 1; j <= 3; j++ {
			from := all[(i*j)%len(all)]
			from.Deps = append(from.Deps, npm.Edge{Name: p.Name, To: p})
		}
		all = append(all, p)
	}
	return Input{Graph: &npm.Graph{Root: root, Packages: all}, License: license.Expression}
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{51, 2530, 40000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := big(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := Write(discard{}, in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/package")
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
