package publish_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/normal"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// canary is the token; it may appear in Authorization headers to the registry
// and nowhere else.
var canary = "npm_" + strings.Repeat("c4n4ry", 6)

// pack makes a tarball of files, package.json among them, and the facts about
// it that package tarball would read.
func pack(t testing.TB, files map[string]string) *tarball.Tarball {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	ball := &tarball.Tarball{File: "demo.tgz", Readme: files["README.md"]}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(files[name])), Format: tar.FormatUSTAR})
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
		ball.Entries = append(ball.Entries, tarball.Entry{Path: "package/" + name, Size: int64(len(files[name]))})
	}
	if name := normal.Readme(slices.Collect(maps.Keys(files))); name != "" {
		ball.Shown = tarball.Text{Path: "package/" + name, Body: normal.Text([]byte(files[name]))}
	}
	if text, ok := files["AUTHORS"]; ok {
		ball.Authors = tarball.Text{Path: "package/AUTHORS", Body: normal.Text([]byte(text))}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	ball.Bytes = buf.Bytes()
	sum := sha512.Sum512(ball.Bytes)
	ball.SHA512 = hex.EncodeToString(sum[:])
	ball.Integrity = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	// Only its bytes count here: publish reads them again, and must refuse what
	// package npm refuses too.
	ball.Manifest = &npm.Manifest{Raw: []byte(strings.TrimPrefix(files["package.json"], "\uFEFF"))}
	return ball
}

const demoManifest = `{"name": "@acme/demo", "version": "1.0.0", "description": "d\u0065mo", "main": "index.js"}`

func demo(t testing.TB) *tarball.Tarball {
	return pack(t, map[string]string{"package.json": demoManifest, "index.js": "module.exports = 1\n", "README.md": "# demo <b>\n"})
}

// demoOther is demo with other bytes.
func demoOther(t testing.TB) *tarball.Tarball {
	return pack(t, map[string]string{"package.json": demoManifest, "index.js": "module.exports = 2\n"})
}

// allow gets a permit from a verdict that really passed.
func allow(t testing.TB, ball *tarball.Tarball) publish.Permit {
	t.Helper()
	v := policy.Decide(&policy.Effective{}, nil, policy.Context{Now: time.Unix(1, 0), Version: "1.0.0"})
	p, err := publish.Allow(v, ball)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// world is a registry, a client for it and a clock that only counts.
type world struct {
	*fake.Server
	client *registry.Client
	slept  time.Duration
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Server: fake.Start()}
	t.Cleanup(w.Close)
	w.Token = canary
	w.client = w.newClient(t, canary)
	return w
}

func (w *world) newClient(t testing.TB, token string) *registry.Client {
	t.Helper()
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	c, err := registry.New(registry.Options{
		Registry: w.URL, Token: credential.New(token), Transport: transport, Now: time.Now, Sleep: w.sleep,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.slept += d
	return ctx.Err()
}

// waits waits as a run that publishes directly does, on a clock of its own.
func (w *world) waits() publish.Wait { return w.waitFor(25 * time.Minute) }

func (w *world) waitFor(d time.Duration) publish.Wait {
	return publish.Wait{For: d, Sleep: w.sleep, Now: func() time.Time { return time.Unix(1, 0).Add(w.slept) }}
}

func (w *world) plan(t testing.TB, ball *tarball.Tarball, o publish.Options) *publish.Plan {
	t.Helper()
	o.Registry = w.URL
	p, err := publish.New(ball, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rehash makes the digests fit bytes that a test changed.
func rehash(ball *tarball.Tarball) *tarball.Tarball {
	sum := sha512.Sum512(ball.Bytes)
	ball.SHA512 = hex.EncodeToString(sum[:])
	ball.Integrity = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	return ball
}
