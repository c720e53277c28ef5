package runner

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// word is the form of our words for stop-commands: 128 random bits in hex.
var word = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Ours reports whether a command is one of those that the gate gives itself, in
// the form in which it gives them: the words between which commands are
// ignored, annotations under its own name, groups, masks and debug messages.
// Foreign text may stand in their data, on one line.
func Ours(c Command) bool {
	if !strings.HasPrefix(c.Line, "::"+c.Name) {
		return false // the other form, or not at the start of the line
	}
	switch c.Name {
	case "stop-commands":
		return len(c.Properties) == 0 && word.MatchString(c.Data)
	case "endgroup":
		return c.Line == "::endgroup::"
	case "group", "debug":
		return len(c.Properties) == 0 && !strings.ContainsFunc(c.Data, unicode.IsControl)
	case "add-mask":
		return len(c.Properties) == 0 && len(c.Data) >= 8 // a shorter one would garble the log
	case "error", "warning", "notice":
		for name := range c.Properties {
			if !slices.Contains([]string{"title", "file", "line", "col"}, name) {
				return false
			}
		}
		return strings.HasPrefix(c.Properties["title"], "publishgate") && !strings.ContainsFunc(c.Data, unicode.IsControl)
	}
	return word.MatchString(c.Name) && c.Line == "::"+c.Name+"::"
}
