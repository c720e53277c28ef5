package pack

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A packlistCase is a tree and the files that npm-packlist 10 finds in it.
type packlistCase struct {
	name       string
	Tree       map[string]any
	PrefixTree map[string]any // the tree of which Tree is a part
	Path       string         `json:"pathFromPrefix"`
	Result     []string
}

// notAsked are cases that no `npm pack` of a folder comes to.
var notAsked = map[string]string{
	"bundled-scoped-symlink-0": "links to a folder outside of the checkout, which we refuse",
	"callbacks-0":              "calls the module another way, on purpose without an answer",
	"workspace-1":              "a prefix without workspaces: npm pack gives both or neither",
	"workspace-2":              "names the workspaces by flag",
	"workspace-5":              "a prefix without workspaces: npm pack gives both or neither",
}

func packlistCases(t testing.TB) []packlistCase {
	t.Helper()
	var cases []packlistCase
	files, err := filepath.Glob(data(t, "packlist", "v10", "*.json"))
	must(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(t, err)
		c := packlistCase{name: strings.TrimSuffix(filepath.Base(f), ".json")}
		must(t, json.Unmarshal(text, &c))
		if notAsked[c.name] == "" {
			cases = append(cases, c)
		}
	}
	random, err := os.Open(data(t, "packlist", "random-v10.jsonl"))
	must(t, err)
	defer random.Close()
	lines := bufio.NewScanner(random)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		c := packlistCase{name: fmt.Sprintf("random-%d", len(cases))}
		must(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	must(t, lines.Err())
	if len(cases) < 100 {
		t.Fatalf("%d cases, that cannot be all", len(cases))
	}
	return cases
}

// plant makes the tree of a case and returns the checkout and the package's
// folder in it.
func (c packlistCase) plant(t testing.TB) (top, dir string) {
	top = t.TempDir()
	if c.PrefixTree == nil {
		plant(t, top, c.Tree)
		return top, "."
	}
	plant(t, top, c.PrefixTree)
	if c.Path == "" {
		return top, "."
	}
	return top, c.Path
}

// TestPacklist compares with what npm-packlist answered.
func TestPacklist(t *testing.T) {
	for _, c := range packlistCases(t) {
		top, dir := c.plant(t)
		f := open(t, top, dir)
		if f.Manifest.Name == "" {
			f.Manifest.Name = "unnamed"
		}
		if f.Manifest.Version == "" {
			f.Manifest.Version = "1.0.0"
		}
		got, err := List(t.Context(), f)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if strings.HasPrefix(c.name, "random") { // recorded in another order
			slices.Sort(got)
			slices.Sort(c.Result)
		}
		if !slices.Equal(got, c.Result) {
			t.Errorf("%s:\n\tgot  %q\n\twant %q", c.name, got, c.Result)
		}
	}
}

// TestNPMTrees packs the same trees with the real npm.
func TestNPMTrees(t *testing.T) {
	r := findNPM(t)
	var dirs []string
	for i, c := range packlistCases(t) {
		top, dir := c.plant(t)
		if dir != "." || testing.Short() && i%4 > 0 {
			continue
		}
		rename(t, top, fmt.Sprintf("tree-%d", i))
		dirs = append(dirs, top)
	}
	for i, want := range r.tars(t, t.TempDir(), dirs...) {
		same(t, dirs[i], open(t, dirs[i], "."), want)
	}
	t.Logf("%d trees", len(dirs))
}

func TestUnnamed(t *testing.T) {
	for text, want := range map[string]error{
		`{}`:                  ErrUnnamed,
		`{"name":"a"}`:        ErrUnnamed,
		`{"version":"1.0.0"}`: ErrUnnamed,
	} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(text), 0o644))
		if _, err := Pack(t.Context(), open(t, dir, ".")); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}
