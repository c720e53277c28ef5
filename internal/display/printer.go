package display

import (
	"fmt"
	"io"
)

// A Printer writes messages for people to standard error: one line a call,
// "publishgate: …", lower case, no period. All text is treated as foreign, an
// error's text above all, so the whole message is escaped. A message never
// spans lines.
//
// It drops what it cannot write: there is no other way to report it. Each line is
// one write, so that several goroutines may use a Printer whose Out allows that.
type Printer struct {
	Out    io.Writer
	Prefix string // "publishgate: "
}

// Printf writes one line.
func (p *Printer) Printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Out, "%s%s\n", p.Prefix, line(fmt.Sprintf(format, args...)))
}

// Errorf writes one line marked as an error.
func (p *Printer) Errorf(format string, args ...any) {
	p.Printf("error: "+format, args...)
}

// Error writes an error; joined errors get a line each. A nil error writes
// nothing.
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

// isJoin reports whether an error comes from errors.Join, not from fmt.Errorf
// with several %w, whose own words would be lost if only the wrapped errors
// were printed.
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

// Hint writes what can be done about the line before.
func (p *Printer) Hint(format string, args ...any) {
	p.Printf("hint: "+format, args...)
}

// JSON writes an encoded JSON document, which keeps its lines and gets no prefix.
func (p *Printer) JSON(doc []byte) {
	_, _ = fmt.Fprintf(p.Out, "%s\n", JSON(doc))
}
