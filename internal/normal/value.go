package normal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/publishgate/publishgate/internal/strict"
)

// A value of the document is one of strict.Value (as written in package.json),
// string, bool, []any and *object. nil is JavaScript's undefined.

// object is an object that may be changed. Its keys keep their order.
type object struct {
	list    []entry
	at      map[string]int // into list
	changed bool
}

// entry is a member of an object, unless it was dropped.
type entry struct {
	key   string
	value any
	gone  bool
}

func newObject() *object { return &object{at: map[string]int{}} }

func (o *object) has(key string) bool { _, ok := o.at[key]; return ok }

// get returns the value of a member; nil if there is none.
func (o *object) get(key string) any {
	if i, ok := o.at[key]; ok {
		return o.list[i].value
	}
	return nil
}

// set adds or replaces a member. As in JavaScript, assigning to __proto__ adds
// none.
func (o *object) set(key string, v any) {
	if !o.has(key) && key == "__proto__" {
		return
	}
	o.define(key, v)
	o.changed = true
}

func (o *object) define(key string, v any) {
	if i, ok := o.at[key]; ok {
		o.list[i].value = v
		return
	}
	o.at[key] = len(o.list)
	o.list = append(o.list, entry{key: key, value: v})
}

func (o *object) drop(key string) {
	if i, ok := o.at[key]; ok {
		o.list[i].gone = true
		delete(o.at, key)
		o.changed = true
	}
}

// keys returns the keys in the order in which JavaScript iterates over them.
func (o *object) keys() []string {
	keys := make([]string, 0, len(o.at))
	for _, e := range o.list {
		if !e.gone {
			keys = append(keys, e.key)
		}
	}
	slices.SortStableFunc(keys, byIndex)
	return keys
}

// put replaces a member by an object that was opened from it, if that was
// changed since.
func (o *object) put(key string, v *object) {
	if v.changed {
		o.set(key, v)
	}
}

// opened returns an object that may be changed, with the members of v: v itself
// if it is one.
func opened(v any) *object {
	if o, ok := v.(*object); ok {
		return o
	}
	o := newObject()
	written, _ := v.(strict.Value)
	for key, value := range written.Members() {
		o.define(key.Text(), value)
	}
	return o
}

// byIndex orders keys as JavaScript iterates over them: array indices first, by
// number.
func byIndex(a, b string) int {
	i, j := index(a), index(b)
	switch {
	case i < 0 && j < 0:
		return 0
	case i < 0:
		return 1
	case j < 0:
		return -1
	}
	return i - j
}

// index returns the number that a key is in the spelling of an array index, or -1.
func index(key string) int {
	if n, err := strconv.ParseUint(key, 10, 32); err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == key {
		return int(n)
	}
	return -1
}

func kind(v any) strict.Kind {
	switch v := v.(type) {
	case strict.Value:
		return v.Kind()
	case string:
		return strict.String
	case bool:
		if v {
			return strict.True
		}
		return strict.False
	case []any:
		return strict.Array
	case *object:
		return strict.Object
	}
	return strict.Missing
}

// text returns the content of a string; "" for any other value.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case strict.Value:
		if v.Kind() == strict.String {
			return v.Text()
		}
	}
	return ""
}

// truthy reports whether a value is true in JavaScript.
func truthy(v any) bool {
	switch v := v.(type) {
	case string:
		return v != ""
	case strict.Value:
		return v.Truthy()
	case bool:
		return v
	}
	return v != nil
}

// member returns a member of an object; nil if there is none.
func member(v any, key string) any {
	switch v := v.(type) {
	case *object:
		return v.get(key)
	case strict.Value:
		if m := v.Get(key); m.Exists() {
			return m
		}
	}
	return nil
}

// elements returns the elements of an array.
func elements(v any) []any {
	list, _ := v.([]any)
	if written, ok := v.(strict.Value); ok {
		for e := range written.Elements() {
			list = append(list, e)
		}
	}
	return list
}

// names returns the keys of a value as Object.keys does.
func names(v any) []string {
	var keys []string
	switch kind(v) {
	case strict.Object:
		keys = opened(v).keys()
	case strict.Array:
		for i := range elements(v) {
			keys = append(keys, strconv.Itoa(i))
		}
	case strict.String:
		for i := range utf16.Encode([]rune(text(v))) {
			keys = append(keys, strconv.Itoa(i))
		}
	}
	return keys
}

// spelled returns a value as JavaScript makes a string of it.
func spelled(v any) string {
	switch kind(v) {
	case strict.String:
		return text(v)
	case strict.Null:
		return "null"
	case strict.True:
		return "true"
	case strict.False:
		return "false"
	case strict.Number:
		return number(v.(strict.Value).Raw())
	case strict.Array:
		var parts []string
		for _, e := range elements(v) {
			if kind(e) == strict.Null {
				parts = append(parts, "")
				continue
			}
			parts = append(parts, spelled(e))
		}
		return strings.Join(parts, ",")
	case strict.Object:
		return "[object Object]"
	}
	return "undefined"
}

// number returns a number as JavaScript writes it.
func number(raw []byte) string {
	f, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil && f > 0:
		return "Infinity"
	case err != nil:
		return "-Infinity"
	case f == 0:
		return "0"
	}
	if a := max(f, -f); a >= 1e21 || a < 1e-6 {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// write writes a value as JSON; what stands in package.json byte for byte.
func write(w *bytes.Buffer, v any) {
	switch v := v.(type) {
	case strict.Value:
		if v.Kind() == strict.String {
			w.WriteByte('"')
			w.Write(v.Raw())
			w.WriteByte('"')
			return
		}
		w.Write(v.Raw())
	case string:
		writeText(w, v)
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case []any:
		w.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			write(w, e)
		}
		w.WriteByte(']')
	case *object:
		w.WriteByte('{')
		comma := false
		for _, key := range v.keys() {
			value := v.get(key)
			if value == nil { // undefined is not written
				continue
			}
			if comma {
				w.WriteByte(',')
			}
			comma = true
			writeText(w, key)
			w.WriteByte(':')
			write(w, value)
		}
		w.WriteByte('}')
	default:
		w.WriteString("null")
	}
}

func writeText(w *bytes.Buffer, s string) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)       // cannot fail: a string into memory
	w.Truncate(w.Len() - 1) // the encoder's line break
}
