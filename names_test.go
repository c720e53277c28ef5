package main

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/names"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestRegistryInside: where a credential may go, a registry's name that leads to
// this machine, its network or a cloud's metadata service is asked nothing, unless
// that was allowed; the address itself may be given. Without a credential a mirror
// inside is read.
func TestRegistryInside(t *testing.T) {
	to := registry.Start()
	defer to.Close()
	_, port, _ := net.SplitHostPort(strings.Trim(to.URL, "htp:/"))
	resolver := names.Resolver(map[string]string{
		"here.example": "127.0.0.1", "private.example": "10.1.2.3", "metadata.example": "169.254.169.254",
	})
	token := "npm_" + strings.Repeat("1ns1de", 6)
	env := []string{"NODE_AUTH_TOKEN=" + token}
	publish, allowed := []string{"-publish", "npm", "-access", "public"}, "-allow-private-registry"
	for name, c := range map[string]struct {
		host string
		args []string
		env  []string
		code int
		says string
	}{
		"this machine":                {"here.example", publish, env, 3, allowed},
		"a private network":           {"private.example", publish, env, 3, allowed},
		"a machine's secrets":         {"metadata.example", publish, env, 3, "nothing was sent"},
		"a machine's secrets, named":  {"metadata.example", append(publish, allowed), env, 3, "nothing was sent"},
		"this machine, allowed":       {"here.example", append(publish, allowed), env, 0, "published"},
		"this machine by its address": {"127.0.0.1", publish, env, 0, "published"},
		"a token to read with":        {"here.example", nil, env, 3, allowed},
		"one bound to the registry":   {"here.example", nil, []string{"npm_config_//here.example:" + port + "/:_authToken=" + token}, 3, allowed},
		"one bound to another":        {"here.example", nil, []string{"npm_config_//npm.example/:_authToken=" + token}, 0, "passed"},
		"without a credential":        {"here.example", nil, nil, 0, "passed"},
		"nor to a machine's secrets":  {"metadata.example", nil, nil, 3, "nothing was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			to.Forget()
			before := len(to.Requests())
			address := "http://" + c.host + ":" + port + "/"
			to.URL = address // the document has it
			var out bytes.Buffer
			args := append([]string{"-registry", address, "-out", filepath.Join(t.TempDir(), "out"), "-advisories", "npm",
				"-previous-version", "none", "testdata/packages/status-page"}, c.args...)
			code := cli.Main(context.Background(), cli.Process{
				Args: args, Env: c.env, Stdout: &out, Stderr: &out, Now: time.Now, Resolver: resolver,
			})
			if code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, c.code, c.says, &out)
			}
			asked := false
			for _, r := range to.Requests()[before:] {
				asked = asked || r.Header.Get("Authorization") != ""
			}
			if asked != (c.says == "published") {
				t.Errorf("asked with the token: %v\n%s", asked, to.Log())
			}
		})
	}
}
