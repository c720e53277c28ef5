package advisory

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

func sample() []Record {
	return []Record{
		{ID: "GHSA-a", Package: "x", Severity: finding.High, Vector: "CVSS:3.1/x", Aliases: []string{"CVE-1", "CVE-2"},
			Published: "2024-01-01T00:00:00Z", Modified: "2024-01-02T00:00:00Z",
			Ranges: []Range{{"0", "1.0.0", "", ""}, {"2.0.0", "", "2.1.0", ""}, {"3.0.0", "", "", ""}}, Versions: []string{"0.0.1", "9.9.9"}},
		{ID: "MAL-1", Package: "x", Kind: Malware, Severity: finding.Critical, Ranges: []Range{}, Versions: []string{"1.0.0"}},
		{ID: "GHSA-b", Title: "A title", Exploited: true, Instead: "c", Package: "@s/ÿ", Ranges: []Range{{"0", "", "", "4.0.0"}}},
		{ID: "GHSA-c", Package: "gone", Withdrawn: true, Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "", "", ""}}},
		{ID: "GHSA-c", Package: "gone", Withdrawn: true, Modified: "2024-01-01T00:00:00Z", Ranges: []Range{{"0", "", "", ""}}},
		{ID: "GHSA-d", Package: "new", Modified: "2024-01-01T00:00:00Z", Ranges: []Range{{"0", "", "", ""}}},
		{ID: "GHSA-d", Package: "new", Modified: "2024-01-02T00:00:00Z", Ranges: []Range{{"0", "2.0.0", "", ""}}},
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
