package policy

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// Aliases says which advisory an id stands for, among some findings. An alias
// is no identity: two lodash advisories of 2026 name each other and both their
// CVEs, and have different fixes. The zero value knows no findings.
type Aliases struct {
	// meant holds the own ids of the findings that carry an id, by package name
	// and lower-case id.
	meant map[[2]string]map[string]bool
}

// NewAliases reads the ids of findings.
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

// ownID is the id of a finding's advisory itself, as opposed to its aliases: the
// last word of Subject, whose other words tell apart what is found about it.
func ownID(f *finding.Finding) string {
	if f.Subject == "" && len(f.IDs) > 0 {
		return strings.ToLower(f.IDs[0])
	}
	return strings.ToLower(f.Subject[strings.LastIndexByte(f.Subject, ' ')+1:])
}

// Mean reports whether an id that a finding carries can only mean its
// advisory: it is the advisory's own, or an alias in another database that no
// other advisory about the package has too. ambiguous: one has.
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

// IsMalware reports whether a finding says that a package is hostile, rather
// than faulty.
func IsMalware(f *finding.Finding) bool {
	return isMalwareID(f.Rule) || slices.ContainsFunc(f.IDs, isMalwareID)
}

// isMalwareID recognises the rule's id and those of OpenSSF's malware reports.
func isMalwareID(id string) bool {
	return id == "malware" || len(id) >= 4 && strings.EqualFold(id[:4], "MAL-")
}
