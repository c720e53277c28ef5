package advisory

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

func sample() []Record {
	return []Record{
		{ID: "GHSA-a", Package: "x", Severity: finding.High, Vector: "CVSS:3.1/x", Aliases: []string{"CVE-1", "CVE-2"},
			Published: "2024-01-01T00:00:00Z", Modified: "2024-01-02T00:00:00Z",
			Ranges: []Range{{"0", "1.0.0", ""}, {"2.0.0", "", "2.1.0"}, {"3.0.0", "", ""}}, Versions: []string{"0.0.1", "9.9.9"}},
		{ID: "MAL-1", Package: "x", Kind: Malware, Severity: finding.Critical, Ranges: []Range{}, Versions: []string{"1.0.0"}},
		{ID: "GHSA-b", Package: "@s/ÿ", Ranges: []Range{{"0", "", ""}}},
		{ID: "GHSA-c", Package: "gone", Withdrawn: true, Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "", ""}}},
		{ID: "GHSA-c", Package: "gone", Modified: "2024-01-01T00:00:00Z", Ranges: []Range{{"0", "", ""}}},
		{ID: "GHSA-d", Package: "new", Modified: "2024-01-01T00:00:00Z", Ranges: []Range{{"0", "", ""}}},
		{ID: "GHSA-d", Package: "new", Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "2.0.0", ""}}},
	}
}

var sampleInfo = Info{AsOf: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Sources: []string{"b", "a", "a"}, Partial: true}

func write(t testing.TB, records []Record, info Info) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDatabase(&b, records, info); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDatabase(t *testing.T) {
	data := write(t, sample(), sampleInfo)
	fromFile, err := OpenDatabase(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	fromText, err := openBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	s := sample()
	for _, db := range []*Database{fromFile, fromText} {
		want := Info{Format: Format, Records: 4, Malware: 1, Packages: 3, AsOf: sampleInfo.AsOf, Sources: []string{"a", "b"}, Partial: true}
		if !reflect.DeepEqual(db.Info, want) {
			t.Errorf("info %+v, want %+v", db.Info, want)
		}
		for name, want := range map[string][]Record{"x": s[0:2], "@s/ÿ": s[2:3], "gone": nil, "new": s[6:7], "X": nil, "": nil} {
			got, err := db.Lookup(name)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q: got %+v, %v\nwant %+v", name, got, err, want)
			}
		}
	}
	reversed := sample()
	slices.Reverse(reversed)
	if !bytes.Equal(data, write(t, reversed, sampleInfo)) {
		t.Error("the order of the records shows in the bytes")
	}
	if err := WriteDatabase(&bytes.Buffer{}, s[3:5], sampleInfo); err == nil {
		t.Error("an empty database was written")
	}
}

