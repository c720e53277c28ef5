package incident

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
)

// maxWord is the longest text that is put into a command, in bytes.
const maxWord = 512

// blank stands in a command for a text that cannot be written there.
const blank = "FILL-THIS-IN"

// Quotable reports whether a text can be one word of a command that a person
// copies: what is shown must be what is run, so nothing that would be shown
// escaped, and nothing that a program would take for a flag.
func Quotable(s string) bool {
	return s != "" && len(s) <= maxWord && !strings.HasPrefix(s, "-") && display.Text(s) == s && !strings.ContainsAny(s, "\r\n\t")
}

// word returns a text as one word of a POSIX shell. Inside single quotes nothing
// is special to it but the quote.
func word(s string) string {
	bare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%_+=:,./-", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !bare(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// foreign returns a text from elsewhere as one word; where that cannot be, blank.
func foreign(s string) string {
	if !Quotable(s) {
		return blank
	}
	return word(s)
}

// line joins the words of a command. They are quoted already, or our own.
func line(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// at returns the flag that names the registry to npm; "" for the public one.
func (a *Ask) at() string {
	if a.Registry == npm.PublicRegistry || a.Registry == "" {
		return ""
	}
	return word("--registry=" + a.Registry)
}

// public reports whether the registry is npm's own.
func (a *Ask) public() bool { return a.Registry == npm.PublicRegistry || a.Registry == "" }
