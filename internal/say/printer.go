package say

import (
	"fmt"
	"io"
)

// A Printer speaks to the person at the other end, on standard error: one line a
// call, "publishgate: …", lower case, no period. Everything that goes through it
// is foreign until shown otherwise, an error's text above all, so the whole
// message is escaped; a message never spans lines.
//
// What it cannot write it drops: there is nobody left to tell.
type Printer struct {
	Out      io.Writer
	Prefix   string // "publishgate: "
	Terminal bool   // Out is a terminal: progress is shown

	progress bool // a progress line stands unfinished
}

// Printf says one line.
func (p *Printer) Printf(format string, args ...any) {
	p.clear()
	_, _ = fmt.Fprintf(p.Out, "%s%s\n", p.Prefix, line(fmt.Sprintf(format, args...)))
}

// Errorf says one line marked as an error.
func (p *Printer) Errorf(format string, args ...any) {
	p.Printf("error: "+format, args...)
}

// Error says what went wrong; of joined errors each on a line of its own. A nil
// error says nothing.
func (p *Printer) Error(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && isJoin(err, joined.Unwrap()) {
		for _, e := range joined.Unwrap() {
			p.Error(e)
		}
		return
	}
	p.Errorf("%s", err.Error())
}

// isJoin tells errors.Join from fmt.Errorf with several %w, whose own words
// would be lost if only its parts were said.
func isJoin(err error, parts []error) bool {
	text := ""
	for i, e := range parts {
		if i > 0 {
			text += "\n"
		}
		text += e.Error()
	}
	return err.Error() == text
}

// Hint says what can be done about the line before.
func (p *Printer) Hint(format string, args ...any) {
	p.Printf("hint: "+format, args...)
}

// Progressf shows what is being done, on a terminal only, and only until the
// next line is said.
func (p *Printer) Progressf(format string, args ...any) {
	if !p.Terminal {
		return
	}
	_, _ = fmt.Fprintf(p.Out, "\r\x1b[K%s%s", p.Prefix, line(fmt.Sprintf(format, args...)))
	p.progress = true
}

// clear removes an unfinished progress line. Call it last through Done.
func (p *Printer) clear() {
	if p.progress {
		_, _ = io.WriteString(p.Out, "\r\x1b[K")
		p.progress = false
	}
}

// Done removes a progress line that still stands.
func (p *Printer) Done() { p.clear() }
