package advisory

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"time"
)

// Info describes a database.
type Info struct {
	Format   int       // of the file: Format
	Records  int       // one per advisory and package, malware included
	Malware  int       // records of kind Malware
	Packages int       // packages with at least one record
	AsOf     time.Time // time at which its data was current, UTC; see Builder.AsOf
	Sources  []string  // inputs it was made from, sorted; foreign text
	Partial  bool      // it does not have all advisories
}

// Format is the version of the file format, the only one that is written and
// read.
const Format = 3

// The first entry of a database describes it. Its key is no valid package name
// and ends in the format's version; its value has the checksums of each hash
// table and of the filter, and its own checksum covers the header. The second
// entry is the filter. So everything that an answer depends on is verified when
// it is read, and nothing else is read.
const (
	infoPrefix = " publishgate advisories "
	filterKey  = " publishgate filter"
	infoSums   = 4 * (cdbTables + 1) // bytes: a checksum of each table and of the filter
	maxInfoKey = int64(len(infoPrefix)) + 16
	maxInfo    = 1 << 20 // bytes, most of them for names of sources
)

func infoKey() string { return fmt.Sprint(infoPrefix, Format) }

// reserved reports whether a key is not a package's.
func reserved(key []byte) bool {
	return string(key) == filterKey || string(key) == infoKey()
}

func appendInfo(b []byte, info Info) []byte {
	partial := uint64(0)
	if info.Partial {
		partial = 1
	}
	for _, n := range []int{info.Records, info.Malware, info.Packages} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(max(0, info.AsOf.Unix())))
	b = binary.AppendUvarint(b, partial)
	return appendTexts(b, info.Sources)
}

func decodeInfo(text string) (Info, error) {
	d := decoder{s: text}
	info := Info{Format: Format, Records: d.size(), Malware: d.size(), Packages: d.size()}
	asOf, isDate := dateAt(int64(min(d.number(), math.MaxInt64)))
	info.AsOf = asOf
	info.Partial = d.number() != 0
	info.Sources = d.texts()
	if d.bad || d.s != "" || info.Records <= 0 || info.Packages <= 0 || info.Malware > info.Records || !isDate {
		return Info{}, errNoDatabase
	}
	return info, nil
}

// infoSum returns the checksum of the first entry, which includes the header.
func infoSum(header []byte, value []byte) uint32 {
	sum := crc32.Update(crc32.ChecksumIEEE(header), crc32.IEEETable, []byte(infoKey()))
	return crc32.Update(sum, crc32.IEEETable, value)
}

// open reads the first entry. It returns an error for a truncated file, another
// format version, or any other file.
func open(c cdb) (*Database, error) {
	if c.size < cdbHeader+8 || c.size > cdbMax {
		return nil, errNoDatabase
	}
	first, err := c.at(0, min(c.size, 2*cdbHeader))
	if err != nil {
		return nil, err
	}
	keyLen, valueLen := pair(first[cdbHeader:])
	if int64(keyLen) > maxInfoKey || valueLen > maxInfo || valueLen < infoSums+4 {
		return nil, errNoDatabase
	}
	key, value, next, err := c.entry(cdbHeader)
	if err != nil {
		return nil, err
	}
	version, ours := strings.CutPrefix(string(key), infoPrefix)
	if !ours {
		return nil, errNoDatabase
	}
	if string(key) != infoKey() {
		return nil, fmt.Errorf("an advisory database of format %s, this publishgate reads format %d: build it anew with "+
			"this one", short(version), Format)
	}
	db := &Database{cdb: c, header: first[:cdbHeader], sums: value[:infoSums], first: next}
	n := len(value) - 4
	if binary.LittleEndian.Uint32(value[n:]) != infoSum(db.header, value[:n]) || !db.fits() {
		return nil, errNoDatabase
	}
	if db.Info, err = decodeInfo(string(value[infoSums:n])); err != nil {
		return nil, err
	}
	return db, db.readFilter()
}

// fits compares the size of the file with the pointers.
func (db *Database) fits() bool {
	end := int64(cdbHeader)
	for i := range cdbTables {
		at, slots := pair(db.header[i*8:])
		if at < cdbHeader {
			return false
		}
		end = max(end, int64(at)+int64(slots)*8)
	}
	return end == db.cdb.size
}

func (db *Database) readFilter() error {
	key, value, next, err := db.cdb.entry(db.first)
	if err != nil {
		return err
	}
	if string(key) != filterKey || len(value) == 0 || crc32.ChecksumIEEE(value) != binary.LittleEndian.Uint32(db.sums[infoSums-4:]) {
		return errNoDatabase
	}
	db.filter, db.first = value, next
	return nil
}
