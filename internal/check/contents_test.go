package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/script"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// packs gives the tarball another package.json and adds files.
func packs(manifest string, paths ...string) func(*Subject) {
	return func(s *Subject) {
		m, err := npm.ParseManifest([]byte(manifest), "package/package.json")
		if err != nil {
			panic(err)
		}
		s.Tarball.Manifest = m
		ships(paths...)(s)
	}
}

func without(name string, change func(*Subject)) func(*Subject) {
	return func(s *Subject) {
		change(s)
		for i := range s.Tarball.Entries {
			if s.Tarball.Entries[i].Path == "package/"+name {
				s.Tarball.Entries[i].Path = "package/elsewhere/" + name
			}
		}
	}
}

func TestEntryPoints(t *testing.T) {
	blocked := []string{"entry-missing package/package.json always"}
	advice := []string{"entry-missing package/package.json advice"}
	table(t, entryPoints, []row{
		{"nothing named", packs(`{}`), nil},
		{"main", packs(`{"main":"./index.js"}`), nil},
		{"main without extension", packs(`{"main":"lib/a"}`, "lib/a.js"), nil},
		{"main a folder", packs(`{"main":"./lib/"}`, "lib/index.js"), nil},
		{"main missing", without("index.js", packs(`{"main":"lib/a.js"}`, "lib/b.js")), blocked},
		{"main missing, Node takes index.js", packs(`{"main":"lib/a.js"}`), blocked},
		{"main missing beside exports", without("index.js", packs(`{"main":"lib/a.js","exports":"./lib/b.js"}`, "lib/b.js")), blocked},
		{"main missing beside exports that lead elsewhere",
			without("index.js", packs(`{"main":"lib/a.js","exports":{"./b":"./lib/b.js"}}`, "lib/b.js")), advice},
		{"main missing, nothing to load", without("index.js", packs(`{"main":"./dist/index.js","types":"./dist/index.d.ts"}`)),
			[]string{"entry-missing package/package.json always", "entry-missing package/package.json always"}},
		{"main missing, only styles", func(s *Subject) {
			packs(`{"main":"index.js"}`, "a.css")(s)
			s.Tarball.Entries = slices.DeleteFunc(s.Tarball.Entries, func(e tarball.Entry) bool { return e.Path == "package/index.js" })
		}, blocked},
		{"main in another case", without("index.js", packs(`{"main":"lib/A.js"}`, "lib/a.js")), blocked},
		{"bin", packs(`{"bin":{"a":"bin/a.js","b":"./index.js"}}`, "bin/a.js"), nil},
		{"bin missing", packs(`{"bin":"cli.js"}`), blocked},
		{"one bin missing", packs(`{"bin":{"a":"index.js","b":"bin/b.js"}}`), blocked},
		{"bin outside", packs(`{"bin":"../a"}`), blocked},
		{"exports",
			packs(`{"exports":{".":{"import":"./a.mjs","require":"./index.js","types":"./a.d.ts"},`+
				`"./package.json":"./package.json","./x":null}}`, "a.mjs", "a.d.ts"), nil},
		{"exports missing", packs(`{"exports":{".":{"import":"./a.mjs","require":"./index.js"}}}`), blocked},
		{"exports missing, deep", packs(`{"exports":{".":{"node":{"import":{"default":"./a.mjs"}}}}}`), blocked},
		{"a condition of the workspace", packs(`{"exports":{".":{"development":"./src/a.ts","default":"./index.js"}}}`), advice},
		{"types of exports", packs(`{"exports":{".":{"types":"./a.d.ts","default":"./index.js"}}}`), blocked},
		{"types of exports for a version of TypeScript", packs(`{"exports":{".":{"types@>=5":"./a.d.ts","default":"./index.js"}}}`), blocked},
		{"nobody gets to it", packs(`{"exports":{"import":"./index.js","require":"./index.js","default":"./a.js"}}`), advice},
		{"nobody gets to it, in another condition", packs(`{"exports":{"node":{"default":"./index.js","import":"./a.js"}}}`), advice},
		{"somebody gets to it", packs(`{"exports":{"import":"./index.js","default":"./a.js"}}`), blocked},
		{"somebody gets to it, a condition is left open",
			packs(`{"exports":{"import":{"types":"./index.js"},"require":"./index.js","default":"./a.js"}}`), blocked},
		{"only conditions of other tools", packs(`{"exports":{".":{"browser":"./a.js"},"./package.json":"./package.json"}}`), blocked},
		{"a target that Node refuses", packs(`{"exports":"index.js"}`), blocked},
		{"targets that Node refuses beside one that is missing",
			packs(`{"exports":{".":"./a.js","./i":"index.js","./j":"other"}}`), append(blocked, blocked...)},
		{"a target that Node refuses, in a list that goes on", packs(`{"exports":{".":["index.js","./index.js"]}}`), nil},
		{"a target that Node refuses, for the workspace", packs(`{"exports":{".":{"development":"src/a.ts","default":"./index.js"}}}`), advice},
		{"pattern", packs(`{"exports":{"./*":"./lib/*.js"}}`, "lib/deep/a.js"), nil},
		{"pattern without files", packs(`{"exports":{"./*":"./lib/*.js"}}`, "lib/a.mjs"), blocked},
		{"pattern without files beside a path", packs(`{"exports":{".":"./index.js","./*":"./lib/*.js"}}`, "lib/a.mjs"), advice},
		{"folder that is not there", packs(`{"exports":{"./lib/":"./lib/"}}`), blocked},
		{"everything", packs(`{"exports":{"./":"./"}}`), nil},
		{"pattern that matches nothing in between", packs(`{"exports":{"./*":"./lib/*.js"}}`, "lib/.js"), blocked},
		{"pattern for everything", packs(`{"exports":{"./*":"./*"}}`), nil},
		{"folder", packs(`{"exports":{"./lib/":"./lib/"}}`, "lib/a.js"), nil},
		{"a choice", packs(`{"exports":{".":["./new.js","./index.js"]}}`), nil},
		{"a choice of nothing", packs(`{"exports":{".":["./new.js","./newer.js"]}}`), blocked},
		{"another package, which Node refuses", packs(`{"exports":{".":"other-package"}}`), blocked},
		{"fields of other tools", packs(`{"man":["a.1"],"browser":{"./index.js":"./b.js","x":false,"y":"z"},"unpkg":"u.js",` +
			`"jsdelivr":"j.js","directories":{"bin":"bin"}}`), advice},
		{"module", packs(`{"module":"a.mjs"}`), blocked},
		{"types", packs(`{"types":"a"}`), blocked},
		{"typings", packs(`{"typings":"./a.d.ts"}`), blocked},
		{"types that typesVersions leads elsewhere", packs(`{"types":"a","typesVersions":{"*":{"*":["dist/*"]}}}`), advice},
		{"types beside typesVersions that say nothing", packs(`{"types":"a","typesVersions":{}}`), blocked},
		{"types beside exports", packs(`{"types":"a","exports":"./index.js"}`), blocked},
		{"they are there",
			packs(`{"module":"a.mjs","typings":"a","man":"a.1","browser":"b","unpkg":"u.js","jsdelivr":"j.js",`+
				`"directories":{"bin":"./bin"}}`, "a.mjs", "a.d.ts", "a.1", "b.js", "u.js", "j.js", "bin/x"), nil},
	})
	s := clean()
	without("index.js", packs("{\n\"main\":\"lib/A.js\"}", "lib/a.js"))(s)
	if f := entryPoints.Run(s)[0]; f.Line != 2 || !f.InTarball || !strings.Contains(f.Message, "lib/a.js is there") {
		t.Errorf("%+v", f)
	}
}

