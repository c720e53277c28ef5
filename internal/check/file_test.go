package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

func ships(paths ...string) func(*Subject) {
	return func(s *Subject) {
		for _, p := range paths {
			s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/" + p, Size: 10})
		}
	}
}

func TestFiles(t *testing.T) {
	// The lists of an owner's policy as it stands.
	judged := func(paths ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Files.Forbid = []string{".env*", "!.env.example", "*.config.js", "*.config.ts", "secrets/",
				"credentials/", "tests/__fixtures__/", "src/*.secret.*"}
			s.Policy.Files.Warn = []string{"src/", "coverage/", "*.log"}
			s.Policy.Files.Allow = []string{"next.config.js", "secrets/README.md", "!secrets/deep/next.config.js"}
			s.Policy.Files.MaxSize = 20
			ships(paths...)(s)
		}
	}
	forbidden := func(path string) string { return "forbidden-file package/" + path + " always" }
	discouraged := func(path string) string { return "discouraged-file package/" + path + " advice" }
	table(t, files, []row{
		{"nothing", judged("lib/a.js"), nil},
		{"env", judged(".env", "lib/.env.local"), []string{forbidden(".env"), forbidden("lib/.env.local")}},
		{"env in capitals", judged(".ENV", "lib/.Env.Local", ".ENV.example"), []string{forbidden(".ENV"), forbidden("lib/.Env.Local")}},
		{"a folder in capitals", judged("Secrets/a", "Secrets/b"), []string{forbidden("Secrets/a")}},
		{"taken back", judged(".env.example"), nil},
		{"allowed", judged("next.config.js", "lib/next.config.js", "vite.config.js"), []string{forbidden("vite.config.js")}},
		{"allowed in a forbidden folder", judged("secrets/README.md"), nil},
		{"allowed and taken back", judged("secrets/deep/next.config.js"), []string{forbidden("secrets/deep/next.config.js")}},
		{"a folder is one finding", judged("secrets/a", "secrets/b", "lib/secrets/c"), []string{forbidden("secrets/a"),
			forbidden("lib/secrets/c")}},
		{"a file named as the folder", judged("secrets"), nil},
		{"forbidden before discouraged", judged("src/a.secret.ts", "src/a.ts"), []string{forbidden("src/a.secret.ts"), discouraged("src/a.ts")}},
		{"anchored", judged("tests/__fixtures__/x", "lib/tests/__fixtures__/x"), []string{forbidden("tests/__fixtures__/x")}},
		{"log", judged("npm-debug.log"), []string{discouraged("npm-debug.log")}},
		{"what npm packs anyway", func(s *Subject) { s.Policy.Files.Forbid = []string{"*"} }, []string{forbidden("index.js")}},
		{"what npm packs anyway, deeper", func(s *Subject) {
			s.Policy.Files.Forbid = []string{"lib/*"}
			ships("lib/package.json", "lib/README.md")(s)
		}, []string{forbidden("lib/package.json"), forbidden("lib/README.md")}},
		{"too large", func(s *Subject) { judged("dump.sql")(s); s.Tarball.Entries[4].Size = 21 },
			[]string{"file-too-large package/dump.sql always"}},
		{"just not too large", func(s *Subject) { judged("dump.sql")(s); s.Tarball.Entries[4].Size = 20 }, nil},
		{"no limit", func(s *Subject) { ships("dump.sql")(s); s.Tarball.Entries[4].Size = 1 << 40 }, nil},
		{"another root folder", func(s *Subject) { judged()(s); s.Tarball.Entries[1].Path = "node/.env" },
			[]string{"forbidden-file node/.env always"}},
		{"folders are not files", func(s *Subject) {
			judged()(s)
			s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/secrets", Dir: true})
		}, nil},
	})
}

func TestFolderFindingCounts(t *testing.T) {
	s := clean()
	s.Policy.Files.Forbid = []string{"secrets/"}
	ships("secrets/a", "secrets/b", "secrets/deep/c")(s)
	found := files.Run(s)
	if want := `secrets/ (3 packed files) matches "secrets/" of files.forbid.`; len(found) != 1 || found[0].Message != want {
		t.Errorf("got %+v, want one finding %q", found, want)
	}
}

