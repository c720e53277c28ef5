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
)

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

// A database that holds less than it says is not one.
func TestHoldsLessThanItSays(t *testing.T) {
	for _, info := range []Info{{Records: 8, Packages: 3}, {Records: 4, Packages: 8}} {
		var b Builder
		b.Add(sample()...)
		var out bytes.Buffer
		if err := writeEntries(&out, newest(b.entries), info); err != nil {
			t.Fatal(err)
		}
		db, err := openBytes(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if db.Check(t.Context()) == nil {
			t.Errorf("%+v is believed", info)
		}
	}
}

func TestOtherFormat(t *testing.T) {
	data := write(t, sample(), sampleInfo)
	broken := bytes.Replace(data, []byte(infoKey()), []byte(infoPrefix+"2"), 1)
	if _, err := openBytes(broken); err == nil || !strings.Contains(err.Error(), `format "2"`) || !strings.Contains(err.Error(), "format 3") {
		t.Errorf("%v", err)
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
