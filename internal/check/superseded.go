package check

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var supersededRule = finding.Rule{
	ID:    "superseded-not-deprecated",
	Title: "Versions with a vulnerability that a later release ended are not deprecated.",
	Why: "Whoever has pinned such a version, or asks for a range that ends below the fix, hears of it from npm only if the version " +
		"is deprecated.",
	Help:     "Deprecate the versions with the command that the finding names.",
	Severity: finding.Moderate,
	Tags:     []string{"versions", "security"},
}

// superseded looks for published versions of this package that an advisory
// affects, and a later release does not.
var superseded = Check{
	Rules: []finding.Rule{supersededRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Published == nil || s.Published.Known == nil || !s.Policy.Versions.Superseded {
			return nil
		}
		w := newVersionWalk(s)
		every, _ := npm.ParseRange("*")
		for _, a := range s.Published.Known.Admitted(s.Manifest.Name, every) {
			w.superseded(a.Record)
		}
		return w.found
	},
}

func (w *versionWalk) superseded(rec *advisory.Record) {
	all := w.s.Published.Releases
	hit, open, fix, out := make([]bool, len(all)), []string{}, "", false
	for i, r := range all {
		if !rec.Affects(r.Number.Canonical(), r.Number) {
			continue
		}
		by, isOut := w.fixed(rec, i)
		if by == "" {
			continue
		}
		if hit[i] = true; !r.Deprecated && r.Number.Prerelease() == "" {
			open, fix, out = append(open, r.Number.Canonical()), by, out || isOut
		}
	}
	if len(open) == 0 {
		return
	}
	slices.Reverse(open)
	id, name := identifiers(rec)[0], w.s.Manifest.Name
	level, when := finding.Always, "Tell their users: "
	if !out {
		level, when = finding.Advice, "As soon as "+fix+" is out: "
	}
	f := w.add(&supersededRule, level, 0, rec.ID, "%s affects %d versions that are not deprecated, and not %s: %s.", id, len(open), fix,
		listed(open, 5))
	f.IDs, f.File, f.Line = identifiers(rec), w.s.Manifest.File, 0
	f.Fix = fmt.Sprintf("%s`npm deprecate \"%s@%s\" \"SECURITY: %s, fixed in %s\"`.", when, name, w.runs(func(i int) bool { return hit[i] }),
		id, fix)
}

// fixed returns a release above a published one that an advisory does not affect,
// the lowest; out: it is published, and not only about to be. In a line that is
// supported, only a release of that line ends it.
func (w *versionWalk) fixed(rec *advisory.Record, i int) (by string, out bool) {
	all := w.s.Published.Releases
	ends := func(v npm.Version) bool {
		if v.Prerelease() != "" || v.Compare(all[i].Number) <= 0 || rec.Affects(v.Canonical(), v) {
			return false
		}
		if len(w.rows) == 0 || w.rows[i] == nil || w.rows[i].Ended(w.s.time()) {
			return true
		}
		return w.row(v) == w.rows[i]
	}
	for _, r := range all[i+1:] {
		if ends(r.Number) && !r.Deprecated {
			return r.Number.Canonical(), true
		}
	}
	if v, ok := w.version(); ok && ends(v) {
		return v.Canonical(), false
	}
	return "", false
}
