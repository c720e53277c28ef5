package source

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestBelow(t *testing.T) {
	dir, _ := commit(t, map[string]string{
		"a/b/c.json": "c", "a/d.json": "d", "a.json": "a", "to-a": "link:a", "links/x.json": "link:../a.json", "links-folder/x": "link:../a",
		"module/m": "module:" + strings.Repeat("1", 40), "out": "link:../a",
	})
	r, v, err := head(t, dir)
	must(t, err)
	for name, want := range map[string]any{
		"a": "a/b/c.json a/d.json", "./a/": "a/b/c.json a/d.json", "a/b": "a/b/c.json", "a.json": "a.json", "to-a": "to-a/b/c.json to-a/d.json",
		"none": fs.ErrNotExist, "links": ErrLink, "links-folder": ErrLink, "module": ErrLink, ".": ErrLarge, "out": errOutside,
	} {
		got, err := r.Below(v, name, 2)
		if wrong, is := want.(error); is && name != "." && !errors.Is(err, wrong) || !is && (err != nil || strings.Join(got, " ") != want) {
			t.Errorf("%s: %q, %v; want %v", name, got, err, want)
		}
		if name == "." && err == nil { // more than two, or a link: what is seen first
			t.Error("the whole commit is listed")
		}
	}
	if _, err := r.Below(v, "a", 1); !errors.Is(err, ErrLarge) {
		t.Errorf("two files where one may be: %v", err)
	}
}
