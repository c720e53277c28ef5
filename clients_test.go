package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A shop is a job of GitHub Actions that publishes to a real registry, behind a
// front that adds what npm's has, and the real npm beside it.
type shop struct {
	*interop
	to *registry.Server
}

const gateDemo = "@acme/gate-demo"

// person is the token of somebody with a second factor, who approves.
const person = "of-the-test"

func newShop(t *testing.T) *shop {
	w := &shop{newInterop(t), front.Start(t)}
	w.to.Grant(person, registry.Grant{Kind: "user"})
	return w
}

// npms are the npm versions, each with the Node.js that it runs on.
var npms = []struct{ node, folder string }{{"", "npm11"}, {"node22", "npm12"}}

// says runs a command of one of npms, with more in the environment.
func (w *shop) says(t *testing.T, i int, env []string, want int, args ...string) string {
	t.Helper()
	c := w.npm(t, w.to, env, npms[i].node, filepath.Join(w.managers, npms[i].folder, "node_modules/npm"), args...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil || c.ProcessState.ExitCode() != want {
		t.Errorf("%s %q: %v, expected exit %d\n%s", npms[i].folder, args, err, want, out)
	}
	return string(out)
}

// gate judges a package of that manifest and publishes it, with changes to the
// environment.
func (w *shop) gate(t *testing.T, want int, manifest map[string]any, changes map[string]string) (out, said string) {
	t.Helper()
	dir := t.TempDir()
	full := map[string]any{
		"license": "MIT", "type": "module", "main": "index.js", "bin": map[string]any{"demo": "cli.js"},
		"repository": map[string]any{"type": "git", "url": "git+https://github.com/acme/gate-demo.git"},
	}
	maps.Copy(full, manifest)
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	lock := fmt.Sprintf(`{"name":%q,"version":%q,"lockfileVersion":3,"packages":{"":{"name":%q,"version":%q,"license":"MIT",
		"bin":{"demo":"cli.js"}}}}`, full["name"], full["version"], full["name"], full["version"])
	for name, data := range map[string]string{
		"package.json": string(text), "package-lock.json": lock, "README.md": "# demo\n", "LICENSE": "MIT\n",
		"index.js": "export const version = " + fmt.Sprintf("%q", full["version"]) + "\n",
		"cli.js":   "#!/usr/bin/env node\nimport { version } from './index.js'\nconsole.log(version)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{"INPUT_DIRECTORY": dir, "INPUT_REGISTRY": w.to.URL, "INPUT_ADVISORIES": "npm:" + w.signingJob.npm.URL}
	maps.Copy(all, changes)
	return w.run(t, want, all)
}

// TestRealClients publishes in each way that npm's registry has, and lets the
// real npm, in two versions, view, approve, install and audit what came of it.
func TestRealClients(t *testing.T) {
	w := newShop(t)
	const name, closed = gateDemo, "@acme/gate-closed"
	long := strings.Repeat("t0ken", 8)
	w.to.Grant(long, registry.Grant{Kind: "token"})
	byToken := map[string]string{"INPUT_PUBLISH": "npm", "NODE_AUTH_TOKEN": long}
	byOIDC := func(publish string) map[string]string {
		return map[string]string{"INPUT_PUBLISH": publish, "NODE_AUTH_TOKEN": ""}
	}
	release := registry.Publisher{Repository: "acme/gate-demo", Workflow: "release.yml"}

	// A public package, by a trusted publisher, with provenance and no token.
	direct := release
	direct.Direct, direct.Tags = true, true
	w.to.Trust(name, direct)
	w.gate(t, 0, map[string]any{"name": name, "version": "1.0.0"}, merged(byOIDC("npm"), map[string]string{"INPUT_TAGS": "beta,lts"}))

	// A restricted one, by a token, because the policy says so.
	policy := filepath.Join(t.TempDir(), "policy.yml")
	if err := os.WriteFile(policy, []byte("publish:\n  credential: [token]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.gate(t, 0, map[string]any{"name": closed, "version": "1.0.0"}, merged(byToken, map[string]string{
		"INPUT_ACCESS": "restricted", "INPUT_POLICY": policy,
	}))
	if got := w.to.Access(closed); got != "restricted" {
		t.Errorf("%s is %s", closed, got)
	}
	if open, shut := len(w.to.Attested(name, "1.0.0")), len(w.to.Attested(closed, "1.0.0")); open != 1 || shut != 0 {
		t.Errorf("%d bundles of the public package, and %d of the restricted one", open, shut)
	}

	// One that the registry's validation holds back: it is never seen.
	w.to.Validate(2, "blocked")
	_, said := w.gate(t, 1, map[string]any{"name": name, "version": "1.0.1"}, merged(byToken, map[string]string{"INPUT_POLICY": policy}))
	if !strings.Contains(said, "the registry blocks "+name+"@1.0.1") {
		t.Errorf("it does not say that it is blocked:\n%s", said)
	}
	w.to.Validate(1, "published") // from here on a version is seen at the second look

	// A prerelease under a tag, staged by a publisher that may do no more.
	w.to.Revoke()
	w.to.Grant(person, registry.Grant{Kind: "user"})
	staging := release
	staging.Stage = true
	w.to.Trust(name, staging)
	candidate := map[string]any{"name": name, "version": "1.1.0-rc.1"}
	out, said := w.gate(t, 0, candidate, merged(byOIDC("stage"), map[string]string{"INPUT_TAG": "next"}))
	id := w.to.Staged()[0].ID
	if !strings.Contains(said, "npm stage approve "+id) {
		t.Errorf("it does not say how to approve:\n%s", said)
	}
	code, said := runCLI([]string{"verify", "-stage", id, "-registry", w.to.URL, "-evidence", out, "-repository", "acme/gate-demo",
		"-trusted-root", w.root}, "NODE_AUTH_TOKEN="+person)
	if code != 0 || !strings.Contains(said, "npm stage approve "+id) {
		t.Errorf("verify -stage: exit %d\n%s", code, said)
	}

	run := func(t *testing.T, i int, args ...string) string { return w.says(t, i, nil, 0, args...) }
	for i := range npms {
		if said := run(t, i, "stage", "view", id); !strings.Contains(said, "1.1.0-rc.1") || !strings.Contains(said, "trusted automation") {
			t.Errorf("stage view:\n%s", said)
		}
	}
	w.to.Validate(0, "published") // what is approved is seen at once
	run(t, 1, "stage", "approve", id, "--otp=123456")
	w.to.Validate(1, "published")

	// Again: it is there, with an approver, and nothing more is sent.
	puts := len(w.to.Puts())
	w.gate(t, 0, candidate, merged(byOIDC("stage"), map[string]string{"INPUT_TAG": "next"}))
	if got := len(w.to.Puts()); got != puts {
		t.Errorf("%d requests that change something, expected %d\n%s", got, puts, w.to.Log())
	}

	for i, npm := range npms {
		t.Run(npm.folder, func(t *testing.T) {
			dir := w.consumed(t, func(args ...string) string { return run(t, i, args...) }, npm.node)
			w.agrees(t, i, dir, i == len(npms)-1)
		})
	}
}

// consumed views, installs and audits the packages with one npm. It returns where
// they are installed.
func (w *shop) consumed(t *testing.T, npm func(args ...string) string, node string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := npm("view", "@acme/gate-demo", "dist-tags", "--json"); !strings.Contains(said, `"latest": "1.0.0"`) ||
		!strings.Contains(said, `"next": "1.1.0-rc.1"`) || !strings.Contains(said, `"lts": "1.0.0"`) {
		t.Errorf("view:\n%s", said)
	}
	npm("install", "--prefix", dir, "@acme/gate-demo@next", "@acme/gate-closed", "--no-fund", "--no-audit")
	command := w.command(t, nil, w.node(t, node), filepath.Join(dir, "node_modules/@acme/gate-demo/cli.js"))
	if out, err := command.CombinedOutput(); err != nil || string(out) != "1.1.0-rc.1\n" {
		t.Errorf("its command says %q, %v", out, err)
	}
	said := npm("audit", "signatures", "--prefix", dir)
	for _, want := range []string{"audited 2 packages", "2 packages have verified registry signatures",
		"1 package has a verified attestation"} {
		if !strings.Contains(said, want) {
			t.Errorf("audit signatures does not say %q:\n%s", want, said)
		}
	}
	return dir
}

func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// TestTrustedNPM has the real npm do by trusted publishing, without a token of
// its own, what the front plays: it is how npm itself knows the calls.
func TestTrustedNPM(t *testing.T) {
	w := newShop(t)
	const name = gateDemo
	for i, npm := range npms {
		t.Run(npm.folder, func(t *testing.T) {
			w.to.Revoke()
			version := fmt.Sprintf("1.%d.0", i)
			out, _ := w.gate(t, 0, map[string]any{"name": name, "version": version}, nil)
			ball := filepath.Join(out, "acme-gate-demo-"+version+".tgz")
			env := append(w.job(), w.public...)
			args := []string{"publish", ball, "--access", "public"}

			// Nobody is trusted: npm goes on with the token of its .npmrc, which is
			// nobody's.
			w.to.Grant("another", registry.Grant{Kind: "token"})
			if said := w.says(t, i, env, 1, args...); !strings.Contains(said, "E401") {
				t.Errorf("without a publisher:\n%s", said)
			}
			w.to.Trust(name, registry.Publisher{Repository: "acme/gate-demo", Workflow: "release.yml", Stage: true})
			if said := w.says(t, i, env, 1, args...); !strings.Contains(said, "OIDC permission denied for this action") {
				t.Errorf("direct, by one who may stage:\n%s", said)
			}
			if said := w.says(t, i, env, 0, append([]string{"stage"}, args...)...); !strings.Contains(said, "staged with id") {
				t.Errorf("staged:\n%s", said)
			}
			if said := w.says(t, i, env, 1, append([]string{"stage"}, args...)...); !strings.Contains(said, "E409") {
				t.Errorf("staged again:\n%s", said)
			}
			w.to.Grant(person, registry.Grant{Kind: "user"})
			id := w.to.Staged()[0].ID
			for _, command := range [][]string{{"stage", "list", name}, {"stage", "view", id}} {
				if said := w.says(t, i, nil, 0, command...); !strings.Contains(said, id) || !strings.Contains(said, "(trusted automation)") {
					t.Errorf("%q:\n%s", command, said)
				}
			}
			w.says(t, i, nil, 0, "stage", "approve", id, "--otp", "123456")
			if said := w.says(t, i, nil, 0, "view", name+"@"+version, "--json"); !strings.Contains(said, "approver") ||
				!strings.Contains(said, "trustedPublisher") {
				t.Errorf("view:\n%s", said)
			}
		})
	}
}
