package runner

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// The runner keeps this many annotations of each kind, and of each message so
// many characters, in UTF-16 (ExecutionContext.cs).
const (
	MaxAnnotations = 10
	MaxMessage     = 4096
)

// live are the commands that a step can give, without stop-commands.
var live = []string{"set-env", "add-path", "set-output", "save-state", "add-mask", "add-matcher", "remove-matcher",
	"debug", "error", "warning", "notice", "group", "endgroup", "echo"}

// A Log is what the runner makes of a step's lines, of both streams.
type Log struct {
	Lines       []string          // what is shown, with secrets masked
	Obeyed      []Command         // in their order, also those that stop and resume
	Ignored     []Command         // found while commands were stopped
	Annotations []Command         // that are kept, with messages masked and cut
	Outputs     map[string]string // set by command
	Groups      []string          // titles, in their order
	Open        int               // groups that were not closed
	Failures    []string          // why a command fails the step
	Masks       []string

	token string // commands are stopped until it comes; "": they are not
	kept  map[string]int
}

// Read reads lines, in the order in which the runner got them. secrets are those
// that it masks from the beginning.
func Read(lines []string, secrets ...string) *Log {
	l := &Log{Outputs: map[string]string{}, Masks: slices.Clone(secrets), kept: map[string]int{}}
	for _, line := range lines {
		l.line(line)
	}
	return l
}

func (l *Log) line(line string) {
	c, found := Parse(line, l.knows)
	switch {
	case !found:
		l.show(line)
	case l.token != "" && strings.EqualFold(c.Name, l.token):
		l.Obeyed, l.token = append(l.Obeyed, c), ""
		l.show(line)
	case l.token != "":
		l.Ignored = append(l.Ignored, c)
		l.show(line)
	default:
		l.Obeyed = append(l.Obeyed, c)
		l.obey(c)
	}
}

func (l *Log) knows(name string) bool {
	return slices.ContainsFunc(live, func(known string) bool { return strings.EqualFold(known, name) }) ||
		strings.EqualFold(name, "stop-commands") || l.token != "" && strings.EqualFold(name, l.token)
}

func (l *Log) obey(c Command) {
	switch name := strings.ToLower(c.Name); name {
	case "stop-commands":
		if c.Data == "" || strings.EqualFold(c.Data, "pause-logging") || l.knows(c.Data) {
			l.fail(c, "a stop token that is none")
			return
		}
		if l.token = c.Data; len(c.Data) > 6 {
			l.Masks = append(l.Masks, c.Data)
		}
		l.show(c.Line)
	case "set-env", "add-path":
		l.fail(c, "it is disabled")
	case "set-output", "save-state":
		if c.Properties["name"] == "" {
			l.fail(c, "it has no name")
		} else if name == "set-output" {
			l.Outputs[c.Properties["name"]] = c.Data
		}
	case "add-mask":
		for _, part := range append([]string{c.Data}, strings.FieldsFunc(c.Data, isBreak)...) {
			if part = strings.TrimSpace(part); part != "" {
				l.Masks = append(l.Masks, part)
			}
		}
	case "add-matcher":
		if c.Data != "" {
			l.fail(c, "the file cannot be read") // no test has one
		}
	case "error", "warning", "notice":
		l.annotate(name, c)
	case "group":
		l.Groups = append(l.Groups, c.Data)
		l.Open++
		l.show("##[group]" + c.Data)
	case "endgroup":
		l.Open = max(l.Open-1, 0)
		l.show("##[endgroup]")
	case "echo":
		if on := strings.ToUpper(strings.TrimSpace(c.Data)); on != "ON" && on != "OFF" {
			l.fail(c, "neither on nor off")
		}
	}
}

func isBreak(c rune) bool { return c == '\r' || c == '\n' }

// fail notes what makes the step fail, whatever its process says.
func (l *Log) fail(c Command, why string) {
	l.Failures = append(l.Failures, fmt.Sprintf("unable to process command %q: %s", c.Line, why))
}

func (l *Log) annotate(kind string, c Command) {
	c.Data = l.mask(c.Data)
	if wide := utf16.Encode([]rune(c.Data)); len(wide) > MaxMessage {
		c.Data = string(utf16.Decode(wide[:MaxMessage]))
	}
	if l.kept[kind]++; l.kept[kind] <= MaxAnnotations {
		l.Annotations = append(l.Annotations, c)
	}
	l.show("##[" + kind + "]" + c.Data)
}

func (l *Log) show(line string) { l.Lines = append(l.Lines, l.mask(line)) }

// mask replaces every secret, the longest first.
func (l *Log) mask(line string) string {
	masks := slices.Clone(l.Masks)
	slices.SortFunc(masks, func(a, b string) int { return len(b) - len(a) })
	for _, m := range masks {
		line = strings.ReplaceAll(line, m, "***")
	}
	return line
}
