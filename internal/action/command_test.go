package action

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/display"
	simulated "github.com/publishgate/publishgate/internal/testserver/runner"
)

// hostile is foreign text that is a command for the runner, if nobody breaks it.
var hostile = []string{
	"::set-output name=x::y", "a\n::add-path::/tmp/evil", "\r::add-mask::e", "x ##[add-path]/tmp/evil", "\u2028::set-env name=x::y",
	" \t::error::x", "::endgroup::", "::group::x", "::stop-commands::x", "%0A::error::x", "\x1b[2K::debug::",
	"::00000000000000000000000000000000::",
	"\u00a0::echo::on", "##[endgroup]", "::add-mask::publishgate", strings.Repeat("::error::", 1000),
}

// spoken is a run that says hostile text wherever it can: in titles, last lines,
// annotations and messages, on both streams.
func spoken(t *testing.T, tape *simulated.Tape, text string) {
	t.Helper()
	r := New(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] }, tape.Stdout(), http.DefaultClient)
	said := display.Printer{Out: tape.Stdout(), Prefix: "publishgate: "}
	also := display.Printer{Out: tape.Stderr(), Prefix: "publishgate: "}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(r.Quiet("a secret of the test"))
	check(r.Group("", "look "+display.Text(text)))
	said.Printf("waiting for %s", text)
	also.Printf("warning: %s", text)
	check(r.Mask("another secret", text[:min(len(text), 7)]))
	check(r.Group("look took "+display.Text(text), "judge"))
	also.Errorf("%s", text)
	check(r.Group("judge took 1 s", ""))
	said.Printf("%s", text)
	check(r.Annotate([]Annotation{{Kind: "error", Title: "publishgate: x", File: text, Message: display.Text(text)}}))
	also.Printf("%s", text)
}

// TestOnlyOurCommands reads such a run as the runner does, with its two streams
// in many orders: no command is obeyed but ours, and each group is closed.
func TestOnlyOurCommands(t *testing.T) {
	for _, text := range hostile {
		tape := &simulated.Tape{}
		spoken(t, tape, text)
		for seed := range uint64(50) {
			log := simulated.Read(tape.ByLine(seed))
			for _, c := range log.Obeyed {
				if !simulated.Ours(c) {
					t.Errorf("%.40q: the runner obeys %.200q", text, c.Line)
				}
			}
			if len(log.Failures) > 0 || log.Open != 0 || len(log.Groups) != 2 || len(log.Annotations) != 1 {
				t.Errorf("%.40q: failures %q, %d groups, %d open, %d annotations", text, log.Failures, len(log.Groups), log.Open,
					len(log.Annotations))
			}
			if want := []string{"a secret of the test", "another secret"}; !slices.Equal(masked(log), want) {
				t.Errorf("%.40q: masked %q", text, masked(log))
			}
		}
	}
}

// masked returns what the runner was asked to mask.
func masked(log *simulated.Log) (values []string) {
	for _, c := range log.Obeyed {
		if c.Name == "add-mask" {
			values = append(values, c.Data)
		}
	}
	return values
}

// TestCommandsAreOneWrite has somebody else write commands to the same pipe, as
// they are, between any two writes of ours: they meet stopped commands.
func TestCommandsAreOneWrite(t *testing.T) {
	tape := &simulated.Tape{}
	spoken(t, tape, "x")
	stdout, _ := tape.Text()
	for n := range 40 {
		fmt.Fprintf(tape.Stderr(), "::error::foreign %d\n::add-path::/tmp/evil\n::add-mask::e\n", n)
	}
	if first, _, _ := strings.Cut(stdout, "\n"); !strings.HasPrefix(first, "::add-mask::") {
		t.Errorf("the first line is %q", first)
	}
	for seed := range uint64(100) {
		lines := tape.ByWrite(seed)
		from := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "::stop-commands::") })
		for _, c := range simulated.Read(lines[from:]).Obeyed { // nobody speaks before us
			if !simulated.Ours(c) || strings.Contains(c.Data, "foreign") {
				t.Fatalf("seed %d: the runner obeys %q", seed, c.Line)
			}
		}
	}
}

// What is masked of a value: whole lines, and none that would garble the log. The
// runner reads back what it is to mask.
func TestMask(t *testing.T) {
	jwt := "ghs_" + strings.Repeat("aB3_", 40) + "." + strings.Repeat("xY-9", 60) + "." + strings.Repeat("Zz01", 25)
	for _, c := range []struct {
		value string
		want  []string
	}{
		{"", nil}, {"1234567", nil}, {"12345678", []string{"12345678"}}, {" 1234567\n", nil},
		{"token-of-the-test\n", []string{"token-of-the-test"}},
		{"first line\r\nshort\n\nsecond line", []string{"first line", "second line"}},
		{"100%0A::x\u2028y", []string{"100%0A::x\u2028y"}},
		{jwt, []string{jwt}},
		{strings.Repeat("k", 20000), []string{strings.Repeat("k", 20000)}},
	} {
		tape := &simulated.Tape{}
		r := New(func(string) string { return "true" }, tape.Stdout(), http.DefaultClient)
		if err := r.Quiet(); err != nil {
			t.Fatal(err)
		}
		if err := r.Mask(c.value); err != nil {
			t.Error(err)
		}
		fmt.Fprintln(tape.Stdout(), strings.Join(c.want, "\n"))
		log := simulated.Read(tape.ByLine(1))
		if got := masked(log); !slices.Equal(got, c.want) {
			t.Errorf("%.40q: masked %q", c.value, got)
		}
		for _, secret := range c.want {
			if strings.Contains(strings.Join(log.Lines, "\n"), secret) {
				t.Errorf("%.40q is in the log", secret)
			}
		}
	}
}

// Where somebody else may read the stream nothing is masked, and masks alone go
// where nothing is replaced.
func TestMaskReachesTheRunnerAlone(t *testing.T) {
	r, out := runner(t, map[string]string{})
	r.Unmasked()
	if err := errors.Join(r.Quiet("a secret of the test"), r.Mask("another secret")); err != nil || strings.Contains(out.String(), "secret") {
		t.Errorf("%v, %s", err, out)
	}
	var redacted, bare bytes.Buffer
	r, _ = runner(t, map[string]string{})
	r.SpeakOn(&redacted, &bare)
	if err := errors.Join(r.Quiet("a secret of the test"), r.Group("", "look"), r.Mask("another secret"), r.Group("end", "")); err != nil {
		t.Error(err)
	}
	if strings.Contains(redacted.String(), "add-mask") || strings.Contains(bare.String(), "group") ||
		strings.Count(bare.String(), "add-mask") != 2 {
		t.Errorf("masks:\n%s\nall else:\n%s", &bare, &redacted)
	}
}
