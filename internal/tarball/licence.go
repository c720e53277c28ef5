package tarball

import (
	"path"
	"slices"
	"strings"
)

// maxLicences is how many licence files are kept. Packages under a choice of
// licences have two or three.
const maxLicences = 8

// isLicence reports whether a file name in the root directory is that of a licence:
// LICENSE, LICENCE.txt, LICENSE-MIT, COPYING.LESSER, UNLICENSE.
func isLicence(name string) bool {
	lower := strings.ToLower(name)
	if !slices.Contains(licenceEnds, path.Ext(lower)) {
		return false
	}
	for _, stem := range []string{"license", "licence", "copying", "unlicense", "unlicence", "mit-license"} {
		if strings.HasPrefix(lower, stem) {
			return true
		}
	}
	return false
}

// licenceEnds are the file name extensions of licence files.
var licenceEnds = []string{
	"", ".md", ".txt", ".markdown", ".rst", ".html", ".lesser", ".mit", ".apache", ".apache2", ".bsd", ".lgpl", ".gpl",
}

// A licenceKeeper keeps the beginnings of the licence files.
type licenceKeeper struct {
	paths  []string
	bodies [][]byte
}

// sink returns where the bytes of one licence file go; nil: there are enough.
func (l *licenceKeeper) sink(path string) func([]byte) {
	if len(l.paths) == maxLicences {
		return nil
	}
	l.paths, l.bodies = append(l.paths, path), append(l.bodies, nil)
	body := &l.bodies[len(l.bodies)-1]
	return func(p []byte) { *body = append(*body, p[:min(len(p), MaxLicence-len(*body))]...) }
}

// texts returns the licence files in archive order.
func (l *licenceKeeper) texts() []Text {
	var texts []Text
	for i, path := range l.paths {
		texts = append(texts, Text{path, strings.ToValidUTF8(string(l.bodies[i]), "\uFFFD")})
	}
	return texts
}
