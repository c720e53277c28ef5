package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// bare says what a graph is, without the keys of its copies: who depends on whom,
// how, and by how many copies each package is there.
func bare(g *npm.Graph) []string {
	var all []string
	copies := map[string]int{}
	for _, p := range g.Packages {
		copies[fmt.Sprintf("%s scope=%s source=%d sum=%s", p.ID(), p.Scope, p.Source, p.Integrity+p.Checksum)]++
		for _, e := range p.Deps {
			to := "nothing"
			if e.To != nil {
				to = e.To.ID()
				for _, peer := range e.To.Deps {
					if peer.To != nil && (peer.Kind == npm.EdgePeer || peer.Kind == npm.EdgePeerOptional) {
						to += " with " + peer.To.ID()
					}
				}
			}
			all = append(all, fmt.Sprintf("%s %s %s@%s to %s valid=%v", p.ID(), e.Kind, e.Name, e.Range, to, e.Valid))
		}
	}
	for id, n := range copies {
		all = append(all, fmt.Sprintf("%s: %d", id, n))
	}
	for _, n := range g.Notes {
		all = append(all, n.Kind+" "+n.Text)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The same project in both versions of the format, each written by pnpm 12, is the
// same graph: a package beside two Reacts is two copies, each with its own.
func TestPnpmNext(t *testing.T) {
	for _, name := range []string{"peers-pnpm12-v13", "unbound-pnpm12-v13"} {
		t.Run(name, func(t *testing.T) { comparePnpmNext(t, filepath.Join("testdata", "pnpm", name)) })
	}
}

func comparePnpmNext(t *testing.T, dir string) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	manifest := func(file string) *npm.Manifest {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return manifestOf(t, string(text))
	}
	for _, member := range []string{"", "packages/a", "packages/c"} {
		var graphs [][]string
		for _, file := range []string{"pnpm-lock.yaml", "same-in-v9.yaml"} {
			data, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			in := Input{Data: data, File: "pnpm-lock.yaml", Member: member,
				Manifest: manifest(filepath.Join(member, "package.json")), Checkout: NewCheckout(root, ".", ".")}
			if member != "" {
				in.Owner = manifest("package.json")
			}
			g, err := ParseInput(in)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			graphs = append(graphs, bare(g))
		}
		for _, line := range graphs[0] {
			if !slices.Contains(graphs[1], line) {
				t.Errorf("%s: only in version 13: %s", member, line)
			}
		}
		for _, line := range graphs[1] {
			if !slices.Contains(graphs[0], line) {
				t.Errorf("%s: only in version 9: %s", member, line)
			}
		}
	}
}

// What is damaged is an error with its place, never an empty answer.
func TestPnpmNextDamaged(t *testing.T) {
	const lock = "{\n\t\"lockfileVersion\": \"13.0\",\n\t\"projects\": {\n\t\t\".\": {\"dependencies\": {\"a\": " +
		"\"1.2.0\"}},\n\t},\n\t\"packages\": {\n\t\t\"a@1.2.0\": {\"integrity\": \"sha512-AAAA\"},\n\t},\n}\n"
	m := manifestOf(t, `{"dependencies":{"a":"1.2.0"}}`)
	if g, err := Parse([]byte(lock), "pnpm-lock.yaml", m); err != nil || kinds(g) != "" ||
		!strings.Contains(dump(g), `"a@1.2.0" a@1.2.0 source=1 scope=prod integrity`) {
		t.Errorf("%v", err)
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"cut off", "\t},\n}\n", "\t},\n", "pnpm-lock.yaml:"},
		{"no such package", `"a": "1.2.0"`, `"a": "1.3.0"`, `pnpm-lock.yaml:4:26: a is to be "1.3.0", for which there is no entry`},
		{"no such project", `"a": "1.2.0"`, `"a": "workspace:*"`, `none has that name`},
		{"no such catalog", `"a": "1.2.0"`, `"a": "catalog:"`, `"a" has no specifier or no version`},
		{"no text", `"a": "1.2.0"`, `"a": null`, `expected a string`},
		{"a list of packages", `"packages": {
		"a@1.2.0": {"integrity": "sha512-AAAA"},
	}`, `"packages": []`, "expected an object"},
		{"no snapshot", `"sha512-AAAA"`, `"sha512-AAAA", "snapshots": []`, "expected a list of some"},
		{"no object", `{"integrity": "sha512-AAAA"}`, `"sha512-AAAA"`, "expected a mapping"},
		{"another version", "13.0", "14.0", `lockfileVersion is "14.0"`},
		{"a second document", "}\n", "}\n---\n{}\n", "pnpm-lock.yaml:"},
	} {
		text := strings.Replace(lock, c.from, c.to, 1)
		if c.name == "cut off" || c.name == "a second document" {
			text = strings.TrimSuffix(lock, c.from) + c.to
		}
		if _, err := Parse([]byte(text), "pnpm-lock.yaml", m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// An entry without a checksum is one of a registry all the same, which a check blocks.
	g, err := Parse([]byte(strings.Replace(lock, `"integrity": "sha512-AAAA"`, "", 1)), "pnpm-lock.yaml", m)
	if err != nil || g.Root.Deps[0].To.Source != npm.SourceRegistry || g.Root.Deps[0].To.Integrity != "" {
		t.Errorf("without a checksum: %v", err)
	}
}
