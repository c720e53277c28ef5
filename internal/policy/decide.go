package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Context is what Decide needs besides policy and findings.
type Context struct {
	Now      time.Time // for SLA clocks and expiry; zero: nothing can be decided
	Version  string    // of the package being judged, for sla: next-release and next-minor
	Previous Release   // the one before it, for the same

	// Vouched returns the exception that the VEX documents make for a finding,
	// or nil. The func itself is nil where there are no documents. It must be
	// pure. It is called for advisories that no exception covers, never for
	// malware.
	Vouched func(*finding.Finding) *Exception
}

// Decide judges findings by a policy. It is pure: the same input gives the same
// verdict, in any order of fs.
//
// A finding blocks when its level is Always or Alarm, when its severity reaches
// the threshold of its scope, or when its SLA has run out; everything else
// warns. An exception that covers a finding waives it, whether it blocks or
// warns, and so does a statement of a VEX document. Nothing waives an Alarm.
// Decide also reports on the exceptions themselves; see Rules.
//
// Without a policy or without the time, nothing can be decided: every finding
// blocks and the result is Unknown.
func Decide(e *Effective, fs []finding.Finding, ctx Context) Verdict {
	v := Verdict{Judged: make([]Judged, 0, len(fs))}
	if e == nil || ctx.Now.IsZero() {
		for _, f := range fs {
			v.add(Judged{Finding: f, State: finding.Block, Why: "nothing could be decided"})
		}
		v.sort()
		return v
	}
	ws := newWaivers(e, fs, ctx.Now)
	for _, f := range fs {
		v.add(e.judge(f, ws, ctx))
	}
	for _, f := range ws.findings(e.File) {
		v.add(Judged{Finding: f, State: finding.Warn, Why: "advice"})
	}
	v.sort()
	v.groups, v.grouped = v.Groups(), len(v.Judged)
	v.decided = true
	v.Result = Pass
	if v.Counts.Block > 0 {
		v.Result = Block
	}
	return v
}

// judge decides about one finding.
func (e *Effective) judge(f finding.Finding, ws *waivers, ctx Context) Judged {
	j := Judged{Finding: f}
	overdue, due := e.due(&f, ctx)
	j.Overdue = overdue
	scope := f.Scope
	if scope == "" {
		scope = npm.Prod
	}
	t := e.Thresholds[scope] // the zero value of an unknown scope blocks
	switch {
	case f.Level == finding.Alarm:
		j.State, j.Why = finding.Block, "blocks at any level, and no exception lifts it"
		return j
	case f.Level == finding.Advice:
		j.State, j.Why = finding.Warn, "advice"
	case f.Level != finding.BySeverity:
		j.State, j.Why = finding.Block, "blocks at any level"
	case t.Blocks(f.Severity):
		j.State, j.Due = finding.Block, due
		j.Why = fmt.Sprintf("%s reaches the level %s%s", rated(f.Severity), t, in(f.Scope))
	case overdue:
		j.State, j.Due = finding.Block, due
		j.Why = "the sla has run out"
	default:
		j.State, j.Due = finding.Warn, due
		j.Why = fmt.Sprintf("%s is below the level %s%s", rated(f.Severity), t, in(f.Scope))
	}
	if w := ws.cover(&f); w != nil {
		j.State, j.Waiver = finding.Waived, w
		j.Why = "an exception covers it"
	} else if w := e.vouched(&f, ctx); w != nil {
		j.State, j.Waiver = finding.Waived, w
		j.Why = "a VEX document says that it does not affect the package"
	}
	return j
}

// vouched asks the VEX documents and checks their answer against the policy
// once more: it must be about an advisory, not malware, and must not have
// expired or run for too long.
func (e *Effective) vouched(f *finding.Finding, ctx Context) *Exception {
	if ctx.Vouched == nil || len(f.IDs) == 0 || IsMalware(f) {
		return nil
	}
	w := ctx.Vouched(f)
	if w == nil || !ctx.Now.Before(w.Expires) || w.Expires.Sub(ctx.Now) > e.VEXMax(f.Severity) {
		return nil
	}
	return w
}

// in returns the phrase for a scope, for Why, which holds no foreign text.
func in(s npm.Scope) string {
	if slices.Contains(npm.Scopes, s) {
		return " for " + string(s) + " dependencies"
	}
	return ""
}

func rated(s finding.Severity) string {
	if s.Rank() > int(finding.Critical) {
		return "an unrated severity, which counts as the worst,"
	}
	return s.String()
}

func (v *Verdict) add(j Judged) {
	j.Finding.Paths = npm.ShortPaths(j.Finding.Paths)
	v.Judged = append(v.Judged, j)
	switch j.State {
	case finding.Warn:
		v.Counts.Warn++
	case finding.Waived:
		v.Counts.Waived++
		return
	default:
		v.Counts.Block++
	}
	switch j.Finding.Severity {
	case finding.Info:
		v.Counts.Info++
	case finding.Low:
		v.Counts.Low++
	case finding.Moderate:
		v.Counts.Moderate++
	case finding.High:
		v.Counts.High++
	default:
		v.Counts.Critical++
	}
}

// sort puts the findings in the order of verdict.json. A Judged is some 400
// bytes, so each is moved only once.
func (v *Verdict) sort() {
	order := make([]*Judged, len(v.Judged))
	for i := range v.Judged {
		order[i] = &v.Judged[i]
	}
	slices.SortFunc(order, compare)
	sorted := make([]Judged, len(order))
	for i, j := range order {
		sorted[i] = *j
	}
	v.Judged = sorted
}

// compare orders two findings for the verdict. The last comparison, of rest, is
// there so that no two different findings are equal.
func compare(a, b *Judged) int {
	f, g := &a.Finding, &b.Finding
	if c := cmp.Or(
		cmp.Compare(a.State, b.State),
		cmp.Compare(g.Severity.Rank(), f.Severity.Rank()),
	); c != 0 {
		return c
	}
	if c := cmp.Or(
		cmp.Compare(f.Rule, g.Rule),
		cmp.Compare(f.Package, g.Package),
		cmp.Compare(f.File, g.File),
		cmp.Compare(f.Line, g.Line),
		cmp.Compare(f.Column, g.Column),
		cmp.Compare(f.Subject, g.Subject),
		cmp.Compare(f.Message, g.Message),
	); c != 0 {
		return c
	}
	return cmp.Compare(rest(f), rest(g))
}

// rest returns as text every field of a finding that compare has not looked at.
func rest(f *finding.Finding) string {
	return fmt.Sprintf("%d %q %q %q %q %q %t %q %q %d %q %q %v", f.Level, f.Scope, f.Name, f.Version, f.IDs,
		strings.Join(flat(f.Paths), "\n"), f.InTarball, f.Fix, f.Published, f.Severity, f.Ends, f.Title, f.Advisory)
}

func flat(paths [][]string) []string {
	lines := make([]string, len(paths))
	for i, p := range paths {
		lines[i] = strings.Join(p, "\t")
	}
	return lines
}
