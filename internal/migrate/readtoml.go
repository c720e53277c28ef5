package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxBrackets bounds nesting, because the library has no limit and a stack
// overflow ends the process. A policy file holds fewer entries than this.
const maxBrackets = 50_000

// readTOML reads TOML. The library's decoder decides whether the file is valid
// (it finds duplicate keys and tables). Its syntax tree, which does not, is
// walked for the line numbers.
func readTOML(data []byte) (value, error) {
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > maxBrackets {
		return value{}, fmt.Errorf("more than %d brackets", maxBrackets)
	}
	var whole map[string]any
	if err := toml.Unmarshal(data, &whole); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, column := at.Position()
			return value{}, fmt.Errorf("%d:%d: %w", line, column, err)
		}
		return value{}, err
	}
	t := &tomlReader{root: value{kind: table, line: 1}}
	for i, c := range data {
		if c == '\n' {
			t.breaks = append(t.breaks, i)
		}
	}
	t.parser.Reset(data)
	here := &t.root
	for t.parser.NextExpression() {
		var err error
		switch n := t.parser.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			here, err = t.open(n)
		case unstable.KeyValue:
			err = t.set(here, n, 0)
		}
		if err != nil {
			return value{}, err
		}
	}
	return t.root, t.parser.Error()
}

type tomlReader struct {
	parser unstable.Parser
	root   value
	breaks []int // offsets of line breaks
}

// line returns the line of a node. Containers have no position; their contents
// have.
func (t *tomlReader) line(n *unstable.Node) int {
	return sort.SearchInts(t.breaks, int(n.Raw.Offset)) + 1
}

// open finds or creates the table of a [header], or appends one for a
// [[header]].
func (t *tomlReader) open(n *unstable.Node) (*value, error) {
	here := &t.root
	for it := n.Key(); it.Next(); {
		key := it.Node()
		next, err := here.child(string(key.Data), t.line(key))
		if err != nil {
			return nil, err
		}
		if it.IsLast() && n.Kind == unstable.ArrayTable {
			if len(next.members) > 0 {
				return nil, fmt.Errorf("line %d: a table and a list", t.line(key))
			}
			next.kind = list
			next.list = append(next.list, value{kind: table, line: t.line(key)})
		}
		if next.kind == list {
			if len(next.list) == 0 {
				return nil, fmt.Errorf("line %d: a table below an empty list", t.line(key))
			}
			next = &next.list[len(next.list)-1]
		}
		here = next
	}
	return here, nil
}

// child returns the member with that key, created if missing.
func (v *value) child(key string, line int) (*value, error) {
	if v.kind != table {
		return nil, fmt.Errorf("line %d: a key below a value", line)
	}
	for i := range v.members {
		if v.members[i].key == key {
			return &v.members[i].value, nil
		}
	}
	v.members = append(v.members, member{key, value{kind: table, line: line}})
	return &v.members[len(v.members)-1].value, nil
}

// set reads key = value. Dots in the key are kept: names in osv-scanner's file
// contain them, and vulnerability.ignore is one setting to its reader.
func (t *tomlReader) set(here *value, n *unstable.Node, depth int) error {
	var keys []string
	line := 0
	for it := n.Key(); it.Next(); {
		keys = append(keys, string(it.Node().Data))
		line = t.line(it.Node())
	}
	v, err := t.value(n.Value(), depth)
	if err != nil {
		return err
	}
	v.line = line
	here.members = append(here.members, member{strings.Join(keys, "."), v})
	return nil
}

func (t *tomlReader) value(n *unstable.Node, depth int) (value, error) {
	v := value{kind: text, text: string(n.Data), line: t.line(n)}
	if depth > maxDepth {
		return v, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	switch n.Kind {
	case unstable.Bool:
		v.kind = boolean
	case unstable.Integer, unstable.Float:
		v.kind = number
	case unstable.Array:
		v = value{kind: list}
		for it := n.Children(); it.Next(); {
			e, err := t.value(it.Node(), depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, e)
		}
	case unstable.InlineTable:
		v = value{kind: table}
		for it := n.Children(); it.Next(); {
			if err := t.set(&v, it.Node(), depth+1); err != nil {
				return v, err
			}
			v.line = v.members[0].value.line
		}
	}
	return v, nil
}
