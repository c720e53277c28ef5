package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strictjson"
)

func parse(data []byte) (strictjson.Value, error) {
	return strictjson.ParseWithin(data, strictjson.Limits{Bytes: npm.MaxManifest})
}

// patch is what the steps change in package.json, as a unified diff. A step
// that cannot be written there loses its place in the patch and says so.
func (m *maker) patch(steps []Step) string {
	if len(m.Manifest.Raw) == 0 {
		return ""
	}
	text := m.Manifest.Raw
	for i, c := range m.changes {
		for _, e := range m.edits(c) {
			next, err := set(text, e.path, e.value)
			if err != nil {
				steps[i].Notes = append(steps[i].Notes, "it is not in the patch: "+err.Error())
				continue
			}
			text = next
		}
	}
	if bytes.Equal(text, m.Manifest.Raw) {
		return ""
	}
	return string(diff.Diff("a/package.json", m.Manifest.Raw, "b/package.json", text))
}

// edits are what a change does to the package.json at hand.
func (m *maker) edits(c *change) []edit {
	switch {
	case c.do == Override && c.edits[0].patch:
		return c.edits
	case c.do != Raise || c.at != m.Graph.Root:
		return nil
	}
	var list []edit
	for _, d := range m.Manifest.Dependencies {
		// The same package may stand in several fields, as a peer for one, with
		// a range of its own.
		if d.Name == c.line && (d.Range == c.old || registrySpec(d.Range) && !m.within(c.to, d.Range)) {
			list = append(list, edit{path: []string{fieldOf(d.Kind), d.Name}, value: restyle(d.Range, c.to)})
		}
	}
	return list
}

func fieldOf(k npm.EdgeKind) string {
	switch k {
	case npm.EdgeDev:
		return "devDependencies"
	case npm.EdgeOptional:
		return "optionalDependencies"
	case npm.EdgePeer, npm.EdgePeerOptional:
		return "peerDependencies"
	}
	return "dependencies"
}

var errNotObject = errors.New("there is something else in its place")

// set gives the string at a path of keys another value, or adds what is missing
// of the path, in the document's own style. All other bytes stay.
func set(text []byte, path []string, value string) ([]byte, error) {
	doc, err := parse(text)
	if err != nil {
		return nil, err
	}
	at, depth := doc, 0
	for at.Kind() == strictjson.Object && depth < len(path) {
		next := at.Get(path[depth])
		if !next.Exists() {
			return insert(text, doc, at, path[depth:], depth, value), nil
		}
		at, depth = next, depth+1
	}
	if depth < len(path) || at.Kind() != strictjson.String {
		return nil, errNotObject
	}
	start := offset(text, at)
	return slices.Concat(text[:start], quote(value), text[start+len(at.Raw())+2:]), nil
}

// insert adds a member after an object's last one.
func insert(text []byte, doc, object strictjson.Value, keys []string, depth int, value string) []byte {
	s := styleOf(text, doc)
	start := offset(text, object)
	end := start + len(object.Raw()) - 1 // its closing brace
	var last strictjson.Value
	for _, v := range object.Members() {
		last = v
	}
	if !last.Exists() {
		outer := strings.Repeat(s.indent, depth)
		body := s.newline + outer + s.indent + s.nested(keys, value, outer+s.indent) + s.newline + outer
		return slices.Concat(text[:start+1], []byte(body), text[end:])
	}
	after := offset(text, last) + len(last.Raw())
	if last.Kind() == strictjson.String {
		after += 2
	}
	if bytes.IndexByte(text[start:after], '\n') < 0 { // all on one line
		s = style{colon: s.colon}
		return slices.Concat(text[:after], []byte(", "+s.nested(keys, value, "")), text[after:])
	}
	line := text[:offset(text, last)]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	base := string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	member := "," + s.newline + base + s.nested(keys, value, base)
	return slices.Concat(text[:after], []byte(member), text[after:])
}

// A style is how a document is laid out; without newline all on one line.
type style struct {
	newline, indent, colon string
}

// styleOf reads it off the first member of the document, as npm does.
func styleOf(text []byte, doc strictjson.Value) style {
	s := style{newline: "\n", indent: "  ", colon: ": "}
	if bytes.Contains(text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	for k := range doc.Members() {
		line := text[:offset(text, k)]
		line = line[bytes.LastIndexByte(line, '\n')+1:]
		if blank := len(bytes.Trim(line, " \t")) == 0; blank && len(line) > 0 {
			s.indent = string(line)
		} else if !blank {
			s = style{colon: ": "}
		}
		break
	}
	return s
}

// nested is `"a": {"b": "value"}` for the keys a, b, on a line that is indented
// by base.
func (s style) nested(keys []string, value, base string) string {
	head := string(quote(keys[0])) + s.colon
	if len(keys) == 1 {
		return head + string(quote(value))
	}
	return head + "{" + s.newline + base + s.indent + s.nested(keys[1:], value, base+s.indent) + s.newline + base + "}"
}

// offset is where a value begins, a string at its opening quote.
func offset(text []byte, v strictjson.Value) int {
	line, column := v.Position()
	at := 0
	for ; line > 1; line-- {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	return at + column - 1
}

func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // ">" is part of a key of pnpm's
	_ = e.Encode(s)        // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
