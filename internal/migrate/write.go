package migrate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
)

// yaml writes the result: the settings, then the exceptions with, in file
// order, comments for what was not converted.
func (c *conversion) yaml() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# From %s, the ignore list of %s: %s.\n", comment(c.options.File), c.format.Tool, c.tally())
	c.settings.write(&b)
	if slices.ContainsFunc(c.items, func(i item) bool { return i.exception != nil }) {
		b.WriteString("exceptions:\n")
	}
	for _, i := range c.items {
		if i.exception != nil {
			i.exception.write(&b, c)
			continue
		}
		fmt.Fprintf(&b, "  # %s: %s:%d: %s: %s\n", i.note.verb(), comment(c.options.File), i.note.Line,
			comment(i.note.What), comment(i.note.Why))
	}
	return []byte(b.String())
}

// tally returns a sentence that says how much was converted.
func (c *conversion) tally() string {
	notes := c.notes()
	lost := 0
	for _, n := range notes {
		if n.InForce {
			lost++
		}
	}
	return fmt.Sprintf("%d converted, %d not converted, %d left out as without effect", c.converted, lost, len(notes)-lost)
}

// verb returns the word for the note's kind.
func (n Note) verb() string {
	if n.InForce {
		return "not converted"
	}
	return "left out"
}

// String returns "not converted: WHAT: WHY", without file and line.
func (n Note) String() string { return n.verb() + ": " + n.What + ": " + n.Why }

func (s *settings) write(b *strings.Builder) {
	if s.level != "" {
		fmt.Fprintf(b, "audit-level: %s\n", s.level)
	}
	if len(s.scopes) > 0 {
		b.WriteString("scopes:\n")
		for _, name := range slices.Sorted(maps.Keys(s.scopes)) {
			fmt.Fprintf(b, "  %s: %s\n", name, s.scopes[name])
		}
	}
	if len(s.allow)+len(s.deny)+len(s.overrides) == 0 {
		return
	}
	b.WriteString("licenses:\n")
	for _, l := range []struct {
		key   string
		items []string
	}{{"allow", s.allow}, {"deny", s.deny}} {
		if len(l.items) == 0 {
			continue
		}
		fmt.Fprintf(b, "  %s:\n", l.key)
		for _, item := range l.items {
			fmt.Fprintf(b, "    - %s\n", scalar(item))
		}
	}
	if len(s.overrides) > 0 {
		b.WriteString("  overrides:\n")
	}
	for _, o := range s.overrides {
		fmt.Fprintf(b, "    - package: %s\n      license: %s\n      reason: %s\n", scalar(o.Package),
			scalar(o.License), scalar(o.Reason))
	}
}

// write writes one exception; what the source lacks is filled in and marked.
func (e *exception) write(b *strings.Builder, c *conversion) {
	for _, r := range e.remarks {
		fmt.Fprintf(b, "  # %s\n", comment(r))
	}
	fmt.Fprintf(b, "  - id: %s # line %d\n", scalar(e.id), e.line)
	if e.pkg != "" {
		fmt.Fprintf(b, "    package: %s\n", scalar(e.pkg))
	}
	if e.path != "" {
		fmt.Fprintf(b, "    path: %s\n", scalar(e.path))
	}
	if e.reason != "" {
		fmt.Fprintf(b, "    reason: %s\n", scalar(e.reason))
	} else {
		fmt.Fprintf(b, "    reason: %s # %s gives none\n", scalar("accepted for "+c.format.Tool+", without a reason"),
			comment(c.options.File))
	}
	if c.options.Owner != "" {
		fmt.Fprintf(b, "    owner: %s\n", scalar(words(c.options.Owner)))
	} else {
		fmt.Fprintf(b, "    owner: %s # name who answers for it\n", Unowned)
	}
	if e.expires.IsZero() {
		fmt.Fprintf(b, "    expires: %s # %s gives no end\n", day(c.options.Expires), comment(c.options.File))
		return
	}
	fmt.Fprintf(b, "    expires: %s\n", day(e.expires))
}

// day formats a time as a date if it is the start of a day, else as RFC 3339.
func day(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// comment makes foreign text safe for a YAML comment: one line, without
// characters that YAML forbids or that control a terminal.
func comment(s string) string { return display.Cap(s, 300) }

// scalar writes text as one YAML scalar: plain if every parser reads it as that
// string, else double-quoted with all non-printing characters escaped. Go's
// escapes of valid text are YAML escapes too.
func scalar(s string) string {
	plain := s != "" && len(s) < 80 && letter(s[0]) && s[0] != '$' && !strings.ContainsFunc(s, func(r rune) bool {
		return r > 127 || !letter(byte(r)) && (r < '0' || r > '9') && r != '-' && r != '.' && r != '/'
	})
	// Some version of YAML reads these words as a boolean or null.
	if plain && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"},
		strings.ToLower(s)) {
		return s
	}
	// GitHub's runner finds commands anywhere in a line, so "##" and "::" are
	// escaped; YAML parsers undo that.
	return strings.NewReplacer("##", `#\x23`, "::", `:\x3a`).Replace(strconv.Quote(strings.ToValidUTF8(s, "\uFFFD")))
}
