package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var licenseDeniedRule = finding.Rule{
	ID:       "license-denied",
	Title:    "A dependency has a licence that the policy does not accept.",
	Why:      "Shipping a package with it may bind whoever installs it to terms that the owners decided against.",
	Help:     "Replace the dependency. If its metadata is wrong, state the right licence under `licenses.overrides` with a reason.",
	Severity: finding.High,
	Tags:     []string{"license", "compliance"},
}

var licenseUnknownRule = finding.Rule{
	ID:       "license-unknown",
	Title:    "A dependency has no licence that can be judged.",
	Why:      "Without a licence there is no right to use it; with one that only a person can read, a person has to.",
	Help:     "Look at the package's licence file and state what it says under `licenses.overrides` with a reason.",
	Severity: finding.Low,
	Tags:     []string{"license", "compliance"},
}

// A denied licence blocks at every audit level if the dependency ships. For a
// development dependency it is judged by severity: it does not bind consumers.
var licenses = Check{
	Rules: []finding.Rule{licenseDeniedRule, licenseUnknownRule},
	Run: func(s *Subject) []finding.Finding {
		if s.carriesNoLicences() {
			return s.noLicences()
		}
		var found []finding.Finding
		var silent []*npm.Package                // without a licence
		verdicts := map[string]license.Verdict{} // a tree has few different ones
		for p := range s.carried() {
			if runs(p) {
				continue // the licence of what runs the build does not concern the package
			}
			text := licenceOf(p, s.Policy.Licenses.Overrides)
			v, judged := verdicts[text]
			if !judged {
				v = license.Judge(text, s.Policy.Licenses.Deny, s.Policy.Licenses.Allow)
				verdicts[text] = v
			}
			if text == "" && !s.Policy.Licenses.IgnoreUnknown && !s.excepted(p) {
				silent = append(silent, p)
				continue
			}
			if f, bad := s.licence(p, v); bad {
				f.Subject = text
				found = append(found, f)
			}
		}
		return append(found, s.silent(silent)...)
	},
}

// excepted reports whether an exception for a missing licence names a package.
// The package then has a finding of its own, which the exception can waive.
func (s *Subject) excepted(p *npm.Package) bool {
	return slices.ContainsFunc(s.Policy.Exceptions, func(e policy.Exception) bool {
		return e.ID == licenseUnknownRule.ID && e.Package != "" && namedBy([]string{e.Package}, p)
	})
}

// silent returns one finding for all packages without a licence: lockfiles of
// npm 7 record few or none, and a thousand findings would hide the rest.
func (s *Subject) silent(ps []*npm.Package) []finding.Finding {
	if len(ps) == 0 {
		return nil
	}
	f := s.about(&licenseUnknownRule, ps[0])
	f.Level, f.Fix = s.Policy.Licenses.Unknown, s.findLicences()
	f.Message = fmt.Sprintf("%s: no licence is stated.", ps[0].ID())
	if len(ps) > 1 {
		ids := make([]string, len(ps))
		for i, p := range ps {
			ids[i] = p.ID()
			f.Scope, f.Shipped = s.stricter(f.Scope, s.scope(p)), f.Shipped || s.Ships(p)
		}
		f.Name, f.Package, f.Version, f.Paths = "", "", "", nil
		f.Message = fmt.Sprintf("Of %d packages no licence is known: %s.", len(ps), listed(ids, 5))
	}
	return []finding.Finding{f}
}

func (s *Subject) licence(p *npm.Package, v license.Verdict) (finding.Finding, bool) {
	if v.Allowed || v.Unknown && s.Policy.Licenses.IgnoreUnknown {
		return finding.Finding{}, false
	}
	rule, level := &licenseDeniedRule, finding.Always
	switch {
	case v.Unknown:
		rule, level = &licenseUnknownRule, s.Policy.Licenses.Unknown
	case s.onlyBuilds(p):
		level = finding.BySeverity
	}
	f := s.about(rule, p)
	f.Level = level
	f.Message = fmt.Sprintf("%s: %s.", p.ID(), v.Why)
	f.Fix = rule.Help
	return f, true
}

