package tarball

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// packers are today's package managers and their commands that pack the current
// directory into $OUT. The rules are those that refuse the tarball of a package
// with odd paths; why says why that is right.
var packers = []struct{ name, command, rules, why string }{
	{name: "npm", command: `npm pack --ignore-scripts --pack-destination $OUT`},
	{name: "pnpm7", command: `$DIR/node18/node_modules/.bin/node $DIR/pnpm7/node_modules/pnpm/bin/pnpm.cjs pack --pack-destination $OUT`,
		rules: RulePath, why: "package/lib/index.js is there again as package/./lib/index.js, " +
			"because main begins with ./; Go and npm differ about it"},
	{name: "pnpm8", command: `$DIR/pnpm8/node_modules/.bin/pnpm pack --pack-destination $OUT`},
	{name: "pnpm10", command: `$DIR/pnpm10/node_modules/.bin/pnpm pack --pack-destination $OUT`},
	{name: "pnpm12", command: `$DIR/pnpm12/node_modules/.bin/pnpm pack --pack-destination $OUT`},
	{name: "yarn1", command: `$DIR/yarn1/node_modules/.bin/yarn pack --filename $OUT/p.tgz`},
	{name: "yarn2", command: `yarn=$DIR/yarn2/node_modules/@yarnpkg/cli-dist/bin/yarn.js; node $yarn install && ` +
		`node $yarn pack --out $OUT/p.tgz`},
	{name: "yarn3", command: `yarn=$DIR/yarn3/node_modules/@yarnpkg/cli-dist/bin/yarn.js; node $yarn install && ` +
		`node $yarn pack --out $OUT/p.tgz`},
	{name: "yarn4", command: `yarn=$DIR/yarn4/node_modules/@yarnpkg/cli-dist/bin/yarn.js; node $yarn install && ` +
		`node $yarn pack --out $OUT/p.tgz`},
	{name: "bun", command: `$DIR/bun/node_modules/@oven/*/bin/bun pm pack --ignore-scripts --destination $OUT`,
		rules: RuleMode, why: "the bit for everyone is kept"},
}

// managers returns the directory of real package managers, or skips the test. npm
// and node are available there too.
func managers(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(oracle.Managers)
	if dir == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the real package managers are not here (.ci/managers DIR)")
	}
	return dir
}

// TestPackers makes sure that the tarball of an ordinary package passes, whatever
// package manager packs it. A package with odd paths passes too, or is refused for
// the reason in the table.
func TestPackers(t *testing.T) {
	dir := os.Getenv(oracle.Managers) // without it the tarballs are those that were packed when it was there
	long := strings.Repeat("n", 120)
	ordinary := map[string]string{
		"package.json": `{"name":"@acme/packed","version":"1.0.0","license":"MIT","main":"lib/index.js","bin":{"acme":"bin/cli.js"},` +
			`"files":["lib","bin"]}`,
		"yarn.lock":     "",
		"README.md":     "# packed\n",
		"LICENSE":       "MIT\n",
		"bin/cli.js":    "#!/usr/bin/env node\n",
		"lib/index.js":  "module.exports = 1\n",
		"lib/empty.js":  "",
		"lib/a/b/c.mjs": "export default 2\n",
	}
	odd := map[string]string{
		"package.json": `{"name":"@acme/packed","version":"1.0.0","license":"MIT","main":"./lib/index.js","bin":{"acme":"./bin/cli.js"},` +
			`"files":["./lib","bin/cli.js"]}`,
		"lib/ünï 漢字.js":                         "3\n",
		"lib/open.js":                           "7\n",
		"lib/with space.js":                     "4\n",
		"lib/" + long + "/" + long + "/a.js":    "5\n",
		"lib/" + strings.Repeat("d/", 20) + "e": "6\n",
		// Byte 100 of the path is in the middle of a sign, before it and at its end.
		"lib/" + strings.Repeat("漢", 60) + ".js":                                  "8\n",
		"lib/1" + strings.Repeat("漢", 60) + ".js":                                 "9\n",
		"lib/21" + strings.Repeat("漢字/", 30) + "x.js":                             "10\n",
		"lib/" + strings.Repeat("é", 25) + "/" + strings.Repeat("x", 99) + "é.js": "11\n",
	}
	for name, body := range ordinary {
		if odd[name] == "" {
			odd[name] = body
		}
	}
	for _, p := range packers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if got := packWith(t, dir, p.name+"-ordinary.tgz", p.command, ordinary); !refusedBy(got, "") {
				t.Errorf("an ordinary package: %q", got.Violations)
			}
			got := packWith(t, dir, p.name+"-odd.tgz", p.command, odd)
			if !refusedBy(got, p.rules) {
				t.Errorf("a package with odd paths: %q, want %q: %s", got.Violations, p.rules, p.why)
			}
			if p.rules == "" || p.rules == RuleMode { // then every reader has to see the same
				if theirs, err := goReads(got.Bytes); err != nil || !slices.Equal(theirs, got.Entries) {
					t.Errorf("archive/tar reads %v (%v), we read %v", theirs, err, got.Entries)
				}
				if dir != "" {
					compareReaders(t, []*Tarball{got})
				}
			}
		})
	}
}

var update = flag.Bool("update", false, "write anew what the package managers are on record with")

// packWith reads the tarball that a command packs of the files, or packed of
// them when it was last asked.
func packWith(t *testing.T, dir, name, command string, files map[string]string) *Tarball {
	t.Helper()
	var ask func() []byte
	if dir != "" {
		ask = func() []byte { return runPacker(t, dir, command, files) }
	}
	made := oracle.Text(t, oracle.Record{Name: name, Update: *update, Varies: true}, ask) // times, and gzip's level
	got, err := Read(made, name, Options{NoSecrets: true, Digests: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Entries) < 4 && len(got.Violations) == 0 {
		t.Errorf("only %d entries", len(got.Entries))
	}
	return got
}

// runPacker writes the files, with lib/open.js writable by everyone, and returns
// the tarball that the command packs.
func runPacker(t *testing.T, dir, command string, files map[string]string) []byte {
	t.Helper()
	work, home, out := t.TempDir(), t.TempDir(), t.TempDir()
	for name, body := range files {
		path := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if name == "lib/open.js" {
			if err := os.Chmod(path, 0o666); err != nil { // whatever the umask is
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command("sh", "-ec", command)
	cmd.Dir = work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DIR=" + dir, "OUT=" + out, "CI=true",
		"YARN_ENABLE_NETWORK=0", "YARN_ENABLE_TELEMETRY=0", "YARN_ENABLE_GLOBAL_CACHE=0", "YARN_ENABLE_IMMUTABLE_INSTALLS=0"}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	made, err := filepath.Glob(filepath.Join(out, "*.tgz"))
	if err != nil || len(made) != 1 {
		t.Fatalf("made %v (%v)", made, err)
	}
	data, err := os.ReadFile(made[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}
