package sbom

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// purl stands in for npm.PURL until it is there.
func purl(p *npm.Package) string {
	if p.Name == "" {
		return ""
	}
	s := "pkg:npm/" + strings.Replace(p.Name, "@", "%40", 1)
	if p.Version != "" {
		s += "@" + p.Version
	}
	return s
}
