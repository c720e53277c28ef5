package deprecation_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/web"
)

// TestVerdaccio: a real registry shows the same after the real npm's deprecate and
// after ours, of a range and of taking it back.
func TestVerdaccio(t *testing.T) {
	npm := filepath.Join(os.Getenv("PUBLISHGATE_MANAGERS"), "npm11", "node_modules", "npm", "bin", "npm-cli.js")
	if _, err := os.Stat(npm); os.Getenv("PUBLISHGATE_MANAGERS") == "" || err != nil {
		t.Skip("PUBLISHGATE_MANAGERS names no folder with npm 11")
	}
	address := front.Verdaccio(t)
	token := front.Login(t, address)
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	client, err := registry.New(registry.Options{Registry: address, Token: credential.New(token), Transport: transport, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"theirs", "ours"} {
		for _, version := range []string{"1.0.0", "1.1.0-rc.1", "1.1.0", "2.0.0"} {
			doc := published(t, address, "@acme/"+name, version)
			open := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(doc)) }
			if err := client.Put(t.Context(), "@acme/"+name, int64(len(doc)), open); err != nil {
				t.Fatal(err)
			}
		}
	}
	home := t.TempDir()
	rc := "//" + strings.TrimPrefix(address, "http://") + ":_authToken=" + token + "\n"
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ text, message string }{{"<1.1.0", `use "2" <now>`}, {"1", "gone"}, {"1.1.0", ""}} {
		cmd := exec.CommandContext(t.Context(), "node", npm, "deprecate", "@acme/theirs@"+step.text, step.message, "--registry", address)
		cmd.Dir, cmd.Env = home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NPM_CONFIG_UPDATE_NOTIFIER=false"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%+v: %v\n%s", step, err, out)
		}
		covers, exactly, err := deprecation.Of(step.text)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := deprecation.Look(t.Context(), client, deprecation.Request{Name: "@acme/ours", Message: step.message, Covers: covers,
			Exactly: exactly, Now: time.Now().Add(2 * deprecation.Fresh)})
		if err == nil {
			err = plan.Write(t.Context(), deprecation.Ways{})
		}
		if err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		theirs, ours := shown(t, client, "theirs"), shown(t, client, "ours")
		if theirs != ours || !strings.Contains(ours, `"deprecated"`) {
			t.Errorf("%+v: after npm\n%.3000s\nafter ours\n%.3000s", step, theirs, ours)
		}
	}
}

// shown returns what the registry has of all versions, without the name and what
// depends on it or on the time.
func shown(t *testing.T, c *registry.Client, name string) string {
	t.Helper()
	all := map[string]any{}
	for _, version := range []string{"1.0.0", "1.1.0-rc.1", "1.1.0", "2.0.0"} {
		manifest, found, err := c.Manifest(context.Background(), "@acme/"+name, version)
		var m map[string]any
		if err != nil || !found || json.Unmarshal(bytes.ReplaceAll(manifest, []byte(name), []byte("NAME")), &m) != nil {
			t.Fatalf("%s: %v, %v", version, found, err)
		}
		all[version] = m
	}
	tags, _, err := c.DistTags(context.Background(), "@acme/"+name)
	if err != nil {
		t.Fatal(err)
	}
	all["tags"] = tags
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// published returns the document that publishes a version.
func published(t *testing.T, address, name, version string) []byte {
	ball := []byte("no tarball, and nobody installs it: " + version)
	long, short := sha512.Sum512(ball), sha1.Sum(ball)
	file := name + "-" + version + ".tgz"
	doc, err := json.Marshal(map[string]any{"_id": name, "name": name, "dist-tags": map[string]string{"latest": version},
		"versions": map[string]any{version: map[string]any{"_id": name + "@" + version, "name": name, "version": version, "description": "a <b>",
			"dist": map[string]any{"integrity": "sha512-" + base64.StdEncoding.EncodeToString(long[:]), "shasum": hex.EncodeToString(short[:]),
				"tarball": fmt.Sprintf("%s%s/-/%s", address, name, file)}}},
		"_attachments": map[string]any{file: map[string]any{"content_type": "application/octet-stream", "length": len(ball),
			"data": base64.StdEncoding.EncodeToString(ball)}}})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
