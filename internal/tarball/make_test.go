package tarball

import (
	"bytes"
	"compress/gzip"
	"fmt"
)

// A piece of an archive made by hand: what archive/tar will not write.
type piece []byte

// A spec describes one header. Zero fields have the value that npm pack writes.
type spec struct {
	name, link, prefix string
	kind               byte // '0'
	mode               string
	size               string // raw field; "" the length of body
	magic              string // 8 bytes
	body               string
	noPad              bool
	edit               func(h []byte) // before the checksum
	sum                string         // raw checksum field; "" the right one
}

func entry(s spec) piece {
	h := make([]byte, block)
	copy(fieldName.of(h), s.name)
	copy(fieldPrefix.of(h), s.prefix)
	copy(fieldLinkname.of(h), s.link)
	copy(fieldMode.of(h), or(s.mode, "000644 \x00"))
	copy(fieldUID.of(h), "000000 \x00")
	copy(fieldGID.of(h), "000000 \x00")
	copy(fieldSize.of(h), or(s.size, fmt.Sprintf("%011o\x00", len(s.body))))
	copy(fieldMtime.of(h), "03560116604\x00")
	if s.kind == 0 {
		s.kind = '0'
	}
	h[156] = s.kind
	copy(h[257:265], or(s.magic, "ustar\x0000"))
	if s.edit != nil {
		s.edit(h)
	}
	copy(fieldChecksum.of(h), or(s.sum, fmt.Sprintf("%06o\x00 ", checksum(h))))
	b := append(h, s.body...)
	if !s.noPad {
		b = append(b, make([]byte, blockPad(int64(len(s.body))))...)
	}
	return b
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func file(name, body string) piece { return entry(spec{name: name, body: body}) }

// longLink returns a long name as pnpm 12 writes it.
func longLink(path string) piece {
	return entry(spec{name: "././@LongLink", kind: 'L', magic: "ustar  \x00", body: path + "\x00"})
}

// extended returns an 'x' header with the given records.
func extended(records string) piece {
	return entry(spec{name: "PaxHeader/x", kind: 'x', body: records})
}

// record returns one well-formed PAX record.
func record(key, value string) string {
	n := len(key) + len(value) + 3
	for n != len(fmt.Sprint(n))+len(key)+len(value)+3 {
		n = len(fmt.Sprint(n)) + len(key) + len(value) + 3
	}
	return fmt.Sprintf("%d %s=%s\n", n, key, value)
}

var (
	good = file("package/package.json", `{"name":"victim","version":"1.0.0"}`)
	evil = `{"name":"victim","version":"6.6.6"}`
	mark = piece(make([]byte, 2*block))
)

func join(pieces ...piece) []byte {
	var b []byte
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	z.Write(b)
	z.Close()
	return out.Bytes()
}
