package advisory

import (
	"encoding/binary"

	"github.com/publishgate/publishgate/internal/finding"
)

// The value of a package in the database is the sequence of its records:
// numbers as varints, texts after their length, times as seconds.

// The bits of a record's first byte: severity in the low three.
const (
	flagSeverity = 7
	flagMalware  = 8
	flagUsed     = 16 // known to be exploited
)

// The ends of a range.
const (
	endNone = iota
	endFixed
	endLast
	endLimit
)

func appendRecord(b []byte, r *Record) []byte {
	flags := byte(r.Severity) & flagSeverity
	if r.Kind == Malware {
		flags |= flagMalware
	}
	if r.Exploited {
		flags |= flagUsed
	}
	b = appendText(append(b, flags), r.ID)
	b = appendText(appendText(appendText(b, r.Vector), r.heading()), r.Instead)
	b = binary.AppendUvarint(binary.AppendUvarint(b, packTime(r.Published)), packTime(r.Modified))
	b = appendTexts(b, r.Aliases)
	b = binary.AppendUvarint(b, uint64(len(r.Ranges)))
	for _, run := range r.Ranges {
		b = appendText(b, run.Introduced)
		switch {
		case run.Fixed != "":
			b = appendText(append(b, endFixed), run.Fixed)
		case run.LastAffected != "":
			b = appendText(append(b, endLast), run.LastAffected)
		case run.Limit != "":
			b = appendText(append(b, endLimit), run.Limit)
		default:
			b = append(b, endNone)
		}
	}
	return appendTexts(b, r.Versions)
}

// heading returns the title that the database stores. It is empty for reports
// of malware: the title of two hundred thousand records only repeats their
// kind.
func (r *Record) heading() string {
	if r.Kind == Malware {
		return ""
	}
	return r.Title
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

// A decoder reads a value. After the first error it reads only zeros, and bad
// stays set.
type decoder struct {
	s   string
	bad bool
}

func (d *decoder) number() uint64 {
	var n uint64
	for i := 0; i < len(d.s) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(d.s[i]&0x7F) << (7 * i)
		if d.s[i] < 0x80 {
			d.s = d.s[i+1:]
			return n
		}
	}
	d.s, d.bad = "", true
	return 0
}

// size reads a size that is not bounded by the remaining bytes.
func (d *decoder) size() int {
	n := d.number()
	if n > cdbMax {
		d.s, d.bad = "", true
		return 0
	}
	return int(n)
}

// count reads the length of a list whose elements take at least one byte each.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.s)) {
		d.s, d.bad = "", true
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

func (d *decoder) texts() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.text()
	}
	return list
}

func decodeRecords(name, value string) ([]Record, error) {
	d := decoder{s: value}
	var records []Record
	for d.s != "" && !d.bad {
		flags := d.s[0]
		d.s = d.s[1:]
		r := Record{Package: name, Severity: finding.Severity(flags & flagSeverity)}
		if flags&flagMalware != 0 {
			r.Kind = Malware
		}
		r.Exploited = flags&flagUsed != 0
		r.ID, r.Vector, r.Title, r.Instead = d.text(), d.text(), d.text(), d.text()
		r.Published, r.Modified = unpackTime(d.number()), unpackTime(d.number())
		r.Aliases = d.texts()
		r.Ranges = make([]Range, d.count())
		for i := range r.Ranges {
			r.Ranges[i].Introduced = d.text()
			switch d.number() {
			case endNone:
			case endFixed:
				r.Ranges[i].Fixed = d.text()
			case endLast:
				r.Ranges[i].LastAffected = d.text()
			case endLimit:
				r.Ranges[i].Limit = d.text()
			default:
				d.bad = true
			}
		}
		r.Versions = d.texts()
		records = append(records, r)
	}
	if d.bad || len(records) == 0 {
		return nil, errNoDatabase
	}
	return records, nil
}
