package advisory

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// osvDoc makes a document about one npm package.
func osvDoc(id, name, modified, more string) string {
	return `{"id":"` + id + `","modified":"` + modified + `","affected":[{"package":{"ecosystem":"npm","name":"` + name +
		`"},"versions":["1.0.0"]}]` + more + `}`
}

// Every form of data gives the same records; the newest date of them dates the
// database, and the day of building does not show.
func TestBuild(t *testing.T) {
	docs := map[string]string{
		"advisories/github-reviewed/2024/01/GHSA-a/GHSA-a.json": osvDoc("GHSA-a", "a", "2024-01-01T00:00:00Z", ""),
		"advisories/github-reviewed/2024/02/GHSA-b/GHSA-b.json": osvDoc("GHSA-b", "b", "2024-02-01T00:00:00Z", ""),
		"malicious/npm/c/MAL-1.json":                            osvDoc("MAL-1", "c", "2024-03-01T00:00:00.123456Z", ""),
		"canary.json":                                           canaryDoc,
		"malicious/npm/c/MAL-2.json": osvDoc("MAL-2", "c", "2024-02-01T00:00:00Z",
			`,"withdrawn":"2024-04-01T00:00:00Z"`),
		"advisories/unreviewed/2024/GHSA-z.json": `{"id":"GHSA-z","modified":"2025-01-01T00:00:00Z","affected":[]}`,
		"pip/PYSEC-1.json":                       pythonDoc,
	}
	files := map[string]string{"checkout/.git/packed.json": "no advisory", "checkout/.github/x.json": "{", "checkout/README.md": "text"}
	var lines strings.Builder
	for name, doc := range docs {
		files["checkout/"+name] = doc
		lines.WriteString(doc + "\n")
	}
	files["all.zip"], files["all.jsonl"], files["all.jsonl.gz"] = zipped(t, docs), lines.String(), gzipped(t, lines.String())
	dir := put(t, files)

	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	names := []string{"checkout", "all.zip", "all.jsonl", "all.jsonl.gz"}
	for _, name := range names {
		var file, later bytes.Buffer
		built, err := Build(t.Context(), &file, []string{filepath.Join(dir, name)}, BuildOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if built.Records != 4 || built.Malware != 1 || built.Packages != 4 || built.Documents != 7 || built.Elsewhere != 2 ||
			built.Withdrawn != 1 || built.Told != 5 ||
			built.Partial || len(built.Sources) != 1 || built.Sources[0] != name {
			t.Errorf("%s: %+v", name, built)
		}
		if want := time.Date(2024, 3, 1, 0, 0, 0, 123456000, time.UTC); !built.AsOf.Equal(want) {
			t.Errorf("%s: as of %v", name, built.AsOf)
		}
		if _, err := Build(t.Context(), &later, []string{filepath.Join(dir, name)},
			BuildOptions{Now: now.AddDate(1, 0, 0)}); err != nil || !bytes.Equal(file.Bytes(), later.Bytes()) {
			t.Errorf("%s: built a year later it differs: %v", name, err)
		}
	}
}

// What a database is made of may be databases, partial or not.
func TestBuildOfDatabases(t *testing.T) {
	dir := put(t, map[string]string{
		"a.json": osvDoc("GHSA-a", "a", "2024-01-01T00:00:00Z", ""), "m.json": osvDoc("MAL-1", "a", "2024-05-01T00:00:00Z", ""),
		"canary.json": canaryDoc, "gone.json": osvDoc("GHSA-a", "a", "2024-03-01T00:00:00Z", `,"withdrawn":"2024-03-01T00:00:00Z"`),
		"both.jsonl": osvDoc("GHSA-a", "a", "2024-01-01T00:00:00Z", "") + "\n" + osvDoc("GHSA-a", "a",
			"2024-03-01T00:00:00Z", `,"withdrawn":"2024-03-01T00:00:00Z"`),
		"newer.json": strings.Replace(osvDoc("GHSA-a", "a", "2024-02-01T00:00:00Z", ""), "1.0.0", "1.0.1", 1),
		"ahead.json": osvDoc("GHSA-x", "x", "2099-01-01T00:00:00Z", `,"published":"2024-03-01T00:00:00Z"`),
	})
	build := func(out string, o BuildOptions, from ...string) (Built, error) {
		for i := range from {
			from[i] = filepath.Join(dir, from[i])
		}
		o.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var b bytes.Buffer
		built, err := Build(t.Context(), &b, from, o)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, out), b.Bytes(), 0o600)
		}
		return built, err
	}
	must := func(built Built, err error) Built {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return built
	}
	if b := must(build("part.cdb", BuildOptions{Partial: true}, "a.json")); !b.Partial {
		t.Error("not partial")
	}
	if b := must(build("slim.cdb", BuildOptions{WithoutReports: true}, "a.json", "m.json")); !b.Partial || b.Records != 1 {
		t.Errorf("without reports: %+v", b)
	}
	if b := must(build("again.cdb", BuildOptions{}, "part.cdb")); !b.Partial {
		t.Error("of a partial one a complete one was made")
	}
	if b := must(build("silent.cdb", BuildOptions{}, "a.json", "newer.json")); !b.Partial {
		t.Error("without the canary's advisory it is complete")
	}
	b := must(build("whole.cdb", BuildOptions{}, "part.cdb", "newer.json", "canary.json"))
	if b.Partial || b.Records != 2 || strings.Join(b.Sources, " ") != "a.json canary.json newer.json" {
		t.Errorf("merged: %+v", b)
	}
	records, _, err := File(filepath.Join(dir, "whole.cdb"), testNow).Answer(t.Context(), []Asked{{"a", []string{"1.0.0"}}})
	if err != nil || len(records) != 1 || records[0].Versions[0] != "1.0.1" {
		t.Errorf("the newer telling counts: %+v, %v", records, err)
	}
	if _, err := build("gone.cdb", BuildOptions{}, "part.cdb", "gone.json"); err == nil {
		t.Error("what a later feed withdrew is still there")
	}
	if b := must(build("both.cdb", BuildOptions{}, "both.jsonl")); b.Records != 1 {
		t.Errorf("what one feed withdraws and holds up is gone: %+v", b)
	}
	if b := must(build("ahead.cdb", BuildOptions{}, "ahead.json")); b.AsOf.Year() != 2024 {
		t.Errorf("a date in the future makes it of %v", b.AsOf)
	}
	if _, err := build("x.cdb", BuildOptions{WithoutReports: true}, "m.json"); err == nil {
		t.Error("an empty database was built")
	}
}