func TestSecrets(t *testing.T) {
	candidate := tarball.Secret{Rule: "npm-access-token", Description: "An npm token.", Path: "package/lib/a.js",
		Line: 3, Column: 9, Hash: "0123456789abcdef", SHA1: "aa"}
	has := func(change func(*policy.Effective)) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Secrets = []tarball.Secret{candidate}
			if change != nil {
				change(s.Policy)
			}
		}
	}
	together := func(hash, rule, path string) func(*Subject) {
		return has(func(e *policy.Effective) {
			e.Secrets.Together = []policy.AllowedSecret{{Hash: hash, Rule: rule, Path: path}}
		})
	}
	several := func(n int, change func(i int, c *tarball.Secret)) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Secrets = nil
			for i := range n {
				c := candidate
				if c.Line = i + 1; change != nil {
					change(i, &c)
				}
				s.Tarball.Secrets = append(s.Tarball.Secrets, c)
			}
		}
	}
	allow := func(entry string) func(*Subject) {
		return has(func(e *policy.Effective) { e.Secrets.Allow = []string{entry} })
	}
	blocked, known := []string{"secret package/lib/a.js always"}, []string{"secret-known app-1.0.0.tgz advice"}
	table(t, secrets, []row{
		{"found", has(nil), blocked},
		{"allowed by rule", allow("npm-access-token"), known},
		{"allowed by hash", allow("0123456789abcdef"), known},
		{"allowed by path", allow("lib/*.js"), known},
		{"another path", allow("/a.js"), blocked},
		{"in the baseline, wherever it stood", has(func(e *policy.Effective) { e.Secrets.Known = map[string]bool{"aa": true} }), known},
		{"another in the baseline", has(func(e *policy.Effective) { e.Secrets.Known = map[string]bool{"ab": true} }), blocked},
		{"allowed by all three", together(candidate.Hash, candidate.Rule, "lib/"), known},
		{"allowed by rule and path", together("", candidate.Rule, "lib/"), known},
		{"another hash", together("fedcba9876543210", candidate.Rule, "lib/"), blocked},
		{"another rule", together(candidate.Hash, "private-key", "lib/"), blocked},
		{"another path with it", together(candidate.Hash, candidate.Rule, "src/"), blocked},
		{"in doubt", several(1, func(_ int, c *tarball.Secret) { c.Doubt = "it is public" }),
			[]string{"secret-doubtful package/lib/a.js advice"}},
		{"many in doubt",
			several(30, func(i int, c *tarball.Secret) { c.Doubt, c.Path = "it is public", fmt.Sprint("package/", i) }),
			[]string{"secret-doubtful package/0 advice"}},
		{"twenty", several(20, nil), slices.Repeat(blocked, 20)},
		{"a table of them", several(21, nil), blocked},
		{"in as many files", several(21, func(i int, c *tarball.Secret) { c.Path = fmt.Sprint("package/", i%2) }),
			slices.Concat(slices.Repeat([]string{"secret package/0 always"}, 11), slices.Repeat([]string{"secret package/1 always"}, 10))},
		{"no hashes", func(s *Subject) {
			has(func(e *policy.Effective) {
				e.Secrets.Known = map[string]bool{"": true}
				e.Secrets.Allow = []string{""}
			})(s)
			s.Tarball.Secrets[0].SHA1, s.Tarball.Secrets[0].Hash = "", ""
		}, blocked},
		{"not searched", func(s *Subject) { s.Tarball.Unscanned = []tarball.Unscanned{{Path: "package/a.bin", Why: "binary"}} },
			[]string{"secret-unscanned package/a.bin advice"}},
	})
	s := clean()
	has(nil)(s)
	f := secrets.Run(s)[0]
	if f.Line != 3 || f.Column != 9 || !f.InTarball || strings.Contains(f.Message+f.Fix+f.Subject, candidate.SHA1+" ") {
		t.Errorf("got %+v", f)
	}
}

