package advisory

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
)

// fullSize is as many records as the ecosystem has: 10,000 vulnerabilities and
// 250,000 pieces of malware, the snapshot's own among them.
func fullSize(t testing.TB) []Record {
	t.Helper()
	db, err := openSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	var records []Record
	for list, err := range db.All() {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, list...)
	}
	for i := len(records); i < 10_000; i++ {
		records = append(records, Record{ID: fmt.Sprintf("GHSA-%04d-aaaa-bbbb", i),
			Package: fmt.Sprintf("package-%d", i%4000), Severity: finding.High,
			Aliases: []string{fmt.Sprintf("CVE-2024-%d", i)}, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			Published: "2024-01-01T00:00:00Z", Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "1.2.3", "", ""}}})
	}
	for i := range 250_000 {
		records = append(records, Record{ID: fmt.Sprintf("MAL-2025-%d", i), Package: fmt.Sprintf("typo-squat-%d", i),
			Kind: Malware, Severity: finding.Critical,
			Aliases: []string{fmt.Sprintf("GHSA-%06d-cccc", i)}, Published: "2025-01-01T00:00:00Z",
			Modified: "2025-01-02T00:00:00Z", Ranges: []Range{{"0", "", "", ""}}})
	}
	return records
}

// A reading counts what is read of a file.
type reading struct {
	io.ReaderAt
	calls, bytes int
}

func (r *reading) ReadAt(p []byte, off int64) (int, error) {
	r.calls, r.bytes = r.calls+1, r.bytes+len(p)
	return r.ReaderAt.ReadAt(p, off)
}

// The size of the database does not show: opening one of the ecosystem's size
// takes a few reads, and looking up 5,000 packages a few more for each that has
// advisories; of 25 MB less than a twentieth is read.
func TestFullSize(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a second of work")
	}
	data := write(t, fullSize(t), Info{})
	if len(data) > 40_000_000 {
		t.Errorf("%d bytes", len(data))
	}
	file := &reading{ReaderAt: bytes.NewReader(data)}
	db, err := OpenDatabase(file, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if file.calls > 5 || file.bytes > 600_000 {
		t.Errorf("%d reads of %d bytes to open", file.calls, file.bytes)
	}
	records, _, err := db.answer(t.Context(), benchmarkNames())
	if err != nil || len(records) < 1000 {
		t.Fatal(len(records), err)
	}
	if file.calls > 1500 || file.bytes > 1_250_000 {
		t.Errorf("%d reads of %d bytes in all, for %d records", file.calls, file.bytes, len(records))
	}
}

// BenchmarkSnapshot opens the snapshot and looks 5,000 packages up.
func BenchmarkSnapshot(b *testing.B) {
	asked := benchmarkNames()
	b.ReportAllocs()
	for b.Loop() {
		db, err := openBytes(snapshotData)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := db.answer(b.Context(), asked); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFullSize opens a file of the ecosystem's size, looks 5,000 packages
// up in it, and does the whole look-up for real lockfiles.
func BenchmarkFullSize(b *testing.B) {
	path := filepath.Join(b.TempDir(), "full.cdb")
	if err := os.WriteFile(path, write(b, fullSize(b), Info{}), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			db, err := OpenFile(path)
			if err != nil {
				b.Fatal(err)
			}
			_ = db.Close()
		}
	})
	b.Run("5000", func(b *testing.B) {
		asked := benchmarkNames()
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := File(path, testNow).Answer(b.Context(), asked); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, project := range []string{"small-hono-bench", "lerna-v3", "large-workers-sdk-v3"} {
		b.Run(project, func(b *testing.B) {
			g := lockGraph(b, filepath.Join(dataDir(b), "projects", project, "package-lock.json"), false)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Look(b.Context(), []Source{File(path, testNow)}, g, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchmarkNames is 5,000 packages; half a hundred of them are among the most
// installed and have advisories in the snapshot, 500 have some at full size.
func benchmarkNames() []Asked {
	names := strings.Fields(`lodash minimist next axios express ws qs debug ms semver glob-parent ansi-regex async braces browserslist
		cookie cross-spawn decode-uri-component dot-prop ejs elliptic follow-redirects form-data got handlebars highlight.js hosted-git-info
		ini jquery js-yaml json5 jsonwebtoken kind-of loader-utils marked micromatch minimatch moment nanoid node-fetch node-forge nth-check
		path-parse path-to-regexp postcss react-dom request serialize-javascript tar tough-cookie trim-newlines ua-parser-js undici vite webpack`)
	for i := range 500 {
		names = append(names, fmt.Sprintf("package-%d", i))
	}
	for i := len(names); i < 5000; i++ {
		names = append(names, fmt.Sprintf("some-package-%d", i))
	}
	var asked []Asked
	for _, name := range names {
		asked = append(asked, Asked{name, []string{"1.0.0"}})
	}
	return asked
}
