package sbom

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// graphs reads every npm lockfile of the data; those that the room of lockfiles
// refuses are its business, but not too many may be.
func graphs(t testing.TB) map[string]Input {
	all, refused := map[string]Input{}, 0
	for _, area := range []string{"lockfiles", "projects"} {
		root := filepath.Join(data(t), area)
		err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.Name() != "package-lock.json" && e.Name() != "npm-shrinkwrap.json" {
				return err
			}
			in, err := graph(file)
			if err != nil {
				refused++
				t.Logf("%s is not read: %v", file, err)
				return nil
			}
			rel, err := filepath.Rel(data(t), file)
			all[filepath.ToSlash(rel)] = in
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 80 || refused > 8 {
		t.Fatalf("%d lockfiles read, %d refused", len(all), refused)
	}
	return all
}

func graph(file string) (Input, error) {
	in := Input{License: license.Expression}
	lock, err := os.ReadFile(file)
	if err != nil {
		return in, err
	}
	name := filepath.Base(file)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "package.json"))
	if err != nil {
		if in.Graph, err = lockfile.Parse(lock, name, nil); err == nil {
			return in, nil
		}
		// Version 1 does not say what the package depends on: here, on all it holds.
		var v1 struct {
			Dependencies map[string]any `json:"dependencies"`
		}
		_ = json.Unmarshal(lock, &v1)
		for name := range v1.Dependencies {
			v1.Dependencies[name] = "*"
		}
		if text, err = json.Marshal(v1); err != nil {
			return in, err
		}
	}
	if in.Manifest, err = npm.ParseManifest(text, "package.json"); err != nil {
		return in, err
	}
	in.Graph, err = lockfile.Parse(lock, name, in.Manifest)
	return in, err
}

