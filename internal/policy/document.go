package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/display"
)

// maxFile bounds a policy file, in bytes.
const maxFile = 1 << 20

// document reads the one YAML document of a policy file as nodes, nil for an
// empty file. YAML is cut down to what a policy needs: no anchors and aliases
// (they make "billion laughs" bombs), no tags, no tabs, no duplicate keys.
func (r *reader) document(data []byte) *yaml.Node {
	switch {
	case len(data) > maxFile:
		r.at(1, fmt.Sprintf("the file has %d bytes, more than the %d a policy may have", len(data), maxFile), "")
		return nil
	case !utf8.Valid(data):
		r.at(1, "the file is not UTF-8", "")
		return nil
	case !r.noTabs(data):
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		r.at(second.Line, "a second document starts here", "keep one")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	if len(doc.Content) != 1 {
		return nil
	}
	if n := doc.Content[0]; isNull(n) {
		r.void = n.Value != ""
		return nil
	}
	before := len(r.mistakes)
	r.plain(doc.Content[0])
	if len(r.mistakes) > before {
		return nil // what an alias stands for is not looked at
	}
	return doc.Content[0]
}

// noTabs reports whether the indentation has no tabs, and records each line
// with one as a mistake. YAML forbids tabs too, but parsers differ in where
// they notice, and their messages are hard to understand.
func (r *reader) noTabs(data []byte) bool {
	line, ok := 0, true
	for text := range bytes.Lines(data) {
		line++
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if bytes.IndexByte(indent, '\t') >= 0 {
			r.at(line, "a tab in the indentation", "use spaces")
			ok = false
		}
	}
	return ok
}

// plain refuses, in a node and all below it, the parts of YAML that a policy
// does not need.
func (r *reader) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.mistake(n, "aliases are not read", "write the value out")
		return // n.Alias is visited at its own place
	case n.Anchor != "":
		r.mistake(n, "anchors are not read", "write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		r.mistake(n, "tags are not read", "write the value without one")
	}
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]int, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode {
				continue
			}
			if first, dup := seen[k.Value]; dup {
				r.mistake(k, fmt.Sprintf("%s is already set on line %d", quote(k.Value), first), "keep one")
			} else {
				seen[k.Value] = k.Line
			}
		}
	}
	for _, c := range n.Content {
		r.plain(c)
	}
}

// syntax records an error of the YAML parser, whose text begins with its line.
func (r *reader) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, what, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil && n > 0 {
				line, text = n, what
			}
		}
	}
	hint := ""
	if strings.Contains(text, "cannot start any token") || strings.Contains(text, "alphabetic or numeric character") {
		hint = `put values that begin with @ or * in quotes`
	}
	r.at(line, "not YAML: "+text, hint)
}

// isNull reports whether a node is empty, as in "licenses:" and nothing more.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// quote shows text of the file, shortened.
func quote(s string) string { return strconv.Quote(display.Clip(s, 60)) }
