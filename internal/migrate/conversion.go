package migrate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// A conversion collects the results for a file's entries, in their order.
type conversion struct {
	format    Format
	options   Options
	settings  settings
	items     []item
	converted int
	seen      map[string]int // line of the first exception, by what it covers
}

// An item is an exception or, without one, a note.
type item struct {
	exception *exception
	note      Note
}

func (i item) line() int {
	if i.exception != nil {
		return i.exception.line
	}
	return i.note.Line
}

// settings are the converted keys other than exceptions.
type settings struct {
	level     string            // audit-level
	scopes    map[string]string // scopes.NAME
	allow     []string          // licenses.allow
	deny      []string          // licenses.deny
	overrides []policy.LicenseOverride
}

// An exception is an entry that may become an exception of our policy.
type exception struct {
	id, pkg, path, reason string
	expires               time.Time // the zero value: the source names no end
	line                  int
	remarks               []string // remarks for the user, written as comments
}

// what names an entry in a note.
func (e *exception) what() string {
	s := e.id
	if e.pkg != "" {
		s += " for " + e.pkg
	}
	if e.path != "" {
		s += " by way of " + e.path
	}
	return s
}

// lose notes an entry that was in force and is not converted.
func (c *conversion) lose(line int, what, why string) { c.note(line, what, why, true) }

// drop notes an entry whose loss changes nothing: it was switched off, has
// expired, or is about something we do not check.
func (c *conversion) drop(line int, what, why string) { c.note(line, what, why, false) }

func (c *conversion) note(line int, what, why string, inForce bool) {
	c.items = append(c.items, item{note: Note{Line: max(line, 1), What: words(what), Why: words(why), InForce: inForce}})
}

// list returns the entries of a list. A value that is not a list is noted: it
// may have been meant to allow something.
func (c *conversion) list(key string, v value) []value {
	if v.kind == table || v.kind == boolean || v.kind == number {
		c.lose(v.line, key, "a list is expected")
	}
	return v.items()
}

// table returns the members of a table, and notes a value that is not a table.
func (c *conversion) table(key string, v value) []member {
	if v.scalar() || v.kind == list {
		c.lose(v.line, key, "keys with values are expected")
	}
	return v.members
}

// on reports whether a switch is set, and notes a value that is not a boolean.
func (c *conversion) on(key string, v value) bool {
	switch {
	case v.kind == missing, v.kind == null, v.kind == boolean, v.kind == text && (v.text == "true" || v.text == "false"):
		return v.text == "true"
	}
	c.lose(v.line, key, "true or false is expected")
	return false
}

// notes returns the notes among the items.
func (c *conversion) notes() []Note {
	var all []Note
	for _, i := range c.items {
		if i.exception == nil {
			all = append(all, i.note)
		}
	}
	return all
}

// except adds an exception, or a note that says why the entry cannot be one.
// The policy's own parser decides whether it is valid.
func (c *conversion) except(e exception) {
	now := c.options.Now
	if e.expires.Sub(now) > maxSpan {
		e.remarks = append(e.remarks, "it was to end on "+e.expires.UTC().Format(time.DateOnly)+
			"; an exception runs for at most a year")
		e.expires = now.Add(maxSpan).UTC().Truncate(24 * time.Hour)
	}
	e.reason = words(e.reason)
	if first, twice := c.seen[e.key()]; twice {
		c.drop(e.line, e.what(), fmt.Sprintf("it repeats line %d", first))
		return
	}
	var b strings.Builder
	b.WriteString("exceptions:\n")
	e.write(&b, c)
	if _, err := policy.Parse([]byte(b.String()), "x"); err != nil {
		c.lose(e.line, e.what(), mistake(err))
		return
	}
	c.seen[e.key()] = e.line
	c.converted++
	c.items = append(c.items, item{exception: &e})
}

// key identifies what an exception covers.
func (e *exception) key() string {
	return strings.ToLower(e.id) + "\x00" + e.pkg + "\x00" + e.path
}

// mistake returns the first of the policy parser's mistakes, without its
// position.
func mistake(err error) string {
	var all policy.Mistakes
	if errors.As(err, &all) && len(all) > 0 {
		if all[0].Hint != "" {
			return all[0].Text + "; " + all[0].Hint
		}
		return all[0].Text
	}
	return err.Error()
}

// until reads when an entry ends. If it has ended, or its end cannot be read,
// that is noted and ok is false.
func (c *conversion) until(v value, e *exception) (ok bool) {
	if v.kind == missing || v.kind == null || v.kind == text && v.text == "" {
		return true
	}
	t, err := moment(v)
	if err != nil {
		c.lose(e.line, e.what(), err.Error())
		return false
	}
	if !c.options.Now.Before(t) {
		c.drop(e.line, e.what(), "it ended on "+t.Format(time.DateOnly))
		return false
	}
	e.expires = t
	return true
}

// level sets audit-level. If a file sets two, the second becomes a note.
func (c *conversion) level(v value, word string) {
	words := map[string]string{
		"negligible": "info", "info": "info", "low": "low", "medium": "moderate", "moderate": "moderate",
		"high": "high", "critical": "critical",
	}
	level, known := words[strings.ToLower(word)]
	if !known {
		c.lose(v.line, "the level "+word, "it is none of info, low, moderate, high, critical")
		return
	}
	if c.settings.level != "" && c.settings.level != level {
		c.lose(v.line, "the level "+word, "the file sets another before")
		return
	}
	c.settings.level = level
	c.converted++
}

// scope sets the level of one scope.
func (c *conversion) scope(name, level string) {
	if c.settings.scopes == nil {
		c.settings.scopes = map[string]string{}
	}
	c.settings.scopes[name] = level
}
