package advisory

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A Database is advisory records in one read-only file, found by package name
// without reading or decoding the rest.
type Database struct {
	cdb  cdb
	Info Info
}

// Info describes a database.
type Info struct {
	Records int       // records, one per advisory and package
	AsOf    time.Time // when its data was current
	Sources []string  // what it was made from, sorted
	Partial bool      // it does not hold every advisory there is
}

// No package can have this name, and it grows with the format: an older reader
// refuses a newer file.
const infoKey = " publishgate advisories 1"

// OpenDatabase opens a database of size bytes that is read on demand.
func OpenDatabase(file io.ReaderAt, size int64) (*Database, error) {
	return open(cdb{file: file, size: size})
}

// openText opens a database in memory without copying it.
func openText(text string) (*Database, error) {
	return open(cdb{text: text, size: int64(len(text))})
}

func open(c cdb) (*Database, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	value, found, err := c.get(infoKey)
	if err != nil {
		return nil, err
	}
	d := decoder{s: value}
	info := Info{Records: int(d.number()), AsOf: time.Unix(int64(d.number()), 0).UTC(), Partial: d.number() != 0, Sources: d.texts()}
	if !found || d.bad || info.Records <= 0 {
		return nil, errNoDatabase
	}
	return &Database{c, info}, nil
}

// Lookup returns the records about one package; none is no error.
func (db *Database) Lookup(name string) ([]Record, error) {
	value, found, err := db.cdb.get(name)
	if err != nil || !found {
		return nil, err
	}
	return decodeRecords(name, value)
}

// answer looks all packages up.
func (db *Database) answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	var records []Record
	for _, a := range asked {
		if err := ctx.Err(); err != nil {
			return nil, Status{}, err
		}
		found, err := db.Lookup(a.Name)
		if err != nil {
			return nil, Status{}, fmt.Errorf("look up %s: %w", short(a.Name), err)
		}
		records = append(records, found...)
	}
	return records, Status{Advisories: db.Info.Records, AsOf: db.Info.AsOf, Partial: db.Info.Partial}, nil
}

// WriteDatabase writes records as a database: facts only (titles are left
// out), withdrawn ones dropped, and of the same id and package the telling
// modified last. The same records in any order give the same bytes. It is an
// error if none is left. Info.Records is counted here.
func WriteDatabase(w io.Writer, records []Record, info Info) error {
	records = newest(records)
	if len(records) == 0 {
		return fmt.Errorf("write database: no advisory about an npm package")
	}
	info.Records = len(records)
	var out cdbWriter
	for len(records) > 0 {
		name, n := records[0].Package, 1
		for n < len(records) && records[n].Package == name {
			n++
		}
		var value []byte
		for i := range n {
			value = appendRecord(value, &records[i])
		}
		if err := out.add(name, value); err != nil {
			return fmt.Errorf("write database: %w", err)
		}
		records = records[n:]
	}
	if err := out.add(infoKey, appendInfo(info)); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	if err := out.writeTo(w); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	return nil
}

func appendInfo(info Info) []byte {
	partial := uint64(0)
	if info.Partial {
		partial = 1
	}
	b := binary.AppendUvarint(nil, uint64(info.Records))
	b = binary.AppendUvarint(b, uint64(max(0, info.AsOf.Unix())))
	b = binary.AppendUvarint(b, partial)
	sources := slices.Clone(info.Sources)
	slices.Sort(sources)
	return appendTexts(b, slices.Compact(sources))
}

// newest sorts records by package and id and keeps the last modified telling
// of each that is not withdrawn.
func newest(records []Record) []Record {
	type dated struct {
		*Record
		modified time.Time
	}
	list := make([]dated, len(records))
	for i := range records {
		modified, _ := parseTime(records[i].Modified)
		list[i] = dated{Record: &records[i], modified: modified}
	}
	slices.SortStableFunc(list, func(a, b dated) int {
		if c := strings.Compare(a.Package, b.Package); c != 0 {
			return c
		}
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		if c := b.modified.Compare(a.modified); c != 0 {
			return c
		}
		if a.Withdrawn != b.Withdrawn { // told at the same time: the mark was lost
			if a.Withdrawn {
				return -1
			}
			return 1
		}
		// Equally new tellings differ in form only; any fixed choice will do.
		return strings.Compare(string(appendRecord(nil, a.Record)), string(appendRecord(nil, b.Record)))
	})
	kept := make([]Record, 0, len(list))
	for i, r := range list {
		if i > 0 && list[i-1].Package == r.Package && list[i-1].ID == r.ID || r.Withdrawn {
			continue
		}
		kept = append(kept, *r.Record)
	}
	return kept
}
