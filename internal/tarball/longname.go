package tarball

import (
	"strings"
	"unicode/utf8"
)

// maxShortName is how many bytes of a path the header behind a long name contains:
// as many as its field, or fewer so that no character is cut in two.
const maxShortName = 100

// isLongName reports whether a block is the header of a long name. GNU tar and pnpm
// 12 write one for a path that does not fit into a ustar header.
func isLongName(h []byte) bool { return h[156] == 'L' }

// longName reads a long name, which is another form of an extended header. npm, Go
// and libarchive take the path of the next entry from it, provided that nothing
// else in it is unusual. A test asks all three.
func (w *walker) longName(h []byte) (*pax, error) {
	sum, ok := octal(fieldChecksum.of(h))
	if !ok || sum != checksum(h) {
		return nil, refuse(RuleHeader, "a header's checksum is wrong: it is no header, or it was damaged")
	}
	name, ok := text(fieldName.of(h))
	size, ok2 := octal(fieldSize.of(h))
	if !ok || !ok2 || name != "././@LongLink" || string(h[257:265]) != "ustar  \x00" || !isZeros(fieldLinkname.of(h)) || !isZeros(h[265:]) {
		return nil, refuse(RulePax, "a long name is not in the form that pnpm and GNU tar write")
	}
	for _, f := range []field{fieldMode, fieldUID, fieldGID, fieldMtime} {
		if _, ok := octal(f.of(h)); !ok {
			return nil, refuse(RulePax, "a long name is not in the form that pnpm and GNU tar write")
		}
	}
	if size > MaxPax {
		return nil, refuse(RuleLimit, "a long name is larger than %d bytes", MaxPax)
	}
	b := make([]byte, size)
	if err := w.stream.read(b); err != nil {
		return nil, refuseCut(err, "the archive ends in a long name")
	}
	if err := w.padding(size); err != nil {
		return nil, err
	}
	path, ended := strings.CutSuffix(string(b), "\x00")
	if !ended || strings.Contains(path, "\x00") || len(path) <= maxShortName {
		return nil, refuse(RulePax, "a long name does not end with its one NUL, or is not long")
	}
	return &pax{path: path, long: true}, nil
}

// checkBehindLongName refuses an entry whose own header does not contain the
// beginning of its long name. A reader that ignores long names would see another
// file.
func checkBehindLongName(d header, path string) error {
	whole := maxShortName
	for !utf8.RuneStart(path[whole]) && whole > maxShortName-utf8.UTFMax {
		whole--
	}
	if d.entryType != '0' || !isShortFor(d.name, path, maxShortName) && !isShortFor(d.name, path, whole) {
		return refuse(RulePax, "the header behind a long name is not that of the file")
	}
	return nil
}

// isShortFor reports whether a short name consists of the first n bytes of a path,
// perhaps behind a prefix that the path begins with too.
func isShortFor(short, path string, n int) bool {
	rest, ok := strings.CutSuffix(short, path[:n])
	return ok && (rest == "" || rest[len(rest)-1] == '/' && strings.HasPrefix(path, rest[:len(rest)-1]))
}
