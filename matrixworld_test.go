package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/matrix"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

const matrixVersion = "1.2.3"

// A matrixWorld is a monorepo, the registry that it publishes to, and a run of
// .github/workflows/publish.yml in it.
type matrixWorld struct {
	*testing.T
	names   []string            // of the members, each behind those that it needs
	needs   map[string][]string // of each the members that it depends on
	npm     *registry.Server
	run     *matrix.Run
	project string // the caller's repository
	packed  string // the tarballs that its build makes

	mu    sync.Mutex
	count int           // requests to the registry
	until int           // of them, the one at which somebody dies; 0: nobody
	kept  bool          // that one is done first, and not answered
	dies  chan struct{} // closed then
	gone  chan struct{} // closed once the step is over
	early []string      // what was sent before what it needs
}

// newMatrixWorld makes a workspace of n packages that depend on each other, and
// starts nothing.
func newMatrixWorld(t *testing.T, n int, seed uint64, with map[string]map[string]string) *matrixWorld {
	workflow, err := matrix.Read(".github/workflows/publish.yml")
	if err != nil {
		t.Fatal(err)
	}
	w := &matrixWorld{T: t, needs: map[string][]string{}, npm: registry.Start(), run: matrix.New(workflow, seed),
		project: t.TempDir(), packed: t.TempDir()}
	t.Cleanup(w.npm.Close)
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range n { // names in no order that tells of the dependencies
		w.names = append(w.names, fmt.Sprintf("@acme/p%03d", i))
	}
	random.Shuffle(n, func(i, j int) { w.names[i], w.names[j] = w.names[j], w.names[i] })
	for i, name := range w.names {
		for range min(i, 2) {
			w.needs[name] = append(w.needs[name], w.names[random.IntN(i)])
		}
		slices.Sort(w.needs[name])
		w.needs[name] = slices.Compact(w.needs[name])
	}
	w.write(with)
	w.surround()
	return w
}

// write writes the repository and the tarballs; of some packages with more files.
func (w *matrixWorld) write(with map[string]map[string]string) {
	files := map[string]string{
		"package.json":      `{"name": "mono", "private": true, "workspaces": ["packages/*"]}` + "\n",
		".publishgate.yml":  "version: 1\nfiles: {forbid: [evil/]}\npublish: {credential: [stage-token, token]}\n",
		"package-lock.json": "",
	}
	lock := map[string]any{"": map[string]any{"name": "mono", "workspaces": []string{"packages/*"}}}
	for _, name := range w.names {
		dir := "packages/" + strings.TrimPrefix(name, "@acme/")
		dependencies := map[string]string{}
		for _, need := range w.needs[name] {
			dependencies[need] = "^" + matrixVersion
		}
		manifest := map[string]any{"name": name, "version": matrixVersion, "license": "MIT", "dependencies": dependencies}
		lock["node_modules/"+name] = map[string]any{"resolved": dir, "link": true}
		lock[dir] = maps.Clone(manifest)
		manifest["description"], manifest["files"] = "a package", []string{"index.js", "evil"}
		text, err := json.MarshalIndent(manifest, "", "  ")
		if err != nil {
			w.Fatal(err)
		}
		own := map[string]string{"package.json": string(text) + "\n", "index.js": "module.exports = 1\n", "README.md": "# " + name + "\n"}
		maps.Copy(own, with[name])
		for file, content := range own {
			files[dir+"/"+file] = content
		}
		w.put(w.packed, strings.ReplaceAll(name, "/", "-")+".tgz", string(packedOf(w.T, own)))
	}
	text, err := json.MarshalIndent(map[string]any{"name": "mono", "lockfileVersion": 3, "requires": true, "packages": lock}, "", "  ")
	if err != nil {
		w.Fatal(err)
	}
	files["package-lock.json"] = string(text) + "\n"
	for file, content := range files {
		w.put(w.project, file, content)
	}
	repo, err := gitrepo.Init(w.project)
	if err != nil {
		w.Fatal(err)
	}
	head, err := repo.Commit(files)
	if err != nil {
		w.Fatal(err)
	}
	w.run.Env = append(w.run.Env, "GITHUB_SHA="+head)
}

func (w *matrixWorld) put(dir, file, content string) {
	w.Helper()
	at := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
}

// packedOf makes a tarball as npm does.
func packedOf(t *testing.T, files map[string]string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	archive := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: "package/" + name, Mode: 0o644, Size: int64(len(files[name])),
			ModTime: time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC)}
		if err := archive.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// surround is what the runner has: the gate's own repository, whose action names