func TestSteering(t *testing.T) {
	blocked := []string{"manifest-steering-key package/package.json always"}
	table(t, steeringKeys, []row{
		{"plain", packs(`{"name":"a","tags":1}`), nil},
		{"tag", packs(`{"tag":"latest"}`), blocked},
		{"dist", packs(`{"dist":{}}`), blocked},
		{"underscore", packs(`{"_id":"a@1"}`), blocked},
		{"without a tarball", func(s *Subject) {
			packs(`{"tag":"x"}`)(s)
			s.Manifest, s.Tarball = s.Tarball.Manifest, nil
			s.Manifest.File = "package.json"
		}, []string{"manifest-steering-key package.json always"}},
	})
	unresolved := []string{"unresolved-spec a always"}
	for _, spec := range []string{"workspace:*", "workspace:^1.0.0", "catalog:", "catalog:old", "link:../a", "file:../a",
		"portal:../a", "patch:a@1#x", "../a", "./a.tgz"} {
		table(t, unresolvedSpecs, []row{
			{spec, packs(`{"dependencies":{"a":"` + spec + `"}}`), unresolved},
			{spec + ", peer", packs(`{"peerDependencies":{"a":"` + spec + `"}}`), unresolved},
			{spec + ", development", packs(`{"devDependencies":{"a":"` + spec + `"}}`), nil},
		})
	}
	bundled := func(manifest string) func(*Subject) {
		return func(s *Subject) {
			packs(manifest)(s)
			s.Tarball.Bundled = []tarball.Bundled{{Path: "node_modules/a", Name: "a", Version: "1.0.0"}}
		}
	}
	table(t, unresolvedSpecs, []row{
		{"ranges and addresses", packs(`{"dependencies":{"a":"^1","b":"npm:c@1","c":"github:x/y","d":"https://x.dev/d.tgz","e":"latest"}}`), nil},
		{"bundled", bundled(`{"dependencies":{"a":"file:../a"}}`), nil},
	})
	missing := []string{"bundle-missing b always"}
	table(t, bundleMissing, []row{
		{"all there", bundled(`{"bundleDependencies":["a"]}`), nil},
		{"one missing", bundled(`{"bundledDependencies":["a","b"]}`), missing},
		{"all, one missing", bundled(`{"bundleDependencies":true,"dependencies":{"a":"1","b":"1"},"devDependencies":{"c":"1"}}`), missing},
	})
	implicit := []string{"install-script-implicit package/binding.gyp always"}
	table(t, implicitScript, []row{
		{"stray", packs(`{}`, "binding.gyp"), implicit},
		{"written", packs(`{"scripts":{"install":"node-gyp rebuild"}}`, "binding.gyp"), nil},
		{"written to run before", packs(`{"scripts":{"preinstall":"x"}}`, "binding.gyp"), nil},
		{"another script of npm's", packs(`{"scripts":{"postinstall":"x"}}`, "binding.gyp"), implicit},
		{"switched off", packs(`{"gypfile":false}`, "binding.gyp"), nil},
		{"deeper", packs(`{}`, "deps/binding.gyp"), nil},
		{"of another name", packs(`{}`, "other.gyp"), []string{"install-script-implicit package/other.gyp always"}},
		{"a folder of that name", packs(`{}`, "x.gyp/y"), []string{"install-script-implicit package/x.gyp/y always"}},
		{"hidden", packs(`{}`, ".x.gyp"), nil},
	})
}

