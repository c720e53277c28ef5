package source

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// A converter converts a file as git does when it is added to the repository,
// so that a file which `git status` calls unchanged is recognised as the
// committed one. It follows git's convert.c, in that direction only. A filter
// in the configuration is a program and is never run.
type converter struct {
	repo       *Repository
	attributes *attributes
	// autocrlf says that core.autocrlf is true or input: files that look like
	// text are text.
	autocrlf bool
}

func newConverter(r *Repository, top hash) (*converter, error) {
	auto, err := r.config("core", "", "autocrlf")
	if err != nil {
		return nil, err
	}
	return &converter{r, newAttributes(r, top), on(auto) || strings.EqualFold(auto, "input")}, nil
}

// clean reports whether git converts a file to the committed content and, if
// not, whether the two differ in line endings only.
func (c *converter) clean(file string, id hash, content []byte) (clean, lineEnds bool, err error) {
	attrs, err := c.attributes.of(file)
	if err != nil {
		return false, false, err
	}
	content = decode(content, attrs["working-tree-encoding"])
	for _, form := range c.forms(content, attrs) {
		if attrs["ident"] == attrSet {
			form = foldIdent(form)
		}
		if nameOf(plumbing.BlobObject, form, id.size) == id {
			return true, false, nil
		}
	}
	_, had, err := c.repo.object(id, maxObject)
	if errors.Is(err, ErrMissing) || errors.Is(err, errLarge) { // it differs, but how is not known
		return false, false, nil
	}
	return false, err == nil && bytes.Equal(unixEnds(content), unixEnds(had)), err
}

// forms returns the contents that git may make of a file by converting line
// endings. When git guesses that a file is text, it keeps a CR LF that is
// already committed. So either the unchanged content or the converted one may
// equal the committed content.
func (c *converter) forms(content []byte, attrs map[string]string) [][]byte {
	unix := bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	switch kind := c.ends(attrs); {
	case kind == endsText:
		return [][]byte{unix}
	case kind == endsAuto && !looksBinary(content):
		return [][]byte{content, unix}
	}
	return [][]byte{content}
}

// How git treats the line endings of a file.
const (
	endsKept = iota // CR LF is kept
	endsText        // CR LF becomes LF
	endsAuto        // CR LF becomes LF if the content looks like text
)

// ends decides by the attributes text, crlf (its older name) and eol, and by
// core.autocrlf if they are unspecified (convert_attrs).
func (c *converter) ends(attrs map[string]string) int {
	kind, said := endsOf(attrs["text"])
	if !said {
		kind, said = endsOf(attrs["crlf"])
	}
	if eol := attrs["eol"]; !said && (eol == "lf" || eol == "crlf") {
		kind, said = endsText, true
	}
	if !said && c.autocrlf {
		kind = endsAuto
	}
	return kind
}

func endsOf(value string) (kind int, said bool) {
	switch value {
	case attrSet, "input":
		return endsText, true
	case attrUnset:
		return endsKept, true
	case "auto":
		return endsAuto, true
	}
	return endsKept, false
}

// unixEnds returns the content with LF as line ending; it also converts a lone
// CR.
func unixEnds(content []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// looksBinary reports whether git would take a content for binary
// (gather_stats, convert_is_binary): it has a CR without LF, a NUL byte, or
// more than one control character in 128.
func looksBinary(content []byte) bool {
	plain, odd := 0, 0
	for i, c := range content {
		switch {
		case c == 0, c == '\r' && (i+1 == len(content) || content[i+1] != '\n'):
			return true
		case c == '\r', c == '\n':
		case c == 0x7f, c < ' ' && c != '\b' && c != '\t' && c != 0x1b && c != '\f':
			odd++
		default:
			plain++
		}
	}
	if bytes.HasSuffix(content, []byte{0x1a}) { // the end-of-file character of DOS
		odd--
	}
	return plain>>7 < odd
}

// foldIdent replaces "$Id: … $" within one line by "$Id$" (ident_to_git).
func foldIdent(content []byte) []byte {
	var out []byte
	for {
		i := bytes.IndexByte(content, '$')
		if i < 0 {
			return append(out, content...)
		}
		out, content = append(out, content[:i+1]...), content[i+1:]
		if len(content) <= 3 || !bytes.HasPrefix(content, []byte("Id:")) {
			continue
		}
		end := bytes.IndexByte(content, '$')
		if end < 0 {
			return append(out, content...)
		}
		if bytes.IndexByte(content[:end], '\n') < 0 {
			out, content = append(out, "Id$"...), content[end+1:]
		}
	}
}
