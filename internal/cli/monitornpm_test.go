package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A realNPM runs npm against a registry.
type realNPM struct {
	*watching
	program, address string
}

func npmAt(t *testing.T, w *watching, address, token string) *realNPM {
	t.Helper()
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: install the managers with .ci/managers DIR and set it to DIR")
	}
	w.write("npmrc", strings.TrimPrefix(address, "http:")+":_authToken="+token+"\n")
	w.registry.URL, w.now = address, time.Now()
	return &realNPM{w, filepath.Join(managers, "npm11", "node_modules", "npm", "bin", "npm-cli.js"), address}
}

func (n *realNPM) run(folder string, args ...string) {
	n.t.Helper()
	c := exec.CommandContext(n.t.Context(), "node", append([]string{n.program, "--registry", n.address}, args...)...)
	c.Dir = n.path(folder)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.dir, "npm_config_userconfig=" + n.path("npmrc"),
		"npm_config_update_notifier=false", "npm_config_cache=" + n.path("cache"), "npm_config_globalconfig=" + n.path("none")}
	if out, err := c.CombinedOutput(); err != nil {
		n.t.Fatalf("npm %q: %v\n%s", args, err, out)
	}
}

// after runs npm, and a day later monitor.
func (n *realNPM) after(code int, fresh, open []string, args ...string) {
	n.t.Helper()
	n.run(".", args...)
	n.now = n.now.Add(24 * time.Hour)
	n.expect(code, fresh, open)
}

// TestMonitorRealNPM changes a package on a Verdaccio with the real npm: each command
// causes exactly the finding that is expected of it, and deprecating none.
func TestMonitorRealNPM(t *testing.T) {
	address := front.Verdaccio(t)
	n := npmAt(t, watchOver(t), address, front.Login(t, address))
	const name = "@acme/demo"
	n.args = []string{"-only", "publishes,tags", name} // it does not say who owns a package
	for _, version := range []string{"1.0.0", "1.1.0"} {
		n.write("demo/package.json", `{"name":"`+name+`","version":"`+version+`","license":"MIT"}`)
		n.run("demo", "publish", "--ignore-scripts", "--access", "public")
	}
	n.write("policy.yml", "version: 1\nmonitor: {since: 2100-01-01}\n") // what was there at the first look is not judged
	n.expect(ExitPass, nil, nil)
	n.after(ExitPass, nil, nil, "deprecate", name+"@1.0.0", "old")
	n.after(ExitBlock, []string{"tag-moved 1.0.0"}, nil, "dist-tag", "add", name+"@1.0.0", "beta") // of a version that is old
	n.after(ExitBlock, []string{"tag-moved 1.0.0"}, nil, "dist-tag", "add", name+"@1.0.0", "latest")
	n.write("demo/package.json", `{"name":"`+name+`","version":"1.2.0","license":"MIT"}`)
	n.run("demo", "publish", "--ignore-scripts", "--access", "public")
	n.after(ExitBlock, []string{"published-unknown 1.2.0"}, nil, "ping")
}

// TestMonitorRealOwner does the same where the registry says who may publish.
func TestMonitorRealOwner(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.registry.Grant("of-the-test", registry.Grant{Kind: "user", Name: "ann"})
	n := npmAt(t, w, w.registry.URL, "of-the-test")
	n.args = []string{"-only", "publishes,tags,access", widget}
	n.expect(ExitPass, nil, nil)
	n.after(ExitPass, nil, nil, "deprecate", widget+"@2.x", "old")
	n.after(ExitBlock, []string{"publisher-unknown"}, nil, "owner", "add", "mallory", widget)
	n.after(ExitPass, nil, nil, "owner", "rm", "mallory", widget)
	n.after(ExitBlock, []string{"tag-moved 3.0.0"}, nil, "dist-tag", "add", widget+"@3.0.0", "latest")
}
