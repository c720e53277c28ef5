package advisory

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"
)

// A Builder collects records for a database.
// A record is kept in the few bytes that it has in the file. The zero value is
// ready for use.
type Builder struct {
	// AsOf is the latest time at which any added record was published or modified.
	// It is the date of the database; the time of building would make old data look
	// new.
	AsOf time.Time

	// Now, unless zero, bounds AsOf: a date in the future does not make data fresh.
	Now time.Time

	entries []entry
	feed    int
	names   map[string]string // each package's name once
}

// An entry is one feed's version of one advisory about one package.
type entry struct {
	name, id  string
	modified  time.Time
	feed      int // the feed it comes from; see NextFeed
	withdrawn bool
	malware   bool
	value     []byte // as appendRecord writes it
}

// NextFeed says that records added from now on come from another feed. Of two
// feeds the later version of an advisory counts, even if it is a withdrawal.
// Within one feed, whose records are of one time, an advisory is withdrawn only
// if all its records are.
func (b *Builder) NextFeed() { b.feed++ }

// Add adds records. Withdrawn ones count: they undo earlier records of other
// feeds.
func (b *Builder) Add(records ...Record) {
	if b.names == nil {
		b.names = map[string]string{}
	}
	for i := range records {
		r := &records[i]
		name, known := b.names[r.Package]
		if !known {
			name = strings.Clone(r.Package)
			b.names[name] = name
		}
		modified, _ := parseTime(r.Modified)
		published, _ := parseTime(r.Published)
		for _, t := range []time.Time{modified, published} {
			if t.After(b.AsOf) && (b.Now.IsZero() || !t.After(b.Now)) {
				b.AsOf = t.UTC()
			}
		}
		value := appendRecord(nil, r)
		b.entries = append(b.entries, entry{name, strings.Clone(r.ID), modified, b.feed, r.Withdrawn, r.Kind == Malware, slices.Clip(value)})
	}
}

// WriteDatabase writes records as a database: without withdrawn ones, and of
// each id and package the one modified last. The same records in any order give
// the same bytes. It is an error if none is left. The numbers in info are
// counted here.
func WriteDatabase(w io.Writer, records []Record, info Info) error {
	var b Builder
	b.Add(records...)
	_, err := b.Write(w, info)
	return err
}

// Write writes what was added as WriteDatabase does, and returns info with its
// numbers. The builder cannot be used afterwards.
func (b *Builder) Write(w io.Writer, info Info) (Info, error) {
	kept := newest(b.entries)
	b.entries, b.names = nil, nil
	if len(kept) == 0 {
		return Info{}, errors.New("write database: no advisory about an npm package")
	}
	info.Sources = slices.Compact(slices.Sorted(slices.Values(info.Sources)))
	info.Format, info.Records, info.Malware, info.Packages = Format, len(kept), 0, 0
	for i := range kept {
		if kept[i].malware {
			info.Malware++
		}
		if i == 0 || kept[i].name != kept[i-1].name {
			info.Packages++
		}
	}
	if err := writeEntries(w, kept, info); err != nil {
		return Info{}, fmt.Errorf("write database: %w", err)
	}
	return info, nil
}

// writeEntries writes the file: see the comment at infoPrefix.
func writeEntries(w io.Writer, kept []entry, info Info) error {
	about := appendInfo(make([]byte, infoSums), info)
	if len(about) > maxInfo-4 {
		return errors.New("too many sources")
	}
	about = binary.LittleEndian.AppendUint32(about, 0)
	names := newFilter(info.Packages)
	for _, e := range kept {
		names.add(e.name)
	}
	var out cdbWriter
	if err := errors.Join(out.add(infoKey(), about), out.add(filterKey, names)); err != nil {
		return err
	}
	for len(kept) > 0 {
		name, n := kept[0].name, 1
		for n < len(kept) && kept[n].name == name {
			n++
		}
		var value []byte
		for _, e := range kept[:n] {
			value = append(value, e.value...)
		}
		if err := out.add(name, sealed(name, value)); err != nil {
			return err
		}
		kept = kept[n:]
	}
	header, tables, sums := out.finish()
	about = out.data[8+len(infoKey()):][:len(about)] // where it got to
	for i, sum := range sums {
		binary.LittleEndian.PutUint32(about[4*i:], sum)
	}
	binary.LittleEndian.PutUint32(about[infoSums-4:], crc32.ChecksumIEEE(names))
	end := len(about) - 4
	binary.LittleEndian.PutUint32(about[end:], infoSum(header, about[:end]))
	for _, part := range [][]byte{header, out.data, tables} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// newest sorts entries by package and id and keeps one of each: the last
// modified of those that their own feed does not withdraw, unless another feed
// withdrew it later.
func newest(list []entry) []entry {
	slices.SortFunc(list, func(a, b entry) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		if c := strings.Compare(a.id, b.id); c != 0 {
			return c
		}
		if c := b.modified.Compare(a.modified); c != 0 {
			return c
		}
		if a.withdrawn != b.withdrawn { // of the same time: one lost the withdrawal
			if a.withdrawn {
				return -1
			}
			return 1
		}
		// Equally new entries differ in form only; any fixed choice is fine.
		return bytes.Compare(a.value, b.value)
	})
	kept := list[:0]
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].name == list[0].name && list[n].id == list[0].id {
			n++
		}
		if e, ok := standing(list[:n]); ok {
			kept = append(kept, e)
		}
		list = list[n:]
	}
	return kept
}

// standing returns the entry that counts among those of one advisory, which are
// sorted from newest to oldest.
func standing(told []entry) (e entry, ok bool) {
	for _, e := range told {
		if !e.withdrawn {
			return e, true
		}
		contradicted := func(o entry) bool { return o.feed == e.feed && !o.withdrawn }
		if !slices.ContainsFunc(told, contradicted) {
			return entry{}, false
		}
	}
	return entry{}, false
}
