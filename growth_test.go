package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
)

// hostileGrowth are inputs of a size, each of which was once work for the square
// of it. PUBLISHGATE_GROWTH=NAME:SIZE:DIR writes one, to be measured:
//
//	publishgate -offline -advisories file:DIR/adv -out OUT DIR/w
var hostileGrowth = []struct {
	name string
	make func(n int) project
	n    int // what the test takes, and twice and four times as many
}{
	{"advisories", manyAdvisories, 250},
	{"ranges", manyRanges, 250},
	{"direct", manyDirect, 150},
	{"below-one", manyBelowOne, 150},
	{"updates", manyUpdates, 150},
	{"dependents", manyDependents, 150},
	{"chain", oneChain, 150},
	{"alternatives", manyAlternatives, 150},
}

// A project is what is generated: packages, what the root asks for, advisories.
type project struct {
	packages map[string]any
	root     map[string]string
	records  []record
}

type record struct {
	id, name string
	events   []map[string]string
}

func fixedAt(version string) []map[string]string {
	return []map[string]string{{"introduced": "0"}, {"fixed": version}}
}

func locked(name, version string, deps map[string]string) map[string]any {
	if deps == nil {
		deps = map[string]string{}
	}
	return map[string]any{
		"version": version, "resolved": fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", name, name, version),
		"license": "MIT", "dependencies": deps,
		"integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA==",
	}
}

func manyAdvisories(n int) project {
	p := project{packages: map[string]any{"a": locked("a", "1.0.0", nil)}, root: map[string]string{"a": "^1.0.0"}}
	for i := range n {
		p.records = append(p.records, record{fmt.Sprintf("GHSA-%06d", i), "a", fixedAt(fmt.Sprintf("1.%d.0", i+1))})
	}
	return p
}

func manyRanges(n int) project {
	p := project{packages: map[string]any{}, root: map[string]string{}}
	for i := range 10 {
		name := fmt.Sprintf("p%d", i)
		p.packages[name], p.root[name] = locked(name, "1.0.0", nil), "^1.0.0"
		r := record{fmt.Sprintf("GHSA-%06d", i), name, []map[string]string{{"introduced": "0"}, {"fixed": "1.0.1"}}}
		for k := range n {
			r.events = append(r.events, map[string]string{"introduced": fmt.Sprintf("1.%d.1", k+1)},
				map[string]string{"fixed": fmt.Sprintf("1.%d.5", k+1)})
		}
		p.records = append(p.records, r)
	}
	return p
}

func manyDirect(n int) project {
	p := project{packages: map[string]any{}, root: map[string]string{}}
	for i := range n {
		p.add(fmt.Sprintf("p%d", i), nil)
		p.root[fmt.Sprintf("p%d", i)] = "1.0.0"
	}
	return p
}

// add adds a package that an advisory affects.
func (p *project) add(name string, deps map[string]string) {
	p.packages[name] = locked(name, "1.0.0", deps)
	p.records = append(p.records, record{"GHSA-" + name, name, fixedAt("1.0.1")})
}

func manyBelowOne(n int) project {
	deps := map[string]string{}
	p := project{packages: map[string]any{"hub": locked("hub", "1.0.0", deps)}, root: map[string]string{"hub": "^1.0.0"}}
	for i := range n {
		deps[fmt.Sprintf("p%d", i)] = "1.0.0"
		p.add(fmt.Sprintf("p%d", i), nil)
	}
	return p
}

// manyUpdates are below one package, which asks for each by a range that admits
// the fixed version.
func manyUpdates(n int) project {
	p := manyBelowOne(n)
	asks := p.packages["hub"].(map[string]any)["dependencies"].(map[string]string)
	for name := range asks {
		asks[name] = "^1.0.0"
	}
	return p
}

// manyDependents all ask for one package, each by a range of its own.
func manyDependents(n int) project {
	p := project{packages: map[string]any{}, root: map[string]string{}}
	p.add("a", nil)
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		p.packages[name], p.root[name] = locked(name, "1.0.0", map[string]string{"a": fmt.Sprintf("1.0.0 || 0.%d.0", i)}), "1.0.0"
	}
	return p
}

