package policy

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// Aliases tells which advisory an id means, among the findings it was made
// from. An alias is not an identity: two lodash advisories of 2026 name each
// other and both their CVEs, and have different fixes. The zero value knows no
// findings.
type Aliases struct {
	// meant maps a package name and a lower-case id to the own ids of the
	// findings that carry the id.
	meant map[[2]string]map[string]bool
}

// Aliases collects the ids of a verdict's findings.
func (v *Verdict) Aliases() Aliases {
	fs := make([]finding.Finding, len(v.Judged))
	for i := range v.Judged {
		fs[i] = v.Judged[i].Finding
	}
	return NewAliases(fs)
}

// NewAliases collects the ids of findings.
func NewAliases(fs []finding.Finding) Aliases {
	a := Aliases{map[[2]string]map[string]bool{}}
	for i := range fs {
		own := ownID(&fs[i])
		for _, id := range fs[i].IDs {
			key := [2]string{fs[i].Name, strings.ToLower(id)}
			if a.meant[key] == nil {
				a.meant[key] = map[string]bool{}
			}
			a.meant[key][own] = true
		}
	}
	return a
}

// ownID returns the id of a finding's advisory itself, not an alias of it. It
// is the last word of Subject; the words before it tell findings of one
// advisory apart.
func ownID(f *finding.Finding) string {
	if f.Subject == "" && len(f.IDs) > 0 {
		return strings.ToLower(f.IDs[0])
	}
	return strings.ToLower(f.Subject[strings.LastIndexByte(f.Subject, ' ')+1:])
}

// Mean reports whether an id that a finding carries can only mean its advisory:
// the id is the advisory's own, or an alias from another database that no other
// advisory about the package has. ambiguous reports that another advisory has
// it.
func (a Aliases) Mean(id string, f *finding.Finding) (yes, ambiguous bool) {
	own := ownID(f)
	if id = strings.ToLower(id); id == own {
		return true, false
	}
	if strings.HasPrefix(id, "ghsa-") && strings.HasPrefix(own, "ghsa-") {
		return false, false // GitHub's id of another advisory: that one is meant
	}
	meant := a.meant[[2]string{f.Name, id}]
	if meant[id] {
		return false, false
	}
	return len(meant) < 2, len(meant) > 1
}

// IsMalware reports whether a finding is about a malicious package, not about a
// vulnerability.
func IsMalware(f *finding.Finding) bool {
	return isMalwareID(f.Rule) || slices.ContainsFunc(f.IDs, isMalwareID)
}

// isMalwareID reports whether an id is the malware rule's or one of OpenSSF's
// malware reports (MAL-…).
func isMalwareID(id string) bool {
	return id == "malware" || len(id) >= 4 && strings.EqualFold(id[:4], "MAL-")
}
