package tarball

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// packedAt is the time of every entry that npm packs: 1985-10-26T08:15:00Z, a date
// that zip supports (pacote, tarCreateOptions).
const packedAt = 499162500

// A Writer makes a .tgz whose tar stream equals, byte for byte, the one that `npm
// pack` makes of the same files in the same order (node-tar 7, portable). Its gzip
// layer is our own: it gives the same bytes on every machine, with any number of
// cores.
//
// It writes any entry that it is given. Read reports whether the result fits
// the canonical profile.
type Writer struct {
	out    *deflater
	failed error
}

// NewWriter begins an archive. It must be ended with Close or Abort.
func NewWriter() *Writer { return &Writer{out: newDeflater()} }

// ErrChanged says that a file has another size than expected.
var ErrChanged = errors.New("it changed while it was packed")

// File adds a regular file. name is its path in the archive, "package/a.js". mode
// holds its permission bits; as in npm, the owner may read and write the file, and
// nobody else may write it. size is its length in bytes.
func (w *Writer) File(name string, mode, size int64, content io.Reader) error {
	if size > MaxUnpacked {
		return fmt.Errorf("it is larger than %d bytes", int64(MaxUnpacked))
	}
	w.header(entryHeader{kind: '0', name: name, mode: mode, size: size})
	if n, err := io.Copy(w.out, io.LimitReader(content, size)); err != nil || n != size {
		if err == nil {
			err = ErrChanged
		}
		w.failed = err
		return err
	}
	var more [1]byte
	if n, err := io.ReadFull(content, more[:]); n > 0 || !errors.Is(err, io.EOF) {
		if err == nil {
			err = ErrChanged
		}
		w.failed = err
		return err
	}
	w.pad(size)
	return w.out.err
}

// Link adds a hard link to a file that was added before, as npm does. The canonical
// profile refuses links.
func (w *Writer) Link(name string, mode int64, target string) error {
	w.header(entryHeader{kind: '1', name: name, mode: mode, link: target, linked: true})
	return w.out.err
}

// Close ends the archive and returns the whole .tgz.
func (w *Writer) Close() ([]byte, error) {
	_, _ = w.out.Write(make([]byte, 2*block))
	data, err := w.out.close()
	if w.failed != nil {
		return nil, w.failed
	}
	return data, err
}

// Abort discards the archive.
func (w *Writer) Abort() { _, _ = w.out.close() }

// pad fills the last block of n bytes.
func (w *Writer) pad(size int64) {
	_, _ = w.out.Write(make([]byte, blockPad(size)))
}

// header writes the header of an entry, and an extended header before it where the
// name does not fit.
func (w *Writer) header(e entryHeader) {
	e.mode = e.mode&0o7777 | 0o600
	e.mode &^= 0o22
	var h [block]byte
	if e.encode(&h) {
		body := paxRecord("path", e.name)
		if e.linked {
			body += paxRecord("linkpath", e.link)
		}
		body += paxRecord("mtime", strconv.Itoa(packedAt)) + paxRecord("size", strconv.FormatInt(e.size, 10))
		x := entryHeader{kind: 'x', name: cutUnits("PaxHeader/"+path.Base(e.name), 99), mode: 0o644, size: int64(len(body))}
		var xh [block]byte
		x.encode(&xh)
		_, _ = w.out.Write(xh[:])
		_, _ = w.out.Write([]byte(body))
		w.pad(int64(len(body)))
	}
	_, _ = w.out.Write(h[:])
}

// An entryHeader is what node-tar writes into a header.
type entryHeader struct {
	kind       byte
	name       string
	link       string
	linked     bool // the link field counts, even if it is empty
	mode, size int64
}

// encode fills a header block. It reports whether an extended header is needed for
// what does not fit or is not ASCII.
func (e entryHeader) encode(h *[block]byte) (extended bool) {
	name, prefix, cut := splitName(e.name)
	extended = cut
	extended = putText(fieldName.of(h[:]), name) || extended
	putOctal(fieldMode.of(h[:]), e.mode)
	putOctal(fieldSize.of(h[:]), e.size)
	putOctal(fieldMtime.of(h[:]), packedAt)
	h[156] = e.kind
	extended = putText(fieldLinkname.of(h[:]), e.link) || extended
	copy(h[257:265], "ustar\x0000")
	putOctal(fieldMajor.of(h[:]), 0)
	putOctal(fieldMinor.of(h[:]), 0)
	extended = putText(fieldPrefix.of(h[:]), prefix) || extended
	putOctal(fieldChecksum.of(h[:]), checksum(h[:]))
	return extended
}

// splitName splits a path at a slash into the name and the prefix field. cut says
// that it does not fit and was shortened.
func splitName(p string) (name, prefix string, cut bool) {
	if len(p) < fieldName.size {
		return p, "", false
	}
	for name, prefix = path.Base(p), path.Dir(p); ; name, prefix = path.Base(prefix)+"/"+name, path.Dir(prefix) {
		switch {
		case len(prefix) > fieldPrefix.size:
		case len(name) <= fieldName.size:
			return name, prefix, false
		default:
			return cutUnits(name, fieldName.size-1), prefix, true
		}
		if path.Dir(prefix) == "." {
			return cutUnits(p, fieldName.size-1), "", true
		}
	}
}

// cutUnits shortens a text to n UTF-16 code units, the characters of JavaScript.
func cutUnits(s string, n int) string {
	for i, r := range s {
		if n -= 1; r > 0xffff {
			n--
		}
		if n < 0 {
			return s[:i]
		}
	}
	return s
}

// putText fills a field with as many whole characters as fit. It reports whether
// some do not fit or are not ASCII.
func putText(field []byte, s string) bool {
	n := 0
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		if end > len(field) {
			break
		}
		n = end
	}
	copy(field, s[:n])
	return len(s) > len(field) || strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
}

// putOctal fills a numeric field as node-tar does: zeros, digits, a space and a
// NUL. The space is left out where the digits need its place.
func putOctal(field []byte, n int64) {
	digits := strconv.FormatInt(n, 8)
	if len(digits) < len(field)-1 {
		digits = strings.Repeat("0", len(field)-2-len(digits)) + digits + " "
	}
	copy(field, digits+"\x00")
}

// paxRecord returns one record of an extended header: "LENGTH KEY=VALUE\n", where
// LENGTH includes itself.
func paxRecord(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	digits := int(math.Log10(float64(len(rest)))) + 1
	if float64(len(rest)+digits) >= math.Pow10(digits) {
		digits++
	}
	return strconv.Itoa(len(rest)+digits) + rest
}
