package advisory

import (
	"errors"

	"github.com/publishgate/publishgate/internal/npm"
)

// CanaryID is the canary's advisory. The canary is a package version that every
// source must report. A source that does not might report nothing for any
// package: npm itself reads `{}` from a mirror without the endpoint as "found 0
// vulnerabilities". GHSA-vh95-rmgr-6w4m (CVE-2020-7598,
// https://github.com/advisories/GHSA-vh95-rmgr-6w4m) is from 2020, reviewed,
// and about one of the most installed packages.
const (
	CanaryID      = "GHSA-vh95-rmgr-6w4m"
	canaryName    = "minimist"
	canaryVersion = "0.0.8"
)

var errNoCanary = errors.New("it does not report " + CanaryID + " for " + canaryName + "@" + canaryVersion +
	", which every complete source does: its answer cannot be trusted")

// sings reports whether records contain the canary's advisory.
func sings(records []Record) bool {
	v, err := npm.ParseVersion(canaryVersion)
	if err != nil {
		return false
	}
	for i := range records {
		r := &records[i]
		if r.Package == canaryName && r.ID == CanaryID && !r.Withdrawn && r.Affects(canaryVersion, v) {
			return true
		}
	}
	return false
}
