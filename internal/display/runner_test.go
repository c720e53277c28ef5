package display

import (
	"regexp"
	"strings"
	"unicode"
)

// commands is a port of how the GitHub runner finds commands in a stream
// (actions/runner, ActionCommand.cs), without its check that the command is a
// registered one: here every command counts.
func commands(stream string) []string {
	var found []string
	for _, l := range regexp.MustCompile("\r\n|\r|\n").Split(stream, -1) {
		// The second form: at the start of the line, after .NET's TrimStart.
		t := strings.TrimLeftFunc(l, unicode.IsSpace)
		if rest, ok := strings.CutPrefix(t, "::"); ok && strings.Contains(rest, "::") {
			found = append(found, l)
			continue
		}
		// The first form: anywhere in the line.
		if _, rest, ok := strings.Cut(l, "##["); ok && strings.Contains(rest, "]") {
			found = append(found, l)
		}
	}
	return found
}
