package policy

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrVoid is the error for a policy file that holds only null, as a program
// with nothing to write leaves it. Whether a policy was meant is unknown.
var ErrVoid = errors.New("the policy is null: something wrote a file without having a policy; an empty file " +
	"is the built-in one")

// Parse reads a policy file. The file name is only shown to people; "" means
// .publishgate.yml. An empty file is the built-in policy. The error, if any, is
// ErrVoid, or Mistakes with every error in the file.
func Parse(data []byte, file string) (*Policy, error) {
	if file == "" {
		file = ".publishgate.yml"
	}
	r := &reader{file: file, keys: keys()}
	p := &Policy{file: file}
	if root := r.document(data); root != nil {
		r.policy(root, p)
	}
	switch {
	case len(r.mistakes) > 0:
		return nil, r.mistakes.sorted()
	case r.void:
		return nil, fmt.Errorf("%s: %w", file, ErrVoid)
	}
	return p, nil
}

// A reader walks the nodes of one file and collects its mistakes.
type reader struct {
	file     string
	keys     []key
	mistakes Mistakes
	void     bool // the file is the literal null
}

func (r *reader) at(line int, text, hint string) {
	r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: max(line, 1), Text: text, Hint: hint})
}

func (r *reader) mistake(n *yaml.Node, text, hint string) { r.at(n.Line, text, hint) }

// policy reads the whole file.
func (r *reader) policy(root *yaml.Node, p *Policy) {
	for k, v := range r.pairs(root, "the policy") {
		switch k.Value {
		case "packages":
			p.packages = r.packages(v)
		case "exceptions":
			p.exceptions = r.exceptions(v)
		default:
			p.base = append(p.base, r.key(k, v, "", topOnly)...)
		}
	}
	order(p.base, r.keys)
	if len(r.mistakes) == 0 {
		r.attested(p.base)
	}
}

// packages reads the entries with settings for some packages only.
func (r *reader) packages(n *yaml.Node) []layer {
	var layers []layer
	for k, v := range r.pairs(n, "packages") {
		if _, err := path.Match(k.Value, ""); err != nil || strings.TrimSpace(k.Value) != k.Value || k.Value == "" {
			r.mistake(k, fmt.Sprintf("packages: %s is no name pattern", quote(k.Value)), "")
			continue
		}
		l := layer{pattern: k.Value}
		for k, v := range r.pairs(v, "packages."+k.Value) {
			l.settings = append(l.settings, r.key(k, v, "", packagesOnly)...)
		}
		order(l.settings, r.keys)
		layers = append(layers, l)
	}
	return layers
}

// order sorts settings in the order of keys, in which they are applied.
func order(settings []setting, keys []key) {
	place := make(map[string]int, len(keys))
	for i, k := range keys {
		place[k.path] = i
	}
	slices.SortStableFunc(settings, func(a, b setting) int { return place[a.key.path] - place[b.key.path] })
}

// pairs yields the keys and values of a mapping; an empty value has none.
func (r *reader) pairs(n *yaml.Node, what string) func(func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if isNull(n) {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.mistake(n, fmt.Sprintf("%s: keys with values expected, found %s", what, form(n)), "")
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || isNull(k) {
				r.mistake(k, fmt.Sprintf("%s: a key must be a word, found %s", what, form(k)), "")
				continue
			}
			if !yield(k, n.Content[i+1]) {
				return
			}
		}
	}
}

// key reads one key below a known one ("" at the top) and everything below it.
// here is the current place: topOnly or packagesOnly.
func (r *reader) key(k, v *yaml.Node, above string, here place) []setting {
	full, name := r.resolve(above, k.Value)
	known := full != ""
	if known {
		if i := slices.IndexFunc(r.keys, func(c key) bool { return c.path == full }); i >= 0 {
			c := &r.keys[i]
			if c.where != everywhere && c.where != here {
				r.mistake(k, fmt.Sprintf("%s cannot be set %s", full, notHere(here)), "")
				return nil
			}
			val, ok := r.value(c, v)
			if !ok {
				return nil
			}
			val.name, val.line = name, k.Line
			return []setting{{c, val}}
		}
	}
	if !known {
		r.mistake(k, fmt.Sprintf("unknown key %s%s", quote(k.Value), below(above)), r.suggest(above, k.Value, here))
		return nil
	}
	var settings []setting
	for sub, subv := range r.pairs(v, full) {
		for _, s := range r.key(sub, subv, full, here) {
			if name != "" {
				s.value.name = name // the "*" was this key, not the one below
			}
			settings = append(settings, s)
		}
	}
	return settings
}

// resolve finds the path of a key below another. For a free name the path has
// "*", and the name is returned too. The path is "" for an unknown key.
func (r *reader) resolve(above, word string) (full, name string) {
	for _, c := range [2]string{word, "*"} {
		full = join(above, c)
		if word == "" || word == "*" || strings.TrimSpace(word) != word || strings.Contains(c, ".") || !r.known(full) {
			continue
		}
		if c == "*" {
			name = word
		}
		return full, name
	}
	return "", ""
}

// known reports whether a path is that of a key or of a parent of one.
func (r *reader) known(path string) bool {
	return slices.ContainsFunc(r.keys, func(k key) bool {
		rest, ok := strings.CutPrefix(k.path, path)
		return ok && (rest == "" || rest[0] == '.')
	})
}

// children lists the words allowed directly below a path, in the order of keys.
func (r *reader) children(above string) []string {
	var words []string
	for _, c := range r.keys {
		rest := c.path
		if above != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(c.path, above+"."); !ok {
				continue
			}
		}
		w, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// suggest returns the key that was probably meant: a sibling with a similar
// spelling, else a key of exactly that name elsewhere.
func (r *reader) suggest(above, word string, here place) string {
	if len(r.mistakes) > maxMistakes { // it will not be shown, and it takes time
		return ""
	}
	near := r.children(above)
	if above == "" && here == topOnly {
		near = append(near, "packages", "exceptions")
	}
	near = slices.DeleteFunc(near, func(w string) bool { return w == "*" })
	if hint := didYouMean(word, near); hint != "" {
		return hint
	}
	for _, c := range r.keys {
		if strings.HasSuffix(c.path, "."+word) && !strings.Contains(c.path, "*") {
			return "did you mean " + c.path + "?"
		}
	}
	if len(near) > 0 && len(near) <= 8 {
		return "known here: " + strings.Join(near, ", ")
	}
	return ""
}

func join(above, word string) string {
	if above == "" {
		return word
	}
	return above + "." + word
}

func below(above string) string {
	if above == "" {
		return ""
	}
	return " in " + above
}

func notHere(here place) string {
	if here == packagesOnly {
		return "for single packages, only at the top"
	}
	return "at the top, only in an entry of packages"
}

// form describes the kind of a node for messages.
func form(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return quote(n.Value)
}