func TestProfileAndNestedModules(t *testing.T) {
	table(t, profile, []row{
		{"link", func(s *Subject) {
			s.Tarball.Violations = []tarball.Violation{{Rule: tarball.RuleLink, Path: "package/a", Text: "a is a link."}}
		}, []string{"tarball-link package/a always"}},
		{"mode", func(s *Subject) {
			s.Tarball.Violations = []tarball.Violation{{Rule: tarball.RuleMode, Path: "package/a", Text: "a has mode 0777."}}
		}, []string{"tarball-mode package/a advice"}},
	})
	nested := func(path string) []string { return []string{"nested-modules " + path + " always"} }
	bundle := func(paths ...string) func(*Subject) {
		return func(s *Subject) {
			s.Manifest.BundleDependencies = []string{"a"}
			pkg(s, "b").Bundled = true
			ships(paths...)(s)
		}
	}
	// A tarball whose node_modules has packages, each with what it needs.
	carried := func(packages ...string) func(*Subject) {
		return func(s *Subject) {
			var paths []string
			for _, text := range packages {
				folder, needs, _ := strings.Cut(text, "/ ")
				folder = strings.TrimSuffix(folder, "/")
				paths = append(paths, "node_modules/"+folder+"/package.json")
				s.Tarball.Bundled = append(s.Tarball.Bundled, tarball.Bundled{Path: "node_modules/" + folder, Name: folder,
					Version: "1.0.0", Needs: strings.Fields(needs)})
			}
			ships(paths...)(s)
			s.Manifest.BundleDependencies = []string{"a"}
		}
	}
	table(t, nestedModules, []row{
		{"not bundled", ships("node_modules/x/index.js", "node_modules/x/package.json"), nested("x")},
		{"deeper", ships("lib/node_modules/x/index.js"), nested("x")},
		{"scoped", ships("node_modules/@s/x/index.js"), nested("@s/x")},
		{"bundled", bundle("node_modules/a/index.js", "node_modules/a/node_modules/c/index.js"), nil},
		{"needed by what is bundled", bundle("node_modules/b/index.js"), nil},
		{"beside what is bundled", bundle("node_modules/x/index.js"), nested("x")},
		{"bundled name elsewhere", bundle("lib/node_modules/a/index.js"), nested("a")},
		{"all bundled", func(s *Subject) { s.Manifest.BundleAll = true; ships("node_modules/a/index.js")(s) }, nil},
		{"needed by the lockfile", func(s *Subject) {
			bundle("node_modules/d/index.js", "node_modules/@s/e/index.js")(s)
			d, e := installed("d", "1.0.0"), installed("@s/e", "1.0.0")
			link(pkg(s, "b"), d, "*", npm.EdgeProd)
			link(d, e, "*", npm.EdgeOptional)
		}, nil},
		{"needed by the lockfile for development, or as a peer", func(s *Subject) {
			bundle("node_modules/d/index.js", "node_modules/e/index.js", "node_modules/tool/index.js")(s)
			link(pkg(s, "b"), installed("d", "1.0.0"), "*", npm.EdgeDev)
			link(pkg(s, "a"), installed("e", "1.0.0"), "*", npm.EdgePeer)
		}, append(append(nested("d"), nested("e")...), nested("tool")...)},
		{"needed by what is packed", carried("a/ d", "d/ @s/e", "@s/e/ f", "f/"), nil},
		{"needed by what lies inside", carried("a/", "a/node_modules/x/ d", "d/"), nil},
		{"needed, and found nearer", carried("a/ d", "a/node_modules/d/", "d/"), nested("d")},
		{"needed by what nothing bundles", carried("a/", "x/ d", "d/"), append(nested("x"), nested("d")...)},
		{"needed in a circle", carried("a/ d", "d/ a"), nil},
		{"nothing bundled, and it needs", func(s *Subject) {
			carried("x/ d", "d/")(s)
			s.Manifest.BundleDependencies, s.Tarball.Manifest = nil, nil
		}, append(nested("x"), nested("d")...)},
		{"among the files of tests", ships("test/fixtures/node_modules/x/index.js", "test/fixtures/node_modules/y/index.js",
			"lib/__Fixtures__/a/node_modules/@s/z/package.json"), []string{"nested-modules package/test/fixtures/node_modules/x/index.js advice"}},
		{"among the files of tests, and not", ships("test/node_modules/x/index.js", "lib/node_modules/y/index.js"),
			append(nested("y"), "nested-modules package/test/node_modules/x/index.js advice")},
		{"among files of tests that are run", func(s *Subject) {
			ships("test/run.js", "test/node_modules/x/index.js")(s)
			s.Tarball.Manifest = &npm.Manifest{Raw: []byte(`{"bin":"./test/run.js"}`)}
		}, nested("x")},
		{"a folder that only resembles", ships("testament/node_modules/x/index.js", "latest/node_modules/y/index.js"),
			append(nested("x"), nested("y")...)},
		{"shrinkwrap", ships("npm-shrinkwrap.json"), []string{"shrinkwrap-shipped package/npm-shrinkwrap.json advice"}},
		{"shrinkwrap of something else", ships("templates/npm-shrinkwrap.json"), nil},
		{"a name that only resembles", ships("my_node_modules/x/index.js", "node_modules.js"), nil},
	})
}