func TestRepository(t *testing.T) {
	is := func(field, directory, remote, folder string) func(*Subject) {
		return func(s *Subject) {
			s.Manifest.Repository, s.Manifest.RepositoryDirectory, s.Remote, s.Folder = field, directory, remote, folder
		}
	}
	const here = "https://github.com/Acme/widget"
	advice := []string{"repository-mismatch package.json advice"}
	table(t, repository, []row{
		{"nothing said", is("", "", here, "."), nil},
		{"no checkout", is("acme/widget", "", "", ""), nil},
		{"of the checkout", func(s *Subject) {
			is("acme/widget", "", "", ".")(s)
			s.Commit = &source.Commit{Remote: "git@github.com:other/widget.git"}
		}, advice},
		{"the runner before the checkout", func(s *Subject) {
			is("acme/widget", "", here, ".")(s)
			s.Commit = &source.Commit{Remote: "https://github.com/fork/widget"}
		}, nil},
		{"shortest form", is("acme/widget", "", here, "."), nil},
		{"git+https", is("git+https://github.com/acme/widget.git", "", here, "."), nil},
		{"ssh", is("git+ssh://git@github.com/acme/widget.git#main", "", here, "."), nil},
		{"scp", is("git@github.com:acme/widget.git", "", here, "."), nil},
		{"the checkout by scp", is("github:acme/widget", "", "git@github.com:acme/widget", "."), nil},
		{"a folder on its page", is("https://github.com/acme/widget/tree/main/packages/a", "", here, "packages/a"), nil},
		{"another owner", is("github:evil/widget", "", here, "."), advice},
		{"another host", is("gitlab:acme/widget", "", here, "."), advice},
		{"another name", is("https://github.com/acme/widget2", "", here, "."), advice},
		{"the folder", is("acme/widget", "packages/a", here, "packages/a"), nil},
		{"another folder", is("acme/widget", "packages/a", here, "packages/b"), advice},
		{"a folder where nobody knows", is("acme/widget", "packages/a", here, ""), nil},
		{"no address", is("see the wiki", "", here, "."), nil},
		{"a file", is("file:///x/y", "", here, "."), nil},
	})
}

