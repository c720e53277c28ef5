package advisory

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Affects reports whether the record names version v (version as installed,
// and as parsed): by precedence against its ranges, or by its enumeration.
//
// An unreadable bound is no bound: the range then begins at the first version,
// or has no end.
func (r *Record) Affects(version string, v npm.Version) bool {
	for _, listed := range r.Versions {
		if listed == version {
			return true
		}
		if w, ok := parseBound(listed); ok && w.Compare(v) == 0 {
			return true
		}
	}
	for _, run := range r.Ranges {
		if run.contains(v) {
			return true
		}
	}
	return false
}

func (r Range) contains(v npm.Version) bool {
	if low, ok := parseBound(r.Introduced); ok && v.Compare(low) < 0 {
		return false
	}
	end, ok := r.end()
	return !ok || v.Compare(end) < 0
}

// parseBound reads a version of an advisory. "0" is OSV's word for the
// beginning. Old advisories write 1.2 for 1.2.0, which node-semver in the
// loose mode of npm audit does not refuse either; a version that is installed
// is never read this way.
func parseBound(s string) (npm.Version, bool) {
	if s == "0" {
		return npm.Lowest, true
	}
	if s == "" {
		return npm.Version{}, false
	}
	if v, err := npm.ParseVersion(s); err == nil {
		return v, true
	}
	s = strings.TrimLeft(strings.TrimSpace(s), "v=")
	core, pre, hyphen := strings.Cut(s, "-")
	parts := strings.Split(core, ".")
	if len(parts) > 3 {
		return npm.Version{}, false
	}
	for i, p := range parts {
		if p = strings.TrimLeft(p, "0"); p == "" && parts[i] != "" {
			p = "0"
		}
		parts[i] = p
	}
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	core = strings.Join(parts, ".")
	if hyphen {
		core += "-" + pre
	}
	v, err := npm.ParseVersion(core)
	return v, err == nil
}

// An event is one event of an OSV range.
type event struct {
	kind    eventKind
	text    string
	version npm.Version
}

type eventKind uint8

const (
	introduced eventKind = iota
	fixed
	lastAffected
	limit
)

// intervals evaluates the events of one OSV range as the schema's algorithm
// does (https://ossf.github.io/osv-schema/#evaluation), for all versions at
// once: sorted by version, introduced opens a run, fixed and last_affected
// close it, and nothing at or beyond the highest limit is affected.
func intervals(events []event) []Range {
	var runs []Range
	top, limited := npm.Version{}, false
	topText := ""
	turns := make([]event, 0, len(events)+1)
	opens := false
	for _, e := range events {
		v, ok := parseBound(e.text)
		e.version = v
		switch {
		case e.kind == introduced:
			opens = true
			if !ok {
				e.version, e.text = npm.Lowest, "0"
			}
			turns = append(turns, e)
		case e.kind == limit:
			if !ok { // "*", or unreadable: no limit at all
				v, e.text = npm.Version{Major: 1 << 63}, ""
			}
			if !limited || v.Compare(top) > 0 {
				top, topText, limited = v, e.text, true
			}
		case ok:
			turns = append(turns, e)
		}
	}
	if !opens { // the schema demands one; without it the range is open below
		turns = slices.Insert(turns, 0, event{introduced, "0", npm.Lowest})
	}
	slices.SortStableFunc(turns, func(a, b event) int { return a.version.Compare(b.version) })
	open, from := false, event{}
	for _, e := range turns {
		switch {
		case e.kind == introduced && !open:
			open, from = true, e
		case e.kind == fixed && open:
			open = false
			if from.version.Compare(e.version) < 0 {
				runs = append(runs, Range{Introduced: from.text, Fixed: e.text})
			}
		case e.kind == lastAffected && open:
			open = false
			runs = append(runs, Range{Introduced: from.text, LastAffected: e.text})
		}
	}
	if open {
		runs = append(runs, Range{Introduced: from.text})
	}
	if limited && topText != "" {
		runs = capAt(runs, topText, top)
	}
	return runs
}

// capAt cuts every run at the limit.
func capAt(runs []Range, text string, top npm.Version) []Range {
	kept := runs[:0]
	for _, r := range runs {
		if low, ok := parseBound(r.Introduced); ok && low.Compare(top) >= 0 {
			continue
		}
		if end, ok := r.end(); !ok || end.Compare(top) > 0 {
			r.Fixed, r.LastAffected, r.Limit = "", "", text
		}
		kept = append(kept, r)
	}
	return kept
}

// npmRange turns a range in npm's notation, as the bulk endpoint and GitHub's
// own database write it, into runs. The end of a run need not be a release. An
// unreadable range affects every version, as for npm.
func npmRange(spec string) []Range {
	parsed, err := npm.ParseRange(strings.ReplaceAll(spec, ",", " "))
	if err != nil {
		return []Range{{Introduced: "0"}}
	}
	runs := []Range{}
	for _, i := range parsed.Intervals() {
		r := Range{Introduced: "0"}
		switch {
		case i.LowOpen:
			r.Introduced = i.Low.Next().Canonical()
		case i.Low != npm.Lowest:
			r.Introduced = i.Low.Canonical()
		}
		switch {
		case i.NoHigh:
		case i.HighOpen:
			r.Limit = i.High.Canonical()
		default:
			r.LastAffected = i.High.Canonical()
		}
		runs = append(runs, r)
	}
	return runs
}
