package source

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// A converter does what git does to a file on its way into the repository, so
// that a file which `git status` calls unchanged is found to be what the commit
// has. It is git's convert.c in that one direction. A filter of the
// configuration is a program, and is not run.
type converter struct {
	repo       *Repository
	attributes *attributes
	autocrlf   bool // core.autocrlf of the checkout is true or input: files are text where they look so
}

func newConverter(r *Repository, top hash) (*converter, error) {
	auto, err := r.config("core", "", "autocrlf")
	if err != nil {
		return nil, err
	}
	return &converter{r, newAttributes(r, top), on(auto) || strings.EqualFold(auto, "input")}, nil
}

// clean reports whether git makes of a file what the commit has for it, and
// else whether the two differ in their line ends alone.
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
	if errors.Is(err, ErrMissing) || errors.Is(err, errLarge) { // it differs, and nothing can be said about how
		return false, false, nil
	}
	return false, err == nil && bytes.Equal(unixEnds(content), unixEnds(had)), err
}

// forms are the contents that git may make of one by its line ends. Where it
// guesses, it leaves a CR LF that the commit has too: then only the content as
// it is can be equal to the commit's, else only the other.
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

// The kinds of content, by what git does to its line ends.
const (
	endsKept = iota // a CR LF is what was meant
	endsText        // CR LF becomes LF
	endsAuto        // the same, if it looks like text
)

// ends chooses by the attributes text, crlf (its older name) and eol, and by
// core.autocrlf where they say nothing (convert_attrs).
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

// unixEnds writes line ends as LF, those of an old Macintosh too.
func unixEnds(content []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// looksBinary guesses as git does (gather_stats, convert_is_binary): a CR that no LF
// follows, a NUL byte, or more than one control character in 128.
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
	if bytes.HasSuffix(content, []byte{0x1a}) { // the end of a file of DOS
		odd--
	}
	return plain>>7 < odd
}

// foldIdent writes "$Id: … $" as "$Id$", in one line (ident_to_git).
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