func TestContents(t *testing.T) {
	binary := func(path, format string) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/" + path, Size: 10, Binary: format})
		}
	}
	table(t, nativeBinaries, []row{
		{"none", ships("a.node"), nil},
		{"addon", binary("a.node", "ELF"), []string{"native-binary package/a.node advice"}},
		{"a program without extension", binary("bin/tool", "Mach-O"), []string{"native-binary package/bin/tool advice"}},
		{"wasm", binary("a.wasm", "WebAssembly"), []string{"native-binary package/a.wasm advice"}},
		{"named as a picture", binary("a.PNG", "ELF"), []string{"binary-disguised package/a.PNG always"}},
		{"named as code", binary("lib/a.js", "PE"), []string{"binary-disguised package/lib/a.js always"}},
	})
	pointer := func(paths ...string) func(*Subject) {
		return func(s *Subject) {
			for _, path := range paths {
				s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/" + path, Size: 130, LFS: strings.Repeat("a", 64)})
			}
		}
	}
	table(t, lfsPointers, []row{
		{"none", ships("a.wasm"), nil},
		{"one", pointer("a.wasm"), []string{"lfs-pointer package/a.wasm always"}},
		{"several", pointer("b/a.wasm", "a.js"), []string{"lfs-pointer package/b/a.wasm always"}},
		{"allowed", func(s *Subject) { pointer("fixtures/a.wasm", "a.js")(s); s.Policy.Files.Allow = []string{"fixtures/"} },
			[]string{"lfs-pointer package/a.js always"}},
		{"all allowed", func(s *Subject) { pointer("fixtures/a.wasm")(s); s.Policy.Files.Allow = []string{"fixtures/"} }, nil},
	})
	table(t, packageSize, []row{
		{"no limit", func(s *Subject) { s.Tarball.Unpacked = 1 << 40 }, nil},
		{"within", func(s *Subject) { s.Tarball.Unpacked, s.Policy.Files.MaxTotal = 100, 100 }, nil},
		{"above", func(s *Subject) { s.Tarball.Unpacked, s.Policy.Files.MaxTotal = 101, 100 },
			[]string{"package-too-large app-1.0.0.tgz always"}},
	})
	littered := func(paths ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Files = policy.Default().For("app", policy.Flags{}).Files
			ships(paths...)(s)
		}
	}
	table(t, litter, []row{
		{"none", littered("lib/a.js", "docs/github.md"), nil},
		{"one finding for all", littered(".github/workflows/a.yml", ".github/b", "lib/.DS_Store", "#a#"),
			[]string{"packed-litter package/.github/workflows/a.yml advice"}},
		{"allowed", func(s *Subject) {
			littered(".github/a")(s)
			s.Policy.Files.Allow = []string{".github/"}
		}, nil},
		{"what the policy forbids", littered(".git/config", ".env"), nil},
	})
	table(t, sourceMaps, []row{
		{"content", func(s *Subject) {
			s.Tarball.SourceMaps = []tarball.SourceMap{{Path: "package/a.js.map", Content: true}, {Path: "package/b.js", Inline: true}}
		}, []string{"source-map-content package/a.js.map advice"}},
		{"inline", func(s *Subject) { s.Tarball.SourceMaps = []tarball.SourceMap{{Path: "package/b.js", Inline: true}} },
			[]string{"source-map-content package/b.js advice"}},
		{"absolute", func(s *Subject) {
			s.Tarball.SourceMaps = []tarball.SourceMap{{Path: "package/a.js.map", Absolute: "/home/me/a.js"}}
		}, []string{"source-map-path package/a.js.map advice"}},
		{"missing", func(s *Subject) {
			s.Tarball.LostMaps = []tarball.Mention{{Name: "package/a.js.map", Path: "package/a.js", Line: 2}}
		}, []string{"source-map-missing package/a.js advice"}},
	})
}

