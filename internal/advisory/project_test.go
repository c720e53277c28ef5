package advisory

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata/projects")

// realSources are the archive's advisories as two sources would give them: in
// GitHub's form, and as osv.dev writes them, with the malware of OpenSSF.
func realSources(t testing.TB) []Source {
	t.Helper()
	osv := filepath.Join(dataDir(t), "osv")
	gone := map[string]bool{}
	for e := range readJSON(t, filepath.Join(osv, "WITHDRAWN-BY-TEXT.json")).Elements() {
		gone[e.Get("id").Text()] = true
	}
	read := func(sets ...string) (all []Record) {
		for _, set := range sets {
			records, err := ReadOSV(t.Context(), filepath.Join(osv, set), testNow)
			if err != nil || len(records) == 0 {
				t.Fatalf("%s: %d records, %v", set, len(records), err)
			}
			all = append(all, records...)
		}
		for i := range all { // the copies of the archive lost the mark
			all[i].Withdrawn = all[i].Withdrawn || gone[all[i].ID]
		}
		return all
	}
	github := read("bulk/npm-ghsa-2025-02-18.jsonl.gz", "npm", "npm-read")
	github = append(github, newerFacts(t, filepath.Join(osv, "bulk", "npm-ghsa-facts-2026-05-04.jsonl.gz"), gone)...)
	dev := read("bulk/npm-osvdev-export-2025-02-18.jsonl.gz", "npm-osvdev", "malicious", "malicious-withdrawn")
	return []Source{told{name: "github", records: github}, told{name: "osv", records: dev}}
}

func newerFacts(t testing.TB, file string, gone map[string]bool) (records []Record) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		doc, err := strict.Parse(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseFacts(doc)
		if err != nil {
			t.Fatal(err)
		}
		r.Withdrawn = gone[r.ID]
		records = append(records, r)
	}
	return records
}

// TestRealProjects looks real lockfiles of every manager up in real advisories.
// The goldens hold facts: severity, package, id, fix, scope, how many copies,
// who told. testdata/projects/README.md says how they were reviewed.
func TestRealProjects(t *testing.T) {
	sources := realSources(t)
	dirs, err := filepath.Glob(filepath.Join(dataDir(t), "projects", "*", "package.json"))
	if err != nil || len(dirs) < 20 {
		t.Fatalf("only %d projects: %v", len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			matches, statuses, err := Look(t.Context(), sources, projectGraph(t, dir, lockfileIn(t, dir)), true)
			if err != nil {
				t.Fatal(err, statuses)
			}
			got := tell(matches)
			name := filepath.Base(dir)
			if name == "workers-sdk-v2" { // the same tree in the other version of the lockfile
				name = "large-workers-sdk-v3"
			}
			golden := filepath.Join("testdata", "projects", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; got\n%s", golden, got)
			}
		})
	}
}

func lockfileIn(t testing.TB, dir string) string {
	t.Helper()
	for _, name := range []string{"npm-shrinkwrap.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return name
		}
	}
	t.Fatalf("%s: no lockfile", dir)
	return ""
}

// tell writes one line for each version and advisory.
func tell(matches []Match) string {
	copies, scopes := map[string]int{}, map[string][]string{}
	for _, m := range matches {
		severity := m.Record.Severity.String()
		if m.Record.Kind == Malware {
			severity = "malware"
		}
		fixed := m.Fixed
		if fixed == "" {
			fixed = "-"
		}
		line := fmt.Sprintf("%-8s %s %s fixed %s told by %s", severity, m.Package.ID(), m.Record.ID, fixed, strings.Join(m.Sources, "+"))
		copies[line]++
		scopes[line] = append(scopes[line], scopeWord(m.Package))
	}
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(copies)) {
		list := scopes[line]
		slices.Sort(list)
		fmt.Fprintf(&b, "%s; %d× %s\n", line, copies[line], strings.Join(slices.Compact(list), "+"))
	}
	return b.String()
}

// scopeWord is the scope of a copy; only another workspace's has none.
func scopeWord(p *npm.Package) string {
	if p.Scope == "" {
		return "elsewhere"
	}
	return string(p.Scope)
}
