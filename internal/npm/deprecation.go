package npm

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/display"
)

// MaxDeprecation is the longest message of a deprecation, in characters. npm names no limit of its own;
// the message is one line of everybody's terminal.
const MaxDeprecation = 1024

// CheckDeprecation refuses a message of a deprecation that is not one plain line: every package manager
// prints it as it is, on terminals and into the logs of CI, which read commands in
// it. An empty one takes a deprecation back.
func CheckDeprecation(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("the message is no text in UTF-8")
	case utf8.RuneCountInString(text) > MaxDeprecation:
		return fmt.Errorf("the message has %d characters: %d are the most", utf8.RuneCountInString(text), MaxDeprecation)
	case text != "" && strings.TrimSpace(text) == "":
		return errors.New("the message is blank: an empty one (-message \"\") takes a deprecation back")
	case display.Text(text) != text:
		return fmt.Errorf("the message holds what a terminal or the log of CI does not print as it is: %s; write it without", text)
	}
	return nil
}
