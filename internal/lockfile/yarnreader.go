package lockfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A v1Entry is one entry of a yarn.lock of version 1.
type v1Entry struct {
	keys           []string // descriptors, "name@range"
	line           int
	name           string // if it differs from that of the keys
	version        string
	resolved       string // without the fragment
	hash           string // the fragment: a SHA-1 in hex, or a commit
	integrity      string
	prod, optional []v1Dependency
}

type v1Dependency struct{ name, rng string }

// A v1Reader reads the format line by line: descriptors without indentation,
// fields at two spaces, dependencies at four. It follows yarn's own parser but
// refuses some errors that the parser accepts: a descriptor or field that
// occurs twice, and a truncated file.
type v1Reader struct {
	file    string
	line    int
	text    string // of the line
	at      int    // in text
	entries []v1Entry
	keys    map[string]int // descriptor → index in entries
	names   []string       // arena of keys
}

// readV1 reads the entries of a lockfile in file order.
func readV1(file, text string) (*v1Reader, error) {
	r := &v1Reader{file: file, line: 1}
	text = strings.TrimPrefix(text, "\uFEFF")
	if !utf8.ValidString(text) {
		return nil, r.invalidUTF8(text)
	}
	n := strings.Count(text, "\n\n")
	r.entries = make([]v1Entry, 0, n)
	r.keys = make(map[string]int, n+n/2)
	var list *[]v1Dependency // to which lines of four spaces add
	for rest := text; rest != ""; r.line++ {
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			r.text, r.at = rest, len(rest)
			return nil, r.fail("it was cut off: the last line has no end")
		}
		r.text, rest = strings.TrimSuffix(rest[:end], "\r"), rest[end+1:]
		r.at = 0
		for r.at < len(r.text) && r.text[r.at] == ' ' {
			r.at++
		}
		if r.at == len(r.text) {
			continue
		}
		var err error
		switch {
		case r.text[r.at] == '#':
			err = r.comment(r.text[r.at+1:])
		case r.at == 0:
			list, err = nil, r.open()
		case len(r.entries) == 0:
			err = r.fail("unexpected indentation")
		case r.at == 2:
			list, err = r.field()
		case r.at == 4 && list != nil:
			err = r.dependency(list)
		default:
			err = r.fail("unexpected indentation")
		}
		if err != nil {
			return nil, err
		}
	}
	return r, r.complete()
}

// fail makes an error that leads with file, line and column.
func (r *v1Reader) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", r.file, r.line, r.at+1, fmt.Sprintf(format, args...))
}

func (r *v1Reader) invalidUTF8(text string) error {
	for i, c := range text {
		if c == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				before := text[:i]
				r.line, r.at = 1+strings.Count(before, "\n"), i-strings.LastIndexByte(before, '\n')-1
				break
			}
		}
	}
	return r.fail("it is not text: invalid UTF-8")
}

// comment reads the version of the format, which is in a comment.
func (r *v1Reader) comment(text string) error {
	if v, ok := strings.CutPrefix(strings.TrimSpace(text), "yarn lockfile v"); ok && v != "1" {
		return r.fail("unknown yarn lockfile version %s: this version reads 1 and those of yarn 2 and later", clip(v))
	}
	return nil
}

// open starts an entry: `"@s/a@^1", a@2:`.
func (r *v1Reader) open() error {
	if err := r.closed(); err != nil {
		return err
	}
	first := len(r.names)
	for {
		column := r.at
		key, err := r.token()
		if err != nil {
			return err
		}
		if _, twice := r.keys[key]; twice || key == "" {
			r.at = column
			return r.fail("the descriptor %+q stands twice or is empty", clip(key))
		}
		r.keys[key] = len(r.entries)
		r.names = append(r.names, key)
		if r.at < len(r.text) && r.text[r.at] == ',' {
			for r.at++; r.at < len(r.text) && r.text[r.at] == ' '; r.at++ {
			}
			continue
		}
		if r.text[r.at:] != ":" {
			return r.fail("expected a colon at the line's end")
		}
		break
	}
	r.entries = append(r.entries, v1Entry{keys: r.names[first:len(r.names):len(r.names)], line: r.line})
	return nil
}

