package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	gaterules "github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/testserver/script"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// The scripts run the real main, as a process, against servers on loopback.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"publishgate": main})
}

func TestScript(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) < 40 {
		t.Fatalf("%d scripts found, %v: at least 40 are expected", len(scripts), err)
	}
	packages, err := filepath.Abs("testdata/packages")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds:                script.Commands(),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PACKAGES", packages)
			// What a script says about the surroundings is all there is: no
			// runner, no credentials, no proxy of the machine.
			for _, name := range []string{"GITHUB_ACTIONS", "NODE_AUTH_TOKEN", "NPM_TOKEN", "GITHUB_TOKEN"} {
				env.Setenv(name, os.Getenv("UNSET_"+name))
			}
			return script.Start(env)
		},
	})
}

// TestEveryRuleHasAScript looks for each rule in the scripts.
func TestEveryRuleHasAScript(t *testing.T) {
	elsewhere := map[string]string{
		"tarball-header": "crafted bytes: internal/tarball", "tarball-type": "crafted bytes: internal/tarball", "tarball-link": "crafted bytes: internal/tarball",
		"tarball-pax": "crafted bytes: internal/tarball", "tarball-trailing": "crafted bytes: internal/tarball", "tarball-limit": "crafted bytes: internal/tarball",
		"tarball-mode": "crafted bytes: internal/tarball", "secret-known": "internal/check", "secret-unscanned": "internal/check",
		"lockfile-oddity": "for notes nobody has named yet", "exception-ambiguous": "internal/policy",
	}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, file := range scripts {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	rules := gaterules.Rules()
	if len(rules) < 50 {
		t.Errorf("%d rules, that cannot be all", len(rules))
	}
	for _, r := range rules {
		if _, known := elsewhere[r.ID]; !known && !regexp.MustCompile(`\b`+r.ID+`\b`).Match(all) {
			t.Errorf("no script is about %s", r.ID)
		}
	}
}
