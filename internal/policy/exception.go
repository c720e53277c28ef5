package policy

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/npm"
)

// justifications are OpenVEX's reasons for the status not_affected.
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md#status-justifications
var justifications = []string{
	"component_not_present",
	"vulnerable_code_not_present",
	"vulnerable_code_not_in_execute_path",
	"vulnerable_code_cannot_be_controlled_by_adversary",
	"inline_mitigations_already_exist",
}

// Affected is the status of an exception whose owner accepts a risk: the
// package is affected, and consumers are told so. Without a status, an
// exception says that the package is not affected.
const Affected = "affected"

// statuses are the OpenVEX statuses that an exception may have.
var statuses = []string{"not_affected", Affected}

// exceptionKeys are the keys of an exception; the first four are required.
var exceptionKeys = []string{"id", "reason", "owner", "expires", "package", "versions", "path", "status",
	"justification"}

// exceptions reads the list of exceptions.
func (r *reader) exceptions(n *yaml.Node) []Exception {
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.mistake(n, "exceptions: a list expected, found "+form(n), "begin each exception with - id:")
		return nil
	}
	var all []Exception
	for _, c := range n.Content {
		if f, ok := r.record("exception", c, exceptionKeys, exceptionKeys[:4]); ok {
			all = append(all, r.exception(c, f))
		}
	}
	return all
}

// exception reads one exception. Every field must be non-empty text.
func (r *reader) exception(at *yaml.Node, f map[string]*yaml.Node) Exception {
	text := func(key string) string {
		if f[key] == nil {
			return ""
		}
		return f[key].Value
	}
	e := Exception{
		ID: text("id"), Package: text("package"), Versions: text("versions"), Path: text("path"),
		Reason: text("reason"), Owner: text("owner"), Status: text("status"), Justification: text("justification"),
		Line: at.Line,
	}
	wrong := func(key string, err error) {
		if err != nil {
			r.mistake(f[key], fmt.Sprintf("exception.%s: %v", key, err), "")
		}
	}
	wrong("id", idError(e.ID))
	e.Expires = r.expiry(f["expires"])
	var err error
	name, version := "", ""
	if e.Package != "" {
		name, version, err = parsePackage(e.Package)
		wrong("package", err)
	}
	if e.Versions != "" && err == nil {
		_, err := parseVersions(e.Versions, name, version)
		wrong("versions", err)
	}
	if isMalwareID(e.ID) && err == nil && version == "" {
		r.mistake(at, "exception: malware is waived only for one package and version", "add package: name@version")
	}
	if e.Path != "" {
		_, err = parsePath(e.Path)
		wrong("path", err)
	}
	if e.Justification != "" {
		wrong("justification", oneOf(e.Justification, justifications))
	}
	if e.Status != "" {
		wrong("status", oneOf(e.Status, statuses))
	}
	if e.Status == Affected && e.Justification != "" {
		r.mistake(f["justification"], "exception.justification says why the package is not affected, and "+
			"exception.status that it is", "keep one")
	}
	return e
}

// idError returns an error unless id is the id of one advisory or rule.
func idError(id string) error {
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.:", c) >= 0:
		case c == '*', c == '?':
			return errors.New("names one advisory or rule, no pattern")
		default:
			return fmt.Errorf("%s is no id of an advisory or rule", quote(id))
		}
	}
	return nil
}

func (r *reader) expiry(n *yaml.Node) time.Time {
	t, err := parseExpiry(n.Value)
	if err != nil {
		r.mistake(n, fmt.Sprintf("exception.expires: %v", err), "")
	}
	return t
}

// parseExpiry reads a date or an RFC 3339 time. A date ends the exception at
// the start of that day, UTC, as Trivy's expired_at and osv-scanner's
// ignoreUntil do.
func parseExpiry(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	return parseDay(s)
}

// parsePackage reads a purl or an npm name, the version optional. The version
// is a single one; ranges are written in a key of their own.
func parsePackage(s string) (name, version string, err error) {
	if strings.HasPrefix(s, "pkg:") {
		if name, version, err = npm.ParsePURL(s); err != nil {
			return "", "", err
		}
	} else {
		name = s
		if i := strings.LastIndexByte(s, '@'); i > 0 {
			name, version = s[:i], s[i+1:]
			if version == "" {
				return "", "", fmt.Errorf("%s has no version after @", quote(s))
			}
		}
	}
	if name == "" || strings.ContainsAny(name, "*?[]{}()!<>|\\, \t\r\n") {
		return "", "", fmt.Errorf("%s does not name one package", quote(s))
	}
	if version != "" && !oneVersion(version) {
		return "", "", fmt.Errorf("%s does not name one version; write 1.2.3, or a range in versions", quote(s))
	}
	return name, version, nil
}

