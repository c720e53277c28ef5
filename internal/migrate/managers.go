package migrate

import "strings"

// pnpm converts the settings of pnpm audit: auditConfig in pnpm-workspace.yaml
// or under pnpm in package.json, auditLevel beside it, and the newer audit.
// Everything else in these files is about other things.
// https://pnpm.io/settings#auditconfig
func pnpm(c *conversion, root value) {
	for _, place := range []value{root, root.get("pnpm")} {
		for _, m := range c.table("auditConfig", place.get("auditConfig")) {
			c.pnpmKey(m.key, m.value)
		}
		for _, m := range c.table("audit", place.get("audit")) {
			c.pnpmKey(m.key, m.value)
		}
		if v := place.get("auditLevel"); v.scalar() {
			c.level(v, v.text)
		}
	}
}

func (c *conversion) pnpmKey(key string, v value) {
	switch key {
	case "ignoreCves", "ignoreGhsas", "ignore":
		for _, e := range c.list(key, v) {
			c.advisory(e.shown(), exception{line: e.line, reason: e.comment})
		}
	case "level":
		c.level(v, v.text)
	case "ignoreUnfixable":
		if c.on(key, v) {
			c.lose(v.line, key, "an advisory without a fix is one all the same; except it by its id")
		}
	default:
		c.lose(v.line, key, "the key is not known")
	}
}

// yarn converts what `yarn npm audit` ignores: patterns of advisories and
// packages. Only plain names and ids can be converted.
// https://yarnpkg.com/configuration/yarnrc#npmAuditIgnoreAdvisories
func yarn(c *conversion, root value) {
	for _, v := range c.list("npmAuditIgnoreAdvisories", root.get("npmAuditIgnoreAdvisories")) {
		c.advisory(v.shown(), exception{line: v.line, reason: v.comment})
	}
	for _, v := range c.list("npmAuditExcludePackages", root.get("npmAuditExcludePackages")) {
		c.packageOnly(v)
	}
}

// packageOnly converts an entry that names a package and so ignores every
// advisory about it.
func (c *conversion) packageOnly(v value) {
	if !v.scalar() || strings.ContainsAny(v.text, "*?{}[]!") {
		c.lose(v.line, v.shown(), "it is a pattern; an exception is for one package")
		return
	}
	c.except(exception{
		id: anyAdvisory, pkg: v.text, line: v.line, reason: v.comment,
		remarks: []string{"every advisory about the package, those of tomorrow too"},
	})
}
