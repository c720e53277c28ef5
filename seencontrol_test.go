package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// careless is a program that publishes as many do: by Go's default client, which
// takes its proxy and its authorities from the environment and follows redirects.
func careless() {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPut, os.Args[1]+"/@acme%2fwidget", strings.NewReader("{}"))
	if err == nil {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("NODE_AUTH_TOKEN"))
		_, err = http.DefaultClient.Do(request)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// TestCarelessIsSeen shows that the recorder sees a program that is led astray:
// without it, the tests beside this one would pass whatever happened.
func TestCarelessIsSeen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "careless")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env    map[string]string
		onward int
		to     string
		host   string
	}{
		"proxy and certificates": {map[string]string{"HTTPS_PROXY": "PROXY", "SSL_CERT_FILE": "ATTACKERS"}, 0, "", "proxy"},
		"small letters":          {map[string]string{"https_proxy": "PROXY", "SSL_CERT_FILE": "ATTACKERS"}, 0, "", "proxy"},
		"another port":           {nil, 307, "ELSEWHERE", "elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSeenWorld(t)
			w.env["SSL_CERT_FILE"] = w.ca
			for key, value := range c.env {
				w.env[key] = w.expand(value)
			}
			w.turn(func(r *http.Request) (int, string) { return c.onward, w.other(c.to) + r.URL.RequestURI() })
			_, said := w.run(program, w.pinned)
			if saw := w.Saw(w.env["NODE_AUTH_TOKEN"]); !slices.Contains(saw, c.host) {
				t.Errorf("%q saw the token, expected %s among them\n%s", saw, c.host, said)
			}
		})
	}
}

// TestNpmIsSeen is the same with the real npm, led by a package, by a file and by
// a redirect.
func TestNpmIsSeen(t *testing.T) {
	t.Parallel()
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: name the folder that .ci/managers filled")
	}
	for name, c := range map[string]struct {
		members, npmrc string
		onward         int
		host           string
	}{
		"package.json": {`"publishConfig": {"https-proxy": "PROXY", "strict-ssl": false}`, "", 0, "proxy"},
		".npmrc": {"", "@acme:registry=ELSEWHERE/\nHOST/:_authToken=${NODE_AUTH_TOKEN}\n", 0,
			"elsewhere"},
	} {
		for _, version := range []string{"npm11", "npm12"} {
			t.Run(name+"/"+version, func(t *testing.T) {
				w := newSeenWorld(t)
				w.declare(cmp.Or(c.members, `"description": "none"`))
				if c.npmrc != "" {
					w.file(".npmrc", w.expand(c.npmrc))
				}
				w.file("home/.npmrc", fmt.Sprintf("%s/:_authToken=${NODE_AUTH_TOKEN}\n", strings.TrimPrefix(w.pinned, "https:")))
				w.env["HOME"], w.env["PATH"] = w.expand("TEMP/home"), os.Getenv("PATH")
				npm := filepath.Join(managers, version, "node_modules", "npm", "bin", "npm-cli.js")
				_, said := w.run("node", npm, "publish", "./w", "--registry", w.pinned+"/", "--cafile", w.ca, "--access", "public",
					"--ignore-scripts", "--fetch-retries", "0")
				if saw := w.Saw(w.env["NODE_AUTH_TOKEN"]); !slices.Contains(saw, c.host) {
					t.Errorf("%q saw the token, expected %s among them\n%s", saw, c.host, said)
				}
			})
		}
	}
}
