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
	s, err := open(text)
	if err != nil {
		return text, slices.Repeat([]error{err}, len(edits))
	}
	return s.setAll(edits)
}

func (s *source) setAll(edits []edit) ([]byte, []error) {
	d := s.begin()
	later, errs := d.setAll(edits)
	text := d.written()
	if len(later) > 0 {
		rest := make([]edit, len(later))
		for i, at := range later {
			rest[i] = edits[at]
		}
		var more []error
		text, more = setAll(text, rest)
		for i, at := range later {
			errs[at] = more[i]
		}
	}
	return text, errs
}

// A source is a text that was parsed. It may be changed in several ways.
type source struct {
	text    []byte
	root    strict.Value
	style   style
	members map[int]*members // of objects, by the offset of their beginning
}

// members are those of an object.
type members struct {
	named map[string]strict.Value
	last  strict.Value
}

// A document is a source with its pending changes, by offset.
type document struct {
	*source
	objects map[int]*object // that were looked into, by the offset of their beginning
	strings map[int]splice  // values that are replaced, by the offset of their beginning
}

// An object is an object on the path of an edit.
type object struct {
	*members
	added  [][]string // added paths from here, each followed by its value
	values []string
	new    map[string]bool // their first keys
	depth  int
	end    int // where its closing brace is
}

// A splice replaces a part of the text.
type splice struct {
	from, to int
	text     string
}

func open(text []byte) (*source, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	s := &source{text: text, root: root, members: map[int]*members{}}
	s.style = s.layout()
	return s, nil
}

// begin returns the source without any change.
func (s *source) begin() *document {
	return &document{source: s, objects: map[int]*object{}, strings: map[int]splice{}}
}

// setAll records edits. later are those that depend on what others add.
func (d *document) setAll(edits []edit) (later []int, errs []error) {
	errs = make([]error, len(edits))
	for i, e := range edits {
		again, err := d.set(e.path, e.value)
		if errs[i] = err; again {
			later = append(later, i)
		}
	}
	return later, errs
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
		next, found := o.named[key]
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
		o = &object{members: d.membersOf(v), new: map[string]bool{}, depth: depth, end: start + len(v.Raw()) - 1}
		d.objects[start] = o
	}
	return o
}

// membersOf returns the members of an object, of two with one name the first.
func (s *source) membersOf(v strict.Value) *members {
	start := v.Offset()
	m := s.members[start]
	if m == nil {
		m = &members{named: map[string]strict.Value{}}
		for k, e := range v.Members() {
			if _, twice := m.named[k.Text()]; !twice {
				m.named[k.Text()] = e
			}
			m.last = e
		}
		s.members[start] = m
	}
	return m
}

// written returns the text with all changes.
func (d *document) written() []byte { return spliced(d.text, 0, d.splices()) }

// splices returns the changes in the order of the text.
func (d *document) splices() []splice {
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
	return all
}

// spliced returns a part of the text, which begins at an offset, with changes.
func spliced(part []byte, offset int, all []splice) []byte {
	var out []byte
	at := 0
	for _, s := range all {
		out = append(append(out, part[at:s.from-offset]...), s.text...)
		at = s.to - offset
	}
	return append(out, part[at:]...)
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
func (s *source) layout() style {
	l := style{newline: "\n", indent: "  ", colon: ": "}
	if bytes.Contains(s.text, []byte("\r\n")) {
		l.newline = "\r\n"
	}
	for k := range s.root.Members() {
		at := k.Offset()
		line := s.text[s.line(at):at]
		if blank := len(bytes.Trim(line, " \t")) == 0; blank && len(line) > 0 {
			l.indent = string(line)
		} else if !blank {
			l = style{colon: ": "}
		}
		break
	}
	return l
}

// line returns the beginning of the line of an offset.
func (s *source) line(at int) int { return bytes.LastIndexByte(s.text[:at], '\n') + 1 }
