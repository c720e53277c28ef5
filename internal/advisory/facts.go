package advisory

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/strict"
)

// ParseFacts reads one line of the data archive's set of bare facts: id, name,
// severity, dates, and ranges as GitHub writes them (">= 1.0.0, < 1.10.3") with
// the first patched version. If the patched version follows a range "up to and
// including", it is the end, as in GitHub's own OSV export.
func ParseFacts(doc strict.Value) (Record, error) {
	r := Record{
		ID:        doc.Get("id").Text(),
		Package:   doc.Get("name").Text(),
		Title:     clip(doc.Get("title").Text(), maxTitle),
		Severity:  finding.ParseSeverity(doc.Get("severity").Text()),
		Published: dateText(doc.Get("published").Text()),
		Modified:  dateText(doc.Get("modified").Text()),
	}
	if r.ID == "" || r.Package == "" || doc.Get("ranges").Len() == 0 {
		return r, fmt.Errorf("%s: no advisory facts", short(r.ID))
	}
	r.Kind = kindOf(r.ID, r.Title)
	for a := range doc.Get("aliases").Elements() {
		r.Aliases = append(r.Aliases, a.Text())
	}
	for g := range doc.Get("ranges").Elements() {
		patched := g.Get("first_patched").Text()
		for _, run := range npmRange(g.Get("range").Text()) {
			end, ok := parseBound(patched)
			last, is := parseBound(run.LastAffected)
			limit, below := parseBound(run.Limit)
			if ok && (is && last.Compare(end) < 0 && run.Introduced != run.LastAffected || below && limit.Compare(end) == 0) {
				run.Fixed, run.LastAffected, run.Limit = patched, "", ""
			}
			r.Ranges = append(r.Ranges, run)
		}
	}
	return r, nil
}
