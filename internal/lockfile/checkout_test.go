package lockfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folders makes folders, each with a package.json, and returns their root.
func folders(t *testing.T, names ...string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "package.json"), []byte(`{"name":"x","version":"1.0.0"}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestMembers(t *testing.T) {
	root := folders(t, "", "a", "p/a", "p/b", "p/b/node_modules/x", "p/b/c", "q/r/s", "q/r/t/u")
	for _, c := range []struct {
		patterns string
		want     string
	}{
		{"p/*", "p/a p/b"},
		{"./p/*/", "p/a p/b"},
		{"p/**", "p/a p/b p/b/c"},
		{"**", "a p/a p/b p/b/c q/r/s q/r/t/u"},
		{"q/**/u", "q/r/t/u"},
		{"q/r/{s,x}", "q/r/s"},
		{"p/* !p/b", "p/a"},
		{"a nothing", "a"},
		{"p", ""},
		{"../x", ""},
		{"p/[", ""},
	} {
		got, err := NewCheckout(root, "", "").Members(strings.Fields(c.patterns))
		if err != nil || !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s: %v, %v; want %s", c.patterns, got, err, c.want)
		}
	}
	if _, err := (*Checkout)(nil).Members([]string{"p/*"}); err == nil {
		t.Error("no checkout, no error")
	}
	if got, err := NewCheckout(root, "p", "").Members([]string{"*"}); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("below a folder: %v, %v", got, err)
	}
}

// Links are not followed, and folders nested too deep are an error.
func TestMembersBounds(t *testing.T) {
	root := folders(t, "p/a", strings.Repeat("d/", maxDepth+1)+"e")
	if err := root.Symlink("a", "p/link"); err != nil {
		t.Fatal(err)
	}
	c := NewCheckout(root, "", "")
	if got, err := c.Members([]string{"p/*"}); err != nil || !slices.Equal(got, []string{"p/a"}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := c.Members([]string{"**"}); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCheckoutManifest(t *testing.T) {
	root := folders(t, "a", "b")
	if err := os.WriteFile(filepath.Join(root.Name(), "b", "package.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := root.Mkdir("c", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := root.Symlink("../a/package.json", "c/package.json"); err != nil {
		t.Fatal(err)
	}
	c := NewCheckout(root, "", "")
	if m, err := c.Manifest("a"); err != nil || m.Name != "x" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := c.Manifest("b"); err == nil || !strings.HasPrefix(err.Error(), "b/package.json:1:") {
		t.Errorf("truncated: %v", err)
	}
	if _, err := c.Manifest("c"); err == nil || !strings.Contains(err.Error(), "a symbolic link") {
		t.Errorf("a link: %v", err)
	}
	for _, folder := range []string{"none", "../x", "/etc", "a/../../x"} {
		if _, err := c.Manifest(folder); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
