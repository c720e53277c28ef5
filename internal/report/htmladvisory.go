package report

import (
	"regexp"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// advisory writes one advisory of a row.
func (p *page) advisory(j *policy.Judged) {
	f := &j.Finding
	p.raw("<li><span>")
	p.severity(f.Severity, j.State)
	a := f.Advisory
	p.raw(`<br class="v"> <span class="soft small">`)
	if a != nil && a.Score != "" {
		p.own("CVSS ")
		p.foreign(a.Score, maxField)
	} else {
		p.own("no score")
	}
	p.raw("</span></span><div><p>")
	if f.Title != "" {
		p.raw("<b>")
		p.prose(f.Title, maxMessage)
		p.raw("</b>")
	}
	if a != nil && a.Exploited {
		p.raw(` <b class="block nb">`)
		p.icon("warn")
		p.own(" known to be exploited")
		p.raw("</b>")
	}
	p.raw(`</p><p class="soft">`)
	main, others := ownIDs(f.IDs)
	for i, id := range main {
		if i > 0 {
			p.own(", ")
		}
		p.link(id)
	}
	if len(others) > 0 {
		p.own(", listed together with ")
		for i, id := range others[:min(len(others), maxIDs)] {
			if i > 0 {
				p.own(", ")
			}
			p.foreign(id, maxField)
		}
		if more := len(others) - maxIDs; more > 0 {
			p.own(" and " + thousands(int64(more)) + " more")
		}
	}
	if a != nil && a.Vector != "" {
		p.raw("<br>")
		p.code(a.Vector)
	}
	p.raw(`</p></div><p class="when">`)
	p.own(age(f.Published, p.d.At))
	if j.Due != "" && j.State != finding.Waived {
		p.raw("<br><b>")
		p.own("sla: ")
		p.prose(j.Due, maxField)
		p.raw("</b>")
	}
	if a != nil {
		p.raw("<br>")
		if a.Fixed == "" {
			p.own("no fixed version is known")
		} else {
			p.own("fixed in ")
			p.foreign(a.Fixed, maxField)
		}
	}
	p.raw("</p></li>\n")
}

// Ids of advisories that have a page at a fixed host.
var (
	isGHSA  = regexp.MustCompile(`^GHSA(-[0-9a-z]{4}){3}$`)
	isOther = regexp.MustCompile(`^[A-Z]{2,16}(-[A-Za-z0-9]{1,40}){1,4}$`)
)

// linkOf returns the address of the page about an advisory's id; empty for an id of
// another form.
func linkOf(id string) string {
	switch {
	case isGHSA.MatchString(id):
		return "https://github.com/advisories/" + id
	case isOther.MatchString(id) && !strings.HasPrefix(id, "GHSA-"):
		return "https://osv.dev/vulnerability/" + id
	}
	return ""
}

// link writes an advisory's id, as a link where there is a page about it.
func (p *page) link(id string) {
	to := linkOf(id)
	if to == "" {
		p.foreign(id, maxField)
		return
	}
	p.raw(`<a href="`)
	p.escape(to)
	p.raw(`" rel="noreferrer">`)
	p.foreign(id, maxField)
	p.raw("</a>")
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
