package migrate

import "strings"

// nsprc converts the list of better-npm-audit: an object whose keys are ids
// and whose values are notes, or {active, notes, expiry}. A list under
// "exceptions" is the older form of the same file, nsp's.
// https://github.com/jeemok/better-npm-audit#using-nsprc-file-to-manage-exceptions
func nsprc(c *conversion, root value) {
	for _, m := range root.members {
		if m.value.kind == list && (m.key == "exceptions" || m.key == "exclusions") {
			for _, e := range m.value.list {
				c.advisory(e.shown(), exception{line: e.line, reason: e.comment})
			}
			continue
		}
		c.record(m.key, m.value, c.advisory)
	}
}

// advisory converts an entry that is only an id.
func (c *conversion) advisory(id string, e exception) {
	own, why, matters := identify(id)
	if own == "" {
		c.note(e.line, id, why, matters)
		return
	}
	e.id = own
	c.except(e)
}

// record reads an entry's value as better-npm-audit and audit-ci write it:
// text, or an object with active, notes and expiry. Other keys have no effect
// and are kept as comments.
func (c *conversion) record(key string, v value, convert func(string, exception)) {
	e := exception{id: key, line: v.line, reason: v.comment}
	switch v.kind {
	case list:
		c.lose(v.line, key, "its value is neither notes nor {active, notes, expiry}")
		return
	case text:
		e.reason = v.text
	case table:
		if active := v.get("active"); active.kind != missing && !truthy(active) {
			c.drop(v.line, key, "it is not active")
			return
		}
		if notes := v.get("notes"); notes.scalar() && notes.text != "" {
			e.reason = notes.text
		}
		if !c.until(v.get("expiry"), &e) {
			return
		}
		for _, m := range v.members {
			if m.key != "active" && m.key != "notes" && m.key != "expiry" && m.value.kind != null {
				e.remarks = append(e.remarks, m.key+": "+m.value.shown())
			}
		}
	}
	convert(key, e)
}

// truthy reports whether a value is true in JavaScript.
func truthy(v value) bool {
	switch v.kind {
	case null:
		return false
	case boolean:
		return v.text == "true"
	case number:
		return strings.Trim(v.text, "0.-") != ""
	case text:
		return v.text != ""
	}
	return true
}
