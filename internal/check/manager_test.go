package check

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// as makes the lockfile one of another manager.
func as(manager, version string, change func(*Subject)) func(*Subject) {
	return func(s *Subject) {
		s.Graph.Manager, s.Graph.Version = manager, version
		if change != nil {
			change(s)
		}
	}
}

// each changes what comes from a registry.
func each(change func(*npm.Package)) func(*Subject) {
	return func(s *Subject) {
		for _, p := range s.Graph.Packages[1:] {
			change(p)
		}
	}
}

// What the lockfile of another manager does not say is no finding; what it
// says wrongly is.
func TestOtherManagersIntegrity(t *testing.T) {
	sum := strings.Repeat("a1", 64)
	checksum := func(c string) func(*Subject) {
		return func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Checksum = "", c }
	}
	missing := []string{"integrity-missing b always"}
	sha1 := "sha1-" + strings.Repeat("A", 27) + "="
	bundled := func(s *Subject) { p := pkg(s, "b"); p.Integrity, p.Bundled, p.Bundler = "", true, pkg(s, "a") }
	table(t, integrity, []row{
		{"berry", as("yarn", "8", checksum("10c0/"+sum)), nil},
		{"berry of old", as("yarn", "4", checksum(sum)), nil},
		{"berry without", as("yarn", "8", checksum("")), missing},
		{"berry with an unreadable one", as("yarn", "8", checksum("10c0/"+sum[2:])), missing},
		{"berry with letters that are no hex", as("yarn", "8", checksum("10c0/"+sum[1:]+"z")), missing},
		{"berry, another platform by its conditions alone", as("yarn", "8", platform("b", "darwin")), missing},
		{"berry, by its name too", as("yarn", "8", platform("b-darwin-x64", "darwin")), nil},
		{"berry, by another word", as("yarn", "8", platform("b-windows-64", "win32")), nil},
		{"berry, by its name too, with a checksum that cannot be read", as("yarn", "8", func(s *Subject) {
			platform("b-darwin-x64", "darwin")(s)
			pkg(s, "b-darwin-x64").Checksum = "10c0/" + sum[2:]
		}), []string{"integrity-missing b-darwin-x64 always"}},
		{"berry, dmg", as("yarn", "8", platform("dmg-license", "darwin")), nil},
		{"berry, fsevents", as("yarn", "8", platform("fsevents", "darwin")), nil},
		{"berry, another than its name says", as("yarn", "8", platform("b-linux", "darwin")), []string{"integrity-missing b-linux always"}},
		{"berry, a word within a word", as("yarn", "8", platform("armour", "arm")), []string{"integrity-missing armour always"}},
		{"npm, another platform", func(s *Subject) { checksum("")(s); pkg(s, "b").OS = []string{"darwin"} }, missing},
		{"classic, another platform", as("yarn", "1", func(s *Subject) { checksum("")(s); pkg(s, "b").OS = []string{"darwin"} }), missing},
		{"classic, SHA-1",
			as("yarn", "1", func(s *Subject) { pkg(s, "b").Integrity = sha1 }),
			[]string{"integrity-weak b severity"}},
		{"bun without", as("bun", "1", checksum("")), missing},
		{"bun without, bundled", as("bun", "1", bundled), missing},
		{"bun with an old one, bundled", as("bun", "1", func(s *Subject) { bundled(s); pkg(s, "b").Integrity = sha1 }), nil},
		{"npm without, bundled", bundled, nil},
		{"pnpm without", as("pnpm", "9.0", checksum("")), missing},
	})
}

func TestOtherManagersAddress(t *testing.T) {
	without := each(func(p *npm.Package) { p.Resolved = "" })
	yarns := each(func(p *npm.Package) {
		p.Resolved = strings.Replace(p.Resolved, npm.PublicRegistry, npm.YarnRegistry, 1)
	})
	table(t, address, []row{
		{"pnpm has none", as("pnpm", "9.0", without), nil},
		{"bun has none", as("bun", "1", without), nil},
		{"yarn's name of the public registry", as("yarn", "1", yarns), nil},
		{"the same in a lockfile of npm", func(s *Subject) { yarns(s) }, []string{"registry-host a always",
			"registry-host b always", "registry-host tool always"}},
		{"yarn's name, the public registry not allowed", as("yarn", "1", func(s *Subject) {
			yarns(s)
			s.Policy.Dependencies.Registries = []string{"https://npm.acme.example/"}
		}), []string{"registry-host a always", "registry-host b always", "registry-host tool always"}},
		{"resembles yarn's", as("yarn", "1", at(strings.Replace(npm.YarnRegistry, ".com", ".co", 1)+tail)), []string{"registry-host b always"}},
		{"yarn's, another package", as("yarn", "1", at(npm.YarnRegistry+"evil/-/evil-2.0.0.tgz")), []string{"resolved-mismatch b always"}},
		{"yarn's, another version", as("yarn", "1", at(npm.YarnRegistry+"b/-/b-1.0.0.tgz")), []string{"resolved-mismatch b always"}},
		{"git by way of a catalog", as("pnpm", "9.0", func(s *Subject) {
			p := pkg(s, "b")
			p.Source, p.Resolved = npm.SourceGit, "git+https://github.com/o/b.git#"+strings.Repeat("a", 40)
			pkg(s, "a").Deps[0].Range = "catalog:"
		}), nil},
	})
}

