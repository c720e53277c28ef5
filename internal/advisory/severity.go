package advisory

import (
	"net/url"
	"strconv"
	"strings"

	cvss20 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss40 "github.com/pandatix/go-cvss/40"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/pattern"
)

// VectorSeverity computes npm's severity word from a CVSS vector of version
// 2.0, 3.0, 3.1 or 4.0: the base score (4.0: the score of the vector as given)
// on the qualitative scale of the specification. An unreadable vector is
// Unknown, which counts as the worst.
func VectorSeverity(vector string) finding.Severity {
	score, ok := vectorScore(vector)
	if !ok {
		return finding.Unknown
	}
	return ScoreSeverity(score)
}

// ScoreSeverity places a CVSS score from 0 to 10 on the scale that 3.0, 3.1 and
// 4.0 share; 2.0 has no "critical", and we use the same scale for it.
func ScoreSeverity(score float64) finding.Severity {
	switch {
	case score < 0 || score > 10:
		return finding.Unknown
	case score >= 9:
		return finding.Critical
	case score >= 7:
		return finding.High
	case score >= 4:
		return finding.Moderate
	case score > 0:
		return finding.Low
	}
	return finding.Info
}

// Score returns the CVSS score of a record's vector, with one decimal; empty if
// there is no valid vector.
func (r *Record) Score() string {
	if r.Vector == "" {
		return ""
	}
	score, ok := vectorScore(r.Vector)
	if !ok {
		return ""
	}
	return strconv.FormatFloat(score, 'f', 1, 64)
}

// Link returns the address of a page about a record, or "".
func (r *Record) Link() string {
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		switch {
		case !plainID.MatchString(id):
		case strings.HasPrefix(id, "GHSA-"):
			return "https://github.com/advisories/" + id
		case strings.HasPrefix(id, "MAL-"), strings.HasPrefix(id, "CVE-"):
			return "https://osv.dev/vulnerability/" + id
		}
	}
	if plainID.MatchString(r.ID) && !strings.HasPrefix(r.ID, "GHSA-") {
		return "https://osv.dev/vulnerability/" + r.ID
	}
	return ""
}

// Page returns the database of an advisory's id and the address of its page
// there; both are empty for an id that is not plain ASCII.
func Page(id string) (database, page string) {
	switch {
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", ""
	case strings.HasPrefix(id, "GHSA-"):
		return "GitHub Advisory Database", "https://github.com/advisories/" + url.PathEscape(id)
	case strings.HasPrefix(id, "CVE-"):
		return "NVD", "https://nvd.nist.gov/vuln/detail/" + url.PathEscape(id)
	}
	return "OSV", "https://osv.dev/vulnerability/" + url.PathEscape(id)
}

var plainID = pattern.New(`^[A-Z]+(-[A-Za-z0-9]+)+$`)

func vectorScore(vector string) (float64, bool) {
	switch {
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := cvss31.ParseVector(vector)
		if err != nil {
			return 0, false
		}
		return v.BaseScore(), true
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := cvss30.ParseVector(vector)
		if err != nil {
			return 0, false
		}
		return v.BaseScore(), true
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := cvss40.ParseVector(vector)
		if err != nil {
			return 0, false
		}
		return v.Score(), true
	case strings.HasPrefix(vector, "CVSS:"):
		return 0, false
	}
	v, err := cvss20.ParseVector(vector)
	if err != nil {
		return 0, false
	}
	return v.BaseScore(), true
}

// vectorOrder is the order of preference among several vectors: GitHub and npm
// show 3.x if there is one.
var vectorOrder = [...]string{"CVSS:3.", "CVSS:4.", ""}

// bestVector returns the preferred one of vectors, unreadable ones last.
func bestVector(vectors []string) string {
	for _, prefix := range vectorOrder {
		for _, v := range vectors {
			if strings.HasPrefix(v, prefix) && VectorSeverity(v) != finding.Unknown {
				return v
			}
		}
	}
	if len(vectors) > 0 {
		return vectors[0]
	}
	return ""
}

// worse returns the worse of two severities of one advisory. Unknown means that
// a source does not say, so the other one counts.
func worse(a, b finding.Severity) finding.Severity { return max(a, b) }
