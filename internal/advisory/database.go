package advisory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"slices"
)

// A Database is a read-only file of advisory records, which are found by
// package name without reading the rest. It may be used concurrently.
type Database struct {
	Info Info

	cdb    cdb
	header []byte // the pointers to the hash tables
	sums   []byte // the checksums of the tables and of the filter
	filter filter
	first  int64 // offset of the first package's entry
	file   io.Closer
}

// Close releases what OpenFile opened.
func (db *Database) Close() error {
	if db.file == nil {
		return nil
	}
	return db.file.Close()
}

// OpenDatabase opens a database of size bytes that is read on demand.
func OpenDatabase(file io.ReaderAt, size int64) (*Database, error) {
	return open(cdb{file: file, size: size})
}

// openBytes opens a database in memory without copying it.
func openBytes(data []byte) (*Database, error) {
	return open(cdb{data: data, size: int64(len(data))})
}

// Lookup returns the records about one package; none is no error.
//
// A name that is not in the filter costs no read. One that is, is nearly always
// in the file: a few slots and the entry are read, and the entry's checksum is
// verified. If the name is not there after all, the whole table is read and
// verified.
func (db *Database) Lookup(name string) ([]Record, error) {
	if !db.filter.mayHave(name) {
		return nil, nil
	}
	hash := cdbHash(name)
	at, slots := pair(db.header[hash%cdbTables*8:])
	if slots == 0 {
		return nil, nil
	}
	begin := int64(hash/cdbTables%slots) * 8
	near, err := db.cdb.at(int64(at)+begin, min(slotsAhead, int64(slots)*8-begin))
	if err != nil {
		return nil, err
	}
	value, found, err := db.cdb.slot(near, hash, name)
	if err == nil && !found {
		var table []byte
		if table, err = db.table(hash % cdbTables); err != nil {
			return nil, err
		}
		value, found, err = db.cdb.slot(slices.Concat(table[begin:], table[:begin]), hash, name)
	}
	if err != nil || !found {
		return nil, err
	}
	return decodeRecords(name, string(value))
}

// table reads a hash table and checks it.
func (db *Database) table(i uint32) ([]byte, error) {
	at, slots := pair(db.header[i*8:])
	table, err := db.cdb.at(int64(at), int64(slots)*8)
	if err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(table) != binary.LittleEndian.Uint32(db.sums[4*i:]) {
		return nil, errNoDatabase
	}
	return table, nil
}

// All yields every record, package by package. What it reads is verified; it
// ends with the first error.
func (db *Database) All() iter.Seq2[[]Record, error] {
	return func(yield func([]Record, error) bool) {
		entries, _ := pair(db.header) // the entries end where the first table begins
		records, packages := 0, 0
		for at := db.first; at < int64(entries); {
			key, value, next, err := db.cdb.entry(at)
			if err == nil {
				value, err = unseal(string(key), value)
			}
			var list []Record
			if err == nil {
				list, err = decodeRecords(string(key), string(value))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(list, nil) {
				return
			}
			records, packages, at = records+len(list), packages+1, next
		}
		if records != db.Info.Records || packages != db.Info.Packages {
			yield(nil, errNoDatabase)
		}
	}
}

// Check reads the whole database: each table, each record, and that each is
// found by its package's name.
func (db *Database) Check(ctx context.Context) error {
	for i := range uint32(cdbTables) {
		if _, err := db.table(i); err != nil {
			return err
		}
	}
	for records, err := range db.All() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		found, err := db.Lookup(records[0].Package)
		if err != nil {
			return err
		}
		if len(found) != len(records) {
			return errNotFound
		}
	}
	return nil
}

var errNotFound = errors.New("a damaged advisory database: it does not find what it holds")

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
	canary, err := db.Lookup(canaryName)
	if err != nil {
		return nil, Status{}, fmt.Errorf("look up %s: %w", canaryName, err)
	}
	missing := !sings(canary)
	return records, Status{Advisories: db.Info.Records, AsOf: db.Info.AsOf, Partial: db.Info.Partial || missing,
		NoCanary: missing, Depth: OfAll}, nil
}
