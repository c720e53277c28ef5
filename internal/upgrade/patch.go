package upgrade

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/publishgate/publishgate/internal/npm"
)

// patch returns the changes of the steps to package.json, as a unified diff. A
// step that cannot be written there is left out of the patch and gets a note.
func (m *maker) patch(steps []Step) string {
	if len(m.Manifest.Raw) == 0 {
		return ""
	}
	s, err := open(m.Manifest.Raw)
	var all []edit
	var of []int // the step of each
	for i, c := range m.changes {
		edits := m.edits(c)
		for _, e := range edits {
			all, of = append(all, e), append(of, i)
		}
		if err == nil && len(edits) > 0 && i < maxSingly {
			steps[i].Edit = s.alone(edits)
		}
	}
	text, errs := m.Manifest.Raw, slices.Repeat([]error{err}, len(all))
	if err == nil {
		text, errs = s.setAll(all)
	}
	for i, err := range errs {
		if err != nil {
			steps[of[i]].Notes = append(steps[of[i]].Notes, "it is not in the patch: "+err.Error())
		}
	}
	if bytes.Equal(text, m.Manifest.Raw) {
		return ""
	}
	return string(diff.Diff("a/package.json", m.Manifest.Raw, "b/package.json", text))
}

// edits returns the edits of a change to the package.json that was read.
func (m *maker) edits(c *change) []edit {
	switch {
	case c.do == Override && c.edits[0].patch:
		return c.edits
	case c.do != Raise || c.at != m.Graph.Root:
		return nil
	}
	if m.lines == nil {
		m.lines = map[string][]npm.Dependency{}
		for _, d := range m.Manifest.Dependencies {
			m.lines[d.Name] = append(m.lines[d.Name], d)
		}
	}
	var list []edit
	for _, d := range m.lines[c.line] {
		// The same package may be in several fields, e.g. as a peer, with different
		// ranges.
		if d.Range == c.old || registrySpec(d.Range) && !m.within(c.to, d.Range) {
			list = append(list, edit{path: []string{fieldOf(d.Kind), d.Name}, value: restyle(d.Range, c.to)})
		}
	}
	return list
}

const dependencies = "dependencies"

func fieldOf(k npm.EdgeKind) string {
	switch k {
	case npm.EdgeDev:
		return "devDependencies"
	case npm.EdgeOptional:
		return "optionalDependencies"
	case npm.EdgePeer, npm.EdgePeerOptional:
		return "peerDependencies"
	}
	return dependencies
}

// A style is how a document is laid out; without newline all on one line.
type style struct {
	newline, indent, colon string
}

// nested returns `"a": {"b": "value"}` for the keys a, b, on a line that is
// indented by base.
func (s style) nested(keys []string, value, base string) string {
	head := string(quote(keys[0])) + s.colon
	if len(keys) == 1 {
		return head + string(quote(value))
	}
	return head + "{" + s.newline + base + s.indent + s.nested(keys[1:], value, base+s.indent) + s.newline + base + "}"
}

func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // ">" is part of a key of pnpm's
	_ = e.Encode(s)        // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// indentation returns the white space at the beginning of a line.
func indentation(line []byte) string {
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}
