package lockfile

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestGitAddress(t *testing.T) {
	for repo, want := range map[string]string{
		"git@github.com:acme/x.git":          "git+ssh://git@github.com/acme/x.git",
		"git@host.example.com:/srv/x.git":    "git+ssh://git@host.example.com/srv/x.git",
		"deploy@host.example.com:x.git":      "git+ssh://deploy@host.example.com/x.git",
		"gitlab.com:acme/x.git":              "git+ssh://gitlab.com/acme/x.git",
		"ssh://git@github.com/acme/x.git":    "git+ssh://git@github.com/acme/x.git",
		"ssh://git@github.com:22/acme/x.git": "git+ssh://git@github.com:22/acme/x.git",
		"https://github.com/acme/x.git":      "git+https://github.com/acme/x.git",
		"git+https://github.com/acme/x.git":  "git+https://github.com/acme/x.git",
		"git://github.com/acme/x.git":        "git://github.com/acme/x.git",
		"file:///srv/x.git":                  "git+file:///srv/x.git",
		"/srv/git@host:x":                    "git+/srv/git@host:x",
		`C:\x`:                               `git+C:\x`,
	} {
		if got := gitAddress(repo); got != want {
			t.Errorf("%s: %s, expected %s", repo, got, want)
		}
	}
}

// A runtime is one only as pnpm writes it: by its key and its name, from
// addresses with checksums.
func TestPnpmRuntime(t *testing.T) {
	const lock = `lockfileVersion: '9.0'

importers:

  .:
    devDependencies:
      node:
        specifier: runtime:^24.4.0
        version: runtime:24.4.1

packages:

  node@runtime:24.4.1:
    resolution:
      type: variations
      variants:
        - resolution: {archive: tarball, integrity: sha256-A, type: binary, url: https://nodejs.org/download/release/v24.4.1/x.tar.gz}
        - resolution: {archive: tarball, integrity: sha256-B, type: binary, url: https://nodejs.org/download/release/v24.4.1/y.tar.gz}
    version: 24.4.1

snapshots:

  node@runtime:24.4.1: {}
`
	const manifest = `{"devEngines":{"runtime":{"name":"node","version":"^24.4.0","onFail":"download"}}}`
	for _, c := range []struct {
		name, from, to string
		source         npm.Source
		version        string
		notes          string
	}{
		{"as pnpm writes it", "", "", npm.SourceRuntime, "24.4.1", ""},
		{"without a version of its own", "    version: 24.4.1\n", "", npm.SourceRuntime, "24.4.1", ""},
		{"with another version", "    version: 24.4.1\n", "    version: 24.4.2\n", npm.SourceRuntime, "24.4.1", npm.NoteContradiction},
		{"with a name of its own", "    version: 24.4.1\n", "    name: left\n    version: 24.4.1\n", npm.SourceUnknown, "24.4.1", ""},
		{"one archive without a checksum", "integrity: sha256-B, ", "", npm.SourceURL, "24.4.1", ""},
		{"one archive without an address", ", url: https://nodejs.org/download/release/v24.4.1/y.tar.gz", "", npm.SourceUnknown, "24.4.1", ""},
		{"no archive", "variants:", "others:", npm.SourceUnknown, "24.4.1", ""},
		{"one archive", "type: variations\n", "type: binary\n      url: https://nodejs.org/download/release/z.tar.gz\n" +
			"      integrity: sha256-C\n", npm.SourceRuntime, "24.4.1", ""},
		{"yet to be invented", "type: variations", "type: wheel", npm.SourceUnknown, "24.4.1", ""},
	} {
		text := lock
		if c.from != "" {
			text = strings.Replace(lock, c.from, c.to, 1)
		}
		g, err := Parse([]byte(text), "pnpm-lock.yaml", manifestOf(t, manifest))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p := g.Root.Deps[0].To
		if p.Source != c.source || p.Version != c.version || kinds(g) != c.notes {
			t.Errorf("%s: source %d, version %s, notes %q", c.name, p.Source, p.Version, kinds(g))
		}
	}
}