// others reads the lockfiles of the other managers, each with what stands
// beside it.
func others(t testing.TB) map[string]Input {
	all := map[string]Input{}
	err := filepath.WalkDir(data(t), func(file string, e fs.DirEntry, err error) error {
		if err != nil || !slices.Contains([]string{"yarn.lock", "pnpm-lock.yaml", "bun.lock"}, e.Name()) {
			return err
		}
		dir, name := filepath.Split(file)
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		defer root.Close()
		in := Input{License: license.Expression}
		text, err := os.ReadFile(filepath.Join(dir, "package.json"))
		if err == nil {
			if in.Manifest, err = npm.ParseManifest(text, "package.json"); err == nil {
				in.Graph, err = lockfile.Read(lockfile.Location{Root: root, Dir: "."}, in.Manifest, name)
			}
		}
		if err != nil {
			t.Logf("%s is not read: %v", file, err)
			return nil
		}
		rel, err := filepath.Rel(data(t), file)
		all[filepath.ToSlash(rel)] = in
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every real lockfile gives a valid document in which each reference resolves,
// in every version; with -short the large ones in one.
func TestRealLockfiles(t *testing.T) {
	race.Leave(t, "TestEncodeAsLibrary")
	all := graphs(t)
	managers := map[string]int{}
	for name, in := range others(t) {
		all[name] = in
		managers[in.Graph.Manager]++
	}
	for _, m := range []string{"yarn", "pnpm", "bun"} {
		if managers[m] == 0 {
			t.Errorf("no lockfile of %s was read: %v", m, managers)
		}
	}
	t.Logf("%d lockfiles, of other managers %v", len(all), managers)
	for _, v := range Versions {
		s := schema(t, v)
		for name, in := range all {
			if testing.Short() && v != DefaultVersion && len(in.Graph.Packages) > 500 {
				continue
			}
			in.Version = v
			out := write(t, in)
			if err := s.Validate(parse(t, out)); err != nil {
				t.Errorf("%s as %s: %.2000v", name, v, err)
			}
			resolves(t, name, read(t, out))
		}
	}
}

func resolves(t *testing.T, name string, d document) {
	refs := map[string]bool{d.Metadata.Component.Ref: true}
	for _, c := range d.Components {
		if refs[c.Ref] {
			t.Errorf("%s: two components %s", name, c.Ref)
		}
		refs[c.Ref] = true
	}
	if len(d.Dependencies) != len(refs) {
		t.Errorf("%s: %d components, %d of them with edges", name, len(refs), len(d.Dependencies))
	}
	for i, x := range d.Dependencies {
		if !refs[x.Ref] || i > 0 && d.Dependencies[i-1].Ref >= x.Ref || !slices.IsSorted(x.DependsOn) ||
			len(slices.Compact(slices.Clone(x.DependsOn))) != len(x.DependsOn) {
			t.Errorf("%s: bad edges of %s", name, x.Ref)
		}
		for _, to := range x.DependsOn {
			if !refs[to] {
				t.Errorf("%s: %s depends on %s, which is not there", name, x.Ref, to)
			}
		}
	}
}

// differs are the lockfiles where we and npm sbom disagree on purpose.
var differs = map[string]string{
	"lockfiles/arborist/link-dep":                     folder,
	"lockfiles/arborist/link-dep-empty":               folder,
	"lockfiles/arborist/old-lock-with-link":           folder,
	"lockfiles/arborist/prune-lockfile":               unreached,
	"lockfiles/arborist/prune-lockfile-omit-dev":      unreached,
	"lockfiles/arborist/optional-dep-allinstall-fail": unreached,
	"lockfiles/arborist/edit-package-json__removed":   unreached,
}

const (
	folder    = "version 1 does not hold the version of a linked folder: npm looks it up outside of the lockfile"
	unreached = "npm lists entries that nothing depends on; we leave out and count what the package does not reach"
)

// The components are those of npm sbom, and every edge npm sees is among ours.
// npm folds copies of one version into the first, so ours may have more edges.
func TestAgainstNpmSbom(t *testing.T) {
	compared, edges := 0, 0
	for name, in := range graphs(t) {
		name = strings.TrimSuffix(name, "/"+filepath.Base(name))
		theirs, ok := npmSbom(t, filepath.Join(data(t), name))
		if !ok {
			continue
		}
		compared++
		edges += len(theirs.edges)
		ours := known(read(t, write(t, in)))
		var wrong []string
		for _, x := range missing(theirs.components, ours.components) {
			wrong = append(wrong, "npm has "+x+", we do not")
		}
		for _, x := range missing(ours.components, theirs.components) {
			wrong = append(wrong, "we have "+x+", npm does not")
		}
		for _, x := range missing(theirs.edges, ours.edges) {
			wrong = append(wrong, "npm has the edge "+x+", we do not")
		}
		if why := differs[name]; why != "" && len(wrong) == 0 {
			t.Errorf("%s does not differ any more: %s", name, why)
		} else if why == "" && len(wrong) > 0 {
			t.Errorf("%s: %s", name, strings.Join(wrong, "; "))
		}
	}
	if compared < 45 {
		t.Errorf("only %d documents of npm compared", compared)
	}
	t.Logf("%d documents, %d edges compared", compared, edges)
}

// content is what two documents are compared by: name@version, edges between
// those, and "root" for the package itself, whose version npm may have been given.
type content struct{ components, edges map[string]bool }

func known(d document) content {
	c := content{map[string]bool{}, map[string]bool{}}
	id := map[string]string{d.Metadata.Component.Ref: "root"}
	for _, x := range d.Components {
		id[x.Ref] = strings.TrimPrefix(x.Group+"/"+x.Name, "/") + "@" + x.Version
		if !strings.HasPrefix(x.Ref, "pkg:") {
			id[x.Ref] = x.Ref // npm's own, name@version; its name can be that of a folder
		}
		c.components[id[x.Ref]] = true
	}
	for _, x := range d.Dependencies {
		for _, to := range x.DependsOn {
			c.edges[id[x.Ref]+" > "+id[to]] = true
		}
	}
	return c
}

// npmSbom is what npm wrote for a folder; where it refused, what it wrote once
// the root had a version.
func npmSbom(t *testing.T, dir string) (content, bool) {
	for _, name := range []string{"npm-sbom.cyclonedx.json", "npm-sbom-versioned.cyclonedx.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if d := read(t, text); d.Metadata.Component.Ref != "" {
			return known(d), true
		}
	}
	return content{}, false
}

// What the room of licences calls an identifier is one in the schema too, and
// odd licences make no invalid document.
func TestLicenses(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(data(t), "cyclonedx/schema/spdx.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Enum []string }
	if err := json.Unmarshal(text, &list); err != nil || len(list.Enum) < 500 {
		t.Fatalf("%d licences, %v", len(list.Enum), err)
	}
	text, err = os.ReadFile(filepath.Join(data(t), "spdx/spdx-license-ids/index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string // newer than the schema's
	if err := json.Unmarshal(text, &ids); err != nil || len(ids) < 700 {
		t.Fatalf("%d identifiers, %v", len(ids), err)
	}
	for _, id := range ids {
		if _, known, _ := license.Expression(id); len(known) != 1 {
			t.Errorf("%s is not known", id)
		}
	}
	odd := []string{"UNLICENSED", "SEE LICENSE IN x", "MIT OR", "(MIT OR Apache-2.0)", "mit", "Apache-2.0+",
		"GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-x",
		"DocumentRef-a:LicenseRef-b", "NOASSERTION", "NONE", "BSD", "Apache 2.0", "MIT*", "MIT AND", "\x00", "GPL-2.0+", "LicenseRef-x OR MIT"}
	root := &npm.Package{Name: "root", Version: "1.0.0"}
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root}}
	for i, l := range slices.Concat(list.Enum, ids, odd) {
		p := &npm.Package{Name: fmt.Sprint("p", i), Version: "1.0.0", Location: fmt.Sprint("node_modules/p", i), License: l}
		g.Packages = append(g.Packages, p)
		root.Deps = append(root.Deps, npm.Edge{Name: p.Name, To: p})
	}
	for _, v := range Versions {
		doc := write(t, Input{Version: v, Graph: g, License: license.Expression})
		if err := schema(t, v).Validate(parse(t, doc)); err != nil {
			t.Errorf("%s: %.1000v", v, err)
		}
	}
}

func missing(want, got map[string]bool) []string {
	var list []string
	for x := range want {
		if !got[x] {
			list = append(list, x)
		}
	}
	slices.Sort(list)
	return list
}
