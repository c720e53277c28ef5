package runner

import (
	"fmt"
	"strings"
)

// A Pair is one name and value of GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE.
type Pair struct{ Name, Value string }

// Pairs reads such a file as the runner on Linux does (EnvFileKeyValuePairs): of
// "=" and "<<" the first in a line decides, lines end at "\n" alone, and a value
// of several lines ends at a line that is its delimiter. What was read before an
// error counts, and the error fails the step.
func Pairs(text string) ([]Pair, error) {
	var all []Pair
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			all = append(all, Pair{line[:equals], line[equals+1:]})
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return all, fmt.Errorf("invalid format %q: name and delimiter must not be empty", line)
			}
			value, after, err := heredocValue(text, delimiter)
			if err != nil {
				return all, fmt.Errorf("the value of %q: %w", name, err)
			}
			all, text = append(all, Pair{name, value}), after
		default:
			return all, fmt.Errorf("invalid format %q", line)
		}
	}
	return all, nil
}

// heredocValue splits a text at the line that is the delimiter.
func heredocValue(text, delimiter string) (value, rest string, err error) {
	for at := 0; ; {
		line, _, more := strings.Cut(text[at:], "\n")
		if line == delimiter {
			rest = text[at+len(line):]
			return strings.TrimSuffix(text[:at], "\n"), strings.TrimPrefix(rest, "\n"), nil
		}
		if !more {
			return "", "", fmt.Errorf("no line is the delimiter %q", delimiter)
		}
		at += len(line) + 1
	}
}
