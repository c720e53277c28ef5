package tarball

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A Sum is one line of a checksum file.
type Sum struct {
	Hex  string // the digest, lower-case hex
	Name string // of the file, as sha256sum looks for it
}

// Sums writes SHA256SUMS or SHA512SUMS in the format of GNU coreutils, sorted by
// name; `sha256sum -c` accepts it. If a name contains a backslash, a line feed or a
// carriage return, these are escaped and the line begins with a backslash
// (coreutils manual, "md5sum invocation").
func Sums(sums []Sum) []byte {
	sums = slices.Clone(sums)
	slices.SortFunc(sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hex, b.Hex))
	})
	var out bytes.Buffer
	for _, s := range sums {
		if strings.ContainsAny(s.Name, "\\\n\r") {
			out.WriteByte('\\')
		}
		out.WriteString(s.Hex)
		out.WriteString("  ")
		out.WriteString(escapeName.Replace(s.Name))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

var escapeName = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`)