// licenceOf returns the licence of a package by the lockfile, or by the policy
// if it has an override.
func licenceOf(p *npm.Package, overrides []policy.LicenseOverride) string {
	for _, o := range overrides {
		if namedBy([]string{o.Package}, p) {
			return o.License
		}
	}
	return p.License
}

// LicenceOf returns the licence of a package: what the policy states of it in
// overrides, else what it says itself.
func LicenceOf(p *npm.Package, overrides []policy.LicenseOverride) string {
	return licenceOf(p, overrides)
}

// findLicences returns advice on how to make licences known.
func (s *Subject) findLicences() string {
	tool := s.Graph.Tool()
	run := fmt.Sprintf("Run `%s --ignore-scripts` before the gate", tool.Frozen)
	if tool.Name == "yarn" && tool != npm.ToolOf("yarn", "1") {
		run = fmt.Sprintf("Run `%s --mode=skip-build`, with `nodeLinker: node-modules`, before the gate", tool.Frozen)
	}
	run += ", which reads what node_modules states"
	if s.decidesLicences() {
		run += "; without -offline it asks the registry"
	}
	return run + ". Where a package states none, look at its licence file and state what it says under `licenses.overrides` with a reason."
}

// decidesLicences reports whether a licence can block under the policy.
func (s *Subject) decidesLicences() bool {
	l := &s.Policy.Licenses
	return len(l.Deny) > 0 || len(l.Allow) > 0 || l.Unknown != finding.Advice && !l.IgnoreUnknown
}

// Unlicensed lists the packages of a registry without a licence, if licences
// can block.
func (s *Subject) Unlicensed() []*npm.Package {
	var found []*npm.Package
	if !s.decidesLicences() {
		return nil
	}
	for p := range s.carried() {
		if p.Source == npm.SourceRegistry && !runs(p) &&
			p.Version != "" && strings.TrimSpace(licenceOf(p, s.Policy.Licenses.Overrides)) == "" {
			found = append(found, p)
		}
	}
	return found
}

// carriesNoLicences reports whether the lockfile's format has no licences, as
// npm's before version 2 and other managers'. Then one finding is made instead
// of one per package.
func (s *Subject) carriesNoLicences() bool {
	if s.Graph.Manager == "npm" && s.Graph.Version != "1" || len(s.Policy.Licenses.Overrides) > 0 {
		return false
	}
	some := false
	for p := range s.dependencies() {
		if strings.TrimSpace(p.License) != "" {
			return false
		}
		some = some || !runs(p)
	}
	return some
}

// noLicences blocks if the policy lists acceptable licences: that none is known
// at all is not covered by licenses.unknown, which is about single packages
// without a licence.
func (s *Subject) noLicences() []finding.Finding {
	l := &s.Policy.Licenses
	if l.IgnoreUnknown {
		return nil
	}
	rule, level := &licenseUnknownRule, l.Unknown
	if len(l.Deny) > 0 || len(l.Allow) > 0 {
		level = finding.Always
	}
	return []finding.Finding{{
		Rule: rule.ID, Severity: rule.Severity, Level: level, File: s.Graph.Lockfile, Line: 1, Subject: "all",
		Message: "No licence of any package is known, so none was judged: the lockfile states none.",
		Fix:     s.findLicences(),
	}}
}

// namedBy reports whether a list of the policy names a package: by its real
// name, name@version, purl, or all of a scope as "@scope/*".
func namedBy(list []string, p *npm.Package) bool {
	for _, entry := range list {
		if scope, ok := strings.CutSuffix(entry, "/*"); ok && strings.HasPrefix(scope, "@") && strings.HasPrefix(p.Name, scope+"/") {
			return true
		}
		name, version := entry, ""
		if strings.HasPrefix(entry, "pkg:") {
			var err error
			if name, version, err = npm.ParsePURL(entry); err != nil {
				continue
			}
		} else if at := strings.LastIndexByte(entry, '@'); at > 0 {
			name, version = entry[:at], entry[at+1:]
		}
		if name == p.Name && (version == "" || version == p.Version) {
			return true
		}
	}
	return false
}
