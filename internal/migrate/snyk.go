package migrate

import "strings"

// snyk converts Snyk's policy file: under ignore, each id has a list of paths
// with reason and expires. Snyk's ids are its own. An id is converted if its
// reason, or a comment beside it, names exactly one GHSA or CVE id.
// https://docs.snyk.io/manage-risk/policies/the-.snyk-file
func snyk(c *conversion, root value) {
	for _, m := range root.members {
		switch m.key {
		case "ignore":
			for _, id := range c.table(m.key, m.value) {
				for _, rule := range c.list(id.key, id.value) {
					if rule.kind == text { // only a path
						rule = value{members: []member{{rule.text, value{kind: null, line: rule.line}}}}
					}
					for _, way := range c.table(id.key, rule) {
						c.snykRule(id.key, id.value.comment, way)
					}
				}
			}
		case "patch":
			for _, id := range c.table(m.key, m.value) {
				c.lose(id.value.line, "patch "+id.key, "nothing is patched here: the version that is installed is what is judged")
			}
		case "failThreshold":
			c.level(m.value, m.value.text)
		case "version":
		case "language-settings", "exclude":
			c.drop(m.value.line, m.key, "it lets no dependency pass")
		default:
			if m.value.kind != null {
				c.lose(m.value.line, m.key, "the key is not known")
			}
		}
	}
}

// snykRule converts one path of one id.
func (c *conversion) snykRule(id, said string, way member) {
	v := way.value
	e := exception{id: id, line: v.line, reason: v.get("reason").text}
	if e.line == 0 {
		e.line = 1
	}
	what := id + " by way of " + way.key
	if key := v.unknownKey("reason", "expires", "created", "reasonType", "source", "ignoredBy", "type",
		"path"); key != "" {
		c.lose(e.line, what, "its key "+key+" is not known")
		return
	}
	if !c.until(v.get("expires"), &e) {
		return
	}
	path, pkg := chain(way.key)
	named := snykPackage(id)
	if path != "*" {
		e.path = path
	}
	switch {
	case pkg != "" && named != "" && !sameLetters(pkg, named): // in Snyk, a path covers every package below its end
		e.path, pkg = path+">*", ""
	case pkg != "":
		e.pkg, _, _ = cutVersion(pkg)
	case strings.HasPrefix(id, "npm:") || strings.HasPrefix(id, "snyk:lic:"):
		e.pkg = named
	}
	if why := rangeIn(e.path); why != "" {
		c.lose(e.line, what, why)
		return
	}
	if strings.HasPrefix(id, "snyk:lic:npm:") {
		e.id = deniedLicense
		c.except(e)
		return
	}
	own, why, matters := identify(id)
	if own == "" && matters {
		if ids := idsIn(e.reason + " " + said + " " + v.comment); len(ids) == 1 {
			own = ids[0]
			e.remarks = append(e.remarks, id+" to Snyk; the id is the one written beside it")
		}
	}
	if own == "" {
		if named != "" && e.pkg == "" {
			what += " (package " + strings.ToLower(named) + ")"
		}
		c.note(e.line, what, why, matters)
		return
	}
	e.id = own
	c.except(e)
}

// snykPackage returns the package name in an id: SNYK-JS-LODASH-567746 (only
// letters and digits, in capitals), npm:lodash:20180130,
// snyk:lic:npm:lodash:MIT.
func snykPackage(id string) string {
	if rest, ok := strings.CutPrefix(id, "SNYK-JS-"); ok {
		if i := strings.LastIndexByte(rest, '-'); i > 0 {
			return rest[:i]
		}
	}
	id = strings.TrimPrefix(id, "snyk:lic:")
	if rest, ok := strings.CutPrefix(id, "npm:"); ok {
		name, _, _ := strings.Cut(rest, ":")
		return name
	}
	return ""
}

// sameLetters reports whether two names have the same letters and digits.
// Snyk's ids contain nothing else of a name.
func sameLetters(pkg, named string) bool {
	name, _, _ := cutVersion(pkg)
	only := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 128 && alphanumeric(string(r)) {
				return r
			}
			return -1
		}, strings.ToLower(s))
	}
	return only(name) == only(named)
}

// cutVersion splits name@version.
func cutVersion(s string) (name, version string, found bool) {
	if i := strings.LastIndexByte(s, '@'); i > 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// rangeIn returns why a path cannot be used: a name in our paths may have a
// version, but not a range.
func rangeIn(path string) string {
	for seg := range strings.SplitSeq(path, ">") {
		if _, version, found := cutVersion(seg); found &&
			(strings.ContainsAny(version, "^~<>=*xX| ") || strings.Count(version, ".") < 2) {
			return "its path has a range of versions, " + seg
		}
	}
	return ""
}
