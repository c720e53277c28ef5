package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
)

// maxAnswers is how much is read of what a person types, in bytes.
const maxAnswers = 4 << 10

// isPerson reports whether somebody sits at a stream.
func isPerson(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Mode()&os.ModeDevice != 0 && f.Name() != os.DevNull
}

// A person answers questions.
type person struct {
	in    *bufio.Reader
	out   io.Writer
	learn func(secret string) // keeps what is secret out of all output
}

// newPerson returns who sits at a process.
func newPerson(p Process) *person {
	return &person{bufio.NewReader(io.LimitReader(p.Stdin, maxAnswers)), p.Stderr, p.secrets.learn}
}

// askCode returns what asks for one-time codes; nil: nobody sits at the process.
func askCode(p Process) func(context.Context) (credential.Secret, error) {
	if !isPerson(p.Stdin) {
		return nil
	}
	return newPerson(p).code
}

// ask asks one question. It does not wait any longer once ctx ends: what is read
// of the terminal then is lost, and so is the process.
func (p *person) ask(ctx context.Context, question string) (string, error) {
	if _, err := fmt.Fprint(p.out, display.Text(question)); err != nil {
		return "", err
	}
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := p.in.ReadString('\n')
		answered <- answer{strings.TrimSpace(line), err}
	}()
	select {
	case a := <-answered:
		return a.line, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// code asks for a one-time code.
func (p *person) code(ctx context.Context) (credential.Secret, error) {
	text, err := p.ask(ctx, "The registry wants a one-time code: ")
	if text == "" {
		return credential.Secret{}, cmp.Or(err, errors.New("no one-time code was given"))
	}
	p.learn(text)
	return credential.New(text), nil
}
