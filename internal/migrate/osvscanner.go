package migrate

import (
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/policy"
)

// osvScanner converts osv-scanner.toml: ignored ids, and package overrides,
// which ignore all vulnerabilities of a package or state its licence.
// https://google.github.io/osv-scanner/configuration/
func osvScanner(c *conversion, root value) {
	for _, m := range root.members {
		switch m.key {
		case "IgnoredVulns", "IgnoredVulnIds":
			for _, e := range c.list(m.key, m.value) {
				c.ignoredVuln(e)
			}
		case "PackageOverrides":
			for _, e := range c.list(m.key, m.value) {
				c.packageOverride(e)
			}
		case "GoVersionOverride":
			c.drop(m.value.line, m.key, "it is about Go")
		default:
			c.lose(m.value.line, m.key, "the key is not known")
		}
	}
}

func (c *conversion) ignoredVuln(v value) {
	if v.kind == text {
		c.advisory(v.text, exception{line: v.line})
		return
	}
	e := exception{id: v.get("id").text, line: v.line, reason: v.get("reason").text}
	if key := v.unknownKey("id", "ignoreUntil", "effectiveUntil", "reason"); key != "" {
		c.lose(v.line, e.id, "its key "+key+" is not known")
		return
	}
	if c.until(v.get("ignoreUntil"), &e) && c.until(v.get("effectiveUntil"), &e) {
		c.advisory(e.id, e)
	}
}

func (c *conversion) packageOverride(v value) {
	e := exception{pkg: v.get("name").text, line: v.line, reason: v.get("reason").text}
	if version := v.get("version").text; version != "" && e.pkg != "" {
		e.pkg += "@" + version
	}
	what := "PackageOverrides " + e.pkg
	ecosystem := v.get("ecosystem").text
	license := setting(v, "license")
	unknown := v.unknownKey("name", "version", "ecosystem", "group", "ignore", "vulnerability", "vulnerability.ignore",
		"license", "license.ignore", "license.override", "effectiveUntil", "reason")
	switch {
	case ecosystem != "" && !strings.EqualFold(ecosystem, "npm"):
		c.drop(v.line, what, "it is about "+ecosystem)
		return
	case unknown != "":
		c.lose(v.line, what, "its key "+unknown+" is not known")
		return
	case e.pkg == "":
		c.lose(v.line, what, "it names no package; an exception is for one")
		return
	case v.get("group").text != "":
		c.lose(v.line, what, "it is for the group "+v.get("group").text+" only, and an exception cannot be")
		return
	}
	e.id = "PackageOverrides"
	if !c.until(v.get("effectiveUntil"), &e) {
		return
	}
	before := len(c.items) + c.converted
	if v.get("ignore").yes() || setting(v, "vulnerability").get("ignore").yes() {
		e := e
		e.id = anyAdvisory
		e.remarks = []string{"every advisory about the package, those of tomorrow too"}
		c.except(e)
	}
	if v.get("ignore").yes() || license.get("ignore").yes() {
		e := e
		e.id = deniedLicense
		c.except(e)
	}
	if stated := license.get("override"); stated.kind != missing {
		c.licenceOverride(e, stated)
	}
	if len(c.items)+c.converted == before {
		c.drop(v.line, what, "it overrides nothing")
	}
}

// setting returns a table that TOML also allows to be written as name.key.
func setting(v value, name string) value {
	out := v.get(name)
	for _, m := range v.members {
		if key, ok := strings.CutPrefix(m.key, name+"."); ok {
			out.kind = table
			out.members = append(out.members, member{key, m.value})
		}
	}
	return out
}

// licenceOverride states the licence of a package. osv-scanner requires each
// licence of the list to be allowed.
func (c *conversion) licenceOverride(e exception, stated value) {
	var names []string
	for _, l := range stated.items() {
		if name := words(l.text); l.scalar() && name != "" {
			names = append(names, name)
		}
	}
	what := "the licence of " + e.pkg
	switch {
	case len(names) == 0:
		c.lose(e.line, what, "the list is empty")
	case !license.Readable(strings.Join(names, " AND ")):
		c.lose(e.line, what, "it is no SPDX expression")
	case !e.expires.IsZero():
		c.lose(e.line, what, "it ends on "+e.expires.Format(time.DateOnly)+", and licenses.overrides have no end")
	default:
		reason := words(e.reason)
		if reason == "" {
			reason = "stated for " + c.format.Tool + ", without a reason"
		}
		c.settings.overrides = append(c.settings.overrides,
			policy.LicenseOverride{Package: e.pkg, License: strings.Join(names, " AND "), Reason: reason})
		c.converted++
	}
}
