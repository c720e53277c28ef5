package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

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
