package advisory

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// dataDir is the unpacked data archive.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the data archive is not here")
	}
	return dir
}

func readJSON(t testing.TB, file string) strict.Value {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strict.ParseAny(data, strict.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc
}

// lockGraph reads as much of a package-lock.json as matching needs: the real
// reader is another room's.
func lockGraph(t testing.TB, file string, omitDev bool) *npm.Graph {
	doc := readJSON(t, file)
	g := &npm.Graph{}
	if doc.Get("packages").Exists() {
		for key, e := range doc.Get("packages").Members() {
			location := key.Text()
			p := &npm.Package{Location: location, Version: e.Get("version").Text(), Source: npm.SourceRegistry, Link: e.Get("link").Bool()}
			if at := strings.LastIndex(location, "node_modules/"); at >= 0 {
				p.Name = location[at+len("node_modules/"):]
			} else {
				p.Source = npm.SourceLocal
			}
			if name := e.Get("name").Text(); name != "" {
				p.Name = name
			}
			if !omitDev || !e.Get("dev").Bool() {
				g.Packages = append(g.Packages, p)
			}
		}
		return g
	}
	var walk func(at string, deps strict.Value)
	walk = func(at string, deps strict.Value) {
		for key, e := range deps.Members() {
			location := path.Join(at, "node_modules", key.Text())
			if !omitDev || !e.Get("dev").Bool() {
				version := e.Get("version").Text()
				if strings.Contains(version, "://") { // as npm 5 wrote it; npm reads the version off the file's name
					version = strings.TrimSuffix(strings.TrimPrefix(path.Base(version), path.Base(key.Text())+"-"), ".tgz")
				}
				g.Packages = append(g.Packages, &npm.Package{Name: key.Text(), Version: version, Location: location, Source: npm.SourceRegistry})
			}
			walk(location, e.Get("dependencies"))
		}
	}
	walk("", doc.Get("dependencies"))
	return g
}

// oracleRecords are the advisories that npm was answered from.
func oracleRecords(t testing.TB) []Record {
	t.Helper()
	osv := filepath.Join(dataDir(t), "osv")
	records, err := ReadOSV(t.Context(), filepath.Join(osv, "bulk", "npm-ghsa-2025-02-18.jsonl.gz"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	gone := map[string]bool{}
	for e := range readJSON(t, filepath.Join(osv, "WITHDRAWN-BY-TEXT.json")).Elements() {
		gone[e.Get("id").Text()] = true
	}
	return slices.DeleteFunc(records, func(r Record) bool { return gone[r.ID] })
}

// TestOracle compares with what npm 11 itself says of real trees: each
// (package, advisory, severity), and the copies it finds affected.
func TestOracle(t *testing.T) {
	records := oracleRecords(t)
	trees, err := filepath.Glob(filepath.Join(dataDir(t), "audit-oracle", "*", "package-lock.json"))
	if err != nil || len(trees) < 12 {
		t.Fatalf("only %d trees: %v", len(trees), err)
	}
	compared, found := 0, 0
	for _, lock := range trees {
		dir := filepath.Dir(lock)
		for _, variant := range []string{"all", "omit-dev"} {
			expected := filepath.Join(dir, "expected."+variant+".json")
			if _, err := os.Stat(expected); err != nil {
				continue
			}
			report := readJSON(t, expected)
			if report.Get("auditReportVersion").Kind() == strict.Missing {
				// npm audit itself crashes on this tree; it stays an input for
				// the lockfile room.
				if filepath.Base(dir) != "old-tap-old-lockfile" {
					t.Errorf("%s: no report", expected)
				}
				continue
			}
			t.Run(filepath.Base(dir)+"/"+variant, func(t *testing.T) {
				matches, _, err := Look(t.Context(), []Source{told{name: "bulk", records: records}}, lockGraph(t, lock, variant == "omit-dev"), true)
				if err != nil {
					t.Fatal(err)
				}
				got, copies := map[string]bool{}, map[string][]string{}
				for _, m := range matches {
					got[fmt.Sprint(m.Package.Name, " ", m.Record.ID, " ", m.Record.Severity)] = true
					copies[m.Package.Name] = append(copies[m.Package.Name], m.Package.Location)
				}
				want := map[string]bool{}
				for name, v := range report.Get("vulnerabilities").Members() {
					meta := false
					for via := range v.Get("via").Elements() {
						if via.Kind() != strict.Object {
							meta = true // vulnerable through a dependency: no advisory of its own
							continue
						}
						want[fmt.Sprint(via.Get("name").Text(), " ", path.Base(via.Get("url").Text()), " ", via.Get("severity").Text())] = true
					}
					var nodes []string
					for n := range v.Get("nodes").Elements() {
						nodes = append(nodes, n.Text())
					}
					slices.Sort(nodes)
					ours := slices.Compact(slices.Sorted(slices.Values(copies[name.Text()])))
					if !meta && !slices.Equal(nodes, ours) {
						t.Errorf("%s: copies %v, npm says %v", name.Text(), ours, nodes)
					}
				}
				for k := range want {
					if !got[k] {
						t.Errorf("missed: %s", k)
					}
				}
				for k := range got {
					if !want[k] {
						t.Errorf("npm does not report: %s", k)
					}
				}
				compared++
				found += len(got)
			})
		}
	}
	t.Logf("%d reports, %d advisories, all equal", compared, found)
	if compared < 24 || found < 100 {
		t.Errorf("only %d reports with %d advisories compared", compared, found)
	}
}

// TestOracleBulk does the same through the bulk endpoint's own answers: what
// npm read off the wire gives what npm concluded.
func TestOracleBulk(t *testing.T) {
	answers, err := filepath.Glob(filepath.Join(dataDir(t), "audit-oracle", "*", "bulk-response.all.json"))
	if err != nil || len(answers) < 12 {
		t.Fatalf("only %d answers: %v", len(answers), err)
	}
	for _, file := range answers {
		dir := filepath.Dir(file)
		report := readJSON(t, filepath.Join(dir, "expected.all.json"))
		if report.Get("auditReportVersion").Kind() == strict.Missing {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		records, err := parseBulk(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		matches, _, err := Look(t.Context(), []Source{told{name: "npm", records: records}},
			lockGraph(t, filepath.Join(dir, "package-lock.json"), false), true)
		if err != nil {
			t.Fatal(err)
		}
		got, want := map[string]bool{}, map[string]bool{}
		for _, m := range matches {
			got[fmt.Sprint(m.Package.Name, " ", m.Record.ID, " ", m.Record.Severity)] = true
		}
		for _, v := range report.Get("vulnerabilities").Members() {
			for via := range v.Get("via").Elements() {
				if via.Kind() == strict.Object {
					want[fmt.Sprint(via.Get("name").Text(), " ", path.Base(via.Get("url").Text()), " ", via.Get("severity").Text())] = true
				}
			}
		}
		for k := range want {
			if !got[k] {
				t.Errorf("%s: missed: %s", filepath.Base(dir), k)
			}
		}
		for k := range got {
			if !want[k] {
				t.Errorf("%s: npm does not report: %s", filepath.Base(dir), k)
			}
		}
	}
}
