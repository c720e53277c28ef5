package runner

import (
	"strings"
	"unicode"
)

// A Command is one that a line holds.
type Command struct {
	Name       string
	Properties map[string]string
	Data       string
	Line       string // the whole line
}

// The escapes of each form, in the order in which they are undone.
var (
	dataEscapes     = []string{"%0D", "\r", "%0A", "\n", "%25", "%"}
	propertyEscapes = []string{"%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%"}
	firstEscapes    = []string{"%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%"}
)

// unescape undoes one escape after the other, as the runner does.
func unescape(s string, escapes []string) string {
	for i := 0; i < len(escapes); i += 2 {
		s = strings.ReplaceAll(s, escapes[i], escapes[i+1])
	}
	return s
}

// Parse returns the command in a line, if there is one with a name that is known
// (ActionCommand.TryParseV2, then TryParse). "::name k=v,k=v::data" stands at the
// start of the line, after any of Unicode's spaces; "##[name k=v;k=v]data" stands
// anywhere in it.
//
// The runner searches by the rules of its culture, which skip characters that
// are ignored in sorting. No more is found so: what it then takes for the name
// begins with a part of the mark.
func Parse(line string, known func(name string) bool) (Command, bool) {
	trimmed := strings.TrimLeftFunc(line, unicode.IsSpace) // as .NET's TrimStart
	if rest, ok := strings.CutPrefix(trimmed, "::"); ok {
		if info, data, ok := strings.Cut(rest, "::"); ok {
			name, properties, _ := strings.Cut(info, " ")
			if known(name) {
				return Command{name, pairs(strings.TrimSpace(properties), ",", propertyEscapes), unescape(data, dataEscapes), line}, true
			}
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		if info, data, ok := strings.Cut(rest, "]"); ok {
			name, properties, _ := strings.Cut(info, " ")
			if known(name) {
				return Command{name, pairs(properties, ";", firstEscapes), unescape(data, firstEscapes), line}, true
			}
		}
	}
	return Command{}, false
}

func pairs(text, separator string, escapes []string) map[string]string {
	all := map[string]string{}
	for pair := range strings.SplitSeq(text, separator) {
		if name, value, ok := strings.Cut(strings.TrimLeft(pair, "="), "="); ok && value != "" {
			all[strings.ToLower(name)] = unescape(value, escapes)
		}
	}
	return all
}

// Lines cuts a stream as the runner reads it (StreamReader.ReadLine): at "\r\n",
// "\r" and "\n". Bytes that are not UTF-8 become U+FFFD.
func Lines(stream string) []string {
	if stream == "" {
		return nil
	}
	stream = strings.ToValidUTF8(stream, "\uFFFD")
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	return strings.Split(strings.TrimSuffix(stream, "\n"), "\n")
}

// Any returns the commands in a text, by whatever name: a runner of another
// version may know it.
func Any(text string) []Command {
	var all []Command
	for _, line := range Lines(text) {
		if c, found := Parse(line, func(string) bool { return true }); found {
			all = append(all, c)
		}
	}
	return all
}