// an image by digest, a docker that gives the program out of that image alone, and
// the caller's settings.
func (w *matrixWorld) surround() {
	dir := w.TempDir()
	image, commit := releasedGate(w.T, dir)
	docker := "#!/bin/bash\ncase $1-$2 in\ncreate-" + image + ") echo made ;;\ncp-made:/publishgate) cp -P " +
		publishgate(w.T).Path + " \"$3\" ;;\n*) echo \"docker $*?\" >&2; exit 1 ;;\nesac\n"
	w.put(dir, "bin/docker", docker)
	if err := os.Chmod(filepath.Join(dir, "bin/docker"), 0o755); err != nil {
		w.Fatal(err)
	}
	server := httptest.NewServer(w)
	w.Cleanup(func() {
		w.arm(0, false, nil)
		server.CloseClientConnections()
		server.Close()
	})
	w.npm.URL = server.URL + "/" // as documents have it
	w.npm.Grant("npm_of_the_test", registry.Grant{Kind: "stage-only"})
	w.run.Dir, w.run.Checkout = w.TempDir(), w.project
	w.run.Job = map[string]any{"workflow_repository": "publishgate/publishgate", "workflow_sha": commit}
	w.run.GitHub = map[string]any{"event_name": "push", "repository": "acme/mono"}
	w.run.Secrets = map[string]string{"npm-token": "npm_of_the_test"}
	w.run.Inputs = map[string]any{"install": ":", "build": ":", "pack": `cp "$TARBALLS"/*.tgz "$PACKED"`, "shards": 4.0, "access": "public",
		"registry": server.URL, "advisories": "npm:" + server.URL, "publish": "stage"}
	w.run.Env = append(w.run.Env, "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "TARBALLS="+w.packed, "GORACE="+raceExit,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://"+dir+"/.insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL="+server.URL+"/github", "GITHUB_REPOSITORY=acme/mono",
		"GITHUB_REPOSITORY_ID=1001", "GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push",
		"GITHUB_RUN_ID=7001", "GITHUB_WORKFLOW_REF=acme/mono/.github/workflows/release.yml@refs/heads/main", "RUNNER_ENVIRONMENT=github-hosted")
	if len(w.names) == 1 { // of each package an upload takes a second
		w.run.Token = func(job string) string { return "token-of-" + job }
	}
}

// releasedGate makes the gate's own repository below a folder, as it is at github.com:
// one commit of a release, whose action names an image by digest.
func releasedGate(t *testing.T, dir string) (image, commit string) {
	t.Helper()
	image = "ghcr.io/publishgate/publishgate@sha256:" + strings.Repeat("5e", 32)
	own := filepath.Join(dir, "publishgate/publishgate")
	err := os.MkdirAll(own, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(own, "action.yml"), []byte("runs:\n  using: docker\n  image: docker://"+image+"\n"), 0o644)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "action.yml"}, {"-c", "user.name=a", "-c", "user.email=a@example.com",
		"commit", "-qm", "a release"}, {"rev-parse", "HEAD"}} {
		var out []byte
		if err == nil {
			out, err = exec.Command("git", append([]string{"-C", own}, args...)...).CombinedOutput()
		}
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		commit = strings.TrimSpace(string(out))
	}
	return image, commit
}

// ServeHTTP is the registry and GitHub. It notes what is sent before what it
// needs, and kills whoever makes the request that was chosen for it.
func (w *matrixWorld) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/github/") {
		acceptSARIF(rw, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // it is dead
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	w.count++
	dies, gone, kept := w.dies, w.gone, w.kept
	deadly := w.until != 0 && w.count == w.until
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		for _, name := range w.names {
			if strings.HasSuffix(r.URL.Path, "/"+name) || strings.HasSuffix(r.URL.Path, "/package/"+name) {
				w.ahead(name)
			}
		}
	}
	w.mu.Unlock()
	switch {
	case !deadly:
		w.npm.ServeHTTP(rw, r)
		return
	case kept:
		w.npm.ServeHTTP(httptest.NewRecorder(), r)
	}
	close(dies)
	<-gone
	panic(http.ErrAbortHandler)
}

// arm lets the request after some more of them be the last of whoever makes it.
func (w *matrixWorld) arm(after int, kept bool, dies chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone != nil {
		close(w.gone)
	}
	w.until, w.kept, w.dies, w.gone = 0, kept, dies, make(chan struct{})
	if dies != nil {
		w.until = w.count + after
	}
}

// ahead notes a package that is sent while one that it needs is not there.
func (w *matrixWorld) ahead(name string) {
	for _, need := range w.needs[name] {
		tarball, _ := w.npm.Published(need, matrixVersion)
		staged := slices.ContainsFunc(w.npm.Staged(), func(s registry.Staged) bool { return s.Name == need })
		if tarball == nil && !staged {
			w.early = append(w.early, name+" before "+need)
		}
	}
}

// sent returns what is staged or published: name → tarball.
func (w *matrixWorld) sent() map[string][]byte {
	all := map[string][]byte{}
	for _, s := range w.npm.Staged() {
		if all[s.Name] != nil {
			w.Errorf("%s is staged twice", s.Name)
		}
		all[s.Name] = s.Tarball
	}
	for _, name := range w.names {
		if tarball, _ := w.npm.Published(name, matrixVersion); tarball != nil {
			if all[name] != nil {
				w.Errorf("%s is staged and published", name)
			}
			all[name] = tarball
		}
	}
	return all
}
