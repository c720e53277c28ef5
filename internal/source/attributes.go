package source

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/gitignore"
)

// attributes returns the git attributes of a path by a commit's .gitattributes
// files (gitattributes(5)). Files that exist only on disk do not count, nor
// does the machine's own configuration: what is committed was reviewed. The
// test compares with git check-attr.
type attributes struct {
	repo   *Repository
	top    hash
	lists  map[string][]attributeLine // by directory
	macros map[string][]assignment    // [attr] lines, which are allowed in the root's file only
}

// An attributeLine assigns attributes to the paths of a pattern.
type attributeLine struct {
	pattern *gitignore.List
	sets    []assignment
}

type assignment struct{ name, value string }

// The values of an attribute besides a text. They begin with a space, so no
// text in a line can equal them.
const (
	attrSet         = " set"
	attrUnset       = " unset"
	attrUnspecified = " unspecified" // "!": as if no line had named it
)

// maxAttributeLine is the longest line that git reads, in bytes; longer ones
// are ignored (attr.h).
const maxAttributeLine = 2048

func newAttributes(r *Repository, top hash) *attributes {
	return &attributes{r, top, map[string][]attributeLine{}, map[string][]assignment{
		"binary": {{"diff", attrUnset}, {"merge", attrUnset}, {"text", attrUnset}},
	}}
}

// of returns the attributes of a file. The deepest directory's list takes
// precedence, and in each list the last line.
func (a *attributes) of(file string) (map[string]string, error) {
	if _, err := a.list("."); err != nil { // for its macros
		return nil, err
	}
	values := map[string]string{}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		lines, err := a.list(dir)
		if err != nil {
			return nil, err
		}
		below := file
		if dir != "." {
			below = file[len(dir)+1:]
		}
		for i := len(lines) - 1; i >= 0; i-- {
			if lines[i].pattern.Alone(below, false).Pattern != "" {
				a.fill(values, lines[i].sets)
			}
		}
		if dir == "." {
			return values, nil
		}
	}
}

// fill assigns values to the attributes that have none yet, the last first. A
// macro that is set assigns its own attributes.
func (a *attributes) fill(values map[string]string, sets []assignment) {
	for i := len(sets) - 1; i >= 0; i-- {
		s := sets[i]
		if _, known := values[s.name]; known {
			continue
		}
		values[s.name] = s.value
		if s.value == attrSet {
			a.fill(values, a.macros[s.name])
		}
	}
}

// list reads the file of one directory.
func (a *attributes) list(dir string) ([]attributeLine, error) {
	if lines, ok := a.lists[dir]; ok {
		return lines, nil
	}
	data, err := a.repo.small(a.top, path.Join(dir, ".gitattributes"))
	if err != nil {
		return nil, err
	}
	var lines []attributeLine
	for text := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if len(text) >= maxAttributeLine {
			continue
		}
		pattern, sets, ok := parseAttributes(strings.TrimRight(text, "\r\n"))
		if !ok {
			continue
		}
		if name, macro := strings.CutPrefix(pattern, "[attr]"); macro {
			if name = strings.TrimLeft(name, " \t"); dir == "." && attributeName(name) {
				a.macros[name] = sets
			}
			continue
		}
		if list := gitignore.Compile(pattern); list.Len() > 0 && pattern[0] != '!' { // git ignores negative ones
			lines = append(lines, attributeLine{list, sets})
		}
	}
	a.lists[dir] = lines
	return lines, nil
}

// parseAttributes reads one line: a pattern, which may be quoted, and
// attributes. A line with an invalid attribute name is ignored.
func parseAttributes(line string) (pattern string, sets []assignment, ok bool) {
	const blank = " \t\r"
	line = strings.TrimLeft(line, blank)
	if line == "" || line[0] == '#' {
		return "", nil, false
	}
	rest := ""
	if end := closingQuote(line); end > 0 {
		unquoted, err := strconv.Unquote(line[:end+1])
		if err != nil {
			return "", nil, false
		}
		pattern, rest = unquoted, line[end+1:]
	} else {
		start := 0
		if strings.HasPrefix(line, "[attr]") { // white space may precede the name
			start = len(line) - len(strings.TrimLeft(line[len("[attr]"):], blank))
		}
		end := strings.IndexAny(line[start:], blank)
		if end < 0 {
			return line, nil, true
		}
		pattern, rest = line[:start+end], line[start+end:]
	}
	for _, word := range strings.FieldsFunc(rest, func(c rune) bool { return strings.ContainsRune(blank, c) }) {
		s := assignment{word, attrSet}
		if name, value, has := strings.Cut(word, "="); has {
			s = assignment{name, value}
		} else if word[0] == '-' {
			s = assignment{word[1:], attrUnset}
		} else if word[0] == '!' {
			s = assignment{word[1:], attrUnspecified}
		}
		if !attributeName(s.name) {
			return "", nil, false
		}
		sets = append(sets, s)
	}
	return pattern, sets, true
}

// closingQuote returns where a quoted pattern ends; 0 for an unquoted one.
func closingQuote(line string) int {
	if line[0] != '"' {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return 0
}

// attributeName reports whether git accepts the name of an attribute
// (attr_name_valid).
func attributeName(name string) bool {
	return name != "" && name[0] != '-' && len(bytes.Trim([]byte(name),
		"-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) == 0
}
