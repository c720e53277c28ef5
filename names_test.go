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

// TestRegistryInside: a registry's name that leads to this machine, its network or
// a cloud's metadata service is asked nothing and gets no token, unless that was
// allowed; the address itself may be given.
func TestRegistryInside(t *testing.T) {
	to := registry.Start()
	defer to.Close()
	_, port, _ := net.SplitHostPort(strings.Trim(to.URL, "htp:/"))
	resolver := names.Resolver(map[string]string{
		"here.example": "127.0.0.1", "private.example": "10.1.2.3", "metadata.example": "169.254.169.254",
	})
	token := "npm_" + strings.Repeat("1ns1de", 6)
	for name, c := range map[string]struct {
		host string
		more []string
		code int
		says string
	}{
		"this machine":                {"here.example", nil, 3, "-allow-private-registry"},
		"a private network":           {"private.example", nil, 3, "-allow-private-registry"},
		"a machine's secrets":         {"metadata.example", nil, 3, "nothing was sent"},
		"a machine's secrets, named":  {"metadata.example", []string{"-allow-private-registry"}, 3, "nothing was sent"},
		"this machine, allowed":       {"here.example", []string{"-allow-private-registry"}, 0, "published"},
		"this machine by its address": {"127.0.0.1", nil, 0, "published"},
	} {
		t.Run(name, func(t *testing.T) {
			to.Forget()
			before := len(to.Requests())
			address := "http://" + c.host + ":" + port + "/"
			to.URL = address // the document has it
			var out bytes.Buffer
			args := append(c.more, "-registry", address, "-out", filepath.Join(t.TempDir(), "out"), "-advisories",
				"npm:http://127.0.0.1:"+port, "-publish", "npm", "-access", "public", "-previous-version", "none",
				"testdata/packages/status-page")
			code := cli.Main(context.Background(), cli.Process{
				Args: args, Env: []string{"NODE_AUTH_TOKEN=" + token}, Stdout: &out, Stderr: &out, Now: time.Now, Resolver: resolver,
			})
			if code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, c.code, c.says, &out)
			}
			asked := false
			for _, r := range to.Requests()[before:] {
				asked = asked || r.Header.Get("Authorization") != ""
			}
			if asked != (c.code == 0) {
				t.Errorf("asked with the token: %v\n%s", asked, to.Log())
			}
		})
	}
}
