package tarball

import "bytes"

// The fields of a ustar header: offset and length (POSIX.1-2001, pax).
var (
	fieldName     = field{0, 100}
	fieldMode     = field{100, 8}
	fieldUID      = field{108, 8}
	fieldGID      = field{116, 8}
	fieldSize     = field{124, 12}
	fieldMtime    = field{136, 12}
	fieldChecksum = field{148, 8}
	fieldLinkname = field{157, 100}
	fieldUname    = field{265, 32}
	fieldGname    = field{297, 32}
	fieldMajor    = field{329, 8}
	fieldMinor    = field{337, 8}
	fieldPrefix   = field{345, 155}
	fieldPad      = field{500, 12}
)

type field struct{ at, size int }

func (f field) of(h []byte) []byte { return h[f.at : f.at+f.size] }

// A header is one strict ustar header.
type header struct {
	name      string // prefix and name joined
	entryType byte   // '0', '5', 'x', or one that the caller refuses
	mode      int64
	size      int64
}

// parseHeader reads a header block, which must not be all zeros. The error says why
// readers would differ about it.
func parseHeader(h []byte) (header, error) {
	var d header
	sum, ok := octal(fieldChecksum.of(h))
	if !ok || sum != checksum(h) {
		return d, refuse(RuleHeader, "a header's checksum is wrong: it is no header, or it was damaged")
	}
	// The type comes first: for an unusual entry, it is what people need to know.
	d.entryType = h[156]
	if !isKnownType(d.entryType) {
		return d, checkEntryType(d)
	}
	if string(h[257:265]) != "ustar\x0000" {
		return d, refuse(RuleHeader, "a header is not in the POSIX ustar form")
	}
	name, ok1 := text(fieldName.of(h))
	prefix, ok2 := prefixText(fieldPrefix.of(h))
	if !ok1 || !ok2 {
		return d, refuse(RuleHeader, "a header has bytes after the end of its name")
	}
	d.name = name
	if prefix != "" {
		d.name = prefix + "/" + name
	}
	if d.size, ok = octal(fieldSize.of(h)); !ok {
		return d, refuse(RuleHeader, "a header's size is not a plain octal number")
	}
	if d.mode, ok = octal(fieldMode.of(h)); !ok {
		return d, refuse(RuleHeader, "a header's mode is not a plain octal number")
	}
	for _, f := range []field{fieldUID, fieldGID, fieldMtime, fieldMajor, fieldMinor} {
		if b := f.of(h); !isBlank(b) {
			if _, ok := octal(b); !ok {
				return d, refuse(RuleHeader, "a header's owner, time or device is not a plain octal number")
			}
		}
	}
	_, ok1 = text(fieldUname.of(h))
	_, ok2 = text(fieldGname.of(h))
	if !ok1 || !ok2 || !isZeros(fieldPad.of(h)) {
		return d, refuse(RuleHeader, "a header has bytes where there should be padding")
	}
	if d.entryType != '1' && d.entryType != '2' && !isZeros(fieldLinkname.of(h)) {
		return d, refuse(RuleHeader, "a header that is no link has a link target")
	}
	return d, nil
}

// prefixText reads the prefix field. Without its "portable" option, as
// DefinitelyTyped uses it, node-tar keeps two octal times in the last 24 bytes of
// the field. Every reader ends the prefix at the first NUL, so readers do not
// differ.
func prefixText(b []byte) (string, bool) {
	const times = 24
	head, tail := b[:len(b)-times], b[len(b)-times:]
	if head[len(head)-1] == 0 && !isZeros(tail) {
		_, ok1 := octal(tail[:times/2])
		_, ok2 := octal(tail[times/2:])
		prefix, ok := text(head)
		return prefix, ok && ok1 && ok2
	}
	return text(b)
}

// isKnownType reports whether the rest of a header of that type is worth reading.
func isKnownType(kind byte) bool {
	return kind == '0' || kind == '1' || kind == '2' || kind == '5' || kind == 'x'
}

// checksum returns the sum of all bytes, with the checksum field taken as spaces.
func checksum(h []byte) int64 {
	var sum int64
	for _, c := range h[:block] {
		sum += int64(c)
	}
	for _, c := range fieldChecksum.of(h) {
		sum += ' ' - int64(c)
	}
	return sum
}

// octal reads digits that end with the field, or with spaces and NULs. It refuses
// signs, base-256 and digits after the end, because readers differ on them. Leading
// spaces are accepted: node-tar writes one where a number is a digit too short.
func octal(b []byte) (int64, bool) {
	b = bytes.TrimLeft(b, " ")
	var n int64
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '7'; i++ {
		n = n<<3 | int64(b[i]-'0')
	}
	return n, i > 0 && isBlank(b[i:])
}

// text reads a field up to its first NUL. Everything after it must be NUL.
func text(b []byte) (string, bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return string(b), true
	}
	return string(b[:i]), isZeros(b[i:])
}

// isBlank reports whether all bytes are NULs or spaces.
func isBlank(b []byte) bool {
	for _, c := range b {
		if c != 0 && c != ' ' {
			return false
		}
	}
	return true
}

// isZeros reports whether all bytes are NUL.
func isZeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
