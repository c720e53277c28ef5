package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestIncidentPage runs the commands of docs/incident.md one after the other against
// a registry that has the versions of the page, and reads its policy. The registry
// gets what the page says: one tag and one document.
func TestIncidentPage(t *testing.T) {
	page, err := os.ReadFile("docs/incident.md")
	if err != nil {
		t.Fatal(err)
	}
	policies := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(policies) != 2 {
		t.Fatalf("%d policies", len(policies))
	}
	for _, p := range policies {
		if _, err := policy.Parse(p[1], "docs/incident.md"); err != nil {
			t.Error(err)
		}
	}
	yaml := policies[1]
	commands := regexp.MustCompile(`(?m)^\$ publishgate (incident .+?) +# exit (\d)`).FindAllSubmatch(page, -1)
	if len(commands) != 7 {
		t.Fatalf("%d commands", len(commands))
	}
	r := registry.Start()
	defer r.Close()
	r.Know("npm_maintainer0123456789")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name": "@acme/widget", "version": "1.2.3"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var tarball bytes.Buffer
	if cli.Main(t.Context(), cli.Process{Args: []string{"pack", "-o", "-", dir}, Stdout: &tarball, Stderr: io.Discard, Now: time.Now}) != 0 {
		t.Fatal("it cannot be packed")
	}
	for _, version := range []string{"1.2.2", "1.2.3", "1.2.4"} {
		r.Seed("@acme/widget", version, "latest", tarball.Bytes())
	}
	t.Chdir(t.TempDir())
	for file, text := range map[string]string{".publishgate.yml": string(yaml[1]),
		"package.json": `{"name": "@acme/app", "version": "1.0.0", "dependencies": {"@acme/widget": "1.2.3"}}`,
		"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"name": "@acme/app", "version": "1.0.0",
			"dependencies": {"@acme/widget": "1.2.3"}}, "node_modules/@acme/widget": {"version": "1.2.3"}}}`} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range commands {
		args := words(string(c[1]))
		out := "publishgate-" + args[1]
		if at := slices.Index(args, "-out"); at > 0 {
			out, args = args[at+1], slices.Delete(args, at, at+2)
		}
		var stdout, stderr bytes.Buffer
		code := cli.Main(context.Background(), cli.Process{Args: append(args, "-registry", r.URL, "-allow-private-registry", "-out", out),
			Env: []string{"NODE_AUTH_TOKEN=npm_maintainer0123456789"}, Stdout: &stdout, Stderr: &stderr, Now: time.Now})
		if code != int(c[2][0]-'0') {
			t.Errorf("publishgate %s: exit code %d, the page says %s\n%s%s", c[1], code, c[2], stderr.String(), stdout.String())
		}
	}
	if n := len(r.Puts()); n != 2 || r.Tags("@acme/widget")["latest"] != "1.2.2" || r.Deprecated("@acme/widget", "1.2.3") == "" {
		t.Errorf("%d writes, latest is on %s", n, r.Tags("@acme/widget")["latest"])
	}
}

// words splits a command as a shell does, as far as the page needs it.
func words(command string) (list []string) {
	for _, m := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1) {
		list = append(list, strings.Trim(m, "'"))
	}
	return list
}
