package migrate

import (
	"slices"
	"strings"
)

// A kind is the type of a value.
type kind uint8

const (
	missing kind = iota // result of looking up an absent key
	null
	boolean
	number
	text // dates too
	list
	table
)

// A value is one value of a file, whatever format the file has.
type value struct {
	kind    kind
	text    string // of a scalar, unquoted
	line    int    // 1-based; 0: unknown
	comment string // what the author wrote beside or above it
	list    []value
	members []member
}

// A member is one key of a table with its value.
type member struct {
	key   string
	value value
}

// maxDepth bounds nesting. The deepest format needs five.
const maxDepth = 64

// get returns the value of a key; its kind is missing if there is none.
func (v value) get(key string) value {
	if i := slices.IndexFunc(v.members, func(m member) bool { return m.key == key }); i >= 0 {
		return v.members[i].value
	}
	return value{}
}

// scalar reports whether the value is a string, a number or a boolean.
func (v value) scalar() bool { return v.kind == boolean || v.kind == number || v.kind == text }

// yes reports whether the value is true.
func (v value) yes() bool { return v.kind == boolean && v.text == "true" }

// items returns the elements of a list. A string is split at commas, as actions
// split their inputs. Any other value has no elements.
func (v value) items() []value {
	if v.kind != text {
		return v.list
	}
	var items []value
	for word := range strings.SplitSeq(v.text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			items = append(items, value{kind: text, text: word, line: v.line, comment: v.comment})
		}
	}
	return items
}

// shown returns a short form of the value for a note.
func (v value) shown() string {
	switch {
	case v.scalar():
		return v.text
	case v.kind == list && len(v.list) > 0:
		return v.list[0].shown() + ", …"
	case v.kind == table && len(v.members) > 0:
		return v.members[0].key + ": …"
	}
	return "an empty entry"
}

// unknownKey returns the first key of a table that is not known, or "".
func (v value) unknownKey(known ...string) string {
	for _, m := range v.members {
		if !slices.Contains(known, m.key) {
			return m.key
		}
	}
	return ""
}
