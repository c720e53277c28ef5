package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const passes = `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1}
{"Action":"pass","Package":"p","Elapsed":1}
`
	skips := func(reason string) string {
		return `{"Action":"output","Package":"p","Test":"TestB/x","Output":"    b_test.go:1: ` + reason + `\n"}
{"Action":"skip","Package":"p","Test":"TestB/x"}
`
	}
	for _, c := range []struct {
		name, in string
		want     bool
		say      string
	}{
		{"passes", passes, true, "1 tests passed, 0 packages failed, 0 tests skipped"},
		{"no tests", ``, false, "0 tests passed"},
		{"a package without tests", passes + `{"Action":"skip","Package":"q"}`, true, "1 tests passed"},
		{"an accepted skip", passes + skips("root is needed"), true,
			"0 tests skipped without an accepted reason, 1 left out; 1: root is needed\n"},
		{"any other skip", passes + skips("no npm on this machine"), false, "p TestB/x\n    b_test.go:1: no npm"},
		{"a failure", `{"Action":"output","Package":"p","Test":"TestC","Output":"why\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
` + passes, false, "FAIL  p TestC\nwhy\n"},
		{"what does not build", `{"ImportPath":"p","Action":"build-output","Output":"x.go:1: syntax error\n"}
{"Action":"fail","Package":"p"}
` + passes, false, "x.go:1: syntax error"},
		{"what is no event", "panic: the go command\n" + passes, true, "panic: the go command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if got := run(strings.NewReader(c.in), &out, []string{"root is needed"}); got != c.want || !strings.Contains(out.String(), c.say) {
				t.Errorf("%t, want %t and %q in\n%s", got, c.want, c.say, out.String())
			}
		})
	}
}

func TestLeft(t *testing.T) {
	const events = `{"Action":"output","Package":"q","Test":"TestB/x","Output":"    b_test.go:1: it is left: slow\n"}
{"Action":"skip","Package":"q","Test":"TestB/x"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: it is left: slow\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    a_test.go:1: no npm on this machine\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"output","Package":"r","Test":"TestD","Output":"it is left\n"}
{"Action":"pass","Package":"r","Test":"TestD"}
`
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"two packages", events, "^(TestA|TestB)$ p q\n", true},
		{"nothing was left", `{"Action":"pass","Package":"p","Test":"TestA"}`, "^()$ \n", false},
		{"no events", "FAIL", "", false},
	} {
		var out strings.Builder
		if ok := left(strings.NewReader(c.in), &out, []string{"it is left"}); ok != c.ok || out.String() != c.want {
			t.Errorf("%s: %q, %t; want %q, %t", c.name, out.String(), ok, c.want, c.ok)
		}
	}
}
