package migrate

import (
	"slices"
	"strings"
)

// anyAdvisory is the id of the rule whose exception covers every advisory about
// a package.
const anyAdvisory = "vulnerable-dependency"

// deniedLicense is the id of the rule about licences that the policy denies.
const deniedLicense = "license-denied"

// otherEcosystems are id prefixes of databases of other ecosystems. Their ids
// concern no npm dependency, so leaving them out changes nothing.
var otherEcosystems = []string{
	"GO-", "RUSTSEC-", "PYSEC-", "PSF-", "RSEC-", "HSEC-", "OSEC-", "BIT-", "ALSA-", "ALBA-", "ALEA-", "ALPINE-",
	"DSA-", "DLA-", "DTSA-", "DEBIAN-", "UBUNTU-", "USN-", "RHSA-", "RHBA-", "RHEA-", "RLSA-", "RXSA-", "SUSE-",
	"OPENSUSE-",
	"MGASA-", "CGA-", "ECHO-", "MINI-", "AVD-", "KSV-", "DS-", "AWS-", "AZU-", "GCP-",
	"SNYK-PYTHON-", "SNYK-JAVA-", "SNYK-GOLANG-", "SNYK-RUBY-", "SNYK-DOTNET-", "SNYK-PHP-", "SNYK-RUST-", "SNYK-SWIFT-",
	"SNYK-COCOAPODS-", "SNYK-HEX-", "SNYK-UNMANAGED-", "SNYK-DEBIAN", "SNYK-ALPINE", "SNYK-UBUNTU", "SNYK-RHEL",
	"SNYK-CC-",
}

// identify translates another tool's id into ours. If that fails, it returns
// why, and whether the entry can matter to an npm package at all.
func identify(s string) (id, why string, matters bool) {
	s = strings.TrimSpace(s)
	upper := strings.ToUpper(s)
	switch {
	case isGHSA(s), isCVE(s):
		return s, "", true
	case slices.ContainsFunc(otherEcosystems, func(p string) bool { return strings.HasPrefix(s, p) }):
		return "", "the id is of a database that is not about npm packages", false
	case digits(s), strings.Contains(s, "npmjs.com/advisories/"), strings.Contains(s, "nodesecurity.io/advisories/"):
		return "", "npm's own numbers are in no advisory; `npm audit` shows the GHSA id behind this one", true
	case strings.Contains(s, "://"):
		if ids := idsIn(s); len(ids) == 1 {
			return ids[0], "", true
		}
		return "", "the address names no single GHSA or CVE id", true
	case strings.HasPrefix(upper, "SNYK-"), strings.HasPrefix(s, "npm:"):
		return "", "Snyk's ids are in no public advisory; put the GHSA or CVE id that Snyk's page of it shows", true
	case strings.HasPrefix(upper, "MAL-"), strings.HasPrefix(upper, "OSV-"), strings.HasPrefix(upper, "GMS-"):
		return s, "", true
	}
	return "", "it is no id of an advisory: GHSA-…, CVE-… or MAL-…", true
}

// isGHSA reports whether an id is GitHub's: GHSA and three groups of four
// characters.
func isGHSA(s string) bool {
	parts := strings.Split(s, "-")
	return len(parts) == 4 && strings.EqualFold(parts[0], "GHSA") &&
		!slices.ContainsFunc(parts[1:], func(p string) bool { return len(p) != 4 || !alphanumeric(p) })
}

// isCVE reports whether an id is CVE-YEAR-NUMBER.
func isCVE(s string) bool {
	parts := strings.Split(s, "-")
	return len(parts) == 3 && strings.EqualFold(parts[0], "CVE") && len(parts[1]) == 4 && digits(parts[1]) &&
		len(parts[2]) >= 4 && digits(parts[2])
}

// idsIn returns the GHSA and CVE ids in a text, each once.
func idsIn(s string) []string {
	var ids []string
	for _, word := range strings.FieldsFunc(s,
		func(r rune) bool { return r != '-' && (r > 127 || !alphanumeric(string(r))) }) {
		if (isGHSA(word) || isCVE(word)) && !slices.Contains(ids, word) {
			ids = append(ids, word)
		}
	}
	return ids
}

func alphanumeric(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// chain reads a dependency path, "a > b" or "a>b". A leading ".", which some
// tools write for the root, is dropped, as our paths have no root. pkg is the
// last name, the package that the advisory is about; "" where that is a
// pattern.
func chain(s string) (path, pkg string) {
	parts := strings.Split(s, ">")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if len(parts) > 1 && parts[0] == "." {
		parts = parts[1:]
	}
	last := parts[len(parts)-1]
	if strings.ContainsAny(last, "*?[") {
		last = ""
	}
	return strings.Join(parts, ">"), last
}
