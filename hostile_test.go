package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
)

const victim = `{"name": "victim", "version": "1.0.0"}`

// TestHostile feeds every hostile file of the data archive to the gate, in
// every place where a file goes in. Each ends in 1, 2 or 3 with something said,
// in bounded time; none passes.
func TestHostile(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the hostile files are in the data archive")
	}
	count := map[string]int{}
	err := filepath.WalkDir(filepath.Join(data, "hostile"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch rel := strings.TrimPrefix(path, data+"/hostile/"); {
		case strings.HasPrefix(rel, "tar/"), strings.HasPrefix(rel, "zip/"):
			refused(t, path, "-tarball", path, folder(t, victim, ""))
			count["tarball"]++
		default:
			refused(t, path+" as package.json", folder(t, string(content),
				`{"name":"victim","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"victim"}}}`))
			refused(t, path+" as lockfile", folder(t, `{"name":"victim","version":"1.0.0","dependencies":{"a":"1.0.0"}}`, string(content)))
			if len(bytes.Trim(content, "\xEF\xBB\xBF \n")) > 0 { // an empty policy is a policy
				refused(t, path+" as policy", "-policy", path, folder(t, victim, ""))
			}
			count["text"]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count["tarball"] < 80 || count["text"] < 150 {
		t.Errorf("files fed: %v", count)
	}

	// A real tarball, to show that the folder is not what is refused.
	good := strings.ReplaceAll(victim, `"victim", "version": "1.0.0"`, `"left-pad", "version": "1.3.0"`)
	if code := gate(t, "left-pad", "-tarball", filepath.Join(data, "tarballs", "left-pad-1.3.0.tgz"), folder(t, good, "")); code != 0 {
		t.Errorf("left-pad: exit %d", code)
	}
}

// folder makes a package. Without a lockfile of its own it gets an empty one.
func folder(t *testing.T, manifest, lockfile string) string {
	t.Helper()
	dir := t.TempDir()
	if lockfile == "" {
		lockfile = `{"name":"victim","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"victim","version":"1.0.0"}}}`
	}
	for name, content := range map[string]string{"package.json": manifest, "package-lock.json": lockfile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func gate(t *testing.T, what string, args ...string) (code int) {
	t.Helper()
	var out, errs bytes.Buffer
	started := time.Now()
	code = cli.Main(context.Background(), cli.Process{
		Args: append([]string{"-offline", "-out", t.TempDir()}, args...), Stdout: &out, Stderr: &errs, Now: time.Now,
	})
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("%s: took %s", what, took)
	}
	if code != 0 && out.Len()+errs.Len() == 0 {
		t.Errorf("%s: exit %d, and nothing said", what, code)
	}
	if t.Failed() {
		t.Logf("%s: exit %d\n%s%s", what, code, out.String(), errs.String())
	}
	return code
}

// refused demands that the gate says no in one of its ways.
func refused(t *testing.T, what string, args ...string) {
	t.Helper()
	if code := gate(t, what, args...); code < 1 || code > 3 {
		t.Errorf("%s: exit %d", what, code)
	}
}
