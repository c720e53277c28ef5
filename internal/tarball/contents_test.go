package tarball

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestContents(t *testing.T) {
	w := NewWriter()
	long := "lib/" + strings.Repeat("long/", 40) + "a.js"
	files := []struct{ path, content string }{{"package.json", `{"name":"a","version":"1.0.0"}`}, {"empty", ""},
		{"a.js", strings.Repeat("a", 1000)}, {long, "b"}, {"z.js", "z"}}
	for _, f := range files {
		if err := w.File("package/"+f.path, 0o644, int64(len(f.content)), strings.NewReader(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Link("package/link", 0o644, "a.js"); err != nil {
		t.Fatal(err)
	}
	data, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(data, "a.tgz", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "a.js", "empty", long, "z.js", "nothing", "link"} {
		seen := ""
		err := got.Contents(map[string]bool{want: true}, func(path string, content []byte) error {
			seen += path + " " + string(content)
			return nil
		})
		expected := ""
		for _, f := range files {
			if f.path == want {
				expected = f.path + " " + f.content
			}
		}
		if err != nil || seen != expected {
			t.Errorf("%q: %q, %v", want, seen, err)
		}
	}
	n := 0
	all := map[string]bool{"a.js": true, "z.js": true, "empty": true}
	stop := errors.New("stop")
	if err := got.Contents(all, func(string, []byte) error { n++; return stop }); n != 1 || !errors.Is(err, stop) {
		t.Errorf("%d files after an error: %v", n, err)
	}
	digested, err := Read(data, "a.tgz", Options{Digests: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range digested.Entries {
		last := len(files) - 1
		sums := got.Digests(map[int]bool{i: true, last: true})
		if got.Entries[i].SHA256 != "" || e.SHA256 == "" || sums[i] != e.SHA256 ||
			sums[last] != digested.Entries[last].SHA256 {
			t.Errorf("%s: %q without Digests, %q with, %v asked for later", e.Path, got.Entries[i].SHA256, e.SHA256, sums)
		}
	}
	for cut := range len(data) { // whatever is missing, nothing but what is there
		got.Bytes = data[:cut]
		if err := got.Contents(all, func(path string, content []byte) error {
			for _, f := range files {
				if f.path == path && f.content != string(content) {
					return fmt.Errorf("%s: %q", path, content)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