func TestOtherManagersFix(t *testing.T) {
	vulnerable := func(fixed string) func(s *Subject) string {
		return func(s *Subject) string {
			s.Advisories = []advisory.Match{{Record: &advisory.Record{ID: "GHSA-1"}, Package: pkg(s, "b"), Fixed: fixed}}
			return advisories.Run(s)[0].Fix
		}
	}
	note := func(kind string) func(s *Subject) string {
		return func(s *Subject) string {
			s.Graph.Notes = []npm.Note{{Kind: kind, Text: "x"}}
			return lockfileNotes.Run(s)[0].Fix
		}
	}
	noIntegrity := func(s *Subject) string { pkg(s, "b").Integrity = ""; return integrity.Run(s)[0].Fix }
	sha1 := func(s *Subject) string {
		pkg(s, "b").Integrity = "sha1-" + strings.Repeat("A", 27) + "="
		return integrity.Run(s)[0].Fix
	}
	noLicence := func(s *Subject) string {
		each(func(p *npm.Package) { p.License = "" })(s)
		return licenses.Run(s)[0].Fix
	}
	for _, c := range []struct {
		manager, version string
		fix              func(*Subject) string
		want             string
	}{
		{"npm", "3", vulnerable("2.1.0"), "Run `npm update b`: 2.1.0 is fixed"},
		{"yarn", "1", vulnerable("2.1.0"), "Delete the entries of b from the lockfile and run `yarn install`: 2.1.0 is fixed"},
		{"yarn", "8", vulnerable("2.1.0"), "Run `yarn up -R b`: 2.1.0 is fixed"},
		{"pnpm", "9.0", vulnerable("2.1.0"), "Run `pnpm update --depth Infinity b`: 2.1.0 is fixed"},
		{"bun", "1", vulnerable("2.1.0"), "add `\"overrides\": {\"b\": \"2.1.0\"}` to package.json."},
		{"npm", "3", vulnerable("3.0.0"), "add `\"overrides\": {\"b\": \"3.0.0\"}` to package.json."},
		{"bun", "1", vulnerable("3.0.0"), "add `\"overrides\": {\"b\": \"3.0.0\"}` to package.json."},
		{"yarn", "8", vulnerable("3.0.0"), "add `\"resolutions\": {\"b\": \"3.0.0\"}` to package.json."},
		{"pnpm", "9.0", vulnerable("3.0.0"), "add `\"b\": \"3.0.0\"` to `overrides` in pnpm-workspace.yaml (up to pnpm 9: " +
			"to `pnpm.overrides` in package.json)."},
		{"npm", "3", note(npm.NoteLockMismatch), "Run `npm install` and commit the lockfile."},
		{"pnpm", "9.0", note(npm.NoteLockMismatch), "Run `pnpm install` and commit the lockfile."},
		{"yarn", "8", note(npm.NoteInvalid), "Run `yarn why` to see"},
		{"bun", "1", note("anything else"), "Run `bun install --lockfile-only` and look"},
		{"yarn", "1", noIntegrity, "Delete the entries of b from the lockfile, then run `yarn install`."},
		{"yarn", "8", func(s *Subject) string { platform("b", "darwin")(s); return integrity.Run(s)[0].Fix }, "write an exception"},
		{"yarn", "8", noIntegrity, "Run `yarn install`: it writes the checksums that are missing."},
		{"pnpm", "9.0", sha1, "Run `pnpm install --fix-lockfile --lockfile-only`: versions stay as they are."},
		{"pnpm", "6.0", sha1, "Run `pnpm update --depth Infinity --lockfile-only b`: it writes"},
		{"npm", "3", sha1, "Run `npm update --package-lock-only b`."},
		{"npm", "3", noIntegrity, "Run `npm update --package-lock-only`: it writes"},
		{"pnpm", "9.0", noIntegrity, "Delete `node_modules` and the lockfile, then run `pnpm install`."},
		{"npm", "1", noLicence, "Run `npm ci --ignore-scripts` before the gate"},
		{"bun", "1", noLicence, "Run `bun install --frozen-lockfile --ignore-scripts` before the gate"},
		{"yarn", "8", noLicence, "Run `yarn install --immutable --mode=skip-build`, with `nodeLinker: node-modules`, before the gate"},
	} {
		s := clean()
		s.Graph.Manager, s.Graph.Version = c.manager, c.version
		if got := c.fix(s); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: got %q, want …%q…", c.manager, c.version, got, c.want)
		}
	}
}

// platform is a copy of a name without a checksum, bound to a system or processor.
func platform(name, bound string) func(*Subject) {
	return func(s *Subject) {
		p := pkg(s, "b")
		p.Name, p.Integrity, p.Checksum, p.OS = name, "", "", []string{bound}
		p.Resolved = strings.ReplaceAll(p.Resolved, "/b", "/"+name)
	}
}
