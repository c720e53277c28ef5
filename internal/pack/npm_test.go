package pack

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// A realNPM runs the npm that our packing is compared with: 11.19.1 where the
// landing has installed it, else the machine's if it is 10 or 11.
type realNPM struct {
	node, cli, home string
}

func findNPM(t testing.TB) *realNPM {
	t.Helper()
	r, why := lookForNPM(t)
	if r == nil {
		t.Skip(why)
	}
	return r
}

// lookForNPM returns nil and why where there is no npm to compare with.
func lookForNPM(t testing.TB) (r *realNPM, why string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, "no node on this machine: the real npm was not asked"
	}
	r = &realNPM{node: node, home: t.TempDir()}
	if managers := os.Getenv(oracle.Managers); managers != "" {
		r.cli = filepath.Join(managers, "npm11", "node_modules", "npm", "bin", "npm-cli.js")
		if _, err := os.Stat(r.cli); err == nil {
			return r, ""
		}
	}
	r.cli, err = exec.LookPath("npm")
	if err == nil {
		r.cli, err = filepath.EvalSymlinks(r.cli)
	}
	if err != nil {
		return nil, "no npm on this machine: it was not asked"
	}
	version := strings.TrimSpace(string(r.run(t, t.TempDir(), "--version")))
	if !strings.HasPrefix(version, "10.") && !strings.HasPrefix(version, "11.") {
		return nil, "this machine's npm is " + version + ", which packs differently: it was not asked"
	}
	return r, ""
}

var update = flag.Bool("update", false, "write anew what npm is on record with")

// packedByNPM compares what we pack of folders with what npm packed of them. On
// record is the SHA-256 of each tar stream; where npm is installed it is asked,
// and what differs is told entry by entry.
func packedByNPM(t *testing.T, name string, folders map[string]Folder, ask func(*realNPM) map[string][]byte) {
	t.Helper()
	r, _ := lookForNPM(t)
	var streams map[string][]byte
	var digests func() map[string]string
	if r != nil {
		streams = ask(r)
		digests = func() map[string]string {
			sums := map[string]string{}
			for name, stream := range streams {
				sums[name] = fmt.Sprintf("%x", sha256.Sum256(stream))
			}
			return sums
		}
	}
	told := oracle.JSON(t, oracle.Record{Name: name, Update: *update}, digests)
	if len(told) != len(folders) {
		t.Errorf("npm packed %d of %d folders", len(told), len(folders))
	}
	for name, f := range folders {
		t.Run(name, func(t *testing.T) {
			if streams != nil {
				same(t, name, f, streams[name])
			}
			data, err := Pack(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(gunzip(t, data))); got != told[name] {
				t.Errorf("the tar stream has the SHA-256 %s, npm's has %s; of these entries\n%s",
					got, told[name], strings.Join(entries(t, gunzip(t, data)), "\n"))
			}
		})
	}
}

// run runs npm in a folder, without network, settings or scripts.
func (r *realNPM) run(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(r.node, append([]string{r.cli}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.home, "npm_config_userconfig=" + os.DevNull, "npm_config_offline=true",
		"npm_config_ignore_scripts=true", "npm_config_audit=false", "npm_config_fund=false",
		"npm_config_update_notifier=false", "npm_config_loglevel=error"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("npm %v: %v\n%s", args, err, stderr.Bytes())
	}
	return out
}

// tars packs folders and returns their uncompressed tar streams. Their names
// have to differ.
func (r *realNPM) tars(t testing.TB, cwd string, dirs ...string) [][]byte {
	t.Helper()
	to := t.TempDir()
	out := r.run(t, cwd, append([]string{"pack", "--pack-destination", to}, dirs...)...)
	files := strings.Fields(string(out))
	if len(files) != max(1, len(dirs)) {
		t.Fatalf("npm packed %d of %d folders: %s", len(files), len(dirs), out)
	}
	all := make([][]byte, len(files))
	for i, f := range files {
		data, err := os.ReadFile(filepath.Join(to, f))
		if err != nil {
			t.Fatal(err)
		}
		all[i] = gunzip(t, data)
	}
	return all
}

func gunzip(t testing.TB, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// open opens the package in dir within the checkout top.
func open(t testing.TB, top, dir string) Folder {
	t.Helper()
	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	data, err := os.ReadFile(filepath.Join(top, dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := npm.ParseManifest(data, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(top)
	if err != nil {
		t.Fatal(err)
	}
	return Folder{Root: root, Path: real, Dir: dir, Manifest: m}
}

// same compares our tar stream with npm's, entry by entry where they differ.
func same(t *testing.T, name string, f Folder, want []byte) {
	t.Helper()
	data, err := Pack(t.Context(), f)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got := gunzip(t, data)
	if bytes.Equal(got, want) {
		return
	}
	ours, theirs := entries(t, got), entries(t, want)
	t.Errorf("%s: the tar stream is not npm's: %d bytes, npm %d", name, len(got), len(want))
	for i := range max(len(ours), len(theirs)) {
		a, b := "nothing", "nothing"
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(theirs) {
			b = theirs[i]
		}
		if a != b {
			t.Errorf("%s: entry %d: %s\n\tnpm: %s", name, i, a, b)
			return
		}
	}
	t.Errorf("%s: the entries are the same, their headers are not", name)
}

// TestNPMPackages packs real packages: those of the data archive, and those
// that npm itself is made of.
func TestNPMPackages(t *testing.T) {
	r := findNPM(t)
	var dirs []string
	for _, archive := range tarballs(t) {
		dirs = append(dirs, filepath.Join(unpack(t, archive), "package"))
	}
	// By its real path: npm leaves out what is bundled when it is given a folder
	// through a link.
	own, err := filepath.EvalSymlinks(filepath.Dir(filepath.Dir(r.cli)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(own, "node_modules", "*", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if len(dirs) < 60 {
			dirs = append(dirs, filepath.Dir(f))
		}
	}
	if len(dirs) < 40 {
		t.Fatalf("%d packages, that cannot be all", len(dirs))
	}
	if testing.Short() {
		dirs = dirs[len(dirs)-15:]
	}
	dirs = append(dirs, own) // bundles all of its dependencies
	total := 0
	for i, want := range r.tars(t, t.TempDir(), dirs...) {
		same(t, filepath.Base(dirs[i]), open(t, dirs[i], "."), want)
		total += len(want)
	}
	t.Logf("%d real packages, %d bytes of tar the same as npm's", len(dirs), total)
}
