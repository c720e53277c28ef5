package upgrade

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

var errNotObject = errors.New("there is something else in its place")

func parse(data []byte) (strict.Value, error) {
	return strict.ParseWithin(data, strict.Limits{Bytes: npm.MaxManifest})
}

// setAll sets the string at each edit's path of keys, or adds the missing part
// of the path, in the document's own style. All other bytes stay. It returns
// one error per edit, nil for success.
//
// The document is parsed once for all independent edits, and once more for
// those that write below what others have added: at most as often as a path has
// keys.
func setAll(text []byte, edits []edit) ([]byte, []error) {
	errs := make([]error, len(edits))
	left := make([]int, len(edits))
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		d, err := open(text)
		if err != nil {
			for _, i := range left {
				errs[i] = err
			}
			break
		}
		var later []int
		for _, i := range left {
			again, err := d.set(edits[i].path, edits[i].value)
			if errs[i] = err; again {
				later = append(later, i)
			}
		}
		text, left = d.written(), later
	}
	return text, errs
}

// A document is a text with its pending changes, by offset.
type document struct {
	text    []byte
	root    strict.Value
	style   style
	objects map[int]*object // that were parsed, by the offset of their beginning
	strings map[int]splice  // values that are replaced, by the offset of their beginning
}

// An object is an object on the path of an edit.
type object struct {
	members map[string]strict.Value
	last    strict.Value
	added   [][]string // added paths from here, each followed by its value
	values  []string
	new     map[string]bool // their first keys
	depth   int
	end     int // where its closing brace is
}

// A splice replaces a part of the text.
type splice struct {
	from, to int
	text     string
}

func open(text []byte) (*document, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	d := &document{text: text, root: root, objects: map[int]*object{}, strings: map[int]splice{}}
	d.style = d.layout()
	return d, nil
}

// set records one edit. again says that it depends on what another edit adds.
func (d *document) set(path []string, value string) (again bool, err error) {
	at, depth := d.root, 0
	for at.Kind() == strict.Object && depth < len(path) {
		o := d.object(at, depth)
		key := path[depth]
		if o.new[key] {
			return true, nil
		}
		next, found := o.members[key]
		if !found {
			o.new[key] = true
			o.added, o.values = append(o.added, path[depth:]), append(o.values, value)
			return false, nil
		}
		at, depth = next, depth+1
	}
	if depth < len(path) || at.Kind() != strict.String {
		return false, errNotObject
	}
	start := at.Offset()
	d.strings[start] = splice{start, start + len(at.Raw()) + 2, string(quote(value))}
	return false, nil
}

func (d *document) object(v strict.Value, depth int) *object {
	start := v.Offset()
	o := d.objects[start]
	if o == nil {
		o = &object{members: map[string]strict.Value{}, new: map[string]bool{}, depth: depth, end: start + len(v.Raw()) - 1}
		for k, e := range v.Members() {
			if _, twice := o.members[k.Text()]; !twice {
				o.members[k.Text()] = e
			}
			o.last = e
		}
		d.objects[start] = o
	}
	return o
}

// written returns the text with all changes.
func (d *document) written() []byte {
	all := make([]splice, 0, len(d.strings)+len(d.objects))
	for _, s := range d.strings {
		all = append(all, s)
	}
	for start, o := range d.objects {
		if len(o.added) > 0 {
			all = append(all, d.add(start, o))
		}
	}
	slices.SortFunc(all, func(a, b splice) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, s := range all {
		out = append(append(out, d.text[at:s.from]...), s.text...)
		at = s.to
	}
	return append(out, d.text[at:]...)
}

// add adds members after an object's last one.
func (d *document) add(start int, o *object) splice {
	if !o.last.Exists() {
		outer := strings.Repeat(d.style.indent, o.depth)
		base := outer + d.style.indent
		text := d.style.newline + base + d.style.nested(o.added[0], o.values[0], base)
		rest := d.more(o.added[1:], o.values[1:], base, d.style.newline != "")
		return splice{start + 1, o.end, text + rest + d.style.newline + outer}
	}
	from := o.last.Offset()
	after := from + len(o.last.Raw())
	if o.last.Kind() == strict.String {
		after += 2
	}
	base := indentation(d.text[d.line(from):from])
	return splice{after, after, d.more(o.added, o.values, base, bytes.IndexByte(d.text[start:after], '\n') >= 0)}
}

// more returns further members, each on its own line or all on one line.
func (d *document) more(added [][]string, values []string, base string, lines bool) string {
	s, between := d.style, ","+d.style.newline+base
	if !lines {
		s, base, between = style{colon: s.colon}, "", ", "
	}
	var b strings.Builder
	for i, keys := range added {
		b.WriteString(between + s.nested(keys, values[i], base))
	}
	return b.String()
}

// layout takes the style from the first member of the document, as npm does.
func (d *document) layout() style {
	s := style{newline: "\n", indent: "  ", colon: ": "}
	if bytes.Contains(d.text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	for k := range d.root.Members() {
		at := k.Offset()
		line := d.text[d.line(at):at]
		if blank := len(bytes.Trim(line, " \t")) == 0; blank && len(line) > 0 {
			s.indent = string(line)
		} else if !blank {
			s = style{colon: ": "}
		}
		break
	}
	return s
}

// line returns the beginning of the line of an offset.
func (d *document) line(at int) int { return bytes.LastIndexByte(d.text[:at], '\n') + 1 }
