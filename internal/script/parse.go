package script

import (
	"bytes"
	"sort"
	"strings"
	"unsafe"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"

	"github.com/publishgate/publishgate/internal/pattern"
)

// attributes are those of an import, which the parser does not know. They hold
// text and nothing else.
var attributes = pattern.New(`(?:\bfrom|\bimport)\s*` + quotedText +
	`\s*((?:with|assert)\s*\{(?:\s*\w+\s*:\s*` + quotedText + `\s*,?)*\s*\})`)

const quotedText = `(?:"[^"\n]*"|'[^'\n]*')`

// parseInto parses a file and fills in p. It returns why it did not; "": it did.
func parseInto(p *Program, src []byte) (why string) {
	if len(bytes.TrimSpace(src)) == 0 {
		return ""
	}
	if why := tooMuch(src); why != "" {
		return why
	}
	defer func() {
		if recover() != nil { // what the parser cannot do must not end the gate
			why = "the parser failed"
		}
	}()
	ast, own, err := parsed(src)
	if err != nil {
		return "it does not parse as JavaScript"
	}
	(&reading{program: p, tree: ast, lines: newLines(own)}).run()
	return ""
}

// parsed parses src as a module or, as Node does with a file of CommonJS, as the
// body of a function. It returns the bytes that the tree refers to.
func parsed(src []byte) (*js.AST, []byte, error) {
	own := make([]byte, len(src), len(src)+1) // the parser writes one byte behind it
	copy(own, src)
	ast, err := js.Parse(parse.NewInputBytes(own), js.Options{})
	if err == nil {
		return ast, own, nil
	}
	blanked := false
	for _, m := range attributes.FindAllSubmatchIndex(own, -1) {
		for i := m[2]; i < m[3]; i++ {
			if own[i] != '\n' {
				own[i] = ' '
			}
		}
		blanked = true
	}
	if blanked {
		if ast, err = js.Parse(parse.NewInputBytes(own), js.Options{}); err == nil {
			return ast, own, nil
		}
	}
	if strings.Contains(err.Error(), "unexpected return") {
		if own[0] == '#' && len(own) > 1 && own[1] == '!' {
			own[0], own[1] = '/', '/'
		}
		ast, err = js.Parse(parse.NewInputBytes(own), js.Options{Inline: true})
	}
	return ast, own, err
}

// lines tells the line of a text that is a part of a file.
type lines struct {
	src    []byte
	breaks []int
}

func newLines(src []byte) *lines {
	l := &lines{src: src}
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], '\n')
		if i < 0 {
			return l
		}
		at += i + 1
		l.breaks = append(l.breaks, at-1)
	}
}

// at returns the line of an offset.
func (l *lines) at(offset int) int { return sort.SearchInts(l.breaks, offset) + 1 }

// of returns the line of a part of the file, and 1 for a text that is none. The
// tree has no positions, but its texts are parts of the file: where they lie
// in memory is where they stand.
func (l *lines) of(part []byte) int {
	if len(part) == 0 || len(l.src) == 0 {
		return 1
	}
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(l.src)))
	if offset >= uintptr(len(l.src)) {
		return 1
	}
	return l.at(int(offset))
}