func oneChain(n int) project {
	p := project{packages: map[string]any{}, root: map[string]string{"p0": "1.0.0"}}
	for i := range n {
		deps := map[string]string{fmt.Sprintf("p%d", i+1): "1.0.0"}
		if i == n-1 {
			deps = nil // the end
		}
		p.add(fmt.Sprintf("p%d", i), deps)
	}
	return p
}

// manyAlternatives has them in a range, and an advisory about each.
func manyAlternatives(n int) project {
	p := manyAdvisories(n)
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("^1.%d.0", i))
	}
	p.root["a"] = strings.Join(all, " || ")
	return p
}

// write writes the project to DIR/w and its advisories to DIR/adv.
func (p project) write(t *testing.T, dir string) {
	t.Helper()
	put := func(name string, v any) {
		data, err := json.MarshalIndent(v, "", "  ")
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), append(data, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	root := map[string]any{"name": "w", "version": "1.0.0", "license": "MIT", "dependencies": p.root}
	put("w/package.json", root)
	packages := map[string]any{"": root}
	for name, entry := range p.packages {
		packages["node_modules/"+name] = entry
	}
	put("w/package-lock.json", map[string]any{"name": "w", "version": "1.0.0", "lockfileVersion": 3, "packages": packages})
	for _, r := range p.records {
		put("adv/"+r.id+".json", map[string]any{
			"schema_version": "1.6.0", "id": r.id, "modified": "2024-06-01T00:00:00Z", "published": "2024-05-01T00:00:00Z", "summary": "made up",
			"severity": []any{map[string]string{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
			"affected": []any{map[string]any{
				"package": map[string]string{"ecosystem": "npm", "name": r.name},
				"ranges":  []any{map[string]any{"type": "SEMVER", "events": r.events}},
			}},
		})
	}
}

// TestGrowth doubles what a hostile input has most of, twice: what is allocated
// and what is written grows as the input does, not as its square.
func TestGrowth(t *testing.T) {
	if asked := os.Getenv("PUBLISHGATE_GROWTH"); asked != "" {
		writeHostile(t, strings.SplitN(asked, ":", 3))
		return
	}
	for _, c := range hostileGrowth {
		t.Run(c.name, func(t *testing.T) {
			var allocated, written [3]float64
			for i, n := range []int{c.n, 2 * c.n, 4 * c.n} {
				allocated[i], written[i] = work(t, c.make(n))
			}
			// Of what is linear the second step is twice the first, of what is
			// quadratic four times. What is kept in pools comes and goes.
			const pools, indent = 16 << 20, 1 << 16
			if first, second := allocated[1]-allocated[0], allocated[2]-allocated[1]; second > 3*max(first, pools) {
				t.Errorf("allocated: %.0f bytes", allocated)
			}
			if first, second := written[1]-written[0], written[2]-written[1]; second > 3*max(first, indent) {
				t.Errorf("written: %.0f bytes", written)
			}
		})
	}
}

// work is the memory that gating a project takes in all, and the size of what
// it writes.
func work(t *testing.T, p project) (allocated, written float64) {
	t.Helper()
	dir := t.TempDir()
	p.write(t, dir)
	out := filepath.Join(dir, "out")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var said bytes.Buffer
	code := cli.Main(context.Background(), cli.Process{
		Args:   []string{"-offline", "-advisories", "file:" + filepath.Join(dir, "adv"), "-out", out, filepath.Join(dir, "w")},
		Stdout: &said, Stderr: &said, Now: time.Now,
	})
	runtime.ReadMemStats(&after)
	if code != 1 {
		t.Fatalf("exit %d, expected 1\n%s", code, &said)
	}
	files, err := os.ReadDir(out)
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files of evidence, %v", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		written += float64(info.Size())
	}
	return float64(after.TotalAlloc - before.TotalAlloc), written
}

func writeHostile(t *testing.T, asked []string) {
	if len(asked) == 3 {
		n, err := strconv.Atoi(asked[1])
		for _, c := range hostileGrowth {
			if c.name == asked[0] && err == nil {
				c.make(n).write(t, asked[2])
				return
			}
		}
	}
	t.Fatalf("PUBLISHGATE_GROWTH is %q, not NAME:SIZE:DIR", asked)
}
