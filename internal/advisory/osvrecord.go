package advisory

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/strict"
)

var errNotOSV = errors.New("not an OSV record")

// ParseOSV reads one OSV document (https://ossf.github.io/osv-schema/) into a
// record per npm package it names. Packages of other ecosystems have none, so
// the result may be empty. keep, unless nil, selects npm names. A withdrawal
// counts if its date is not after now.
//
// All three dialects in the wild are read: GitHub's own (ECOSYSTEM ranges, a
// severity word), osv.dev's (SEMVER ranges) and OpenSSF's (versions only).
func ParseOSV(doc strict.Value, now time.Time, keep func(name string) bool) ([]Record, error) {
	base, err := parseHead(doc, now)
	if err != nil {
		return nil, err
	}
	if err := spelled(doc, "affected"); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", short(base.ID), errNotOSV, err)
	}
	affected := doc.Get("affected")
	if k := affected.Kind(); k != strict.Array && k != strict.Missing && k != strict.Null {
		return nil, fmt.Errorf("%s: %w: affected is %s", short(base.ID), errNotOSV, k)
	}
	var records []Record
	at := map[string]int{}
	for a := range affected.Elements() {
		pkg := a.Get("package")
		if err := errors.Join(spelled(a, "package"), spelled(pkg, "name", "ecosystem")); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", short(base.ID), errNotOSV, err)
		}
		name := pkg.Get("name").Text()
		if a.Kind() != strict.Object || pkg.Kind() == strict.Object && name == "" {
			return nil, fmt.Errorf("%s: %w: affected without a package name", short(base.ID), errNotOSV)
		}
		if !isNPM(pkg.Get("ecosystem").Text()) || keep != nil && !keep(name) {
			continue
		}
		i, known := at[name]
		if !known {
			i = len(records)
			at[name] = i
			r := base
			r.Package = name
			records = append(records, r)
		}
		if err := records[i].addAffected(doc, a); err != nil {
			return nil, fmt.Errorf("%s: %w", short(base.ID), err)
		}
	}
	for i := range records {
		r := &records[i]
		r.Ranges, r.Versions = unique(r.Ranges), unique(r.Versions)
		if r.Kind != Malware && !r.fixable() {
			r.Instead = instead(doc, r.Package)
		}
	}
	return records, nil
}

// isNPM reports whether an ecosystem is npm, in any letter case; a suffix after
// a colon is ignored.
func isNPM(ecosystem string) bool {
	name, _, _ := strings.Cut(ecosystem, ":")
	return strings.EqualFold(name, "npm")
}

// parseHead reads the fields that apply to all packages of a document.
func parseHead(doc strict.Value, now time.Time) (Record, error) {
	r := Record{
		ID:        doc.Get("id").Text(),
		Title:     clip(doc.Get("summary").Text(), maxTitle),
		Published: dateText(doc.Get("published").Text()),
		Modified:  dateText(doc.Get("modified").Text()),
		Withdrawn: over(doc.Get("withdrawn"), now),
	}
	if r.ID == "" || len(r.ID) > maxID {
		return r, errNotOSV
	}
	specific := doc.Get("database_specific")
	r.Exploited = exploited(specific)
	r.Severity = finding.ParseSeverity(specific.Get("severity").Text())
	r.Kind = kindOf(r.ID, r.Title)
	for a := range doc.Get("aliases").Elements() {
		if alias := a.Text(); alias != "" && alias != r.ID && len(alias) <= maxID {
			r.Aliases = append(r.Aliases, alias)
			r.Kind = max(r.Kind, kindOf(alias, ""))
		}
	}
	kind, err := cweKinds(specific.Get("cwe_ids"))
	if err != nil {
		return r, fmt.Errorf("%s: %w: cwe_ids: %w", short(r.ID), errNotOSV, err)
	}
	r.Kind = max(r.Kind, kind)
	return r, nil
}

// over reports whether a withdrawal is in effect: it has a valid date
// (https://ossf.github.io/osv-schema/#withdrawn-field) that is not in the
// future.
func over(withdrawn strict.Value, now time.Time) bool {
	t, ok := parseTime(withdrawn.Text())
	return ok && !t.After(now)
}

// The limits on foreign text that a record keeps.
const (
	maxTitle = 300
	maxID    = 128
)

// addAffected adds one entry of affected to the record of its package.
func (r *Record) addAffected(doc, a strict.Value) error {
	specific := a.Get("database_specific")
	r.Exploited = r.Exploited || exploited(specific)
	for c := range specific.Get("cwes").Elements() {
		r.Kind = max(r.Kind, cweKind(c.Get("cweId").Text()))
	}
	for v := range a.Get("versions").Elements() {
		if v.Kind() != strict.String {
			return fmt.Errorf("%w: versions holds %s", errNotOSV, v.Kind())
		}
		r.Versions = append(r.Versions, v.Text())
	}
	ranges, facts := a.Get("ranges"), a.Get("versions").Len() > 0
	for g := range ranges.Elements() {
		switch g.Get("type").Text() {
		case "SEMVER", "ECOSYSTEM":
		case "GIT":
			continue // ranges of commits do not apply to versions
		default:
			return fmt.Errorf("%w: a range of the type %s", errNotOSV, short(g.Get("type").Text()))
		}
		runs, err := parseEvents(g.Get("events"))
		if err != nil {
			return err
		}
		facts = true
		lastKnown := lastKnownBound(specific.Get("last_known_affected_version_range").Text())
		for _, run := range runs {
			if run.Fixed == "" && run.LastAffected == "" && run.Limit == "" {
				run.LastAffected, run.Limit = lastKnown.LastAffected, lastKnown.Limit
			}
			r.Ranges = append(r.Ranges, run)
		}
	}
	if !facts { // no versions are given, so all are affected
		r.Ranges = append(r.Ranges, Range{Introduced: "0"})
	}
	r.rate(doc, a)
	return nil
}

