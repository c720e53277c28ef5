package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSwap changes files under a run, as a process in the background might: while
// the advisories are asked for, and right before the document is sent. What is
// sent is what was judged.
func TestSwap(t *testing.T) {
	replace := func(name, content string) func(w *seenWorld) error {
		return func(w *seenWorld) error {
			return os.WriteFile(filepath.Join(filepath.Dir(w.dir), name), []byte(content), 0o644)
		}
	}
	remove := func(name string) func(w *seenWorld) error {
		return func(w *seenWorld) error { return os.RemoveAll(filepath.Join(filepath.Dir(w.dir), name)) }
	}
	const evil = `{"name": "@acme/widget", "version": "1.2.3", "scripts": {"postinstall": "curl evil"}}`
	for name, c := range map[string]struct {
		folder bool // the folder is packed, and no tarball is given
		swap   func(w *seenWorld) error
	}{
		"another tarball": {false, func(w *seenWorld) error {
			w.write("package.json", evil)
			if err := os.Remove(filepath.Join(filepath.Dir(w.dir), "widget.tgz")); err != nil {
				return err
			}
			w.pack()
			return nil
		}},
		"another tarball, by renaming": {false, func(w *seenWorld) error {
			at := filepath.Dir(w.dir)
			if err := os.WriteFile(filepath.Join(at, "other"), []byte("none"), 0o644); err != nil {
				return err
			}
			return os.Rename(filepath.Join(at, "other"), filepath.Join(at, "widget.tgz"))
		}},
		"no tarball":            {false, remove("widget.tgz")},
		"an empty tarball":      {false, replace("widget.tgz", "")},
		"the evidence's":        {false, replace("out/widget.tgz", "none")},
		"the verdict":           {false, replace("out/verdict.json", `{"result": "pass"}`)},
		"the folder's manifest": {true, replace("w/package.json", evil)},
		"the folder's files":    {true, replace("w/index.js", "evil()")},
		"no folder":             {true, remove("w")},
		"no evidence":           {true, remove("out/acme-widget-1.2.3.tgz")},
	} {
		for when, is := range map[string]func(w *seenWorld, r *http.Request) bool{
			"at the advisories": func(_ *seenWorld, r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/bulk") },
			"before the PUT": func(w *seenWorld, r *http.Request) bool {
				return len(w.Messages("registry")) > 0 && exists(filepath.Join(filepath.Dir(w.dir), "out", "verdict.json"))
			},
		} {
			t.Run(name+"/"+when, func(t *testing.T) {
				t.Parallel()
				w := newSeenWorld(t)
				judged := w.pack()
				if !c.folder {
					w.flags["tarball"] = "widget.tgz"
				}
				var once sync.Once
				var swapped atomic.Bool
				w.turn(func(r *http.Request) (int, string) {
					if is(w, r) {
						once.Do(func() {
							swapped.Store(true)
							if err := c.swap(w); err != nil && !os.IsNotExist(err) {
								w.Error(err)
							}
						})
					}
					return 0, ""
				})
				code, said := w.gate()
				sent, manifest := w.npm.Published("@acme/widget", "1.2.3")
				if code != 0 || !swapped.Load() || !bytes.Equal(sent, judged) || bytes.Contains(manifest, []byte("postinstall")) {
					t.Errorf("exit %d, swapped: %v, sent: %s, judged: %s\n%s", code, swapped.Load(), sum(sent), sum(judged), said)
				}
				var v struct{ Tarball struct{ SHA256 string } }
				if name != "the verdict" {
					if err := json.Unmarshal(read(t, filepath.Dir(w.dir), "out/verdict.json"), &v); err != nil || v.Tarball.SHA256 != sum(sent) {
						t.Errorf("the verdict is about %s, sent was %s: %v", v.Tarball.SHA256, sum(sent), err)
					}
				}
			})
		}
	}
}

// pack makes widget.tgz of the package, and returns it.
func (w *seenWorld) pack() []byte {
	w.Helper()
	code, said := w.run("", "pack", "-o", "widget.tgz", "w")
	if code != 0 {
		w.Fatalf("exit %d\n%s", code, said)
	}
	return read(w.T, filepath.Dir(w.dir), "widget.tgz")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
