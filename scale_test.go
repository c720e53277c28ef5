package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/osv"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// The workspace of docs/scale.md: so many packages are locked beside the members,
// and so many of them are asked for by each member.
const scaleLocked, scaleAsked = 200, 10

// A traffic counts what servers are asked.
type traffic struct {
	requests, bytes atomic.Int64
}

// count has a handler's requests and bytes counted.
func (c *traffic) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		c.bytes.Add(max(r.ContentLength, 0))
		h.ServeHTTP(&counted{w, &c.bytes}, r)
	})
}

type counted struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

// Write counts what is answered.
func (c *counted) Write(data []byte) (int, error) {
	n, err := c.ResponseWriter.Write(data)
	c.bytes.Add(int64(n))
	return n, err
}

// scaleWorkspace writes n packages, each with an earlier release on the registry.
func scaleWorkspace(t *testing.T, n int, r *registry.Server) string {
	t.Helper()
	dir, before := t.TempDir(), t.TempDir()
	write := func(name string, doc any) {
		data, err := json.Marshal(doc)
		if text, is := doc.(string); is {
			data = []byte(text)
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(name), 0o755)
		}
		if err == nil {
			err = os.WriteFile(name, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "package.json"), map[string]any{"name": "mono", "private": true, "workspaces": []string{"packages/*"}})
	packages := map[string]any{"": map[string]any{"name": "mono", "workspaces": []string{"packages/*"}}}
	for i := range scaleLocked {
		name := fmt.Sprintf("locked-%d", i)
		packages["node_modules/"+name] = locked(name, "1.0.0", nil)
	}
	for i := range n {
		name, folder := fmt.Sprintf("@acme/p%d", i), fmt.Sprintf("packages/p%d", i)
		asks := map[string]string{}
		for k := range scaleAsked {
			asks[fmt.Sprintf("locked-%d", (i+k)%scaleLocked)] = "^1.0.0"
		}
		if i > 0 {
			asks[fmt.Sprintf("@acme/p%d", i/2)] = "^1.0.0"
		}
		m := map[string]any{"name": name, "version": "1.0.0", "license": "MIT", "main": "index.js", "dependencies": asks}
		write(filepath.Join(dir, folder, "package.json"), m)
		write(filepath.Join(dir, folder, "index.js"), strings.Repeat("module.exports = require('./more')\n", 60))
		write(filepath.Join(dir, folder, "README.md"), strings.Repeat("What this package is for.\n", 40))
		packages["node_modules/"+name] = map[string]any{"resolved": folder, "link": true}
		packages[folder] = m
		m["version"] = "0.9.0"
		write(filepath.Join(before, "package.json"), m)
		var packed bytes.Buffer
		if code := cli.Main(t.Context(), cli.Process{Args: []string{"pack", "-o", "-", before}, Stdout: &packed,
			Stderr: &bytes.Buffer{}, Now: time.Now}); code != 0 {
			t.Fatal("cannot pack")
		}
		m["version"] = "1.0.0"
		r.Seed(name, "0.9.0", "latest", packed.Bytes())
	}
	write(filepath.Join(dir, "package-lock.json"), map[string]any{"name": "mono", "lockfileVersion": 3, "packages": packages})
	return dir
}

// TestScale counts what the commands ask for n packages. docs/scale.md is made by
//
//	PUBLISHGATE_SCALE=10,300,5000 go test -vet=off -timeout 60m -run '^TestScale$' -v .
//
// PUBLISHGATE_SCALE_STEPS=plan leaves out the steps without that in their name.
func TestScale(t *testing.T) {
	sizes := os.Getenv("PUBLISHGATE_SCALE")
	if sizes == "" {
		sizes = "10"
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(size, func(t *testing.T) { scaleOf(t, n) })
	}
}

func scaleOf(t *testing.T, n int) {
	r, o := registry.Start(), osv.Start()
	defer r.Close()
	defer o.Close()
	var npm, osvAPI traffic
	front, other := httptest.NewServer(npm.count(r)), httptest.NewServer(osvAPI.count(o))
	defer front.Close()
	defer other.Close()
	r.URL = front.URL + "/" // tarballs are asked for there too
	dir := scaleWorkspace(t, n, r)
	scratch := t.TempDir()
	record, db := filepath.Join(scratch, "record.json"), filepath.Join(scratch, "advisories.cdb")
	if err := os.WriteFile(record, []byte(`{"schema_version": "1.6.0", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z",
		"affected": [{"package": {"ecosystem": "npm", "name": "nobody"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]}`),
		0o644); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("docs", "scale.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := int64(n)
	for i, c := range []struct {
		step     string
		npm, osv int64 // requests, at most
		args     []string
	}{
		{"db build", 0, 0, []string{"db", "build", "-from", record, "-partial", "-o", db}},
		{"`plan`", all, 0, []string{"plan", "-due", "-registry", r.URL, dir}},
		{"`plan -offline`", 0, 0, []string{"plan", "-offline", dir}},
		{"`gate -workspaces`, npm and OSV", 3 * all, 2 * all, []string{"gate", "-workspaces", "-registry", r.URL, "-advisories",
			"npm:" + r.URL + ",osv:" + other.URL, dir}},
		{"`gate -workspaces`, database", 2 * all, 0, []string{"gate", "-workspaces", "-registry", r.URL, "-advisories", "file:" + db, dir}},
		{"`gate -workspaces`, database, offline", 0, 0, []string{"gate", "-workspaces", "-offline", "-advisories", "file:" + db, dir}},
	} {
		if only := os.Getenv("PUBLISHGATE_SCALE_STEPS"); only != "" && !strings.Contains(c.step, only) {
			continue
		}
		npm.requests.Store(0)
		npm.bytes.Store(0)
		osvAPI.requests.Store(0)
		osvAPI.bytes.Store(0)
		if c.args[0] == "gate" {
			c.args = append(c.args, "-deadline", "1h", "-out", filepath.Join(scratch, fmt.Sprint(i)))
		}
		var stdout, stderr bytes.Buffer
		began := time.Now()
		if code := cli.Main(t.Context(), cli.Process{Args: c.args, Stdout: &stdout, Stderr: &stderr, Now: time.Now}); code != 0 {
			t.Fatalf("%s: exit code %d: %s%s", c.step, code, stderr.Bytes(), stdout.Bytes()[:min(stdout.Len(), 2000)])
		}
		asked, osvAsked := npm.requests.Load(), osvAPI.requests.Load()
		t.Logf("| %d | %s | %d | %d | %d | %.1f |", n, c.step, asked, osvAsked, (npm.bytes.Load()+osvAPI.bytes.Load())/1000,
			time.Since(began).Seconds())
		if asked > c.npm || osvAsked > c.osv {
			t.Errorf("%d packages, %s: %d and %d requests, at most %d and %d are said in docs/scale.md", n, c.step, asked, osvAsked, c.npm, c.osv)
		}
		if row := fmt.Sprintf("\n| %d | %s | %d | %d |", n, c.step, c.npm, c.osv); c.args[0] != "db" && !bytes.Contains(page, []byte(row)) {
			t.Errorf("docs/scale.md has no row %q", row)
		}
	}
}
