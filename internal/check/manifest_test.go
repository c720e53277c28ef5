package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestManifestName(t *testing.T) {
	name := func(n string) func(*Subject) { return func(s *Subject) { s.Manifest.Name = n } }
	version := func(v string) func(*Subject) { return func(s *Subject) { s.Manifest.Version = v } }
	badName, badVersion := []string{"manifest-name package.json always"}, []string{"manifest-version package.json always"}
	var rows []row
	for _, n := range []string{"UPPER", " sp", ".x", "a%2fb", "__proto__", strings.Repeat("a", 215), "\u0430pp", "",
		"a b", "@s", "@s/", "@/a", "a/b", "node_modules", "a\nb"} {
		rows = append(rows, row{"name " + n, name(n), badName})
	}
	for _, n := range []string{"a", "@s/a", "a.b-c_d", strings.Repeat("a", 214)} {
		rows = append(rows, row{"name " + n, name(n), nil})
	}
	for _, v := range []string{"01.2.7", "=1.2.5", "v1.2.3", "1.2.6+build.1", " 1.2.3", "1.2", "", "latest", "1.2.3-01",
		"9007199254740992.0.0"} {
		rows = append(rows, row{"version " + v, version(v), badVersion})
	}
	for _, v := range []string{"1.2.3", "0.0.0", "1.0.0-rc.1"} {
		rows = append(rows, row{"version " + v, version(v), nil})
	}
	rows = append(rows,
		row{"private without name and version", func(s *Subject) { s.Manifest.Name, s.Manifest.Version, s.Manifest.Private = "", "", true }, nil},
		row{"private with a bad name", func(s *Subject) { s.Manifest.Name, s.Manifest.Private = "A", true }, badName},
	)
	table(t, manifestName, rows)
}

func TestCaseVariants(t *testing.T) {
	key := npm.Key{Name: "Scripts", Like: "scripts", Line: 3, Column: 2}
	table(t, manifestKeys, []row{
		{"in the folder", func(s *Subject) { s.Manifest.CaseVariants = []npm.Key{key} }, []string{"manifest-case-variant package.json always"}},
		{"in the tarball", func(s *Subject) { s.Tarball.Manifest.CaseVariants = []npm.Key{key} },
			[]string{"manifest-case-variant package/package.json always"}},
		{"no manifest in the tarball", func(s *Subject) { s.Tarball.Manifest = nil }, nil},
	})
}

