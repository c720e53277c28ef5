package migrate

import "strings"

// auditCI converts the configuration of audit-ci: an allow-list of ids, module
// names and ID|path, each alone or as the key of {active, notes, expiry}; the
// lowest level that fails; and whether development dependencies count.
// https://github.com/IBM/audit-ci#options
func auditCI(c *conversion, root value) {
	for _, m := range root.members {
		v := m.value
		switch m.key {
		case "allowlist", "a", "whitelist", "advisories", "path-whitelist":
			for _, e := range c.list(m.key, v) {
				c.allowed(e)
			}
		case "low", "l", "moderate", "m", "high", "h", "critical", "c": // handled together, below
		case "skip-dev":
			if c.on(m.key, v) {
				c.scope("dev", "none")
				c.converted++
			}
		case "pass-enoaudit":
			if c.on(m.key, v) {
				c.lose(v.line, m.key, "an audit that could not be made does not pass here")
			}
		case "$schema":
		case "package-manager", "p", "directory", "d", "registry", "report", "r", "report-type", "summary", "s",
			"output-format", "o", "show-found", "show-not-found", "retry-count", "extra-args", "config":
			c.drop(v.line, m.key, "it says how audit-ci runs, not what it lets pass")
		default:
			c.lose(v.line, m.key, "the key is not known")
		}
	}
	for _, level := range []string{"low", "moderate", "high", "critical"} { // the lowest set level counts
		for _, key := range []string{level, level[:1]} {
			if v := root.get(key); c.on(key, v) {
				c.level(v, level)
				return
			}
		}
	}
}

// allowed converts one entry of the allow-list.
func (c *conversion) allowed(v value) {
	switch v.kind {
	case table:
		for _, m := range v.members {
			c.record(m.key, m.value, c.pathOrModule)
		}
	case text, number:
		c.pathOrModule(v.text, exception{line: v.line, reason: v.comment})
	default:
		c.lose(v.line, v.shown(), "it is neither text nor an object")
	}
}

// pathOrModule distinguishes the three kinds of entry as audit-ci does: an
// entry with "|" or ">" is a path, one that is not an advisory id is a module
// name.
func (c *conversion) pathOrModule(s string, e exception) {
	id, way, hasPath := strings.Cut(s, "|")
	if !hasPath && strings.Contains(s, ">") {
		id, way, hasPath = "*", s, true
	}
	id = strings.TrimSpace(id)
	if hasPath {
		e.path, e.pkg = chain(way)
		if strings.Contains(strings.ReplaceAll(">"+e.path+">", ">*>", ">"), "*") {
			e.remarks = append(e.remarks, "a * in the middle of a name stays within that name here")
		}
	}
	own, why, matters := identify(id)
	switch {
	case hasPath && id == "*":
		e.id = anyAdvisory
		if e.pkg == "" {
			c.lose(e.line, s, "for any advisory the last name of the path must be a package")
			return
		}
	case own != "":
		e.id = own
	case hasPath || !matters || digits(id) || strings.HasPrefix(strings.ToUpper(id), "GHSA-"):
		c.note(e.line, s, why, matters)
		return
	default:
		e.id, e.pkg = anyAdvisory, s
		e.remarks = append(e.remarks, "every advisory about the package, those of tomorrow too")
	}
	c.except(e)
}
