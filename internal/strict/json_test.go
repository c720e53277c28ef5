package strict

import (
	"fmt"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	v, err := Parse([]byte("\xEF\xBB\xBF{\"a\": {\"x\": [1, \"t\\u0041\\ud83d\\ude00\", {}]}, \"b\":\n \"s\", \"p\\u0061\": true}"))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Get("b").Text(); got != "s" {
		t.Errorf("b = %q", got)
	}
	if !v.Get("pa").Bool() {
		t.Error("an escaped key is not found under its decoded name")
	}
	line, column := v.Get("b").Position()
	if line != 2 || column != 2 {
		t.Errorf("b stands at %d:%d", line, column)
	}
	var kinds []Kind
	for e := range v.Get("a").Get("x").Elements() {
		kinds = append(kinds, e.Kind())
		if e.Kind() == String && e.Text() != "tA😀" {
			t.Errorf("escapes: %q", e.Text())
		}
	}
	if len(kinds) != 3 || kinds[0] != Number || kinds[2] != Object {
		t.Errorf("kinds %v", kinds)
	}
	if v.Get("A").Exists() {
		t.Error("keys must be case-sensitive")
	}
}

// Positions are those that counting from the beginning gives, in long lines and
// short ones; what a container holds is what stands between its brackets.
func TestPositions(t *testing.T) {
	text := "{"
	for i := range 400 {
		text += strings.Repeat("\n", i%3) + strings.Repeat(" ", i*7%90) + fmt.Sprintf(`"k%d":[%q,{}],`, i, strings.Repeat("x", i*i%3000))
	}
	text += "\r\n\"end\": 1 }\n"
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	ask := func(v Value, at int) {
		line, column := v.Position()
		if want := 1 + strings.Count(text[:at], "\n"); line != want {
			t.Errorf("offset %d is in line %d, want %d", at, line, want)
		}
		if want := at - strings.LastIndexByte(text[:at], '\n'); column != want {
			t.Errorf("offset %d is in column %d, want %d", at, column, want)
		}
		asked++
	}
	for k, e := range v.Members() {
		at := strings.Index(text, `"`+k.Text()+`"`)
		ask(k, at)
		if e.Kind() != Array {
			continue
		}
		at += len(k.Text()) + 3
		ask(e, at)
		if end := at + strings.IndexByte(text[at:], ']') + 1; string(e.Raw()) != text[at:end] {
			t.Errorf("%s holds %q, want %q", k.Text(), e.Raw(), text[at:end])
		}
	}
	if asked != 801 {
		t.Errorf("%d positions", asked)
	}
}