func TestDocuments(t *testing.T) {
	require := func(docs ...string) func(*Subject) {
		return func(s *Subject) { s.Policy.Docs.Require = docs }
	}
	missing := []string{"missing-doc package.json always"}
	without := func(name string, docs ...string) func(*Subject) {
		return func(s *Subject) {
			require(docs...)(s)
			for i := range s.Tarball.Entries {
				if s.Tarball.Entries[i].Path == "package/"+name {
					s.Tarball.Entries[i].Path = "package/docs/" + name
				}
			}
		}
	}
	section := func(readme string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Docs.ReadmeSections = []string{"SQL injection"}
			s.Tarball.Readme = readme
		}
	}
	emptySection := []string{"readme-section-empty package.json always"}
	noSection := []string{"readme-section package.json always"}
	table(t, documents, []row{
		{"there", require("README", "LICENSE"), nil},
		{"README not at the root", without("README.md", "README"), missing},
		{"README only in the folder", func(s *Subject) { without("README.md", "README")(s); s.RootFiles = []string{"README.md"} }, missing},
		{"LICENSE missing", without("LICENSE", "LICENSE"), missing},
		{"licence in another spelling", func(s *Subject) { without("LICENSE", "LICENSE")(s); ships("licence.txt")(s) }, nil},
		{"empty README", func(s *Subject) { require("README")(s); s.Tarball.Entries[2].Size = 0 }, missing},
		{"SECURITY.md missing", require("SECURITY.md"), missing},
		{"SECURITY.md in the folder", func(s *Subject) { require("SECURITY.md")(s); s.RootFiles = []string{"SECURITY.md"} }, nil},
		{"SECURITY.md shipped", func(s *Subject) { require("SECURITY.md")(s); ships("security.md")(s) }, nil},
		{"section", section("# app\n\n## Preventing SQL Injection ##\nBind values.\n"), nil},
		{"section, underlined", section("app\n===\n\nSQL injection\n---\nBind values.\n"), nil},
		{"section with parts", section("# app\n## SQL injection\n### How\nBind values.\n## Next\n"), nil},
		{"section with code alone", section("# SQL injection\n```js\ndb.query(sql, [id])\n```\n"), nil},
		{"second section says something", section("# SQL injection\n# More on SQL injection\nBind values.\n"), nil},
		{"section empty", section("# app\nWords.\n## SQL injection\n"), emptySection},
		{"section with the next one's text", section("## SQL injection\n## Usage\nCall it.\n"), emptySection},
		{"section with a heading alone", section("## SQL injection\n### How\n## Usage\nCall it.\n"), emptySection},
		{"section to be written", section("## SQL injection\n\n_TODO_\n<!-- bind\nvalues -->\n- [ ] TBD\n"), emptySection},
		{"section only in the text", section("# app\nNothing about SQL injection.\n"), noSection},
		{"section only in a code block", section("# app\n```\n# SQL injection\n```\n"), noSection},
		{"section in a longer code block", section("# app\n````md\n```\n# SQL injection\nBind values.\n```\n````\n"), noSection},
		{"section behind code within a line", section("# app\n```js x``` is code.\n# SQL injection\nBind values.\n"), nil},
		{"section, CR", section("# app\r# SQL injection\rBind values.\r"), nil},
		{"no README", section(""), noSection},
	})
}

// TestEveryRuleIsProduced runs the tables again, so that it does not depend on
// their order, and fails for a rule that none of them made a check report.
func TestEveryRuleIsProduced(t *testing.T) {
	for _, run := range []func(*testing.T){
		TestReleaseAge,
		TestAdvisories, TestVulnerableRange, TestReplaced, TestAsked, TestUnauditable, TestWildcard, TestUnpinned,
		TestIntegrity, TestRegistryHost, TestResolvedMismatch,
		TestRequiredVersion, TestRequiredRange, TestOverrides, TestInstallScript, TestAllowedScripts, TestBuildPath,
		TestPolicySettings, TestManifestName, TestCaseVariants,
		TestPublishAccess, TestManifestMismatch, TestLockfileNotes, TestFiles, TestSecrets, TestProfileAndNestedModules,
		TestDocuments, TestRelease, TestLicenses, TestCommits, TestReleaseCommit, TestUnrunScripts,
		TestEntryPoints, TestSteering, TestRepository, TestContents, TestOwnLicense, TestEnvironment, TestProgramContents,
		TestUnlocked, TestReleaseDiff,
		TestPublishRoad, TestPublishProvenance, TestCredentialKind, TestTokens, TestDeprecated, TestDemanded, TestWrittenPolicy,
		TestAttested, TestAboutPolicy, TestSecurityDocument, TestSupportedVersions, TestSuperseded, TestSignatures, TestAttestations,
		TestNewcomers, TestMonitored, TestIncidents,
		TestSource, TestSourceEnvironment, TestBypass, TestSourceChecks, TestSourceScans,
	} {
		run(t)
	}
	for _, r := range Rules() {
		if !produced[r.ID] && !strings.HasPrefix(r.ID, "tarball-") {
			t.Errorf("no table shows a finding of %s", r.ID)
		}
	}
}