func TestPublishAccess(t *testing.T) {
	config := func(key, value, want string) func(*Subject) {
		return func(s *Subject) {
			s.Manifest.Name, s.Manifest.PublishConfig = "@acme/app", map[string]string{key: value}
			s.Tarball.Manifest.PublishConfig = s.Manifest.PublishConfig
			s.Policy.Publish.Access = want
			s.Sent.Registries = []string{"https://Registry.example/npm/"}
		}
	}
	yarn := func(folder, packed, manager string) func(*Subject) {
		return func(s *Subject) {
			for at, text := range map[**npm.Manifest]string{&s.Manifest: folder, &s.Tarball.Manifest: packed} {
				m, err := npm.ParseManifest([]byte(text), "package.json")
				if err != nil {
					t.Fatal(err)
				}
				*at = m
			}
			s.Graph.Manager = manager
		}
	}
	blocked := []string{"publish-access package.json always"}
	table(t, publishAccess, []row{
		{"public against the policy", config("access", "public", "restricted"), blocked},
		{"anything against the policy", config("access", "Restricted", "restricted"), blocked},
		{"as the policy wants", config("access", "restricted", "restricted"), nil},
		{"as the policy wants, in npm's other word", config("access", "private", "restricted"), nil},
		{"more careful than the policy", config("access", "restricted", "public"), nil},
		{"no policy", config("access", "public", ""), nil},
		{"a proxy", config("https-proxy", "http://evil.dev", ""), blocked},
		{"a token", config("//evil.dev/:_authToken", "x", ""), blocked},
		{"provenance", config("provenance", "true", ""), nil},
		{"what npmignore reads", config("ignore", "[]", ""), nil},
		{"what pnpm reads", config("directory", "dist", ""), nil},
		{"a program to start", config("browser", "evil", ""), blocked},
		{"what an install of npm's reads", config("os", `["linux"]`, ""), nil},
		{"copied to the top by yarn", yarn(`{"publishConfig":{"browser":"./i.js"}}`,
			`{"browser":"./i.js","publishConfig":{"browser":"./i.js"}}`, "yarn"), nil},
		{"copied to the top by nobody knows whom", yarn(`{"publishConfig":{"browser":"./i.js"}}`,
			`{"browser":"./i.js","publishConfig":{"browser":"./i.js"}}`, "npm"), blocked},
		{"at the top all along", yarn(`{"browser":"./i.js","publishConfig":{"browser":"./i.js"}}`,
			`{"browser":"./i.js","publishConfig":{"browser":"./i.js"}}`, "yarn"), blocked},
		{"another at the top", yarn(`{"publishConfig":{"browser":"./i.js"}}`,
			`{"browser":"./j.js","publishConfig":{"browser":"./i.js"}}`, "yarn"), blocked},
		{"only in the tarball", func(s *Subject) { s.Tarball.Manifest.PublishConfig = map[string]string{"ca": "x"} },
			[]string{"publish-access package/package.json always"}},
		{"only in the folder, as pnpm moves them up", func(s *Subject) {
			s.Manifest.PublishConfig = map[string]string{"browser": "./i.js", "os": `["linux"]`, "libc": `["glibc"]`}
		}, nil},
		{"in the folder, and no tarball", func(s *Subject) {
			config("browser", "./i.js", "")(s)
			s.Tarball = nil
		}, blocked},
		{"public in the folder alone", func(s *Subject) {
			config("access", "public", "restricted")(s)
			s.Tarball.Manifest.PublishConfig = nil
		}, nil},
		{"the registry of a scope", config("@acme:registry", "https://registry.example/npm", ""), nil},
		{"another registry of a scope", config("@acme:registry", "https://registry.example/other", ""), blocked},
		{"another host for a scope", config("@acme:registry", "https://evil.example/npm/", ""), blocked},
		{"no address for a scope", config("@acme:registry", "", ""), blocked},
		{"the registry of what is no scope", config("acme:registry", "https://registry.example/npm/", ""), blocked},
		{"more than the registry of a scope", config("@acme:registry:x", "https://registry.example/npm/", ""), blocked},
		{"another access in the tarball", func(s *Subject) {
			config("access", "restricted", "restricted")(s)
			s.Tarball.Manifest.PublishConfig = map[string]string{"access": "public"}
		}, []string{"publish-access package/package.json always"}},
		{"a flag against the policy", func(s *Subject) { config("tag", "x", "restricted")(s); s.Sent.Asked = "public" }, blocked},
		{"a flag against the policy, and publishConfig holds it back",
			func(s *Subject) { config("access", "restricted", "restricted")(s); s.Sent.Asked = "public" }, nil},
		{"a flag that holds publishConfig back",
			func(s *Subject) { config("access", "public", "restricted")(s); s.Sent.Asked = "restricted" }, nil},
		{"a flag, and a word that is none",
			func(s *Subject) { config("access", "PUBLIC", "restricted")(s); s.Sent.Asked = "restricted" }, blocked},
		{"a flag more careful than the policy", func(s *Subject) { config("tag", "x", "public")(s); s.Sent.Asked = "restricted" }, nil},
		{"no scope", func(s *Subject) { config("tag", "x", "restricted")(s); s.Manifest.Name = "app" }, blocked},
		{"no scope, private", func(s *Subject) {
			config("tag", "x", "restricted")(s)
			s.Manifest.Name, s.Manifest.Private = "app", true
		}, nil},
		{"no scope, and public is what the policy wants", func(s *Subject) { config("tag", "x", "public")(s); s.Manifest.Name = "app" }, nil},
		{"provenance of a restricted package", config("provenance", "true", "restricted"), blocked},
		{"no provenance", config("provenance", "false", "restricted"), nil},
		{"another registry", func(s *Subject) {
			config("registry", "https://evil.dev/", "")(s)
			s.Sent.Registries = []string{npm.PublicRegistry}
		}, blocked},
		{"its own, otherwise written", func(s *Subject) {
			config("registry", "https://REGISTRY.npmjs.org", "")(s)
			s.Sent.Registries = []string{npm.PublicRegistry}
		}, nil},
		{"another scheme", func(s *Subject) {
			config("registry", "http://registry.npmjs.org/", "")(s)
			s.Sent.Registries = []string{npm.PublicRegistry}
		}, blocked},
		{"another folder", func(s *Subject) {
			config("registry", "https://registry.npmjs.org/evil/", "")(s)
			s.Sent.Registries = []string{npm.PublicRegistry}
		}, blocked},
		{"a password", func(s *Subject) {
			config("registry", "https://a:b@registry.npmjs.org/", "")(s)
			s.Sent.Registries = []string{npm.PublicRegistry}
		}, blocked},
		{"no address", func(s *Subject) { config("registry", "::", "")(s); s.Sent.Registries = []string{npm.PublicRegistry} }, blocked},
	})
}

