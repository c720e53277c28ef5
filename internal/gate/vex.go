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

// purl returns the package URL of the judged package. It returns "" if the
// package has no name.
func (in *input) purl() string {
	m := in.subject.Manifest
	if m.Name == "" {
		return ""
	}
	return npm.PURLOf(m.Name, m.Version)
}

// issued returns the time of our own statements: SOURCE_DATE_EPOCH, or else the
// beginning of the day of the run. OpenVEX requires a time. A time to the second
// would make the evidence of each run different. The beginning of the day is
// never later than a statement made that day.
func (in *input) issued(c Writing) time.Time {
	if !c.Epoch.IsZero() {
		return c.Epoch
	}
	return in.now.Truncate(24 * time.Hour)
}

// A lifted finding is an advisory that was waived, in the form in which others
// are told.
type lifted struct {
	*policy.Judged
	ids []string // IDs of the advisory only, the best known first
}

// lifted returns the advisories that were waived, without malware. That a package
// reported as malware is harmless is a decision of the owner, which is not
// published.
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

// status returns OpenVEX's word for the reason of the waiver.
func (l *lifted) status() string { return cmp.Or(l.Waiver.Status, "not_affected") }

// issue returns the content of openvex.json.
func (o *Outcome) issue(at time.Time, in *input, all []lifted) vex.Issue {
	d := vex.Issue{PURL: in.purl(), Author: in.subject.Policy.About.Owner, Tool: strings.TrimSpace("publishgate " + o.version), Time: at}
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
	if d.Author == "" { // then the owners of the exceptions, which each have one
		slices.Sort(owners)
		d.Author = strings.Join(slices.Compact(owners), ", ")
	}
	return d
}

// analyses returns the same waivers in the form of the SBOM.
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
