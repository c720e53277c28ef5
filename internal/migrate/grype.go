package migrate

import "strings"

// grype converts the ignore rules and the threshold of Grype. A rule with a
// condition on anything but the vulnerability and an npm package is not
// converted: without the condition it would let more pass.
// https://oss.anchore.com/docs/guides/vulnerability/filter-results/
func grype(c *conversion, root value) {
	for _, m := range root.members {
		v := m.value
		switch m.key {
		case "ignore":
			for _, rule := range c.list(m.key, v) {
				c.grypeRule(rule)
			}
		case "fail-on-severity":
			if v.text != "" {
				c.level(v, v.text)
			}
		case "only-fixed", "only-notfixed":
			if c.on(m.key, v) {
				c.lose(v.line, m.key, "an advisory is looked at whether there is a fix or not")
			}
		case "ignore-wontfix", "ignore-states", "exclude", "vex-documents", "vex-add":
			if v.text != "" && v.text != "false" || len(v.list) > 0 {
				c.lose(v.line, m.key, "there is no counterpart in a policy")
			}
		}
	}
}

func (c *conversion) grypeRule(v value) {
	p := v.get("package")
	e := exception{id: v.get("vulnerability").text, pkg: p.get("name").text, line: v.line, reason: v.get("reason").text}
	if e.reason == "" {
		e.reason = v.comment
	}
	if version := p.get("version").text; version != "" && e.pkg != "" {
		e.pkg += "@" + version
	}
	what := strings.TrimSpace(e.id + " " + e.pkg)
	if what == "" {
		what = v.shown()
	}
	if other := otherThanNPM(v); other != "" {
		c.drop(v.line, what, "it is about "+other)
		return
	}
	if condition := v.unknownKey("vulnerability", "package", "reason", "include-aliases", "namespace"); condition != "" {
		c.lose(v.line, what, "it has a condition that exceptions have not: "+condition)
		return
	}
	if condition := p.unknownKey("name", "version", "type", "language"); condition != "" {
		c.lose(v.line, what, "it has a condition that exceptions have not: package."+condition)
		return
	}
	switch {
	case e.id == "" && e.pkg == "":
		c.lose(v.line, what, "it names neither a vulnerability nor a package")
	case e.id == "":
		e.id = anyAdvisory
		e.remarks = append(e.remarks, "every advisory about the package, those of tomorrow too")
		c.except(e)
	default:
		c.advisory(e.id, e)
	}
}

// otherThanNPM describes what a rule is about; "" if that is npm packages.
// packages, or "".
func otherThanNPM(v value) string {
	p := v.get("package")
	if t := p.get("type").text; t != "" && t != "npm" {
		return "packages of type " + t
	}
	if l := p.get("language").text; l != "" && l != "javascript" {
		return "packages in " + l
	}
	if n := v.get("namespace").text; n != "" && !strings.HasSuffix(n, ":javascript") && !strings.HasSuffix(n, ":npm") {
		return "the namespace " + n
	}
	return ""
}
