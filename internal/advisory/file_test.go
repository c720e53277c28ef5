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
	"syscall"
	"testing"
)

const (
	lodashDoc = `{"id":"GHSA-l1","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm",` +
		`"name":"lodash"},"versions":["4.17.15"]}]}`
	otherDoc = `{"id":"GHSA-o1","modified":"2025-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm",` +
		`"name":"other"},"versions":["1.0.0"]}]}`
	canaryDoc = `{"id":"GHSA-vh95-rmgr-6w4m","modified":"2023-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm",` +
		`"name":"minimist"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"0.2.1"}]}]}]}`
	pythonDoc = `{"id":"GHSA-p1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI",` +
		`"name":"lodash"},"versions":["4.17.15"]}]}`
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
	lines := lodashDoc + "\n\n" + canaryDoc + "\n" + otherDoc + "\n" + pythonDoc
	database := string(write(t, []Record{
		{ID: "GHSA-l1", Package: "lodash", Versions: []string{"4.17.15"}, Modified: "2025-01-01T00:00:00Z"},
		{ID: CanaryID, Package: canaryName, Versions: []string{canaryVersion}},
		{ID: "GHSA-o1", Package: "other", Versions: []string{"1.0.0"}},
	}, Info{AsOf: sampleInfo.AsOf}))
	dir := put(t, map[string]string{
		"folder/a.json": lodashDoc, "folder/deep/b.json": otherDoc, "folder/c.json": pythonDoc, "folder/d.json": canaryDoc,
		"folder/README.md": "not a document",
		"all.zip": zipped(t, map[string]string{"x/a.json": lodashDoc, "b.json": otherDoc, "c.json": pythonDoc,
			"d.json": canaryDoc, "LICENSE": "text"}),
		"a.jsonl": lines, "a.jsonl.gz": gzipped(t, lines), "z.zip": zipped(t, map[string]string{"a.jsonl.gz": gzipped(t, lines)}),
		"db.cdb": database,
	})
	for _, name := range []string{"folder", "all.zip", "a.jsonl", "a.jsonl.gz", "z.zip", "db.cdb"} {
		source := File(filepath.Join(dir, name), testNow)
		records, status, err := source.Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
		if err != nil || len(records) != 1 || records[0].ID != "GHSA-l1" || status.Advisories != 3 || status.Partial {
			t.Errorf("%s: %+v, %+v, %v", name, records, status, err)
		}
		if want := 2025; name != "db.cdb" && status.AsOf.Year() != want || name == "db.cdb" && !status.AsOf.Equal(sampleInfo.AsOf) {
			t.Errorf("%s: as of %v", name, status.AsOf)
		}
		if source.Name() != "file:"+name {
			t.Errorf("named %s", source.Name())
		}
	}
	if records, _, err := File(filepath.Join(dir, "folder"), testNow).Answer(t.Context(),
		[]Asked{{"clean", []string{"1.0.0"}}}); err != nil || len(records) != 0 {
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
	for _, name := range []string{"missing", "missing.cdb", "empty", "no-document", "other-ecosystem", "one-bad",
		"no-record", "a-list", "bad.jsonl", "bad.jsonl.gz",
		"cut.jsonl.gz", "cut-late.jsonl.gz", "long.jsonl", "bad.zip", "empty.zip", "empty.jsonl", "notes.txt", "bad.cdb",
		"empty.cdb", "cut.cdb", "crc.zip"} {
		records, _, err := File(filepath.Join(dir, name), testNow).Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
		if err == nil || records != nil {
			t.Errorf("%s: got %v, want an error", name, records)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, source := range []Source{File(filepath.Join(dir, "one-bad"), testNow), Snapshot()} {
		if _, _, err := source.Answer(ctx, []Asked{{"lodash", []string{"4.17.15"}}}); err == nil {
			t.Errorf("%s: answered after it was called off", source.Name())
		}
	}
}

// What lacks the canary's advisory is partial, whatever form it has.
func TestFileWithoutCanary(t *testing.T) {
	gone := strings.Replace(canaryDoc, `{"id"`, `{"withdrawn":"2024-01-01T00:00:00Z","id"`, 1)
	newer := strings.NewReplacer("0.2.1", "0.0.8").Replace(canaryDoc) // it does not affect the canary's version
	record := Record{ID: CanaryID, Package: canaryName, Versions: []string{"0.0.7"}}
	dir := put(t, map[string]string{
		"folder/a.json": lodashDoc, "withdrawn/a.json": lodashDoc, "withdrawn/c.json": gone, "other/a.json": lodashDoc, "other/c.json": newer,
		"name/c.json": strings.Replace(canaryDoc, "minimist", "minimist2", 1),
		"id/c.json":   strings.Replace(canaryDoc, CanaryID, "GHSA-vh95-rmgr-6w4n", 1),
		"a.jsonl":     lodashDoc, "all.zip": zipped(t, map[string]string{"a.json": lodashDoc}),
		"db.cdb": string(write(t, []Record{{ID: "GHSA-l1", Package: "lodash", Versions: []string{"4.17.15"}}, record}, Info{})),
	})
	for _, name := range []string{"folder", "withdrawn", "other", "name", "id", "a.jsonl", "all.zip", "db.cdb"} {
		for _, asked := range []string{"lodash", "minimist", "clean"} {
			_, status, err := File(filepath.Join(dir, name), testNow).Answer(t.Context(), []Asked{{asked, []string{"4.17.15"}}})
			if err != nil || !status.Partial || !status.NoCanary {
				t.Errorf("%s, asked about %s: %+v, %v", name, asked, status, err)
			}
		}
	}
}

// What is no file, and what looks like a document and is not read, is named.
func TestFolderRefuses(t *testing.T) {
	link := zip.FileHeader{Name: "b.json"}
	link.SetMode(os.ModeSymlink | 0o777)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.CreateHeader(&link); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write([]byte("/etc/passwd")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		make func(path string) error
		want string
	}{
		"pipe.json":  {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		"pipe":       {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		"link.json":  {func(path string) error { return os.Symlink("a.json", path) }, "a link"},
		"link":       {func(path string) error { return os.Symlink(t.TempDir(), path) }, "a link"},
		"nowhere":    {func(path string) error { return os.Symlink("nowhere", path) }, "a link"},
		"null.json":  {func(path string) error { return os.Symlink("/dev/null", path) }, "a link"},
		"b.JSON":     {nil, "for its name"},
		"b.Jsonl":    {nil, "for its name"},
		"b.jsonl.GZ": {nil, "for its name"},
		"b.json.gz":  {nil, "for its name"},
		"b.ndjson":   {nil, "for its name"},
		"b.json.zst": {nil, "for its name"},
		"all.tar.gz": {nil, "for its name"},
		"all.zip":    {nil, "for its name"},
		"npm.cdb":    {nil, "for its name"},
	} {
		dir := put(t, map[string]string{"a.json": lodashDoc, "c.json": canaryDoc, "deep/a.json": otherDoc})
		path := filepath.Join(dir, "deep", name)
		if row.make == nil {
			row.make = func(path string) error { return os.WriteFile(path, []byte(lodashDoc), 0o600) }
		}
		if err := row.make(path); err != nil {
			t.Fatal(err)
		}
		_, _, err := File(dir, testNow).Answer(t.Context(), []Asked{{"lodash", []string{"4.17.15"}}})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	dir := put(t, map[string]string{"link.zip": b.String(),
		"upper.zip": zipped(t, map[string]string{"a.json": lodashDoc, "b.JSON": otherDoc}), "real/a.json": lodashDoc})
	for name, want := range map[string]string{"link.zip": "b.json", "upper.zip": "b.JSON"} {
		if _, _, err := File(filepath.Join(dir, name), testNow).Answer(t.Context(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if err := os.Symlink("real", filepath.Join(dir, "named")); err != nil {
		t.Fatal(err)
	}
	if records, _, err := File(filepath.Join(dir, "named"), testNow).Answer(t.Context(),
		[]Asked{{"lodash", []string{"4.17.15"}}}); err != nil || len(records) != 1 {
		t.Errorf("a link that the user named: %v, %v", records, err)
	}
}
