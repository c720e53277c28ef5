// Package written reads a security policy that people wrote, in Markdown, and
// the line file beside it, which says for each of its lines what answers it: a
// key of the policy file, a rule, a review, a control, or a reason why nothing
// does. It compares the two and does not know what a key is: the caller says
// whether an answer stands. It opens no file and reads no clock.
package written

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/markdown"
)

// MaxBytes bounds the prose and the line file, in bytes.
const MaxBytes = 1 << 20

// maxStatements bounds the lines of one policy.
const maxStatements = 20000

// A Statement is one line of the prose. Blank lines, headings and the fences of
// code are none; what stands between fences is, since lists of files are often
// written there.
type Statement struct {
	Line   int    // the first is 1
	Text   string // without list marks and quote marks, white space as single spaces
	Digest string // 64 hex digits: the SHA-256 of Text
}

// Asks reports whether a line can ask for something: it has a letter or a digit.
func (s *Statement) Asks() bool {
	return strings.ContainsFunc(s.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Statements returns the lines of a policy, in order.
func Statements(prose []byte) ([]Statement, error) {
	switch {
	case len(prose) > MaxBytes:
		return nil, fmt.Errorf("it has %d bytes, more than the %d that are read", len(prose), MaxBytes)
	case !utf8.Valid(prose):
		return nil, errors.New("it is not UTF-8")
	}
	lines := markdown.Lines(string(prose))
	var found []Statement
	fence := ""
	for i, line := range lines {
		bare := strings.TrimSpace(line)
		mark := markdown.Fence(unmarked(bare))
		switch {
		case bare == "":
			continue
		case fence != "" && markdown.Closes(unmarked(bare), fence):
			fence = ""
			continue
		case fence != "": // code: every line counts, a # is no heading
		case mark != "":
			fence = mark
			continue
		case isHeading(bare), underlines(bare) && i > 0 && isTitle(lines[i-1]), isTitle(line) && i+1 < len(lines) &&
			underlines(strings.TrimSpace(lines[i+1])):
			continue
		}
		text := strings.Join(strings.Fields(bare), " ")
		if fence == "" {
			text = unmarked(text)
		}
		if text == "" { // a list mark with nothing behind it
			continue
		}
		if len(found) == maxStatements {
			return nil, fmt.Errorf("it has more than %d lines", maxStatements)
		}
		sum := sha256.Sum256([]byte(text))
		found = append(found, Statement{Line: i + 1, Text: text, Digest: hex.EncodeToString(sum[:])})
	}
	return found, nil
}

// unmarked cuts the marks of quotes, list items and tasks in front of a line, so
// that a list that is numbered anew says what it said before.
func unmarked(line string) string {
	for {
		rest, ok := cutMark(line)
		if !ok {
			return line
		}
		line = rest
	}
}

func cutMark(line string) (rest string, ok bool) {
	switch {
	case strings.HasPrefix(line, ">"):
		return strings.TrimLeft(line[1:], " \t"), true
	case line == "-" || line == "*" || line == "+":
		return "", true
	case len(line) > 1 && strings.ContainsRune("-*+", rune(line[0])) && (line[1] == ' ' || line[1] == '\t'):
		return strings.TrimLeft(line[2:], " \t"), true
	case len(line) > 3 && line[0] == '[' && strings.ContainsRune(" xX", rune(line[1])) && line[2] == ']' && line[3] == ' ':
		return strings.TrimLeft(line[4:], " \t"), true
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits > 0 && digits < 10 && digits+1 < len(line) && (line[digits] == '.' || line[digits] == ')') &&
		(line[digits+1] == ' ' || line[digits+1] == '\t') {
		return strings.TrimLeft(line[digits+2:], " \t"), true
	}
	return line, false
}

// isHeading reports whether a line is a heading that begins with #.
func isHeading(line string) bool {
	level := len(line) - len(strings.TrimLeft(line, "#"))
	return level >= 1 && level <= 6 && (len(line) == level || line[level] == ' ' || line[level] == '\t')
}

// underlines reports whether a line makes the one above it a heading.
func underlines(line string) bool {
	return len(line) >= 2 && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == "")
}

// isTitle reports whether a line may be the text of an underlined heading: a
// paragraph's only line would be, an item of a list or a row of a table is not.
func isTitle(line string) bool {
	bare := strings.TrimSpace(line)
	_, marked := cutMark(bare)
	return bare != "" && !marked && !strings.HasPrefix(line, "    ") && !strings.HasPrefix(bare, "|") && !isHeading(bare) &&
		markdown.Fence(bare) == "" && !underlines(bare)
}
