// Package script is what the scripts in testdata/script can do beside running
// publishgate: make tarballs, ask the servers what they received, read JSON.
// It is used by tests only.
package script

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/osv"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

type (
	serverKey struct{}
	scopedKey struct{}
	osvKey    struct{}
	seenKey   struct{}
	schemaKey struct{}
)

// Start gives a script its own registry, as $REGISTRY, another for a scope, as
// $SCOPED, its own OSV API, as $OSV, and GitHub API, as $GITHUB, which stop with
// the script; and as $TODAY, $SOON and $AGO the day it runs, one 30 days on and
// one 30 days back.
func Start(env *testscript.Env) error {
	r := registry.Start()
	env.Defer(r.Close)
	env.Values[serverKey{}] = r
	env.Setenv("REGISTRY", r.URL)
	own := registry.Start()
	env.Defer(own.Close)
	env.Values[scopedKey{}] = own
	env.Setenv("SCOPED", own.URL)
	env.Setenv("SCOPED_PLACE", strings.TrimPrefix(own.URL, "http:"))
	o := osv.Start()
	env.Defer(o.Close)
	env.Values[osvKey{}] = o
	env.Values[seenKey{}] = map[string]bool{}
	read, err := schemas()
	if err != nil {
		return err
	}
	env.Values[schemaKey{}] = read
	env.Setenv("OSV", o.URL)
	g := startGitHub()
	env.Defer(g.Close)
	env.Values[gitHubKey{}] = g
	env.Setenv("GITHUB", g.URL)
	// Days to put into policies and documents, which must not grow old with us.
	now := time.Now().UTC()
	for name, days := range map[string]int{"TODAY": 0, "SOON": 30, "AGO": -30} {
		env.Setenv(name, now.AddDate(0, 0, days).Format(time.DateOnly))
	}
	return nil
}

// Commands are the commands of the scripts.
func Commands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"code":     code,
		"commit":   commit,
		"encode":   encode,
		"pack":     pack,
		"tar":      tarball,
		"registry": registryCommand(serverKey{}),
		"scoped":   registryCommand(scopedKey{}),
		"osv":      osvCommand,
		"github":   gitHubCommand,
		"alerts":   alerts,
		"json":     jsonCommand,
		"key":      key,
		"replace":  replace,
		"finds":    finds,
		"remedied": remedied,
		"inert":    inert,
		"says":     says,
		"told":     told,
		"mkfifo":   mkfifo,
		"fill":     fill,
		"sumcheck": sumCheck,
		"sums":     sums,
		"secret":   secret,
		"vouch":    vouch,

		"statement":     statement,
		"signed-digest": signedDigest,
		"holds-line":    holdsLine,
	}
}

// replace FILE OLD NEW replaces text in a file; \n, \r, \t and \u… are escapes
// in NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	data := ts.ReadFile(args[0])
	if !strings.Contains(data, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(data, args[1], text)), 0o644))
}
