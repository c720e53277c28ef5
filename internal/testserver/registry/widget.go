package registry

import (
	"fmt"
	"time"
)

// WidgetEnd is when the history of Widget ends: the last day with downloads is the
// one before.
var WidgetEnd = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)

// Widget returns two quiet years of a made-up package, @acme/widget: three major
// lines, prereleases under next, backports under v1, a line that was deprecated
// when its support ended, and publishes that were trusted more and more: by a
// person's token, with provenance, by a trusted publisher, and since September 2026
// staged and approved. Nothing in it is wrong. It is the same at every call, and
// the caller may change it.
func Widget() History {
	h := History{Name: "@acme/widget", Maintainers: []string{"ann", "bob"}, Downloads: map[string]int64{}, LastWeek: map[string]int64{}}
	at := time.Date(2024, 12, 2, 9, 30, 0, 0, time.UTC)
	release := func(version string) {
		v := Version{Version: version, Time: at, License: "MIT", Dependencies: map[string]string{"@acme/base": "^1.0.0"}}
		switch {
		case at.Before(time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)):
			v.By = "ann"
		case at.Before(time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)):
			v.By, v.Provenance = "ann", true
		case at.Before(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)):
			v.TrustedPublisher, v.Provenance = "github", true
		default:
			v.TrustedPublisher, v.Provenance, v.Approver = "github", true, "bob"
		}
		h.Versions = append(h.Versions, v)
		at = at.Add(16*24*time.Hour + 37*time.Minute)
	}
	for minor := range 5 {
		release(fmt.Sprintf("1.%d.0", minor))
		release(fmt.Sprintf("1.%d.1", minor))
	}
	for _, version := range []string{"2.0.0-rc.1", "2.0.0-rc.2", "2.0.0", "2.0.1", "1.4.2"} {
		release(version)
	}
	for minor := range 5 {
		release(fmt.Sprintf("2.%d.0", minor+1))
		release(fmt.Sprintf("2.%d.1", minor+1))
		release(fmt.Sprintf("2.%d.2", minor+1))
	}
	for _, version := range []string{"1.4.3", "3.0.0-rc.1", "3.0.0-rc.2", "3.0.0", "3.0.1", "2.5.3", "3.1.0", "3.1.1", "3.2.0", "3.2.1",
		"3.2.2", "3.3.0", "3.3.1", "2.5.4", "3.3.2"} {
		release(version)
	}
	for i, v := range h.Versions {
		if v.Version < "1.4.3" { // by text, which sorts these as their numbers do
			h.Versions[i].Deprecated = "1.x is not supported any more: upgrade to 3.x"
		}
	}
	h.Tags = map[string]string{"latest": "3.3.2", "next": "3.0.0-rc.2", "v1": "1.4.3", "v2": "2.5.4"}
	h.LastWeek = map[string]int64{"3.3.2": 9000, "3.3.1": 2400, "2.5.4": 2200, "1.4.3": 310, "1.4.1": 40}
	for day := time.Date(2024, 12, 2, 0, 0, 0, 0, time.UTC); day.Before(WidgetEnd); day = day.AddDate(0, 0, 1) {
		n := int64(1500 + 13*day.Day()%97)
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			n /= 3
		}
		h.Downloads[day.Format(time.DateOnly)] = n
	}
	return h
}

// Family returns the histories of many packages of one scope, each with a few
// versions, named @scope/part-000 and so on. They are the same at every call.
func Family(scope string, packages int) (all []History) {
	for i := range packages {
		h := History{Name: fmt.Sprintf("%s/part-%03d", scope, i), Maintainers: []string{"ann", "bob"}}
		for minor := range 3 {
			h.Versions = append(h.Versions, Version{Version: fmt.Sprintf("1.%d.0", minor), License: "MIT", By: "ann", Provenance: true,
				Time: time.Date(2026, time.Month(1+minor), 1+i%28, 8, 0, 0, 0, time.UTC)})
		}
		all = append(all, h)
	}
	return all
}
