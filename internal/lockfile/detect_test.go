package lockfile

import (
	"fmt"
	"strings"
	"testing"
)

// Which lockfile is read, and what is said about the others.
func TestChoose(t *testing.T) {
	app := func(manager string) string {
		return `{"name":"app","version":"1.0.0",` + "\n" + `"packageManager":"` + manager + `","dependencies":{"a":"^1.0.0"}}`
	}
	mono := func(manager string) string {
		return `{"name":"mono","workspaces":["p/*"],` + manager + `"version":"1.0.0"}`
	}
	monoNPM := `{"lockfileVersion":3,"packages":{"":{"name":"mono","workspaces":["p/*"]},
		"p/app":{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"}},
		"node_modules/app":{"resolved":"p/app","link":true},"node_modules/a":{"version":"1.2.0"}}}`
	monoBun := `{"lockfileVersion":1,"workspaces":{"":{"name":"mono"},"p/app":{"name":"app",` +
		`"dependencies":{"a":"^1.0.0"}}},"packages":{"a":["a@1.2.0","",{},""]}}`
	type files = map[string]string
	for _, c := range []struct {
		name, dir, manifest, named string
		files                      files
		lock, notes, err, others   string
	}{
		{name: "only one, nothing said", manifest: oneDep, files: files{"bun.lock": bunOne}, lock: "bun.lock"},
		{name: "only one, as said", manifest: app("bun@1.4.5+sha512.abc"), files: files{"bun.lock": bunOne}, lock: "bun.lock"},
		{name: "two, nothing said", manifest: oneDep, files: files{"bun.lock": bunOne, "package-lock.json": oneLock}, lock: "package-lock.json",
			notes: "two-lockfiles package-lock.json:1 package-lock.json was read, but bun.lock of bun stands beside it: which " +
				"of them is true cannot be told", others: "bun.lock"},
		{name: "two, bun said", manifest: app("bun@1.4.5"), files: files{"bun.lock": bunOne, "package-lock.json": oneLock}, lock: "bun.lock",
			notes: "two-lockfiles bun.lock:1 bun.lock was read, but package-lock.json of npm stands beside it; packageManager says bun@1.4.5"},
		{name: "two, npm said", manifest: app("npm@11.0.0"), files: files{"bun.lock": bunOne, "package-lock.json": oneLock},
			lock: "package-lock.json",
			notes: "two-lockfiles package-lock.json:1 package-lock.json was read, but bun.lock of bun stands beside it; " +
				"packageManager says npm@11.0.0"},
		{name: "only one, another said", manifest: app("pnpm@10.0.0"), files: files{"bun.lock": bunOne}, lock: "bun.lock",
			notes: "other-manager package.json:2 packageManager says pnpm@10.0.0, but the lockfile is bun.lock of bun"},
		{name: "unknown manager said", manifest: app("deno@2"), files: files{"bun.lock": bunOne}, lock: "bun.lock",
			notes: "other-manager package.json:2 packageManager says deno@2, but the lockfile is bun.lock of bun"},
		{name: "named by hand", manifest: app("npm@11.0.0"), named: "bun.lock",
			files: files{"bun.lock": bunOne, "package-lock.json": oneLock}, lock: "bun.lock"},
		{name: "text and binary of bun", manifest: oneDep, files: files{"bun.lock": bunOne, "bun.lockb": "\x00"}, lock: "bun.lock"},
		{name: "only the binary of bun", manifest: oneDep, files: files{"bun.lockb": "\x00"},
			err: "bun.lockb: the binary lockfile of bun, which this version cannot read: run bun install --save-text-lockfile"},
		{name: "the binary of bun, as said, beside npm's", manifest: app("bun@1.1.0"),
			files: files{"bun.lockb": "\x00", "package-lock.json": oneLock}, err: "bun.lockb: the binary lockfile of bun"},
		{name: "npm's beside the binary of bun", manifest: oneDep,
			files: files{"bun.lockb": "\x00", "package-lock.json": oneLock}, lock: "package-lock.json",
			notes: "two-lockfiles package-lock.json:1 package-lock.json was read, but bun.lockb of bun stands beside it: which " +
				"of them is true cannot be told"},

		{name: "shrinkwrap, npm 11", manifest: app("npm@11.9.0"), files: files{"npm-shrinkwrap.json": oneLock,
			"package-lock.json": oneLock}, lock: "npm-shrinkwrap.json",
			notes: "shrinkwrap npm-shrinkwrap.json:1 npm-shrinkwrap.json was read, as npm up to 11 does; npm 12 ignores it"},
		{name: "shrinkwrap, npm 12", manifest: app("npm@12.0.0"), files: files{"npm-shrinkwrap.json": oneLock,
			"package-lock.json": oneLock}, lock: "package-lock.json",
			notes: "shrinkwrap package-lock.json:1 package-lock.json was read and npm-shrinkwrap.json beside it was not: " +
				"packageManager says npm@12.0.0, which ignores it"},
		{name: "shrinkwrap alone, npm 12", manifest: app("npm@12.0.0"), files: files{"npm-shrinkwrap.json": oneLock},
			err: "npm-shrinkwrap.json: packageManager says npm@12.0.0, which no longer reads this file: rename it to package-lock.json"},
		{name: "shrinkwrap alone, npm 12, by hand", manifest: app("npm@12.0.0"), named: "npm-shrinkwrap.json",
			files: files{"npm-shrinkwrap.json": oneLock}, lock: "npm-shrinkwrap.json",
			notes: "shrinkwrap npm-shrinkwrap.json:1 npm-shrinkwrap.json was read, as npm up to 11 does; npm 12 ignores it"},

		{name: "member, the root says bun", dir: "p/app", manifest: oneDep, lock: "../../bun.lock",
			files: files{"package.json": mono(`"packageManager":"bun@1.4.5",`), "bun.lock": monoBun, "package-lock.json": monoNPM, "p/app/x": ""},
			notes: "two-lockfiles ../../bun.lock:1 bun.lock was read, but package-lock.json of npm stands beside it; packageManager says bun@1.4.5"},
		{name: "member, the root says another", dir: "p/app", manifest: oneDep, lock: "../../bun.lock",
			files: files{"package.json": mono("\n" + `"packageManager":"npm@11.0.0",`), "bun.lock": monoBun, "p/app/x": ""},
			notes: "other-manager ../../package.json:2 packageManager says npm@11.0.0, but the lockfile is ../../bun.lock of bun"},
		{name: "member that says bun, with a stray lockfile", dir: "p/app", manifest: app("bun@1.4.5"), lock: "../../bun.lock",
			files: files{"package.json": mono(""), "bun.lock": monoBun, "p/app/package-lock.json": oneLock},
			notes: "two-lockfiles ../../bun.lock:1 bun.lock was read, but package-lock.json of npm stands nearer; packageManager says bun@1.4.5"},
		{name: "member that says bun, the root says npm", dir: "p/app", manifest: app("bun@1.4.5"), lock: "../../bun.lock",
			files: files{"package.json": mono(`"packageManager":"npm@11.0.0",`), "bun.lock": monoBun, "package-lock.json": monoNPM, "p/app/x": ""},
			notes: "two-lockfiles ../../bun.lock:1 bun.lock was read, but package-lock.json of npm stands beside it; packageManager says bun@1.4.5"},
		{name: "member that says nothing, the root says bun, with its own lockfile", dir: "p/app", manifest: oneDep, lock: "../../bun.lock",
			files: files{"package.json": mono(`"packageManager":"bun@1.4.5",`), "bun.lock": monoBun, "p/app/package-lock.json": oneLock},
			notes: "two-lockfiles ../../bun.lock:1 bun.lock was read, but package-lock.json of npm stands nearer; packageManager says bun@1.4.5"},
		{name: "member with its own lockfile of another manager, nothing said", dir: "p/app", manifest: oneDep,
			lock: "package-lock.json", others: "../../bun.lock",
			files: files{"package.json": mono(""), "bun.lock": monoBun, "p/app/package-lock.json": oneLock},
			notes: "member-lockfile package-lock.json:1 package-lock.json stands in a member of the workspace in ../.., whose " +
				"lockfile is ../../bun.lock of bun: which of them is true cannot be told"},
		{name: "member with its own lockfile of bun", dir: "p/app", manifest: oneDep, lock: "../../bun.lock",
			files: files{"package.json": mono(""), "bun.lock": monoBun, "p/app/bun.lock": bunOne},
			notes: "member-lockfile ../../bun.lock:1 bun.lock is not read: this folder is a member of the workspace in ../.., " +
				"and bun uses ../../bun.lock"},
		{name: "no member, with its own lockfile", dir: "q/app", manifest: oneDep, lock: "package-lock.json",
			files: files{"package.json": mono(""), "package-lock.json": monoNPM, "q/app/package-lock.json": oneLock}},
		{name: "not above the repository", dir: "p/app", manifest: app("bun@1.4.5"), lock: "package-lock.json",
			files: files{"bun.lock": monoBun, "p/app/package-lock.json": oneLock, "p/app/.git/HEAD": ""},
			notes: "other-manager package.json:2 packageManager says bun@1.4.5, but the lockfile is package-lock.json of npm"},
		{name: "none, bun said", manifest: app("bun@1.4.5"), files: files{"x": ""}, err: "run `bun install --lockfile-only --ignore-scripts`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, root := repository(t, c.files)
			g, err := Read(Location{Root: root, Dir: c.dir}, manifestOf(t, c.manifest), c.named)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var notes []string
			for _, n := range g.Notes {
				notes = append(notes, fmt.Sprintf("%s %s:%d %s", n.Kind, n.File, n.Line, n.Text))
			}
			if got := strings.Join(notes, "; "); g.Lockfile != c.lock || got != c.notes {
				t.Errorf("lockfile %s\ngot  %s\nwant %s", g.Lockfile, got, c.notes)
			}
			var others []string
			for _, o := range g.Others {
				others = append(others, o.Lockfile)
			}
			if got := strings.Join(others, " "); got != c.others {
				t.Errorf("others %q, want %q", got, c.others)
			}
			if len(g.Root.Deps) != 1 || g.Root.Deps[0].To == nil || g.Root.Deps[0].To.Version != "1.2.0" {
				t.Errorf("root %+v", g.Root)
			}
		})
	}
}
