package monitor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// vulnerabilities finds the advisories about supported versions and about what they
// bring: one finding for each, whatever versions of ours it reaches.
func (j *judging) vulnerabilities() {
	if !j.sees(Vulnerabilities) {
		return
	}
	type hole struct{ id, in string }
	reached := map[hole][]string{}
	of := map[hole]Vulnerable{}
	for _, version := range j.audited() {
		for _, v := range j.look.Audits[version].Vulnerable {
			key := hole{v.ID, v.Package}
			if !slices.Contains(reached[key], version) {
				reached[key] = append(reached[key], version)
			}
			if _, known := of[key]; !known {
				of[key] = v
			}
		}
	}
	for key, versions := range reached {
		v := of[key]
		f := j.dependency(&vulnerableRule, v.Package, versions, v.ID)
		f.IDs, f.Title, f.Ends = append([]string{v.ID}, v.Aliases...), v.Title, v.Fixed
		f.Severity, f.Level = finding.ParseSeverity(v.Severity), finding.BySeverity
		if policy.IsMalware(&f) {
			f.Severity, f.Level = finding.Critical, finding.Always
		}
		if !v.Published.IsZero() {
			f.Published = v.Published.UTC().Format(time.RFC3339)
		}
		f.Message = fmt.Sprintf("%s (%s) is about %s", v.ID, f.Severity, v.Package)
		if f.Name == j.look.Package {
			f.Message += ", which is supported"
		} else {
			f.Message += ", which is brought by " + j.named(versions)
		}
		switch {
		case v.Title != "" && v.Fixed != "":
			f.Message += fmt.Sprintf(": %s. %s is free of it.", v.Title, v.Fixed)
		case v.Title != "":
			f.Message += ": " + v.Title + "."
		case v.Fixed != "":
			f.Message += "; " + v.Fixed + " is free of it."
		default:
			f.Message += "."
		}
		j.found = append(j.found, found{finding: f, topic: Vulnerabilities})
	}
}

// licenses finds versions with another licence than the one before, supported ones
// that bring a licence today that they did not at the first look, and what the
// policy denies.
func (j *judging) licenses() {
	if !j.sees(Licenses) {
		return
	}
	if j.good[Licenses] {
		j.relicensed()
	}
	denied := map[string][]string{}
	for _, version := range j.audited() {
		a := j.look.Audits[version]
		for _, d := range a.Denied {
			denied[d] = append(denied[d], version)
		}
		if !j.good[Licenses] { // of one that was not looked at in full, less may be known
			continue
		}
		now := slices.Sorted(slices.Values(a.Licenses))
		was, known := j.next.Licenses[version]
		if !known {
			j.next.Licenses[version] = First{j.at, slices.Compact(now)}
			continue
		}
		if more := slices.DeleteFunc(now, func(l string) bool { return slices.Contains(was.Of, l) }); len(more) > 0 {
			j.add(Licenses, &licenseRule, finding.BySeverity, version, "brings "+version,
				"An install of %s@%s now brings %s, which it did not on %s.",
				j.look.Package, version, strings.Join(slices.Compact(more), ", "), when(was.At))
		}
	}
	for entry, versions := range denied {
		id, license, _ := strings.Cut(entry, ": ")
		f := j.dependency(&deniedRule, id, versions, license)
		f.Level = finding.Always
		f.Message = fmt.Sprintf("%s has the licence %s, which the policy denies, and is brought by %s.", id, license, j.named(versions))
		if f.Name == j.look.Package {
			f.Message = fmt.Sprintf("%s, which is supported, has the licence %s, which the policy denies.", id, license)
		}
		j.found = append(j.found, found{finding: f, topic: Licenses})
	}
}

// relicensed compares each version that is judged with the next lower one.
func (j *judging) relicensed() {
	h := j.look.History
	if h == nil {
		return
	}
	byNumber := make([]*registry.Publication, 0, len(h.Releases))
	for i := range h.Releases {
		if r := &h.Releases[i]; valid(r) {
			byNumber = append(byNumber, r)
		}
	}
	slices.SortFunc(byNumber, func(a, b *registry.Publication) int { return a.Number.Compare(b.Number) })
	for i, r := range byNumber {
		v, seen := j.next.Versions[r.Version]
		if !seen { // nobody looked at what is published
			v.Late = j.was.looked()
		}
		if i == 0 || v.old(r, j.since, j.untimed()) {
			continue
		}
		last := byNumber[i-1]
		if a, b := strings.TrimSpace(last.License), strings.TrimSpace(r.License); !strings.EqualFold(a, b) {
			j.add(Licenses, &licenseRule, finding.BySeverity, r.Version, r.Version, "The licence of %s@%s is %s; that of %s is %s.", j.look.Package,
				r.Version, stated(b), last.Version, stated(a))
		}
	}
}

func stated(license string) string {
	if license == "" {
		return "not stated"
	}
	return license
}

// audited returns the versions that were audited, ascending as text.
func (j *judging) audited() []string { return slices.Sorted(maps.Keys(j.look.Audits)) }

// dependency returns a finding about "NAME@VERSION", which versions of ours bring.
func (j *judging) dependency(rule *finding.Rule, id string, versions []string, subject string) finding.Finding {
	name, version := id, ""
	if at := strings.LastIndexByte(id, '@'); at > 0 {
		name, version = id[:at], id[at+1:]
	}
	f := finding.Finding{Rule: rule.ID, Severity: rule.Severity, Name: name, Version: version, Package: npm.PURLOf(name, version),
		Scope: npm.Prod, Shipped: true, Fix: rule.Help, Subject: id + " " + subject}
	for _, v := range versions {
		if ours := j.look.Package + "@" + v; ours != id {
			f.Paths = append(f.Paths, []string{ours, id})
		} else {
			f.Paths = append(f.Paths, []string{id})
		}
	}
	return f
}

// maxNamed is how many versions a message names.
const maxNamed = 5

// named lists versions of ours for a message.
func (j *judging) named(versions []string) string {
	if len(versions) > maxNamed {
		return fmt.Sprintf("%s@%s and %d other versions", j.look.Package, versions[len(versions)-1], len(versions)-1)
	}
	return j.look.Package + "@" + strings.Join(versions, ", ")
}