func TestAccess(t *testing.T) {
	for _, c := range []struct{ name, asked, configured, wanted, want string }{
		{"@a/b", "", "", "", ""},
		{"@a/b", "public", "", "", "public"},
		{"@a/b", "", "public", "", "public"},
		{"@a/b", "", "", "public", "public"},
		{"@a/b", "", "", "restricted", "restricted"},
		{"@a/b", "", "restricted", "public", "restricted"},
		{"@a/b", "restricted", "", "public", "restricted"},
		{"@a/b", "public", "private", "", "restricted"},
		{"@a/b", "", "private", "public", "restricted"},
		{"@a/b", "public", "", "restricted", "restricted"},
		{"b", "", "", "restricted", ""},
		{"b", "", "", "public", ""},
		{"b", "public", "", "", "public"},
	} {
		if got := Access(c.name, c.asked, c.configured, c.wanted); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestManifestMismatch(t *testing.T) {
	blocked := []string{"manifest-mismatch package/package.json always"}
	ships := func(d npm.Dependency) func(*Subject) {
		return func(s *Subject) { s.Tarball.Manifest.Dependencies = append(s.Tarball.Manifest.Dependencies, d) }
	}
	table(t, manifestMismatch, []row{
		{"name", func(s *Subject) { s.Tarball.Manifest.Name = "other" }, blocked},
		{"version", func(s *Subject) { s.Tarball.Manifest.Version = "1.0.1" }, blocked},
		{"no manifest", func(s *Subject) { s.Tarball.Manifest = nil }, blocked},
		{"one more dependency", ships(npm.Dependency{Name: "evil", Range: "1"}), blocked},
		{"one more optional dependency", ships(npm.Dependency{Name: "evil", Range: "1", Kind: npm.EdgeOptional}), blocked},
		{"one more development dependency", ships(npm.Dependency{Name: "evil", Range: "1", Kind: npm.EdgeDev}), nil},
		{"another range", func(s *Subject) { s.Tarball.Manifest.Dependencies[0].Range = "*" }, blocked},
		{"development made production", func(s *Subject) { s.Tarball.Manifest.Dependencies[1].Kind = npm.EdgeProd }, blocked},
		{"a dependency less", func(s *Subject) { s.Tarball.Manifest.Dependencies = nil }, nil},
		{"another install script", func(s *Subject) { s.Tarball.Manifest.Scripts = map[string]string{"postinstall": "x"} }, blocked},
		{"another test script", func(s *Subject) { s.Tarball.Manifest.Scripts = map[string]string{"test": "x"} }, nil},
	})
}

// TestPackedAs holds the packed line of a dependency on a member, or of a
// catalog, against what the managers write when they pack.
func TestPackedAs(t *testing.T) {
	for _, row := range []struct {
		folder, packed string
		same           bool
	}{
		{"workspace:*", "1.2.3", true}, {"workspace:", "1.2.3", true}, {"workspace:^", "^1.2.3", true}, {"workspace:~", "~1.2.3", true},
		{"workspace:^1.0.0", "^1.0.0", true}, {"workspace:1.2.3", "1.2.3", true}, {"workspace:packages/a", "1.2.3", true},
		{"workspace:../a", "1.2.3", true},
		{"workspace:real@*", "npm:real@1.2.3", true}, {"workspace:@s/real@^", "npm:@s/real@^1.2.3", true}, {"workspace:>=1 <2", ">=1 <2", true},
		{"workspace:*", "^1.2.3", false}, {"workspace:*", "1.2.2", false}, {"workspace:*", "*", false},
		{"workspace:*", "", false}, {"workspace:*", "latest", false},
		{"workspace:^", "1.2.3", false}, {"workspace:^1.0.0", "^1.0.1", false}, {"workspace:latest", "latest", false},
		{"workspace:*", "npm:a@1.2.3", false}, {"workspace:*", "npm:evil@1.2.3", false},
		{"workspace:real@*", "npm:evil@1.2.3", false}, {"workspace:real@*", "1.2.3", false},
		{"workspace:*", "https://example.com/a.tgz", false}, {"workspace:*", "git+https://example.com/a.git", false},
		{"workspace:*", "o/a", false},
		{"workspace:*", "file:../a", false}, {"workspace:*", "link:../a", false}, {"workspace:*", "workspace:^", false},
		{"workspace:*", "catalog:", false},
		{"catalog:", "^1.0.0", true}, {"catalog:default", "^1.0.0", true}, {"catalog:old", "npm:real@^0.9.0", true},
		{"catalog:yarn", "^2.0.0", true},
		{"catalog:", "^1.0.1", false}, {"catalog:old", "npm:evil@^0.9.0", false}, {"catalog:none", "^1.0.0", false},
		{"catalog:", "npm:evil@^1.0.0", false},
		{"catalog:", "https://example.com/a.tgz", false}, {"catalog:", "*", false},
		{"^1.0.0", "^1.0.1", false}, {"file:../a", "^1.0.0", false},
	} {
		s := clean()
		s.Graph.Manager = "yarn"
		s.Graph.Catalogs = map[string]map[string]string{"default": {"a": "^1.0.0"}, "old": {"a": "npm:real@^0.9.0"}, "yarn": {"a": "npm:^2.0.0"}}
		folder(s, "", "a", &npm.Member{Name: "a", Version: "1.2.3"})
		d := npm.Dependency{Name: "a", Range: row.folder}
		if got := s.packedAs(d, npm.Dependency{Name: "a", Range: row.packed}); got != row.same {
			t.Errorf("%s packed as %q: %v, want %v", row.folder, row.packed, got, row.same)
		}
	}
}

func TestLockfileNotes(t *testing.T) {
	note := func(kind string) func(*Subject) {
		return func(s *Subject) {
			s.Graph.Notes = []npm.Note{{Kind: kind, Text: "It is so.", File: "npm-shrinkwrap.json", Line: 1}}
		}
	}
	rows := []row{
		{"name mismatch is said elsewhere", note(npm.NoteNameMismatch), nil},
		{"version mismatch is said elsewhere", note(npm.NoteVersionMismatch), nil},
		{"without a file", func(s *Subject) { note(npm.NoteLockMismatch)(s); s.Graph.Notes[0].File = "" },
			[]string{"lockfile-outdated package-lock.json always"}},
	}
	for kind, want := range map[string]string{
		npm.NoteLockMismatch:     "lockfile-outdated npm-shrinkwrap.json always",
		npm.NoteLockDrift:        "lockfile-behind npm-shrinkwrap.json advice",
		npm.NoteMissing:          "lockfile-incomplete npm-shrinkwrap.json severity",
		npm.NoteCaseVariant:      "lockfile-case-variant npm-shrinkwrap.json always",
		npm.NoteContradiction:    "lockfile-contradiction npm-shrinkwrap.json always",
		npm.NoteMemberLockfile:   "lockfile-of-member npm-shrinkwrap.json advice",
		npm.NoteV2Mismatch:       "lockfile-halves-differ npm-shrinkwrap.json advice",
		npm.NoteShrinkwrap:       "lockfile-shrinkwrap npm-shrinkwrap.json advice",
		npm.NoteNestedShrinkwrap: "lockfile-nested-shrinkwrap npm-shrinkwrap.json advice",
		npm.NoteTwoLockfiles:     "lockfile-ambiguous npm-shrinkwrap.json advice",
		npm.NoteOtherManager:     "lockfile-other-manager npm-shrinkwrap.json advice",
		npm.NoteInvalid:          "lockfile-invalid npm-shrinkwrap.json advice",
		npm.NoteExtraneous:       "lockfile-extraneous npm-shrinkwrap.json advice",
		npm.NoteOldLockfile:      "lockfile-old npm-shrinkwrap.json advice",
		"something new":          "lockfile-oddity npm-shrinkwrap.json always",
	} {
		rows = append(rows, row{kind, note(kind), []string{want}})
	}
	table(t, lockfileNotes, rows)
}

// A kind of note that the reader learns must get a rule here: without one it
// would block as an oddity.
func TestEveryNoteHasARule(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../npm/graph.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Note") {
			return true
		}
		kinds++
		kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		said := kind == npm.NoteNameMismatch || kind == npm.NoteVersionMismatch
		if got := ruleOfNote(kind); got.kind != kind && !said {
			t.Errorf("%s has no rule", kind)
		}
		return true
	})
	if kinds == 0 {
		t.Fatal("no kinds found")
	}
}
