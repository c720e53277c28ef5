package pack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// data is a path in the unpacked data archive.
func data(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the data archive was not looked at")
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

func tarballs(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(data(t, "tarballs", "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tarballs in the data archive: %v", err)
	}
	return files
}

// unpack puts the files of an archive below a new folder, as package/…
func unpack(t testing.TB, archive string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name = path.Join("package", name)
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := root.WriteFile(name, content, os.FileMode(h.Mode)&0o777|0o400); err != nil {
			t.Fatal(err)
		}
	}
}

// entries describes the entries of a tar stream.
func entries(t testing.TB, stream []byte) []string {
	t.Helper()
	var all []string
	for r := tar.NewReader(bytes.NewReader(stream)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %c %o %d %q %v", h.Name, h.Typeflag, h.Mode, h.Size, h.Linkname, h.PAXRecords))
	}
}

// plant writes a tree of the packlist data: a string is a file's text, an
// object says what else there is.
func plant(t testing.TB, dir string, tree map[string]any) {
	t.Helper()
	for name, node := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		if text, ok := node.(string); ok {
			must(t, os.WriteFile(file, []byte(text), 0o644))
			continue
		}
		for kind, v := range node.(map[string]any) {
			switch kind {
			case "dir":
				must(t, os.MkdirAll(file, 0o755))
				plant(t, file, v.(map[string]any))
			case "symlink":
				must(t, os.Symlink(strings.ReplaceAll(v.(string), "{TMP}", dir), file))
			case "base64":
				content, err := base64.StdEncoding.DecodeString(v.(string))
				must(t, err)
				must(t, os.WriteFile(file, content, 0o644))
			case "size":
				must(t, os.WriteFile(file, bytes.Repeat([]byte("x"), int(v.(float64))), 0o644))
			default:
				t.Fatalf("%s: %s in a tree", name, kind)
			}
		}
	}
}

// rename gives the package in dir a name of its own and a version, so that npm
// packs many at once.
func rename(t testing.TB, dir, name string) {
	t.Helper()
	file := filepath.Join(dir, "package.json")
	text, err := os.ReadFile(file)
	must(t, err)
	var m map[string]any
	must(t, json.Unmarshal(text, &m))
	m["name"], m["version"] = name, "1.0.0"
	text, err = json.Marshal(m)
	must(t, err)
	must(t, os.WriteFile(file, text, 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
