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

// raceExit is what GORACE is for each process of the tests: a program with the
// race detector would else sleep for a second before it ends, and the tests
// start thousands. What races it found is printed before, and its exit code is 66.
const raceExit = "atexit_sleep_ms=10"

// The scripts run the real main, as a process, against servers on loopback.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", raceExit)
	}
	testscript.Main(m, map[string]func(){"publishgate": main, "careless": careless})
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
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return script.Start(env)
		},
	})
}

// TestEveryRuleHasAScript looks for each rule in the scripts.
func TestEveryRuleHasAScript(t *testing.T) {
	elsewhere := map[string]string{
		"lockfile-oddity":       "for notes nobody has named yet",
		"findings-left-out":     "for more findings than a script should make: internal/sarif",
		"attestation-elsewhere": "scripts have no provenance that verifies: attestedelsewhere_test.go",
		"published-elsewhere":   "the same: internal/cli/monitorattested_test.go",
		"published-unverified":  "the same: internal/cli/monitorattested_test.go",
		"downloads-unusual":     "of months of numbers: internal/cli/monitorquiet_test.go",
	}
	said := map[string]bool{}
	for _, word := range regexp.MustCompile(`\w[\w-]*`).FindAll(allScripts(t), -1) {
		said[string(word)] = true
	}
	rules := gaterules.Rules()
	if len(rules) < 50 {
		t.Errorf("%d rules, that cannot be all", len(rules))
	}
	for _, r := range rules {
		if _, known := elsewhere[r.ID]; !known && !said[r.ID] {
			t.Errorf("no script is about %s", r.ID)
		}
	}
}

// TestEveryRemedyIsTried looks for a script in which what each rule advises was
// done and its finding went.
func TestEveryRemedyIsTried(t *testing.T) {
	none := map[string]string{
		"lockfile-oddity":       "for notes nobody has named yet",
		"secret-known":          "it tells what was left out, and asks for a look now and then",
		"provenance-lost":       "only a job that signs keyless publishes with provenance, and scripts have none: attest_test.go",
		"findings-left-out":     "for more findings than a script should make: internal/sarif",
		"attestation-elsewhere": "scripts have no provenance that verifies: attestedelsewhere_test.go",
		"published-elsewhere":   "the same: internal/cli/monitorattested_test.go",
		"published-unverified":  "only the bundle that was there before ends it: internal/cli/monitorattested_test.go",
		"published-differs":     "only the bytes that were there before end it: internal/monitor",
		"downloads-unusual":     "nothing has to be done",
	}
	tried := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^remedied \S+ (\S+)$`).FindAllSubmatch(allScripts(t), -1) {
		tried[string(line[1])] = true
	}
	for _, r := range gaterules.Rules() {
		if _, known := none[r.ID]; known == tried[r.ID] {
			t.Errorf("%s: its remedy was tried is %v", r.ID, tried[r.ID])
		}
	}
}

// allScripts returns the text of all scripts.
func allScripts(t *testing.T) []byte {
	t.Helper()
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
	return all
}
