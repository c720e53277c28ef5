package migrate

import (
	"slices"
	"strings"
)

// A kind is the form of a value.
type kind uint8

const (
	missing kind = iota // what a lookup of an absent key returns
	null
	boolean
	number
	text // dates too
	list
	table
)

// A value is one value of a file, whatever language the file is in.
type value struct {
	kind    kind
	text    string // of a scalar, as it is meant: without quotes
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

// get returns the value of a key, or the missing one.
func (v value) get(key string) value {
	if i := slices.IndexFunc(v.members, func(m member) bool { return m.key == key }); i >= 0 {
		return v.members[i].value
	}
	return value{}
}

// scalar reports whether the value is one word, number or truth.
func (v value) scalar() bool { return v.kind == boolean || v.kind == number || v.kind == text }

// yes reports whether the value is true.
func (v value) yes() bool { return v.kind == boolean && v.text == "true" }

// items are the elements of a list; of a single word, the words of it between
// commas, as actions take their inputs; of nothing, none.
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

// shown is the value for a note, in short.
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

// stranger returns the first key of a table that is not one of the known.
func (v value) stranger(known ...string) string {
	for _, m := range v.members {
		if !slices.Contains(known, m.key) {
			return m.key
		}
	}
	return ""
}
