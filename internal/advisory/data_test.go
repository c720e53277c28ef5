package advisory

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// Two advisories of lodash name each other and both CVEs, and yet are two:
// their fixes differ. Both must be reported, from one source, from two, and
// beside a record under the CVE they share.
func TestAliasIsNotIdentity(t *testing.T) {
	dir := filepath.Join(dataDir(t), "osv", "npm-read")
	first, err := ReadOSV(t.Context(), filepath.Join(dir, "GHSA-xxjr-mmjv-4gpg.json"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ReadOSV(t.Context(), filepath.Join(dir, "GHSA-f23m-r3pf-42rh.json"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	for name, sources := range map[string][]Source{
		"one": {told{name: "a", records: append(append([]Record{}, first...), second...)}},
		"two": {told{name: "a", records: first}, told{name: "b", records: second}},
		"a cve": {told{name: "a", records: first},
			told{name: "b", records: append([]Record{vuln("CVE-2025-13465", "lodash", "0", "4.17.23")}, second...)}},
	} {
		matches, _, err := Look(t.Context(), sources, graph("lodash@4.17.15", "lodash@4.17.23"), true)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range matches {
			got = append(got, m.Package.Version+" "+m.Record.ID+" "+m.Fixed)
		}
		want := []string{"4.17.15 GHSA-f23m-r3pf-42rh 4.18.0", "4.17.23 GHSA-f23m-r3pf-42rh 4.18.0", "4.17.15 GHSA-xxjr-mmjv-4gpg 4.17.23"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

// Both dialects of the same advisories say the same of every version they name.
func TestDialectsAgree(t *testing.T) {
	bulk := filepath.Join(dataDir(t), "osv", "bulk")
	github, err := ReadOSV(t.Context(), filepath.Join(bulk, "npm-ghsa-2025-02-18.jsonl.gz"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	osvdev, err := ReadOSV(t.Context(), filepath.Join(bulk, "npm-osvdev-export-2025-02-18.jsonl.gz"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ id, pkg string }
	other := map[key]*Record{}
	for i := range osvdev {
		other[key{osvdev[i].ID, osvdev[i].Package}] = &osvdev[i]
	}
	n := 0
	for i := range github {
		a := &github[i]
		b := other[key{a.ID, a.Package}]
		if b == nil {
			continue
		}
		if a.Severity != b.Severity || a.Kind != b.Kind {
			t.Errorf("%s: %v %v against %v %v", a.ID, a.Severity, a.Kind, b.Severity, b.Kind)
		}
		for _, r := range append(append([]Range{}, a.Ranges...), b.Ranges...) {
			for _, text := range []string{r.Introduced, r.Fixed, r.LastAffected, r.Limit} {
				v, ok := parseBound(text)
				if !ok {
					continue
				}
				n++
				if got, want := a.Affects(v.Canonical(), v), b.Affects(v.Canonical(), v); got != want {
					t.Errorf("%s of %s at %s: %v against %v", a.ID, a.Package, v, got, want)
				}
			}
		}
	}
	if n < 5000 {
		t.Errorf("only %d versions compared", n)
	}
}

// Every version text in the whole archive can be read as a bound: nothing is
// wider than it says because we could not read it.
func TestBoundsOfRealData(t *testing.T) {
	osv := filepath.Join(dataDir(t), "osv")
	n := 0
	for _, set := range []string{"bulk/npm-ghsa-2025-02-18.jsonl.gz", "npm", "npm-osvdev", "npm-read", "malicious", "malicious-withdrawn"} {
		records, err := ReadOSV(t.Context(), filepath.Join(osv, set), testNow)
		if err != nil || len(records) == 0 {
			t.Fatalf("%s: %d records, %v", set, len(records), err)
		}
		for _, r := range records {
			for _, run := range r.Ranges {
				for _, text := range []string{run.Introduced, run.Fixed, run.LastAffected, run.Limit} {
					if _, ok := parseBound(text); text != "" && !ok {
						t.Errorf("%s: %q cannot be read", r.ID, text)
					}
				}
				n++
			}
			if len(r.Ranges)+len(r.Versions) == 0 {
				t.Errorf("%s: affects nothing", r.ID)
			}
		}
	}
	t.Logf("%d ranges", n)
}

// The compromise of chalk and debug in September 2025, from OpenSSF's records.
func TestMalwareOfRealData(t *testing.T) {
	records, err := ReadOSV(t.Context(), filepath.Join(dataDir(t), "osv", "npm-osvdev"), testNow)
	if err != nil {
		t.Fatal(err)
	}
	matches, _, err := Look(t.Context(), []Source{told{name: "a", records: records}}, graph("ansi-regex@6.2.1",
		"ansi-regex@6.2.0", "debug@4.4.2", "color-name@2.0.1"), true)
	if err != nil {
		t.Fatal(err)
	}
	hostile := map[string]int{}
	for _, m := range matches {
		if m.Record.Kind == Malware {
			hostile[m.Package.ID()]++
		}
	}
	want := map[string]int{"ansi-regex@6.2.1": 1, "debug@4.4.2": 1, "color-name@2.0.1": 1}
	if !reflect.DeepEqual(hostile, want) {
		t.Errorf("got %v, want %v", hostile, want)
	}
}

func TestWithdrawnOfRealData(t *testing.T) {
	records, err := ReadOSV(t.Context(), filepath.Join(dataDir(t), "osv", "malicious-withdrawn"), testNow)
	if err != nil || len(records) == 0 {
		t.Fatal(len(records), err)
	}
	for _, r := range records {
		if !r.Withdrawn {
			t.Errorf("%s is not withdrawn", r.ID)
		}
		v, err := npm.ParseVersion("1.0.0")
		if err == nil && len(r.Versions) > 0 {
			v, err = npm.ParseVersion(r.Versions[0])
		}
		if err != nil {
			continue
		}
		matches, _, err := Look(t.Context(), []Source{told{name: "a", records: []Record{r}}}, graph(r.Package+"@"+v.Canonical()), true)
		if err != nil || len(matches) != 0 {
			t.Errorf("%s: %v, %v", r.ID, brief(matches), err)
		}
	}
}