func TestOwnLicense(t *testing.T) {
	const mit = "Permission is hereby granted, free of charge, to any person obtaining\n a copy of this software … shall " +
		"be included in all\n copies or substantial portions of the Software."
	const apache = "Apache License\n  Version 2.0, January 2004"
	has := func(manifest string, texts ...string) func(*Subject) {
		return func(s *Subject) {
			packs(manifest)(s)
			for _, text := range texts {
				s.Tarball.Licences = append(s.Tarball.Licences, tarball.Text{Path: "package/LICENSE", Body: text})
			}
		}
	}
	mismatch, missing := []string{"license-mismatch package/package.json advice"}, []string{"license-file-missing package/package.json advice"}
	table(t, ownLicense, []row{
		{"agrees", has(`{"license":"MIT"}`, mit), nil},
		{"another text", has(`{"license":"MIT"}`, apache), mismatch},
		{"one of two", has(`{"license":"(MIT OR Apache-2.0)"}`, apache), nil},
		{"two texts", has(`{"license":"MIT"}`, apache, mit), nil},
		{"-or-later", has(`{"license":"GPL-3.0-or-later"}`, "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007"), nil},
		{"a text nobody knows", has(`{"license":"MIT"}`, "All rights reserved."), nil},
		{"no text", has(`{"license":"MIT"}`), missing},
		{"no text within an organisation", has(`{"name":"@acme/a","license":"MIT"}`), nil},
		{"no text, a scope that goes public", has(`{"name":"@acme/a","license":"MIT","publishConfig":{"access":"public"}}`), missing},
		{"no text, the policy says public", func(s *Subject) {
			has(`{"name":"@acme/a","license":"MIT"}`)(s)
			s.Policy.Publish.Access = "public"
		}, missing},
		{"no field", has(`{}`, mit), mismatch},
		{"unlicensed and a text", has(`{"license":"UNLICENSED"}`, mit), mismatch},
		{"unlicensed", has(`{"license":"UNLICENSED"}`), nil},
		{"words that are no expression", has(`{"license":"my own"}`, mit), nil},
		{"see", has(`{"license":"SEE LICENSE IN index.js"}`), nil},
		{"see what is not there", has(`{"license":"SEE LICENSE IN <terms.md>"}`, mit), missing},
	})
}