// closed checks a complete entry: yarn writes none without a version.
func (r *v1Reader) closed() error {
	if n := len(r.entries); n > 0 && r.entries[n-1].version == "" {
		e := &r.entries[n-1]
		return fmt.Errorf("%s:%d:1: the entry of %+q has no version: run yarn install and commit the lockfile", r.file, e.line, clip(e.keys[0]))
	}
	return nil
}

func (r *v1Reader) complete() error { return r.closed() }

// field reads a line of two spaces. For a list it returns the slice to which
// the lines below add; that of a field we do not use is discarded.
func (r *v1Reader) field() (*[]v1Dependency, error) {
	e := &r.entries[len(r.entries)-1]
	name, err := r.token()
	if err != nil {
		return nil, err
	}
	if r.text[r.at:] == ":" {
		list := new([]v1Dependency)
		switch name {
		case "dependencies":
			list = &e.prod
		case "optionalDependencies":
			list = &e.optional
		}
		if *list != nil {
			return nil, r.fail("%s stands twice", name)
		}
		*list = []v1Dependency{}
		return list, nil
	}
	value, err := r.value()
	if err != nil {
		return nil, err
	}
	var to *string
	switch name {
	case "name":
		to = &e.name
	case "version":
		to = &e.version
	case "resolved":
		to = &e.resolved
	case "integrity":
		to = &e.integrity
	case "dependencies", "optionalDependencies":
		return nil, r.fail("%s is text, expected a list", name)
	default:
		return nil, nil
	}
	if *to != "" || value == "" {
		return nil, r.fail("%s stands twice or is empty", name)
	}
	*to = value
	if name == "resolved" {
		e.resolved, e.hash = splitHash(value)
	}
	return nil, nil
}

// splitHash splits the SHA-1 off the address of a tarball. The fragment of a
// git address is its commit and stays.
func splitHash(resolved string) (address, hash string) {
	i := strings.LastIndexByte(resolved, '#')
	if i < 0 || strings.HasPrefix(resolved, "git") || strings.HasPrefix(resolved, "ssh:") ||
		strings.HasPrefix(resolved[:i], "http") && strings.HasSuffix(resolved[:i], ".git") {
		return resolved, ""
	}
	return resolved[:i], resolved[i+1:]
}

func (r *v1Reader) dependency(list *[]v1Dependency) error {
	column := r.at
	name, err := r.token()
	if err != nil {
		return err
	}
	rng, err := r.value()
	if err != nil {
		return err
	}
	if n := len(*list); n > 0 && (*list)[n-1].name == name || name == "" {
		r.at = column
		return r.fail("the dependency %+q stands twice or is empty", clip(name))
	}
	*list = append(*list, v1Dependency{name, rng})
	return nil
}

// value reads the text after a name, to the line's end.
func (r *v1Reader) value() (string, error) {
	if r.at >= len(r.text) || r.text[r.at] != ' ' {
		return "", r.fail("expected a space and a value")
	}
	r.at++
	v, err := r.token()
	if err == nil && r.at != len(r.text) {
		return "", r.fail("unexpected text after the value")
	}
	return v, err
}

// token reads a quoted or a bare word.
func (r *v1Reader) token() (string, error) {
	s := r.text[r.at:]
	if s == "" {
		return "", r.fail("unexpected end of the line")
	}
	if s[0] == '"' {
		return r.quoted(s)
	}
	if c := s[0]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '.' || c == '-') {
		c, _ := utf8.DecodeRuneInString(s)
		return "", r.fail("unexpected %+q", string(c))
	}
	end := 0
	for end < len(s) && s[end] > ' ' && s[end] != ':' && s[end] != ',' {
		end++
	}
	r.at += end
	return s[:end], nil
}

func (r *v1Reader) quoted(s string) (string, error) {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			r.at += i + 1
			if strings.IndexByte(s[:i], '\\') < 0 {
				return s[1:i], nil
			}
			text, err := strconv.Unquote(s[:i+1])
			if err != nil {
				return "", r.fail("a string with an unknown escape")
			}
			return text, nil
		case c == '\\':
			i++
		case c < ' ':
			return "", r.fail("a control character in a string")
		}
	}
	return "", r.fail("a string without an end")
}