func parseEvents(list strict.Value) ([]Range, error) {
	if list.Kind() != strict.Array {
		return nil, fmt.Errorf("%w: a range without events", errNotOSV)
	}
	var events []event
	for e := range list.Elements() {
		if e.Kind() != strict.Object {
			return nil, fmt.Errorf("%w: an event is %s", errNotOSV, e.Kind())
		}
		for k, v := range e.Members() {
			kind, known := eventKinds(k.Text())
			if known && v.Kind() == strict.String {
				events = append(events, event{kind: kind, text: v.Text()})
			} else if known {
				return nil, fmt.Errorf("%w: an event's version is %s", errNotOSV, v.Kind())
			}
		}
	}
	return intervals(events), nil
}

func eventKinds(word string) (eventKind, bool) {
	switch word {
	case "introduced":
		return introduced, true
	case "fixed":
		return fixed, true
	case "last_affected":
		return lastAffected, true
	case "limit":
		return limit, true
	}
	return 0, false
}

// lastKnownBound reads GitHub's last_known_affected_version_range ("<= 1.2.3",
// "< 2.0.0"): the upper end of advisories that have no fix, and the one that
// npm's own answers use.
func lastKnownBound(text string) Range {
	switch rest := strings.TrimSpace(text); {
	case strings.HasPrefix(rest, "<="):
		return Range{LastAffected: strings.TrimSpace(rest[2:])}
	case strings.HasPrefix(rest, "<"):
		return Range{Limit: strings.TrimSpace(rest[1:])}
	}
	return Range{}
}

// rate sets severity and vector: the database's word, else the vectors.
func (r *Record) rate(doc, a strict.Value) {
	list := a.Get("severity") // per package if present, by the schema
	if list.Len() == 0 {
		list = doc.Get("severity")
	}
	var vectors []string
	for s := range list.Elements() {
		if v := s.Get("score").Text(); v != "" && len(v) <= maxTitle {
			vectors = append(vectors, v)
		}
	}
	if v := bestVector(vectors); v != "" && r.Vector == "" {
		r.Vector = v
	}
	if r.Severity == finding.Unknown && r.Vector != "" {
		r.Severity = VectorSeverity(r.Vector)
	}
	if r.Severity == finding.Unknown && r.Kind == Malware {
		r.Severity = finding.Critical // as GitHub does for all malware
	}
}

// unique drops repetitions and keeps the order.
func unique[T comparable](list []T) []T {
	if len(list) < 2 {
		return list
	}
	seen := make(map[T]struct{}, len(list))
	kept := list[:0:0]
	for _, v := range list {
		if _, twice := seen[v]; !twice {
			seen[v] = struct{}{}
			kept = append(kept, v)
		}
	}
	return kept
}

// kindOf recognizes malware by id, or by the title of GitHub's early advisories
// without a weakness id.
func kindOf(id, title string) Kind {
	if strings.HasPrefix(id, "MAL-") || strings.HasPrefix(title, "Malicious Package in ") ||
		strings.HasPrefix(title, "Malicious code in ") || strings.HasPrefix(title, "Malware in ") {
		return Malware
	}
	return Vulnerability
}

// cweKinds reads a list of weaknesses, or a single one. Anything else is an
// error: it might mean malware.
func cweKinds(list strict.Value) (Kind, error) {
	switch list.Kind() {
	case strict.Missing, strict.Null:
		return Vulnerability, nil
	case strict.String:
		return cweKind(list.Text()), nil
	case strict.Array:
	default:
		return Vulnerability, fmt.Errorf("%s in place of a list", list.Kind())
	}
	kind := Vulnerability
	for c := range list.Elements() {
		if c.Kind() != strict.String {
			return Vulnerability, fmt.Errorf("%s in the list", c.Kind())
		}
		kind = max(kind, cweKind(c.Text()))
	}
	return kind, nil
}

// cweKind returns Malware for CWE-506, embedded malicious code, and its
// children (Trojan horse, backdoor, time bomb, spyware, …): GitHub uses them
// for malware.
func cweKind(cwe string) Kind {
	switch cwe {
	case "CWE-506", "CWE-507", "CWE-508", "CWE-509", "CWE-510", "CWE-511", "CWE-512":
		return Malware
	}
	return Vulnerability
}

// clip cuts foreign text at a rune boundary.
func clip(s string, n int) string { return display.Cut(s, n) }

// short quotes a foreign identifier for an error message.
func short(s string) string { return display.Quote(s, 60) }
