package advisory

import (
	"errors"

	"github.com/publishgate/publishgate/internal/npm"
)

// The canary is a package version that every source must report: one that
// does not would call anything clean – npm itself takes `{}` from a mirror
// without the endpoint for "found 0 vulnerabilities". GHSA-vh95-rmgr-6w4m
// (CVE-2020-7598, https://github.com/advisories/GHSA-vh95-rmgr-6w4m) is from
// 2020, reviewed, and about one of the most installed packages.
const (
	canaryName    = "minimist"
	canaryVersion = "0.0.8"
	canaryID      = "GHSA-vh95-rmgr-6w4m"
)

var errNoCanary = errors.New("it does not report " + canaryID + " for " + canaryName + "@" + canaryVersion +
	", which every complete source does: its answer cannot be trusted")

// sings reports whether records hold the canary's advisory.
func sings(records []Record) bool {
	v, err := npm.ParseVersion(canaryVersion)
	if err != nil {
		return false
	}
	for i := range records {
		r := &records[i]
		if r.Package == canaryName && r.ID == canaryID && !r.Withdrawn && r.Affects(canaryVersion, v) {
			return true
		}
	}
	return false
}
