package pack

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

const plain = `{"name":"a","version":"1.0.0"}`

// TestHostile shows what is left out, and what stops the packing, in folders
// that somebody made to be read wrongly.
func TestHostile(t *testing.T) {
	race.Leave(t, "TestSameBytes")
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("outside"), 0o644))
	bundling := `{"name":"a","version":"1.0.0","dependencies":{"b":"1"},"bundleDependencies":["b"]}`
	for _, c := range []struct {
		name string
		tree map[string]string
		more func(dir string) error
		want string // the files in order; "error: " and a part of the message
	}{
		{"link out", map[string]string{"package.json": plain, "l": "-> " + outside + "/secret", "d": "-> " + outside}, nil, "package.json"},
		{"pipe and socket", map[string]string{"package.json": plain},
			func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644) }, "package.json"},
		{"ignore file leads out", map[string]string{"package.json": plain, ".npmignore": "-> " + outside + "/secret"}, nil,
			"error: read .npmignore"},
		{"ignore file is a folder", map[string]string{"package.json": plain, ".gitignore/x": ""}, nil, "error: not a regular file"},
		{"ignore file is a pipe", map[string]string{"package.json": plain},
			func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, ".npmignore"), 0o644) }, "error: not a regular file"},
		{"ignore file is large", map[string]string{"package.json": plain}, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".npmignore"), make([]byte, maxIgnoreFile+1), 0o644)
		}, "error: larger than"},
		{"name is not UTF-8", map[string]string{"package.json": plain, "a\xff": ""}, nil, "error: not valid UTF-8"},
		{"such a name, left out", map[string]string{"package.json": plain, "a\xff": "", ".npmignore": "a*"}, nil, "package.json"},
		{"folder with a backslash", map[string]string{"package.json": plain, `a\b/c`: ""}, nil, "error: backslash"},
		{"line break in a name", map[string]string{"package.json": plain, "a\nb": ""}, nil, "a\nb package.json"},
		{"deep", map[string]string{"package.json": plain, strings.Repeat("d/", maxDepth+1) + "f": ""}, nil, "error: deeper than"},
		{"pattern is large", map[string]string{"package.json": plain, ".npmignore": strings.Repeat("{a,b}", 30)}, nil,
			"error: expand to too much"},
		{"files is no list", map[string]string{"package.json": `{"name":"a","version":"1.0.0","files":{"a":1}}`}, nil,
			"error: files is not a list"},
		{"files leads out",
			map[string]string{"package.json": `{"name":"a","version":"1.0.0","files":["../*","/../..","` + outside + `/secret"]}`},
			nil, "package.json"},
		{"bundled link out", map[string]string{"package.json": bundling, "node_modules/b": "-> " + outside}, nil,
			"error: leads out of the checkout"},
		{"bundled link to itself", map[string]string{"package.json": bundling, "node_modules/b": "-> b"}, nil, "error: too many levels"},
		{"bundled link up", map[string]string{"package.json": bundling, "node_modules/b": "-> ../../.."}, nil,
			"error: leads out of the checkout"},
		{"version is none", map[string]string{"package.json": `{"name":"a","version":"latest"}`}, nil, "package.json"},
	} {
		dir := grow(t, c.tree)
		if c.more != nil {
			must(t, c.more(dir))
		}
		got, err := List(t.Context(), open(t, dir, "."))
		want, fails := strings.CutPrefix(c.want, "error: ")
		switch {
		case fails && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %q, %v; want an error about %q", c.name, got, err, want)
		case !fails && (err != nil || strings.Join(got, " ") != want):
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, want)
		}
	}
}

// TestHoisted refuses what npm would pack under a path that leads out.
func TestHoisted(t *testing.T) {
	dir := grow(t, map[string]string{
		"packages/a/package.json":              `{"name":"a","version":"1.0.0","dependencies":{"b":"*"},"bundleDependencies":["b"]}`,
		"packages/a/node_modules/b":            "-> ../../b",
		"packages/b/package.json":              `{"name":"b","version":"1.0.0","dependencies":{"c":"*"}}`,
		"packages/node_modules/c/package.json": `{"name":"c","version":"1.0.0"}`,
	})
	if _, err := List(t.Context(), open(t, dir, "packages/a")); err == nil || !strings.Contains(err.Error(), "outside of the package") {
		t.Errorf("%v", err)
	}
}

