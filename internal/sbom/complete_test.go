package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// complete is example with all that a bill of materials can hold.
func complete() Input {
	in := example()
	root := in.Graph.Root
	in.Manifest.Author = npm.Person{Name: "Ann Author", URL: "https://ann.example/"}
	peer := &npm.Package{Name: "react", Version: "19.0.0", Location: "node_modules/react", Scope: npm.Peer,
		Source: npm.SourceRegistry, License: "MIT", Author: "Meta"}
	both := &npm.Package{Name: "both", Version: "1.0.0", Location: "yarn:both@npm:1.0.0", Scope: npm.Prod,
		Source: npm.SourceRegistry, Patch: ".yarn/patches/both one.patch", License: " "}
	root.Deps = append(root.Deps,
		npm.Edge{Name: "react", Range: "^18 || ^19", Kind: npm.EdgePeer, To: peer, Valid: true},
		npm.Edge{Name: "both", Range: "^1.0.0", Kind: npm.EdgePeer, To: both, Valid: true},
		npm.Edge{Name: "vue", Range: "^2.7.0 || ^3.0.0", Kind: npm.EdgePeerOptional},
		npm.Edge{Name: "alias", Range: "npm:@s/peer@>=1", Kind: npm.EdgePeer},
		npm.Edge{Name: "tag", Range: "latest", Kind: npm.EdgePeer},
		npm.Edge{Name: "git", Range: "github:o/r", Kind: npm.EdgePeer},
		npm.Edge{Name: "impossible", Range: ">2 <1", Kind: npm.EdgePeer})
	bundled := &npm.Package{Name: "pn", Version: "1.0.0", Location: "pn@1.0.0", Scope: npm.Prod, Bundled: true}
	root.Deps = append(root.Deps, npm.Edge{Name: "pn", To: bundled})
	in.Graph.Packages = append(in.Graph.Packages, peer, both, bundled)
	in.Bundled = []Bundled{
		{"node_modules/z", "z", "1.0.0", "MIT"},
		{"node_modules/evil/node_modules/in", "in", "0.1.0", ""},  // the graph has it as bundled
		{"node_modules/in", "in", "0.1.0", ""},                    // not there, though
		{"node_modules/pn", "pn", "1.0.0", ""},                    // by a locator
		{"node_modules/a", "a", "1.0.0", ""},                      // it has this too, but not as bundled
		{"dist/node_modules/odd\u202e", "odd\u202e", "", "a  OR"}, // foreign text
		{"node_modules/z", "z", "2.0.0", ""},                      // a path that stands twice
		{"node_modules/none", "", "", ""},
	}
	in.Files = []File{{"lib/index.js", strings.Repeat("1", 64)}, {"a \"b\".js", strings.Repeat("2", 64)},
		{"lib/index.js", strings.Repeat("3", 64)}}
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for i, why := range []string{"", "component_not_present", "vulnerable_code_not_present",
		"vulnerable_code_not_in_execute_path", "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist"} {
		in.Vulnerabilities = append(in.Vulnerabilities, Vulnerability{
			IDs: []Advisory{{fmt.Sprintf("GHSA-%d", i), "GitHub Advisory Database", "https://github.com/advisories/GHSA"},
				{fmt.Sprintf("CVE-%d", i), "NVD", ""}, {"odd\u202e", "", ""}}[:1+i%3],
			Severity: finding.Severity(i), Published: []string{"2026-01-02T03:04:05+01:00", "yesterday"}[i%2], Name: "react", Version: "19.0.0",
			Status: []string{"not_affected", "affected", "fixed"}[i%3], Justification: why,
			Reason: []string{"never called \u202e", ""}[i%2], Owner: "@lead", Issued: day, Expires: day.AddDate(0, 1, 0),
		})
	}
	in.Vulnerabilities = append(in.Vulnerabilities, Vulnerability{IDs: []Advisory{{ID: "GHSA-x"}}, Name: "nobody", Version: "1.0.0"})
	return in
}

