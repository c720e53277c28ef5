package check

import (
	"fmt"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

// explained is a package of exactly these files, and what the commit has for
// each; a file's own blob is "blob of PATH".
func explained(files map[string]source.File, change ...func(*Subject)) func(*Subject) {
	return func(s *Subject) {
		s.Commit = &source.Commit{SHA: "0123456789abcdef0123456789abcdef01234567", Files: files}
		s.Manifest.Raw = []byte(`{"main":"dist/cjs/index.js","files":["lib","esm/**"],"bin":"cli.js"}`)
		s.Tarball.Entries = nil
		var paths []string
		for path := range files {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		for _, path := range paths {
			s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/" + path, Blob: "blob of " + path, SHA256: "sum of " + path})
		}
		for _, c := range change {
			c(s)
		}
	}
}

func TestCommits(t *testing.T) {
	one := func(path string, f source.File, change ...func(*Subject)) func(*Subject) {
		return explained(map[string]source.File{path: f}, change...)
	}
	built := func(patterns ...string) func(*Subject) {
		return func(s *Subject) { s.Policy.Files.Built = &patterns }
	}
	// A package.json as the folder has it, which the commit has too.
	rewritten := func(manager, raw string) func(*Subject) {
		return func(s *Subject) { s.Graph.Manager, s.Manifest.Raw = manager, []byte(raw) }
	}
	const empty = "9e26dfeeb6e641a33dae4961196235bdb965b21b" // git hash-object of {}
	modified := func(path string) []string { return []string{"file-modified-since-commit package/" + path + " always"} }
	untracked := func(path string) []string { return []string{"file-not-in-commit package/" + path + " always"} }
	ignored := func(path string) []string { return []string{"file-ignored-by-git package/" + path + " advice"} }
	// A package.json whose version a release tool has set since the commit.
	bump := func(manager, tag, version, packed string) func(*Subject) {
		return func(s *Subject) {
			s.Graph.Manager, s.Manifest.Raw, s.Manifest.Version = manager, []byte(`{"version":"1.2.3"}`), version
			s.Commit.Tag, s.Commit.Manifest = tag, []byte(`{"version":"0.0.0"}`)
			s.Tarball.Manifest = &npm.Manifest{Raw: []byte(packed)}
		}
	}
	many := map[string]source.File{}
	for i := range 25 {
		many[fmt.Sprintf("src/%02d.js", i)] = source.File{}
	}
	many["alone.js"] = source.File{}
	table(t, commits, []row{
		{"no commit", func(s *Subject) { s.Commit = nil }, nil},
		{"a commit that was asked nothing", func(s *Subject) { s.Commit = &source.Commit{} }, nil},
		{"no tarball", one("a.js", source.File{}, func(s *Subject) { s.Tarball = nil }), nil},
		{"identical", one("a.js", source.File{Blob: "blob of a.js"}), nil},
		{"kept by git-lfs", one("a.bin", source.File{Blob: "x", Pointer: "sum of a.bin"}), nil},
		{"another than git-lfs keeps", one("a.bin", source.File{Blob: "x", Pointer: "y"}), modified("a.bin")},
		{"what git makes the commit's of", one("a.cmd", source.File{Blob: "x", Clean: true}), nil},
		{"other line ends", one("a.cmd", source.File{Blob: "x", Ends: true}), modified("a.cmd")},
		{"modified", one("a.js", source.File{Blob: "x"}), modified("a.js")},
		{"untracked", one("a.js", source.File{}), untracked("a.js")},
		{"nothing known of either", one("a.js", source.File{},
			func(s *Subject) { s.Tarball.Entries[0].Blob, s.Tarball.Entries[0].SHA256 = "", "" }), untracked("a.js")},
		{"ignored", one("gen/a.js", source.File{Ignored: "gen"}), ignored("gen/a.js")},
		{"built: main is in the ignored folder", one("dist/esm/a.js", source.File{Ignored: "dist"}), nil},
		{"beside main's folder", one("dist/esm/a.js", source.File{Ignored: "dist/esm"}), ignored("dist/esm/a.js")},
		{"built: files names the folder", one("lib/a.js", source.File{Ignored: "lib/a.js"}), nil},
		{"built: bin is the file", one("cli.js", source.File{Ignored: "cli.js"}), nil},
		{"a folder whose name begins so", one("library/a.js", source.File{Ignored: "library"}), ignored("library/a.js")},
		{"built: the whole package is ignored", one("x/a.js", source.File{Ignored: "."}), nil},
		{"bundled", one("node_modules/a/index.js", source.File{Ignored: "node_modules"}, func(s *Subject) { s.Manifest.BundleAll = true }), nil},
		{"node_modules that is not bundled", one("node_modules/a/index.js", source.File{Ignored: "node_modules"}),
			ignored("node_modules/a/index.js")},
		{"named by the policy, in no commit", one("out/a.js", source.File{}, built("out/")), nil},
		{"named by the policy, modified", one("out/a.js", source.File{Blob: "x"}, built("out/")), nil},
		{"not named by the policy", one("dist/a.js", source.File{Ignored: "dist"}, built("out/")), ignored("dist/a.js")},
		{"the policy names nothing", one("dist/a.js", source.File{Ignored: "dist"}, built()), ignored("dist/a.js")},
		{"package.json that npm packed", one("package.json", source.File{Blob: empty}, rewritten("npm", "{}")), modified("package.json")},
		{"package.json that pnpm packed", one("package.json", source.File{Blob: empty}, rewritten("pnpm", "{}")), nil},
		{"package.json that pnpm packed, of names that are SHA-256",
			one("package.json", source.File{Blob: "f1763e2b60578aec547424aecd0574d432968c9d845353fcdc2e1ecb809596d2"},
				rewritten("pnpm", "{}")), nil},
		{"package.json changed in the folder", one("package.json", source.File{Blob: empty},
			rewritten("pnpm", `{"name":"x"}`)), modified("package.json")},
		{"package.json in no commit", one("package.json", source.File{}, rewritten("pnpm", "{}")), untracked("package.json")},
		{"package.json with the tag's version", one("package.json", source.File{Blob: empty}, bump("npm", "v1.2.3", "1.2.3",
			`{"version":"1.2.3"}`)), []string{"file-modified-since-commit package/package.json advice"}},
		{"package.json with the tag's version, packed by pnpm", one("package.json", source.File{Blob: empty},
			bump("pnpm", "app@1.2.3", "1.2.3", `{"version":"1.2.3","dependencies":{}}`)),
			[]string{"file-modified-since-commit package/package.json advice"}},
		{"package.json with a version of no tag", one("package.json", source.File{Blob: empty}, bump("npm", "", "1.2.3",
			`{"version":"1.2.3"}`)), modified("package.json")},
		{"package.json with another tag's version", one("package.json", source.File{Blob: empty},
			bump("npm", "v1.2.4", "1.2.3", `{"version":"1.2.3"}`)), modified("package.json")},
		{"package.json with the tag's version, and more was packed", one("package.json", source.File{Blob: empty},
			bump("npm", "v1.2.3", "1.2.3", `{"version":"1.2.3","bin":"x"}`)), modified("package.json")},
		{"package.json of a bundled one with that version", one("node_modules/a/package.json", source.File{Blob: empty},
			bump("npm", "v1.2.3", "1.2.3", `{"version":"1.2.3"}`)), modified("node_modules/a/package.json")},
		{"a package.json below", one("lib/package.json", source.File{Blob: empty}, rewritten("pnpm", "{}")), modified("lib/package.json")},
		{"the lockfile that is judged", lockedBy("bun.lock"), []string{"file-not-in-commit package/bun.lock advice"}},
		{"a shrinkwrap, which consumers install by", lockedBy("npm-shrinkwrap.json"),
			[]string{"file-not-in-commit package/npm-shrinkwrap.json always"}},
		{"many", explained(many), []string{"file-not-in-commit package/alone.js always", "file-not-in-commit package/src always"}},
	})
}

// lockedBy packs the lockfile that is judged, which no commit has.
func lockedBy(file string) func(*Subject) {
	return func(s *Subject) {
		explained(map[string]source.File{file: {}})(s)
		s.Graph.Lockfile = file
	}
}

func TestReleaseCommit(t *testing.T) {
	at := func(tag, release, head string) func(*Subject) {
		return func(s *Subject) { s.Tag, s.Commit = tag, &source.Commit{SHA: head, Release: release} }
	}
	wrong := []string{"release-commit package.json always"}
	table(t, releaseRef, []row{
		{"the same", at("v1.0.0", "abc", "abc"), nil},
		{"another", at("v1.0.0", "abd", "abc"), wrong},
		{"not known", at("v1.0.0", "", "abc"), wrong},
		{"no release", at("", "", "abc"), nil},
	})
}

func TestReconcile(t *testing.T) {
	s := clean()
	explained(map[string]source.File{
		"a": {Blob: "blob of a"}, "b": {Blob: "x"}, "c": {}, "gen/d": {Ignored: "gen"}, "lib/e": {Ignored: "lib"},
	})(s)
	s.Tarball.Entries = append(s.Tarball.Entries, tarball.Entry{Path: "package/lib", Dir: true})
	o := Reconcile(s)
	if got, want := fmt.Sprint(*o), "{[a] [lib/e] [gen/d] [b] [] [] [c] []}"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
	if got := Packed(s); len(got) != 5 || got[0] != (source.Packed{Path: "a", Blob: "blob of a"}) {
		t.Errorf("%v", got)
	}
}