func TestEnvironment(t *testing.T) {
	reads := func(declared ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Env.Declared = &declared
			s.Tarball.Programs = &tarball.Programs{Count: 1, Read: []script.Program{
				script.Read("package/a.js", []byte("\n\nx(process.env.AWS_KEY)\nx(process.env.NODE_ENV)"))}}
		}
	}
	table(t, environment, []row{
		{"not checked", func(s *Subject) { reads()(s); s.Policy.Env.Declared = nil }, nil},
		{"none declared", reads(), []string{"env-undeclared package/a.js always"}},
		{"declared", reads("AWS_KEY"), nil},
		{"declared by pattern", reads("AWS_*"), nil},
		{"another", reads("HOME"), []string{"env-undeclared package/a.js always"}},
		{"as a whole", func(s *Subject) {
			reads("AWS_KEY")(s)
			s.Tarball.Programs.Read[0].Whole = []script.Mention{{Line: 1}}
		}, []string{"env-whole package/a.js advice"}},
		{"as a whole, and none is declared", func(s *Subject) {
			reads()(s)
			s.Tarball.Programs.Read[0].Env, s.Tarball.Programs.Read[0].Whole = nil, []script.Mention{{Line: 1}}
		}, []string{"env-whole package/a.js always"}},
	})
	s := clean()
	reads("HOME")(s)
	if f := environment.Run(s)[0]; f.Line != 3 || f.Subject != "AWS_KEY" || !strings.Contains(f.Message, "a.js:3") {
		t.Errorf("%+v", f)
	}
}

// TestUnlocked packs packages that the lockfile has, has for development, and
// has not.
func TestUnlocked(t *testing.T) {
	carries := func(all ...tarball.Bundled) func(*Subject) {
		return func(s *Subject) {
			s.Tarball.Bundled = all
			s.Unlocked = Unlocked(s.Tarball, s.Graph)
		}
	}
	old := tarball.Bundled{Path: "node_modules/x", Name: "x", Version: "0.1.0", License: "GPL-3.0"}
	table(t, unauditable, []row{
		{"as locked", carries(tarball.Bundled{Path: "node_modules/a", Name: "a", Version: "1.2.3"}), nil},
		{"looked up", carries(old), []string{"bundled-unlocked app-1.0.0.tgz advice"}},
		// subject.scope raises it
		{"locked for development", carries(tarball.Bundled{Path: "node_modules/tool", Name: "tool", Version: "3.0.0"}), nil},
		{"of a scope nobody asks about", func(s *Subject) { carries(old)(s); s.Unasked = map[string]bool{"x": true} },
			[]string{"unauditable-dependency package/node_modules/x/package.json severity"}},
		{"no version", carries(tarball.Bundled{Path: "node_modules/x", Name: "x"}),
			[]string{"unauditable-dependency package/node_modules/x/package.json severity"}},
		{"not looked up", func(s *Subject) { carries(old)(s); s.Unlocked = nil },
			[]string{"unauditable-dependency package/node_modules/x/package.json severity"}},
	})
	affected := func(s *Subject) {
		carries(old)(s)
		s.Advisories = []advisory.Match{{
			Record:  &advisory.Record{ID: "GHSA-aaaa-bbbb-cccc", Severity: finding.Critical},
			Package: s.Unlocked[0], Fixed: "1.0.0",
		}}
	}
	table(t, advisories, []row{{"affected", affected, []string{"vulnerable-dependency x severity"}}})
	s := clean()
	affected(s)
	f := advisories.Run(s)[0]
	if f.File != "package/node_modules/x/package.json" || !f.InTarball || f.Scope != npm.Prod || len(f.Paths) != 1 ||
		f.Paths[0][1] != "x@0.1.0" {
		t.Errorf("%+v", f)
	}
	denied := func(s *Subject) { carries(old)(s); s.Policy.Licenses.Deny = []string{"GPL-*"} }
	table(t, licenses, []row{{"denied", denied, []string{"license-denied x always"}}})
}
