package report

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/policy"
)

// The data of an advisory in a row.
type (
	pageAdvisory struct {
		Severity  pageSeverity
		Score     string
		Title     []piece
		Exploited bool
		IDs       []pageID
		Others    string
		Vector    string
		Age       string
		Due       []piece
		Fixed     string
	}
	pageID struct{ ID, Link string } // Link may be empty
)

// advisoryOf returns one advisory of a row.
func advisoryOf(j *policy.Judged, at time.Time) pageAdvisory {
	f := &j.Finding
	out := pageAdvisory{Severity: severityOf(f.Severity, j.State), Score: "no score", Age: age(f.Published, at)}
	if f.Title != "" {
		out.Title = textOf(sentence(f.Title))
	}
	main, others := ownIDs(f.IDs)
	for _, id := range main {
		out.IDs = append(out.IDs, pageID{display.Cap(id, maxField), linkOf(id)})
	}
	for i, id := range others[:min(len(others), maxIDs)] {
		out.Others += [...]string{", listed together with ", ", "}[min(i, 1)] + display.Cap(id, maxField)
	}
	if more := len(others) - maxIDs; more > 0 {
		out.Others += " and " + thousands(int64(more)) + " more"
	}
	if j.Due != "" && j.State != finding.Waived {
		out.Due = textOf(part{text: j.Due, cap: maxField, sentence: true})
	}
	if a := f.Advisory; a != nil {
		if a.Score != "" {
			out.Score = "CVSS " + display.Cap(a.Score, maxField)
		}
		out.Exploited, out.Vector, out.Fixed = a.Exploited, display.Cap(a.Vector, maxField), "no fixed version is known"
		if a.Fixed != "" {
			out.Fixed = "fixed in " + display.Cap(a.Fixed, maxField)
		}
	}
	return out
}

// isGHSA matches the ids of GitHub's advisories.
var isGHSA = pattern.New(`^GHSA(-[0-9a-z]{4}){3}$`)

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	idBytes  = capitals + "abcdefghijklmnopqrstuvwxyz0123456789"
)

// isOther reports whether an id has the form of those that OSV has a page about: 2 to
// 16 capitals, and one to four parts of at most 40 letters and digits. As an
// expression it takes longer to compile than all others of a run.
func isOther(id string) bool {
	prefix, rest, _ := strings.Cut(id, "-")
	parts := strings.Split(rest, "-")
	return len(prefix) >= 2 && len(prefix) <= 16 && strings.Trim(prefix, capitals) == "" && len(parts) <= 4 &&
		!slices.ContainsFunc(parts, func(p string) bool { return p == "" || len(p) > 40 || strings.Trim(p, idBytes) != "" })
}

// linkOf returns the address of the page about an advisory's id; empty for an id of
// another form.
func linkOf(id string) string {
	switch {
	case isGHSA.MatchString(id):
		return "https://github.com/advisories/" + id
	case isOther(id) && !strings.HasPrefix(id, "GHSA-"):
		return "https://osv.dev/vulnerability/" + id
	}
	return ""
}

// ownIDs returns an advisory's own id and its CVE, and its other ids. Where a
// source lists several advisories or CVEs under one id, it does not say which CVE
// is its own.
func ownIDs(ids []string) (own, others []string) {
	if len(ids) == 0 {
		return nil, nil
	}
	registry := func(id string) string { prefix, _, _ := strings.Cut(id, "-"); return prefix }
	own = ids[:1:1]
	var cves []string
	alone := true
	for _, id := range ids[1:] {
		if registry(id) == "CVE" {
			cves = append(cves, id)
		} else {
			others = append(others, id)
		}
		alone = alone && registry(id) != registry(ids[0])
	}
	if len(cves) == 1 && alone {
		return append(own, cves[0]), others
	}
	return own, append(cves, others...)
}
