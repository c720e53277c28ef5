package publish_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/web"
)

// A real registry takes what we send, and the real npm installs it.
func TestVerdaccio(t *testing.T) {
	address := front.Verdaccio(t)
	token := front.Login(t, address)
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	client := func(token string) *registry.Client {
		c, err := registry.New(registry.Options{Registry: address, Token: credential.New(token), Transport: transport, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := client(token)
	files := map[string]string{
		"package.json": `{"name":"@acme/demo","version":"1.0.0","description":"d\u0065mo","license":"MIT","bin":"./cli.js",` +
			`"main":"lib/index.js"}`,
		"cli.js":       "#!/usr/bin/env node\nconsole.log('hello from the package')\n",
		"lib/index.js": "module.exports = " + strings.Repeat("1 + ", 20_000) + "1\n",
		"README.md":    "# demo <b>\u2028\n",
	}
	ball := pack(t, files)
	run := func(c *registry.Client, o publish.Options) (publish.Outcome, error) {
		o.Registry = address
		p, err := publish.New(ball, o)
		if err != nil {
			t.Fatal(err)
		}
		return publish.Publish(t.Context(), c, p, allow(t, ball), publish.Wait{})
	}

	look := func(c *registry.Client) publish.Preflight {
		p, err := publish.New(ball, publish.Options{Registry: address, Access: "public"})
		if err != nil {
			t.Fatal(err)
		}
		f, err := publish.Look(t.Context(), c, p, true)
		if err != nil {
			t.Errorf("look: %v", err)
		}
		return f
	}
	if f := look(client("not-the-token")); !errors.Is(f.Token, registry.ErrToken) || f.Already {
		t.Errorf("a wrong token, before: %+v", f)
	}
	if f := look(c); f.Token != nil || f.Already || f.Mismatch != nil || !f.Looked {
		t.Errorf("before: %+v", f)
	}
	if out, err := run(client("not-the-token"), publish.Options{}); err == nil || out.Published != publish.No {
		t.Errorf("a wrong token: %+v, %v", out, err)
	}
	out, err := run(c, publish.Options{Access: "public"})
	if err != nil || out.Published != publish.Yes || !out.Visible || out.Puts != 1 || len(out.Warnings) != 0 {
		t.Fatalf("first run: %+v, %v", out, err)
	}
	out, err = run(c, publish.Options{})
	if err != nil || out.Published != publish.Already || out.Puts != 0 {
		t.Errorf("second run: %+v, %v", out, err)
	}
	if f := look(c); !f.Already || f.Mismatch != nil {
		t.Errorf("after: %+v", f)
	}
	install(t, address, "@acme/demo@1.0.0", files)

	changed := map[string]string{"package.json": files["package.json"], "cli.js": "evil\n"}
	ball = pack(t, changed)
	if f := look(c); f.Mismatch == nil || f.Already {
		t.Errorf("changed bytes, before: %+v", f)
	}
	if out, err := run(c, publish.Options{}); kindOf(err) != "mismatch" || out.Puts != 0 {
		t.Errorf("changed bytes: %+v, %v", out, err)
	}
	// Past the first look, the registry itself refuses, and reading decides.
	p, err := publish.New(ball, publish.Options{Registry: address})
	if err != nil {
		t.Fatal(err)
	}
	unseeing := &blind{Client: c}
	if out, err := publish.Publish(t.Context(), unseeing, p, allow(t, ball), publish.Wait{}); kindOf(err) != "mismatch" || out.Puts != 1 {
		t.Errorf("changed bytes, sent: %+v, %v", out, err)
	}

	next := map[string]string{"package.json": `{"name":"@acme/demo","version":"2.0.0-rc.1","bin":{"demo":"cli.js"}}`,
		"cli.js": files["cli.js"]}
	ball = pack(t, next)
	if out, err := run(c, publish.Options{Tag: "next"}); err != nil || out.Published != publish.Yes {
		t.Errorf("prerelease: %+v, %v", out, err)
	}
	tags, found, err := c.DistTags(t.Context(), "@acme/demo")
	if err != nil || !found || tags["latest"] != "1.0.0" || tags["next"] != "2.0.0-rc.1" {
		t.Errorf("dist-tags %v, %v, %v", tags, found, err)
	}
	install(t, address, "@acme/demo@next", next)

	// Two gates, both past their look before either sends.
	ball = pack(t, map[string]string{"package.json": `{"name":"@acme/demo","version":"3.0.0"}`, "README.md": "# demo\n"})
	p, err = publish.New(ball, publish.Options{Registry: address})
	if err != nil {
		t.Fatal(err)
	}
	permit := allow(t, ball)
	var all, looked sync.WaitGroup
	looked.Add(2)
	for range 2 {
		r := &meddler{Client: client(token), before: sync.OnceFunc(func() { looked.Done(); looked.Wait() })}
		all.Go(func() {
			if out, err := publish.Publish(t.Context(), r, p, permit, publish.Wait{For: time.Minute}); err != nil || !out.Visible {
				t.Errorf("two at once: %+v, %v", out, err)
			}
		})
	}
	all.Wait()
}

// install lets the real npm install a package and compares the files; its
// command has to run.
func install(t *testing.T, address, spec string, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	npm := exec.Command("npm", "install", spec, "--registry="+address, "--cache="+filepath.Join(dir, "cache"),
		"--userconfig="+filepath.Join(dir, "none"), "--globalconfig="+filepath.Join(dir, "none-global"), "--no-audit",
		"--no-fund", "--no-update-notifier")
	npm.Dir, npm.Env = dir, env
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm install %s: %v\n%s", spec, err, out)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, "node_modules", "@acme", "demo", name))
		if err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%s: %s is not what was published: %v", spec, name, err)
		}
	}
	command := exec.Command(filepath.Join(dir, "node_modules", ".bin", "demo"))
	command.Env = env
	if out, err := command.CombinedOutput(); err != nil || string(out) != "hello from the package\n" {
		t.Errorf("%s: its command says %q, %v", spec, out, err)
	}
}