func TestCompleteIsValid(t *testing.T) {
	for _, v := range Versions {
		in := complete()
		in.Version = v
		if err := schema(t, v).Validate(parse(t, write(t, in))); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func TestCompleteAsLibrary(t *testing.T) { sameAsLibrary(t, "complete", complete()) }

// An assembled document is what the tests read of what complete adds.
type assembled struct {
	Metadata   struct{ Component piece }
	Components []piece
}

type piece struct {
	Ref                               string `json:"bom-ref"`
	Type, Name, Version, Purl, Author string
	Supplier                          struct {
		Name string
		URL  []string
	}
	Authors      []struct{ Name string }
	Hashes       []struct{ Alg, Content string }
	Properties   []property
	Components   []piece
	IsExternal   bool
	VersionRange string
	Pedigree     struct {
		Patches []struct {
			Type string
			Diff struct{ URL string }
		}
	}
}

func assemble(t *testing.T, in Input) assembled {
	var d assembled
	if err := json.Unmarshal(write(t, in), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAssembly(t *testing.T) {
	got := ""
	for _, c := range assemble(t, complete()).Metadata.Component.Components {
		got += fmt.Sprintf("%q %s %q %s %v %v\n", c.Ref, c.Type, c.Name, c.Version, c.Properties, c.Hashes)
	}
	const root = "pkg:npm/%40acme/app@1.0.0#"
	want := fmt.Sprintf("%q library %q  [{cdx:npm:package:bundled true} {cdx:npm:package:path "+
		"dist/node_modules/odd\u202e}] []\n", root+"dist/node_modules/odd\u202e", "odd\u202e") +
		`"` + root + `node_modules/a" library "a" 1.0.0 [{cdx:npm:package:bundled true} {cdx:npm:package:path ` +
		`node_modules/a} {publishgate:license unknown}] []` + "\n" +
		`"` + root + `node_modules/in" library "in" 0.1.0 [{cdx:npm:package:bundled true} {cdx:npm:package:path ` +
		`node_modules/in} {publishgate:license unknown}] []` + "\n" +
		`"` + root + `node_modules/none" library "unnamed"  [{cdx:npm:package:bundled true} {cdx:npm:package:path ` +
		`node_modules/none} {publishgate:license unknown}] []` + "\n" +
		`"` + root + `node_modules/z" library "z" 1.0.0 [{cdx:npm:package:bundled true} {cdx:npm:package:path node_modules/z}] []` + "\n" +
		`"` + root + `a \"b\".js" file "a \"b\".js"  [] [{SHA-256 2222222222222222222222222222222222222222222222222222222222222222}]` + "\n" +
		`"` + root + `lib/index.js" file "lib/index.js"  [] [{SHA-256 1111111111111111111111111111111111111111111111111111111111111111}]` + "\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPeople(t *testing.T) {
	for _, v := range []string{"1.4", "1.6"} {
		in := complete()
		in.Version = v
		d := assemble(t, in)
		c := d.Metadata.Component
		if c.Supplier.Name != "Ann Author" || !slices.Equal(c.Supplier.URL, []string{"https://ann.example/"}) {
			t.Errorf("%s: supplier %v", v, c.Supplier)
		}
		if old := c.Author == "Ann Author" && c.Authors == nil; old != (v == "1.4") || v == "1.6" && c.Authors[0].Name != "Ann Author" {
			t.Errorf("%s: author %q, authors %v", v, c.Author, c.Authors)
		}
		if i := slices.IndexFunc(d.Components, func(c piece) bool { return c.Name == "react" }); d.Components[i].Supplier.Name != "Meta" {
			t.Errorf("%s: the supplier of react is %v", v, d.Components[i].Supplier)
		}
	}
}

func TestPeers(t *testing.T) {
	for _, v := range Versions {
		in := complete()
		in.Version = v
		got := ""
		for _, c := range assemble(t, in).Components {
			if c.IsExternal || c.VersionRange != "" {
				got += fmt.Sprintln(c.Ref, c.Version, c.VersionRange, c.IsExternal)
			}
		}
		want := ""
		if v == "1.7" {
			want = "pkg:npm/%40s/peer  vers:npm/>=1.0.0-0 true\n" +
				"pkg:npm/react@19.0.0 19.0.0  true\n" +
				"pkg:npm/vue  vers:npm/>=2.7.0|<3.0.0-0|>=3.0.0|<4.0.0-0 true\n"
		}
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", v, got, want)
		}
		d := read(t, write(t, in))
		i := slices.IndexFunc(d.Dependencies, func(x struct {
			Ref       string
			DependsOn []string
		}) bool {
			return x.Ref == d.Metadata.Component.Ref
		})
		if slices.Contains(d.Dependencies[i].DependsOn, "pkg:npm/vue") != (v == "1.7") {
			t.Errorf("%s: the package depends on %v", v, d.Dependencies[i].DependsOn)
		}
	}
}

func TestVers(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"*", "vers:npm/*"},
		{"1.2.3", "vers:npm/1.2.3"},
		{"^1.2.3", "vers:npm/>=1.2.3|<2.0.0-0"},
		{"<=1.2.3", "vers:npm/<=1.2.3"},
		{">1.2.3 <2.0.0", "vers:npm/>1.2.3|<2.0.0"},
		{"<1.0.0 || >1.0.0", "vers:npm/!=1.0.0"},
		{">=1.0.0 <2.0.0 || >=1.5.0 <3.0.0", "vers:npm/>=1.0.0|<3.0.0"},
		{">=1.0.0 <2.0.0 || >=2.0.0 <3.0.0", "vers:npm/>=1.0.0|<3.0.0"},
		{">=3.0.0 || 1.0.0", "vers:npm/1.0.0|>=3.0.0"},
		{"1.0.0 || >1.0.0", "vers:npm/>=1.0.0"},
		{">=1.0.0 || 2.0.0", "vers:npm/>=1.0.0"},
		{"<1.0.0 || >=1.0.0", "vers:npm/*"},
		{">2.0.0 <1.0.0", ""},
	} {
		r, err := npm.ParseRange(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := vers(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestUnknownLicenceAndLocatorAndPatch(t *testing.T) {
	for _, c := range assemble(t, complete()).Components {
		if c.Name != "both" {
			continue
		}
		want := []property{{"publishgate:locator", "yarn:both@npm:1.0.0"}, {"publishgate:license", "unknown"}}
		if !slices.Equal(c.Properties, want) {
			t.Errorf("properties %v, want %v", c.Properties, want)
		}
		if p := c.Pedigree.Patches; len(p) != 1 || p[0].Type != "unofficial" || p[0].Diff.URL != ".yarn/patches/both%20one.patch" {
			t.Errorf("patches %v", p)
		}
		return
	}
	t.Error("both is not there")
}

// The minimum elements of NTIA (2021): supplier, name, version, another unique
// identifier, dependency relationship, author of the data, timestamp.
func TestMinimumElements(t *testing.T) {
	for _, v := range Versions {
		in := complete()
		in.Version = v
		var d struct {
			Metadata struct {
				Timestamp string
				Tools     json.RawMessage
				Component piece
			}
			Components   []piece
			Dependencies []struct{ Ref string }
		}
		if err := json.Unmarshal(write(t, in), &d); err != nil {
			t.Fatal(err)
		}
		if d.Metadata.Timestamp == "" || !bytes.Contains(d.Metadata.Tools, []byte("publishgate")) {
			t.Errorf("%s: timestamp %q, tools %s", v, d.Metadata.Timestamp, d.Metadata.Tools)
		}
		if d.Metadata.Component.Supplier.Name == "" {
			t.Errorf("%s: the supplier is known and not there", v)
		}
		refs := map[string]bool{}
		for _, x := range d.Dependencies {
			refs[x.Ref] = true
		}
		for _, c := range append(d.Components, d.Metadata.Component) {
			local := c.Name == "member" || c.Name == "gone" // the lockfile holds no version of a folder
			if c.Name == "" || c.Version == "" && c.VersionRange == "" && !local || c.Purl == "" || !refs[c.Ref] {
				t.Errorf("%s: %+v lacks an element", v, c)
			}
		}
		in.Timestamp = time.Time{}
		if bytes.Contains(write(t, in), []byte(`"timestamp"`)) {
			t.Errorf("%s: a timestamp of nobody's", v)
		}
	}
}

// The bytes do not hang on the number of processors, the time zone or how the
// packages came.
func TestSameBytesAnywhere(t *testing.T) {
	inputs := map[string]Input{"complete": complete(), "big": big(3000)}
	if dir := os.Getenv("PUBLISHGATE_DATA"); dir != "" {
		in, err := graph(filepath.Join(dir, "projects/lerna-v3/package-lock.json"))
		if err != nil {
			t.Fatal(err)
		}
		inputs["lerna"] = in
	}
	procs, zone := runtime.GOMAXPROCS(0), time.Local
	defer func() { runtime.GOMAXPROCS(procs); time.Local = zone }()
	for name, in := range inputs {
		want := write(t, in)
		for _, n := range []int{1, 2, 3, 8} {
			runtime.GOMAXPROCS(n)
			time.Local = time.FixedZone("there", n*3600)
			for range 3 {
				if !bytes.Equal(write(t, in), want) {
					t.Errorf("%s: %d processors write other bytes", name, n)
				}
			}
		}
		in.Bundled, in.Files = slices.Clone(in.Bundled), slices.Clone(in.Files)
		if slices.Reverse(in.Files); len(in.Files) > 0 {
			in.Files = in.Files[1:] // the path that stands twice: the first counts
			slices.Reverse(in.Files)
			in.Files[0], in.Files[1] = in.Files[1], in.Files[0]
		}
		if !bytes.Equal(write(t, in), want) {
			t.Errorf("%s: the order of files matters", name)
		}
	}
}

// Refs are unique whatever the graph holds.
func TestRefsAreUnique(t *testing.T) {
	root := &npm.Package{Name: "root", Version: "1.0.0"}
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root}}
	for _, at := range []string{"x", "x", "x|2", "x", "", ""} {
		p := &npm.Package{Name: "a", Version: "1.0.0", Location: at, Scope: npm.Prod}
		g.Packages = append(g.Packages, p)
		root.Deps = append(root.Deps, npm.Edge{Name: "a", To: p})
	}
	nameless := &npm.Package{Location: "y"}
	root.Deps = append(root.Deps, npm.Edge{To: nameless}, npm.Edge{To: &npm.Package{Name: "root", Version: "1.0.0", Location: "z"}})
	resolves(t, "copies", read(t, write(t, Input{Graph: g})))
	if n := len(read(t, write(t, Input{Graph: g})).Components); n != 8 {
		t.Errorf("%d components", n)
	}
}

// To a file goes what goes to a writer, and a file that cannot be written says so.
func TestWriteFile(t *testing.T) {
	for name, in := range map[string]Input{"complete": complete(), "big": big(9000), "bare": {Graph: &npm.Graph{Root: &npm.Package{}}}} {
		path := filepath.Join(t.TempDir(), "x.json")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(f, in); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(f, in); err == nil {
			t.Errorf("%s: a closed file is written", name)
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, write(t, in)) {
			t.Errorf("%s: the file holds something else (%v)", name, err)
		}
	}
}
