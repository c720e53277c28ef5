package sarif

import (
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
)

// maxPath is the longest path of a file that an alert is shown at, in characters.
const maxPath = 1000

// place returns the repository file at which a finding is shown, and whether
// its line and column refer to that file. If the finding's own file is not in
// the repository, or has a name that nobody can read, it is package.json: that
// always exists, and it is what the user changes.
func (d *describer) place(f *finding.Finding) (file string, placed bool) {
	if f.File == "" || f.OfTarball() || display.Cap(f.File, maxPath) != f.File {
		return d.manifest, false
	}
	if !f.InTarball {
		if file, ok := within(d.in.Root, f.File); ok {
			return file, true
		}
		return d.manifest, false
	}
	_, packed, ok := strings.Cut(f.File, "/") // npm strips the first element, whatever it is
	if !ok || d.in.Same == nil {
		return d.manifest, false
	}
	if file, ok := within(d.in.Root, packed); ok && d.in.Same(f.File, file) {
		return file, true
	}
	return d.manifest, false
}

// within joins a path to the package's directory; false if the result leaves
// the repository or is not a path.
func within(root, file string) (string, bool) {
	if path.IsAbs(file) || strings.ContainsAny(file, "\\\x00") {
		return "", false
	}
	p := path.Join(root, file)
	if p == "" || p == "." || p == ".." || path.IsAbs(p) || strings.HasPrefix(p, "../") {
		return "", false
	}
	return p, true
}

// escape writes a path as a relative URI (RFC 3986): a colon in its first
// element would read as a scheme, and foreign bytes may be anything.
func escape(p string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-._~/@+,=!$&'()*", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upper[c>>4])
		b.WriteByte(upper[c&15])
	}
	return b.String()
}