// A database cut short, or one byte too long, does not open; nor does anything
// else.
func TestDamagedDatabase(t *testing.T) {
	data := write(t, sample(), sampleInfo)
	for n := range data {
		if _, err := openBytes(data[:n]); err == nil {
			t.Fatalf("opened the first %d of %d bytes", n, len(data))
		}
	}
	if _, err := openBytes(append(data[:len(data):len(data)], 'x')); err == nil {
		t.Error("opened with a byte too many")
	}
	for _, text := range []string{"", strings.Repeat("\x00", 2048), strings.Repeat("\xff", 4096)} {
		if _, err := openBytes([]byte(text)); err == nil {
			t.Errorf("opened %d bytes of nonsense", len(text))
		}
	}
	other := cdbWriter{}
	if err := other.add("x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	header, tables, _ := other.finish()
	b := slices.Concat(header, other.data, tables)
	if _, err := openBytes(b); err == nil {
		t.Error("opened somebody else's cdb")
	}
}

// Whatever byte of a database is damaged: it does not open, or a look-up is an
// error, or what it says is what it said before. It never says less.
func TestEveryByteCounts(t *testing.T) {
	data := write(t, sample(), sampleInfo)
	names := []string{"x", "@s/ÿ", "new", "absent"}
	answers := func(db *Database) (all []string) {
		for _, name := range names {
			records, err := db.Lookup(name)
			if err != nil {
				return nil
			}
			all = append(all, fmt.Sprint(records))
		}
		return all
	}
	good, err := openBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	want, noticed := answers(good), 0
	for i := range data {
		for _, mask := range []byte{0x01, 0x80, 0xFF} {
			broken := slices.Clone(data)
			broken[i] ^= mask
			db, err := openBytes(broken)
			if err != nil {
				noticed++
				continue
			}
			if got := answers(db); got == nil {
				noticed++
			} else if !reflect.DeepEqual(got, want) {
				t.Fatalf("byte %d of %d: answers %q", i, len(data), got)
			}
			if db.Check(t.Context()) == nil {
				t.Errorf("byte %d of %d: Check is content", i, len(data))
			}
		}
	}
	if noticed < 2*len(data) {
		t.Errorf("only %d of %d damages were noticed while answering", noticed, 3*len(data))
	}
}

// A file that another process cuts short while it is read is an error.
func TestCutWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.cdb")
	if err := os.WriteFile(path, write(t, sample(), sampleInfo), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	db, err := OpenDatabase(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	if records, err := db.Lookup("x"); err == nil || records != nil {
		t.Errorf("%v, %v", records, err)
	}
}

func TestOtherFormat(t *testing.T) {
	data := write(t, sample(), sampleInfo)
	broken := bytes.Replace(data, []byte(infoKey()), []byte(infoPrefix+"3"), 1)
	if _, err := openBytes(broken); err == nil || !strings.Contains(err.Error(), `format "3"`) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("%v", err)
	}
}

// All says what was written, in order, and Check agrees.
func TestAll(t *testing.T) {
	db, err := openBytes(write(t, sample(), sampleInfo))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for records, err := range db.All() {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			got = append(got, r.Package+" "+r.ID)
		}
	}
	if want := []string{"@s/ÿ GHSA-b", "new GHSA-d", "x GHSA-a", "x MAL-1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A filter says yes to every name it was given, and seldom to another.
func TestFilter(t *testing.T) {
	const n = 20_000
	x := newFilter(n)
	for i := range n {
		x.add(fmt.Sprintf("@scope/package-%d", i))
	}
	wrong := 0
	for i := range n {
		if !x.mayHave(fmt.Sprintf("@scope/package-%d", i)) {
			t.Fatalf("package-%d is lost", i)
		}
		if x.mayHave(fmt.Sprintf("@scope/other-%d", i)) {
			wrong++
		}
	}
	if wrong > n/200 {
		t.Errorf("%d of %d other names seem to be in it", wrong, n)
	}
}

// A damaged value is an error, never a panic and never half a record list that
// claims more than there is.
func TestDamagedValue(t *testing.T) {
	s := sample()
	value := appendRecord(appendRecord(nil, &s[0]), &s[1])
	for i := range value {
		if got, err := decodeRecords("x", string(value[:i])); err == nil && len(got) != 1 {
			t.Errorf("the first %d bytes: %+v", i, got)
		}
		for _, b := range []byte{0x00, 0x7F, 0x80, 0xFF} {
			broken := append([]byte{}, value...)
			broken[i] = b
			_, _ = decodeRecords("x", string(broken))
		}
	}
}

func FuzzDatabase(f *testing.F) {
	data := write(f, sample(), sampleInfo)
	f.Add(data, "x")
	f.Add(data[:len(data)-8], "@s/ÿ")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		db, err := openBytes(data)
		if err != nil {
			return
		}
		records, err := db.Lookup(name)
		for _, r := range records {
			if err != nil || r.Package != name {
				t.Errorf("%+v, %v", r, err)
			}
		}
		if db.Check(t.Context()) == nil {
			n := 0
			for list, err := range db.All() {
				if err != nil {
					t.Fatalf("checked, and yet %v", err)
				}
				n += len(list)
			}
			if n != db.Info.Records {
				t.Errorf("%d records, said to be %d", n, db.Info.Records)
			}
		}
	})
}

