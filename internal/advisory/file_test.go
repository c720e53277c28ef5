package advisory

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	lodashDoc = `{"id":"GHSA-l1","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"lodash"},"versions":["4.17.15"]}]}`
	otherDoc  = `{"id":"GHSA-o1","modified":"2025-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"other"},"versions":["1.0.0"]}]}`
	pythonDoc = `{"id":"GHSA-p1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"lodash"},"versions":["4.17.15"]}]}`
)

// put writes files into a new folder: "name: text".
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFile(t *testing.T) {
	lines := lodashDoc + "\n\n" + otherDoc + "\n" + pythonDoc
	database := string(write(t, []Record{
		{ID: "GHSA-l1", Package: "lodash", Versions: []string{"4.17.15"}, Modified: "2025-01-01T00:00:00Z"},
		{ID: "GHSA-o1", Package: "other", Versions: []string{"1.0.0"}},
	}, Info{AsOf: sampleInfo.AsOf}))
	dir := put(t, map[string]string{
		"folder/a.json": lodashDoc, "folder/deep/b.json": otherDoc, "folder/c.json": pythonDoc, "folder/README.md": "not a document",
		"all.zip": zipped(t, map[string]string{"x/a.json": lodashDoc, "b.json": otherDoc, "c.json": pythonDoc, "LICENSE": "text"}),
		"a.jsonl": lines, "a.jsonl.gz": gzipped(t, lines), "z.zip": zipped(t, map[string]string{"a.jsonl.gz": gzipped(t, lines)}),
		"db.cdb": database,
	})
	for _, name := range []string{"folder", "all.zip", "a.jsonl", "a.jsonl.gz", "z.zip", "db.cdb"} {
		source := File(filepath.Join(dir, name))
		records, status, err := source.Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
		if err != nil || len(records) != 1 || records[0].ID != "GHSA-l1" || status.Advisories != 2 || status.Partial {
			t.Errorf("%s: %+v, %+v, %v", name, records, status, err)
		}
		if want := 2025; name != "db.cdb" && status.AsOf.Year() != want || name == "db.cdb" && !status.AsOf.Equal(sampleInfo.AsOf) {
			t.Errorf("%s: as of %v", name, status.AsOf)
		}
		if source.Name() != "file:"+name {
			t.Errorf("named %s", source.Name())
		}
	}
	if records, _, err := File(filepath.Join(dir, "folder")).Answer(t.Context(), []Asked{{"clean", []string{"1.0.0"}}}); err != nil || len(records) != 0 {
		t.Errorf("nothing known about it: %v, %v", records, err)
	}
}

func TestFileRefuses(t *testing.T) {
	var many strings.Builder
	for i := range 2000 {
		many.WriteString(strings.Replace(lodashDoc, "GHSA-l1", fmt.Sprintf("GHSA-%x", i*7919), 1) + "\n")
	}
	full := gzipped(t, many.String())
	good := string(write(t, sample(), Info{}))
	dir := put(t, map[string]string{
		"no-document/README.md": "x", "other-ecosystem/a.json": pythonDoc,
		"one-bad/a.json": lodashDoc, "one-bad/b.json": `{"id":"GHSA-`,
		"no-record/a.json": lodashDoc, "no-record/package.json": `{"name":"x"}`,
		"a-list/a.json": lodashDoc, "a-list/b.json": `[]`,
		"bad.jsonl": lodashDoc + "\n{", "bad.jsonl.gz": "not gzip", "cut.jsonl.gz": gzipped(t, lodashDoc)[:60],
		"cut-late.jsonl.gz": full[:len(full)-100], "long.jsonl": lodashDoc + "\n" + strings.Repeat(" ", maxRecordBytes+1),
		"bad.zip": "PK not a zip", "empty.zip": zipped(t, nil), "empty.jsonl": "", "notes.txt": lodashDoc,
		"bad.cdb": "x", "empty.cdb": "", "cut.cdb": good[:len(good)-1],
		"crc.zip": strings.Replace(zipped(t, map[string]string{"a.jsonl": lodashDoc}), "PK\x01\x02", "PK\x01\x03", 1),
	})
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"missing", "missing.cdb", "empty", "no-document", "other-ecosystem", "one-bad", "no-record", "a-list", "bad.jsonl", "bad.jsonl.gz",
		"cut.jsonl.gz", "cut-late.jsonl.gz", "long.jsonl", "bad.zip", "empty.zip", "empty.jsonl", "notes.txt", "bad.cdb", "empty.cdb", "cut.cdb", "crc.zip"} {
		records, _, err := File(filepath.Join(dir, name)).Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
		if err == nil || records != nil {
			t.Errorf("%s: got %v, want an error", name, records)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, source := range []Source{File(filepath.Join(dir, "one-bad")), Snapshot()} {
		if _, _, err := source.Answer(ctx, []Asked{{"lodash", []string{"4.17.15"}}}); err == nil {
			t.Errorf("%s: answered after it was called off", source.Name())
		}
	}
}