// parseVersions reads the range, in npm's syntax, of versions of the package
// that the exception names without a version.
func parseVersions(s, name, version string) (*npm.Range, error) {
	switch {
	case name == "":
		return nil, errors.New("needs package: with the name")
	case version != "":
		return nil, fmt.Errorf("package names the version %s already", quote(version))
	}
	r, err := npm.ParseRange(s)
	if err != nil || len(r.Intervals()) == 0 {
		return nil, fmt.Errorf("%s is no range of versions", quote(s))
	}
	if everything(&r) {
		return nil, fmt.Errorf("%s covers every version there is and will be; leave it out, or say up to which", quote(s))
	}
	return &r, nil
}

// everything reports whether a range admits every release, in one alternative
// or in several that leave no gap.
func everything(r *npm.Range) bool {
	runs := r.Intervals()
	slices.SortFunc(runs, func(a, b npm.Interval) int { return a.Low.Compare(b.Low) })
	next := npm.Lowest.Release() // the first release that no run so far admits
	for _, run := range runs {
		if c := run.Low.Compare(next); c > 0 || c == 0 && run.LowOpen {
			return false
		}
		if run.NoHigh {
			return true
		}
		if after := firstAfter(run); after.Compare(next) > 0 {
			next = after
		}
	}
	return false
}

// firstAfter returns the first release above a run that has an upper end.
func firstAfter(run npm.Interval) npm.Version {
	release := run.High.Release()
	if !run.HighOpen && run.High.Compare(release) == 0 {
		release.Patch++
	}
	return release
}

// endless reports whether a range has no upper end, so that it also covers
// future releases, which nobody has reviewed.
func endless(r *npm.Range) bool {
	return slices.ContainsFunc(r.Intervals(), func(i npm.Interval) bool { return i.NoHigh })
}

// parsePath reads "*>request>lodash": the packages of a dependency chain, by
// name or name@version. A * alone matches any number of packages, zero
// included; in a name it matches any characters but "/".
func parsePath(s string) ([]string, error) {
	segments := strings.Split(s, ">")
	for _, seg := range segments {
		if seg == "" || strings.ContainsAny(seg, " \t\r\n") {
			return nil, fmt.Errorf("%s: write names with > between them, without blanks", quote(s))
		}
		if _, err := path.Match(seg, ""); err != nil {
			return nil, fmt.Errorf("%s: %s is no name pattern", quote(s), quote(seg))
		}
	}
	if !slices.ContainsFunc(segments, func(seg string) bool { return strings.Trim(seg, "*") != "" }) {
		return nil, fmt.Errorf("%s covers every path; leave it out", quote(s))
	}
	return segments, nil
}

// matchPath reports whether a pattern matches a whole chain, with or without
// the root it begins with.
func matchPath(pattern, chain []string) bool {
	return matchRun(pattern, chain) || len(chain) > 1 && matchRun(pattern, chain[1:])
}

// matchRun reports whether a pattern matches the whole chain. It backtracks to
// the last *, in at most len(pattern) × len(chain) steps.
func matchRun(pattern, chain []string) bool {
	p, c, star, mark := 0, 0, -1, 0
	for c < len(chain) {
		switch {
		case p < len(pattern) && pattern[p] == "*":
			star, mark = p, c
			p++
		case p < len(pattern) && matchSegment(pattern[p], chain[c]):
			p++
			c++
		case star >= 0:
			mark++
			p, c = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "*" {
		p++
	}
	return p == len(pattern)
}

// matchSegment reports whether a segment matches "name@version". The gap in a
// shortened chain is matched by a lone * only.
func matchSegment(segment, element string) bool {
	if npm.IsGap(element) {
		return false
	}
	name := element
	if i := strings.LastIndexByte(element, '@'); i > 0 {
		name = element[:i]
	}
	if ok, err := path.Match(segment, name); err == nil && ok {
		return true
	}
	ok, err := path.Match(segment, element)
	return err == nil && ok
}