// TestChanged shows that what is no file any more when it is read is not
// packed.
func TestChanged(t *testing.T) {
	dir := grow(t, map[string]string{"package.json": plain})
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	l, err := list(t.Context(), open(t, dir, "."))
	must(t, err)
	w := tarball.NewWriter()
	defer w.Abort()
	if err := l.add(w, packed{"pipe", "pipe"}, linkCache{}); !errors.Is(err, disk.ErrIrregular) {
		t.Errorf("a pipe: %v", err)
	}
	if err := l.add(w, packed{"gone", "gone"}, linkCache{}); err == nil {
		t.Error("a file that is gone is packed")
	}
}

// TestSameBytes packs with one core and with several.
func TestSameBytes(t *testing.T) {
	dir := grow(t, map[string]string{"package.json": plain, "a.js": strings.Repeat("var a = 1, b = [2, 3];\n", 100_000),
		"b.js": strings.Repeat("let x = 'y';\n", 100_000)})
	before := runtime.GOMAXPROCS(1)
	one, err := Pack(t.Context(), open(t, dir, "."))
	runtime.GOMAXPROCS(3)
	three, err3 := Pack(t.Context(), open(t, dir, "."))
	runtime.GOMAXPROCS(before)
	if err != nil || err3 != nil || !slices.Equal(one, three) {
		t.Errorf("%d bytes and %d bytes, %v, %v", len(one), len(three), err, err3)
	}
}

func TestName(t *testing.T) {
	for _, c := range [][3]string{
		{"a", "1.0.0", "a-1.0.0.tgz"},
		{"@acme/widget", "1.2.3-rc.1", "acme-widget-1.2.3-rc.1.tgz"},
		{"../../etc/passwd", "../y", "..-..-etc-passwd-..-y.tgz"},
	} {
		if got := Name(c[0], c[1]); got != c[2] {
			t.Errorf("Name(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// FuzzList gives `files` and an ignore file anything: what is listed is there,
// once, inside, and never what npm never packs.
func FuzzList(f *testing.F) {
	f.Add("lib/*\n!lib/b", "*.log\n!keep")
	f.Add("**\n.npmrc\n/node_modules", "")
	f.Add("", "*\n!/lib/**/x\n")
	f.Add("./lib\n!(a)\n{lib,src}/", "[a-z]*\n\\#\n")
	dir := grow(f, map[string]string{
		"package.json": plain, "lib/a.js": "", "lib/b/x": "", "lib/.npmrc": "", ".npmrc": "", "node_modules/a/x": "",
		"sub/node_modules/y": "", "README.md": "", "a.log": "", "yarn.lock": "", ".git/config": "", "x*": "",
	})
	f.Fuzz(func(t *testing.T, files, ignore string) {
		if len(files)+len(ignore) > 300 {
			return
		}
		must(t, os.WriteFile(filepath.Join(dir, ".npmignore"), []byte(ignore), 0o644))
		o := open(t, dir, ".")
		l := &listing{ctx: t.Context(), folder: o, packed: map[string]string{}}
		own := &fields{hasFiles: files != "", files: strings.Split(files, "\n")}
		if err := l.gatherWith(own); err != nil {
			return
		}
		for name := range l.packed {
			info, err := os.Lstat(filepath.Join(dir, name))
			if err != nil || !info.Mode().IsRegular() || !filepath.IsLocal(name) {
				t.Errorf("%q is listed: %v", name, err)
			}
			for _, never := range []string{"node_modules/", ".git/", ".npmrc", "yarn.lock", "x*"} {
				if strings.HasPrefix(name, never) {
					t.Errorf("files %q, ignored %q: %q is listed", files, ignore, name)
				}
			}
		}
		for _, always := range []string{"package.json", "README.md"} {
			if l.packed[always] == "" {
				t.Errorf("files %q, ignored %q: %s is not listed", files, ignore, always)
			}
		}
	})
}