func TestManyKeys(t *testing.T) {
	var records []Record
	for i := range 5000 {
		records = append(records, vuln(fmt.Sprintf("GHSA-%d", i), fmt.Sprintf("p%d", i%3000), "0", "1.0.0"))
	}
	db, err := openBytes(write(t, records, Info{}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		got, err := db.Lookup(fmt.Sprintf("p%d", i))
		if want := 1 + (4999-i)/3000; err != nil || len(got) != want {
			t.Fatalf("p%d: %d records, %v, want %d", i, len(got), err, want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	info, err := SnapshotInfo()
	if err != nil {
		t.Fatal(err)
	}
	if !info.Partial || info.Records < 3000 || info.AsOf.Year() < 2026 || len(info.Sources) == 0 || len(snapshotData) > 2<<20 {
		t.Errorf("%+v in %d bytes", info, len(snapshotData))
	}
	matches, statuses, err := Look(t.Context(), []Source{Snapshot()}, graph("lodash@4.17.15", "minimist@0.0.8", "event-stream@3.3.6", "left-pad@1.3.0"), false)
	if err != nil || !statuses[0].Partial || statuses[0].Advisories != info.Records || !statuses[0].AsOf.Equal(info.AsOf) {
		t.Fatalf("%+v, %v", statuses, err)
	}
	got := map[string]bool{}
	for _, m := range matches {
		got[m.Package.Name+" "+m.Record.ID] = true
		if m.Record.Title != "" {
			t.Errorf("%s has a title: the snapshot holds no prose", m.Record.ID)
		}
	}
	for _, want := range []string{"lodash GHSA-35jh-r3h4-6jhm", "lodash GHSA-f23m-r3pf-42rh", "lodash GHSA-xxjr-mmjv-4gpg", "minimist " + canaryID, "event-stream GHSA-mh6f-8j2x-4483"} {
		if !got[want] {
			t.Errorf("missing: %s", want)
		}
	}
	for have := range got {
		if strings.HasPrefix(have, "left-pad") || strings.HasSuffix(have, "GHSA-7fhm-mqm4-2wp7") || strings.HasSuffix(have, "GHSA-8hc4-vh64-cxmj") && strings.HasPrefix(have, "lodash") {
			t.Errorf("reported, though unknown or withdrawn: %s", have)
		}
	}
}

// The snapshot's own facts are the archive's: the oracle's answers again, from
// the database. It knows more (newer advisories), and less only where GitHub
// itself has since narrowed an advisory: these two of lodash began at 0 until
// their revision of 2025-09-29, and begin at 4.0.0 and 4.7.0 since.
func TestSnapshotKnowsTheOracle(t *testing.T) {
	trees, err := filepath.Glob(filepath.Join(dataDir(t), "audit-oracle", "*", "package-lock.json"))
	if err != nil || len(trees) < 12 {
		t.Fatalf("only %d trees: %v", len(trees), err)
	}
	narrowed := map[string]bool{"GHSA-29mw-wpgm-hmr9": true, "GHSA-x5rq-j2xg-h7qm": true}
	records := oracleRecords(t)
	for _, lock := range trees {
		g := lockGraph(t, lock, false)
		want, _, err := Look(t.Context(), []Source{told{name: "bulk", records: records}}, g, true)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := Look(t.Context(), []Source{Snapshot()}, g, true)
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, m := range got {
			known[m.Package.Location+" "+m.Record.ID] = true
		}
		for _, m := range want {
			if old := narrowed[m.Record.ID] && m.Package.Version < "4"; !old && !known[m.Package.Location+" "+m.Record.ID] {
				t.Errorf("%s: the snapshot misses %s at %s", filepath.Base(filepath.Dir(lock)), m.Record.ID, m.Package.Location)
			}
		}
	}
}

// BenchmarkSnapshot opens the snapshot and looks 5,000 packages up.
func BenchmarkSnapshot(b *testing.B) {
	asked := benchmarkNames(b)
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

// BenchmarkFullSize does the same on a file of the ecosystem's true size:
// 10,000 vulnerabilities and 250,000 pieces of malware.
func BenchmarkFullSize(b *testing.B) {
	records := make([]Record, 0, 260_000)
	for i := range 10_000 {
		records = append(records, Record{ID: fmt.Sprintf("GHSA-%04d-aaaa-bbbb", i), Package: fmt.Sprintf("package-%d", i%4000), Severity: finding.High,
			Aliases: []string{fmt.Sprintf("CVE-2024-%d", i)}, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			Published: "2024-01-01T00:00:00Z", Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "1.2.3", ""}}})
	}
	for i := range 250_000 {
		records = append(records, Record{ID: fmt.Sprintf("MAL-2025-%d", i), Package: fmt.Sprintf("typo-squat-%d", i), Kind: Malware, Severity: finding.Critical,
			Aliases: []string{fmt.Sprintf("GHSA-%06d-cccc", i)}, Published: "2025-01-01T00:00:00Z", Modified: "2025-01-02T00:00:00Z", Ranges: []Range{{"0", "", ""}}})
	}
	path := filepath.Join(b.TempDir(), "full.cdb")
	start := time.Now()
	data := write(b, records, Info{})
	b.Logf("%d bytes, written in %v", len(data), time.Since(start))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	asked := benchmarkNames(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := File(path).Answer(b.Context(), asked); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkNames is 5,000 packages; half a hundred of them are among the most
// installed and have advisories in the snapshot, 500 have some at full size.
func benchmarkNames(b *testing.B) []Asked {
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

// Two names of one length and one hash are told apart by the name itself.
func TestCollidingKeys(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_."
	seen := map[uint32]string{}
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				name := string([]rune{a, b, c})
				other, twice := seen[cdbHash(name)]
				seen[cdbHash(name)] = name
				if !twice {
					continue
				}
				db, err := openBytes(write(t, []Record{vuln("GHSA-a", other, "0", "1.0.0")}, Info{}))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := db.Lookup(name); err != nil || got != nil {
					t.Errorf("%s found the records of %s: %v, %v", name, other, got, err)
				}
				return
			}
		}
	}
	t.Error("no collision among short names")
}
