package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/sbom"
	"github.com/publishgate/publishgate/internal/vex"
)

// purl is the package that is judged, "" if it has no name.
func (in *input) purl() string {
	m := in.subject.Manifest
	if m.Name == "" {
		return ""
	}
	return npm.PURLOf(m.Name, m.Version)
}

// issued is the time of our own statements: SOURCE_DATE_EPOCH, else the day of
// the run. OpenVEX wants a time, and one to the second would make each run's
// evidence another; the day's beginning is never later than what was said that
// day.
func (in *input) issued(c Writing) time.Time {
	if !c.Epoch.IsZero() {
		return c.Epoch
	}
	return in.now.Truncate(24 * time.Hour)
}

// A lifted finding is an advisory that was waived, for those who tell others.
type lifted struct {
	*policy.Judged
	ids []string // that can only mean it, the best known first
}

// lifted lists the advisories that were waived, but for malware: that it is
// harmless is a matter between the owner and the gate, none to tell others.
func (o *Outcome) lifted() []lifted {
	judged := o.Document.Verdict.Judged
	var all []lifted
	var aliases policy.Aliases
	for i := range judged {
		j := &judged[i]
		if j.State != finding.Waived || j.Waiver == nil || len(j.Finding.IDs) == 0 || policy.IsMalware(&j.Finding) {
			continue
		}
		if all == nil {
			aliases = o.Document.Verdict.Aliases()
		}
		l := lifted{Judged: j}
		for _, id := range j.Finding.IDs {
			if yes, _ := aliases.Mean(id, &j.Finding); yes {
				l.ids = append(l.ids, id)
			}
		}
		if len(l.ids) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// status is OpenVEX's word for what waived a finding.
func (l *lifted) status() string { return cmp.Or(l.Waiver.Status, "not_affected") }

// issue is what openvex.json says.
func (o *Outcome) issue(at time.Time, in *input, all []lifted) vex.Issue {
	d := vex.Issue{PURL: in.purl(), Author: in.subject.Policy.Owner, Tool: strings.TrimSpace("publishgate " + o.version), Time: at}
	var owners []string
	for i := range all {
		l := &all[i]
		w, f := l.Waiver, &l.Finding
		owners = append(owners, w.Owner)
		_, page := advisory.Page(l.ids[0])
		notes := fmt.Sprintf("An exception of %s, until %s.", w.Owner, w.Expires.UTC().Format(time.DateOnly))
		if w.Document != "" {
			notes = fmt.Sprintf("Said by %s in %s, counted until %s.", w.Owner, w.Document, w.Expires.UTC().Format(time.DateOnly))
		}
		d.Assertions = append(d.Assertions, vex.Assertion{
			IDs: l.ids, URL: page, Part: f.Package, Status: l.status(),
			Justification: w.Justification, Reason: w.Reason, Notes: notes, Said: w.Stated,
		})
	}
	if d.Author == "" { // each exception has an owner
		slices.Sort(owners)
		d.Author = strings.Join(slices.Compact(owners), ", ")
	}
	return d
}

// analyses is what the bill of materials says of the same.
func analyses(at time.Time, all []lifted) []sbom.Vulnerability {
	var vs []sbom.Vulnerability
	for i := range all {
		l := &all[i]
		w, f := l.Waiver, &l.Finding
		v := sbom.Vulnerability{
			Severity: f.Severity, Published: f.Published, Name: f.Name, Version: f.Version,
			Status: l.status(), Justification: w.Justification, Reason: w.Reason, Owner: w.Owner, Issued: w.Stated, Expires: w.Expires,
		}
		if v.Issued.IsZero() {
			v.Issued = at
		}
		for _, id := range l.ids {
			source, page := advisory.Page(id)
			v.IDs = append(v.IDs, sbom.Advisory{ID: id, Source: source, URL: page})
		}
		vs = append(vs, v)
	}
	return vs
}
