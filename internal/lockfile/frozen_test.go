package lockfile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// frozenPackages are what the registry of the test has: manifests, without name
// and version.
var frozenPackages = map[string]map[string]map[string]any{
	"ms":     {"2.1.3": {}},
	"lodash": {"3.10.1": {}, "4.17.21": {}},
	"a":      {"1.0.0": {"dependencies": map[string]any{"lodash": "^3.10.0"}}},
	"ao":     {"1.0.0": {"optionalDependencies": map[string]any{"lodash": "^3.10.0"}}},
	"ap":     {"1.0.0": {"peerDependencies": map[string]any{"lodash": "^3.10.0"}}},
	"apo": {"1.0.0": {"peerDependencies": map[string]any{"lodash": "^3.10.0"},
		"peerDependenciesMeta": map[string]any{"lodash": map[string]any{"optional": true}}}},
}

// A frozenProject is a package.json and what its lockfile holds, by name.
type frozenProject struct {
	name     string
	manifest map[string]any
	locked   map[string]string
}

type deps = map[string]any

var frozenProjects = []frozenProject{
	{"all is there", deps{"dependencies": deps{"a": "1.0.0"}}, map[string]string{"a": "1.0.0", "lodash": "3.10.1"}},
	{"optional missing", deps{"dependencies": deps{"ms": "2.1.3"}, "optionalDependencies": deps{"lodash": "^3.10.0"}},
		map[string]string{"ms": "2.1.3"}},
	{"peer missing", deps{"dependencies": deps{"ms": "2.1.3"}, "peerDependencies": deps{"lodash": "^3.10.0"}},
		map[string]string{"ms": "2.1.3"}},
	{"optional peer missing", deps{"dependencies": deps{"ms": "2.1.3"}, "peerDependencies": deps{"lodash": "^3.10.0"},
		"peerDependenciesMeta": deps{"lodash": deps{"optional": true}}}, map[string]string{"ms": "2.1.3"}},
	{"missing below", deps{"dependencies": deps{"a": "1.0.0"}}, map[string]string{"a": "1.0.0"}},
	{"optional missing below", deps{"dependencies": deps{"ao": "1.0.0"}}, map[string]string{"ao": "1.0.0"}},
	{"peer missing below", deps{"dependencies": deps{"ap": "1.0.0"}}, map[string]string{"ap": "1.0.0"}},
	{"optional peer missing below", deps{"dependencies": deps{"apo": "1.0.0"}}, map[string]string{"apo": "1.0.0"}},
	{"misfit below", deps{"dependencies": deps{"a": "1.0.0"}}, map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
	{"optional misfit below", deps{"dependencies": deps{"ao": "1.0.0"}}, map[string]string{"ao": "1.0.0", "lodash": "4.17.21"}},
	{"misfit below development", deps{"devDependencies": deps{"a": "1.0.0"}}, map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
	{"misfit", deps{"dependencies": deps{"lodash": "^3.10.0"}}, map[string]string{"lodash": "4.17.21"}},
	{"optional misfit", deps{"dependencies": deps{"ms": "2.1.3"}, "optionalDependencies": deps{"lodash": "^3.10.0"}},
		map[string]string{"ms": "2.1.3", "lodash": "4.17.21"}},
	{"development misfit", deps{"devDependencies": deps{"lodash": "^3.10.0"}}, map[string]string{"lodash": "4.17.21"}},
	{"override", deps{"dependencies": deps{"a": "1.0.0"}, "overrides": deps{"lodash": "4.17.21"}},
		map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
	{"override below", deps{"dependencies": deps{"a": "1.0.0"}, "overrides": deps{"a": deps{"lodash@^3": "4.17.21"}}},
		map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
	{"override elsewhere", deps{"dependencies": deps{"a": "1.0.0", "ms": "2.1.3"},
		"overrides": deps{"ms": deps{"lodash": "4.17.21"}}}, map[string]string{"a": "1.0.0", "ms": "2.1.3", "lodash": "4.17.21"}},
	{"override of another range", deps{"dependencies": deps{"a": "1.0.0"}, "overrides": deps{"lodash@^2.0.0": "4.17.21"}},
		map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
	{"override not followed", deps{"dependencies": deps{"a": "1.0.0"}, "overrides": deps{"lodash": "4.17.21"}},
		map[string]string{"a": "1.0.0", "lodash": "3.10.1"}},
	{"override below not followed", deps{"dependencies": deps{"a": "1.0.0"},
		"overrides": deps{"a": deps{"lodash": "4.17.21"}}}, map[string]string{"a": "1.0.0", "lodash": "3.10.1"}},
	{"override of a range not followed", deps{"dependencies": deps{"a": "1.0.0"},
		"overrides": deps{"lodash@^3.0.0": "4.17.21"}}, map[string]string{"a": "1.0.0", "lodash": "3.10.1"}},
	{"override below another not followed", deps{"dependencies": deps{"a": "1.0.0", "ms": "2.1.3"},
		"overrides": deps{"ms": deps{"lodash": "4.17.21"}}}, map[string]string{"a": "1.0.0", "ms": "2.1.3", "lodash": "3.10.1"}},
	{"yarn's word for an override", deps{"dependencies": deps{"a": "1.0.0"}, "resolutions": deps{"lodash": "4.17.21"}},
		map[string]string{"a": "1.0.0", "lodash": "4.17.21"}},
}

// frozenRegistry serves the packages, on the loopback.
type frozenRegistry struct {
	*httptest.Server
	tarballs map[string][]byte // by path
}

func newFrozenRegistry(t *testing.T) *frozenRegistry {
	t.Helper()
	r := &frozenRegistry{tarballs: map[string][]byte{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if ball, ok := r.tarballs[q.URL.Path]; ok {
			w.Write(ball)
			return
		}
		name := strings.Trim(q.URL.Path, "/")
		versions := deps{}
		latest := ""
		for version, m := range frozenPackages[name] {
			v := deps{"name": name, "version": version, "dist": deps{"tarball": r.URL + r.path(name, version),
				"integrity": r.integrity(name, version)}}
			for k, f := range m {
				v[k] = f
			}
			versions[version] = v
			latest = max(latest, version)
		}
		if len(versions) == 0 {
			http.NotFound(w, q)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(deps{"name": name, "dist-tags": deps{"latest": latest}, "versions": versions})
	}))
	t.Cleanup(r.Close)
	for name, versions := range frozenPackages {
		for version, m := range versions {
			manifest := deps{"name": name, "version": version}
			for k, f := range m {
				manifest[k] = f
			}
			text, err := json.Marshal(manifest)
			if err != nil {
				t.Fatal(err)
			}
			var ball bytes.Buffer
			z := gzip.NewWriter(&ball)
			w := tar.NewWriter(z)
			if err := w.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(text))}); err != nil {
				t.Fatal(err)
			}
			w.Write(text)
			w.Close()
			z.Close()
			r.tarballs[r.path(name, version)] = ball.Bytes()
		}
	}
	return r
}

func (r *frozenRegistry) path(name, version string) string {
	return "/" + name + "/-/" + name + "-" + version + ".tgz"
}

func (r *frozenRegistry) integrity(name, version string) string {
	sum := sha512.Sum512(r.tarballs[r.path(name, version)])
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// npmLock writes the lockfile of npm for a project.
func (r *frozenRegistry) npmLock(p frozenProject) any {
	root := deps{"name": "w", "version": "1.0.0"}
	for k, v := range p.manifest {
		if strings.Contains(k, "ependenc") {
			root[k] = v
		}
	}
	packages := deps{"": root}
	for name, version := range p.locked {
		e := deps{"version": version, "resolved": r.URL + r.path(name, version), "integrity": r.integrity(name, version)}
		for k, f := range frozenPackages[name][version] {
			e[k] = f
		}
		packages["node_modules/"+name] = e
	}
	return deps{"name": "w", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": packages}
}

// bunLock writes that of bun.
func (r *frozenRegistry) bunLock(p frozenProject) any {
	root := deps{"name": "w"}
	for _, k := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		if v, ok := p.manifest[k]; ok {
			root[k] = v
		}
	}
	if p.manifest["peerDependenciesMeta"] != nil {
		root["optionalPeers"] = []string{"lodash"}
	}
	packages := deps{}
	for name, version := range p.locked {
		info := deps{}
		for k, f := range frozenPackages[name][version] {
			if k == "peerDependenciesMeta" {
				k, f = "optionalPeers", []string{"lodash"}
			}
			info[k] = f
		}
		packages[name] = []any{name + "@" + version, r.URL + r.path(name, version), info, r.integrity(name, version)}
	}
	lock := deps{"lockfileVersion": 1, "workspaces": deps{"": root}, "packages": packages}
	if o, ok := p.manifest["overrides"]; ok {
		lock["overrides"] = o
	}
	return lock
}

// TestFrozen holds what we call refused against npm ci and bun install
// --frozen-lockfile themselves, on small projects and a registry of the test's
// own: what they refuse, we do; what they accept, we do, but for what the
// table of exceptions says.
func TestFrozen(t *testing.T) {
	r := newFrozenRegistry(t)
	// bun's lockfile names overrides in words of its own, which are not written here.
	skipped := map[string][]string{"bun": {"override below", "override elsewhere", "override of another range",
		"override of a range not followed"}}
	for _, m := range []struct {
		name, file string
		lock       func(frozenProject) any
		command    func() []string
	}{
		{"npm", "package-lock.json", r.npmLock, func() []string { return []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"} }},
		{"bun", "bun.lock", r.bunLock, func() []string {
			return []string{bunProgram(t, "bun", "node_modules", "@oven", "bun-linux-x64", "bin", "bun"), "install",
				"--frozen-lockfile", "--ignore-scripts"}
		}},
	} {
		dirs := map[string]string{}
		for _, p := range frozenProjects {
			if slices.Contains(skipped[m.name], p.name) {
				continue
			}
			dir := t.TempDir()
			manifest := deps{"name": "w", "version": "1.0.0"}
			for k, v := range p.manifest {
				manifest[k] = v
			}
			if m.name == "bun" { // an older bun takes more
				manifest["packageManager"] = "bun@1.4.5"
			}
			for file, value := range map[string]any{"package.json": manifest, m.file: m.lock(p)} {
				text, err := json.MarshalIndent(value, "", " ")
				if err != nil {
					t.Fatal(err)
				}
				write(t, dir, file, string(text)+"\n")
			}
			dirs[p.name] = dir
		}
		ours := map[string]bool{}
		for name, dir := range dirs {
			ours[name] = ourRefusal(t, dir, m.file) // before npm and bun write into the folder
		}
		theirs := oracle.JSON(t, record("frozen-"+m.name+".json"), asked(func() map[string]bool {
			refused := map[string]bool{}
			for name, dir := range dirs {
				refused[name] = r.refuses(t, dir, m.command())
			}
			return refused
		}))
		if len(theirs) != len(dirs) {
			t.Errorf("%s told of %d projects, there are %d", m.name, len(theirs), len(dirs))
		}
		for name := range dirs {
			t.Run(m.name+"/"+name, func(t *testing.T) {
				if want, told := theirs[name]; !told || ours[name] != want {
					t.Errorf("refused: %v, %s itself: %v (told: %v)", ours[name], m.name, want, told)
				}
			})
		}
	}
}

// refuses runs a frozen install.
func (r *frozenRegistry) refuses(t *testing.T, dir string, command []string) bool {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("%s is not on this machine: nothing to compare with", command[0])
	}
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_registry=" + r.URL, "npm_config_cache=" + filepath.Join(home, "npm"),
		"npm_config_userconfig=" + filepath.Join(home, "none"), "npm_config_update_notifier=false",
		"BUN_INSTALL_CACHE_DIR=" + filepath.Join(home, "bun"),
	}
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%v: %v", command, ctx.Err())
	}
	t.Logf("%v: %v\n%s", command, err, out)
	return err != nil
}

// ourRefusal says whether a lockfile earns a note that blocks at any level.
func ourRefusal(t *testing.T, dir, file string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	manifest, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := Read(Location{Root: root}, manifest, file)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(g.Notes, func(n npm.Note) bool { return n.Refused || n.Kind == npm.NoteLockMismatch })
}

// TestLinksEndTheLook shows which notes are of what npm ci refuses: it looks at
// what a workspace member asks for itself, and below that at nothing.
func TestLinksEndTheLook(t *testing.T) {
	lock := `{"lockfileVersion":3,"packages":{"":{"name":"app","workspaces":["m"],"dependencies":{"a":"1.0.0"}},
		"node_modules/a":{"version":"1.0.0","dependencies":{"x":"^2.0.0"}},
		"node_modules/b":{"version":"1.0.0","dependencies":{"x":"^3.0.0"}},
		"node_modules/m":{"resolved":"m","link":true},
		"m":{"version":"1.0.0","dependencies":{"b":"1.0.0","x":"^4.0.0"}},
		"node_modules/x":{"version":"1.0.0"}}}`
	g, err := Parse([]byte(lock), "package-lock.json", manifestOf(t, `{"name":"app","workspaces":["m"],"dependencies":{"a":"1.0.0"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, n := range g.Notes {
		got[n.Text[:1]] = n.Refused
	}
	if len(got) != 3 || !got["a"] || !got["m"] || got["b"] {
		t.Errorf("refused: %v of %v", got, g.Notes)
	}
}
