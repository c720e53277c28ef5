package strict

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// good are texts that read as the YAML library reads them.
var good = []string{
	"a: 1\n", "a: 1", "---\na: 1\n", "# c\n\na: b # c\n", "a:\nb:\n", "a: ~\nb: null\nc: true\nd: False\n",
	"a: 5.3\nb: 1e3\nc: '6.0'\nd: 1.2.3\ne: .5\ng: 0x1F\nh: 12e10\ni: .\nf: +1\nj: +\n",
	"'a''b': 'c''d'\n\"x\\ty\": \"\\u00e9\\x41\\\"\"\n", "a: {b: c, 'd': \"e\", f: [g, h]}\nb: []\nc: {}\n",
	"a: {integrity: sha512-abc==, tarball: https://x.y/z.tgz}\n", "a:\n  - b\n  - c: d\n    e: f\n  - - g\n    - h\n",
	"a:\n- b\n- c\nd: e\n", "? long\n: b: c\n  d: e\nf: g\n", "? long\n:\n  b: c\n", "? 'long'\n: v\n",
	"a:\n  {\n    b: c,\n\n    d: [e,\n      f, ],\n  }\ng: h\n", "? " + strings.Repeat("k", 2000) + "\n: v\n",
	"a: |-\n  one\n\n  two\n   deep\nb: c\n", "a: >-\n  one\n  two\n\n  three\n   deep\n  x\nb: c\n", "a: |\n  one\n\n\nb: c\n",
	"a: |+\n  one\n\n\nb: c\n", "a: |2\n   deep\n  x\n", "a: >\n  one\n", "a: |-\n\n  x\n", "a:\r\n  b: c\r\n  d: |\r\n    e\r\n",
	"/a/b_c@1: d\n", "a: b:c\n", "a: b#c\n", "a: b, c]\n", "a b: c d  \n", "a: link:../x\n",
	"a:   # c\n  b: c\n", "a: [a:b, 'c']\n", "a: \"\"\n", "é: ü\na: é\n", "a:\n    b:\n        c: d\n    e: f\n",
	"a: [b!]\n", "a: [b, ]\n", "a: [b,\n  c]\n",
	"a:\n  - |\n    b\n  - c\n", "a:\n  -\n    b: c\n  -\n", "a: b\n\n\n# end\n", "a: >2\n    x\n  y\n", "\ufeffa: b\n",
}

// bad are texts that are refused, with where and why.
var bad = map[string]string{
	"":                      "1:1: expected a mapping, found nothing",
	"a":                     "1:1: expected a mapping, found a string",
	"- a\n":                 "1:1: expected a mapping, found an array",
	"a: &x b\n":             "1:4: an anchor or alias",
	"a: *x\n":               "1:4: an anchor or alias",
	"a: !!str b\n":          "1:4: a tag",
	"a: {b: !x c}\n":        "1:8: a tag",
	"<<: {a: b}\n":          "1:1: a merge key",
	"a: {<<: b}\n":          "1:5: a merge key",
	"a: b\na: c\n":          `2:1: key "a" stands twice`,
	"a: b\n'a': c\n":        `2:2: key "a" stands twice`,
	"a: b\n\"\\x61\": c\n":  `key "a" stands twice`,
	"a: {b: c, b: d}\n":     `1:11: key "b" stands twice`,
	"a:\n\tb: c\n":          "2:1: a tab in the indentation",
	"a:\tb\n":               "a tab outside quotes",
	"a: b\tc\n":             "1:5: a tab outside quotes",
	"a: b\n  c\n":           "2:3: unexpected indentation",
	"a: 'b\n  c'\n":         "1:4: a quoted scalar that does not end in its line",
	"a: \"b\n":              "1:4: a quoted scalar that does not end in its line",
	"a: \"b":                "1:4: a quoted scalar that does not end",
	"a: \"\\q\"\n":          "1:5: unknown escape",
	"a: \"\\ud800\"\n":      "1:5: unknown escape",
	"a: [b,\nc]\n":          "2:1: unexpected end of the indentation",
	"a: [b\n  c]\n":         "2:3: unexpected \"c\", expected , or ]",
	"a: \"\\/\"\n":          "1:5: unknown escape",
	"a: [b?]\n":             "1:6: a question mark",
	"a: [, ]\n":             "1:5: unexpected \",\"",
	"a: [b\n":               "expected , or ]",
	"a: {b}\n":              "expected : and a space",
	"a: {b:c}\n":            "expected : and a space",
	"a: [b: c]\n":           "1:6: unexpected : in a value",
	"a: b: c\n":             "1:5: a mapping in the line of its key",
	"a: - b\n":              "1:4: unexpected \"-\"",
	"a: b\n---\nc: d\n":     "3:1: a second document",
	"a: b\n...\n":           "2:1: the end marker",
	"a: b\nc\n":             "2:2: unexpected end of line, expected : after a key",
	"a: b\n c: d\n":         "2:2: unexpected indentation",
	"a:\n   b: c\n  d: e\n": "3:3: unexpected indentation",
	"a:\n  - b\n   - c\n":   "3:4: unexpected indentation",
	"a: b\n- c\n":           "2:1: unexpected \"-\"",
	"a: \xff\n":             "1:4: invalid UTF-8",
	"a: b\x00\n":            `1:5: control character "\x00"`,
	"a: b\rc\n":             "1:5: a carriage return that ends no line",
	"a: b\u2028c\n":         `1:5: character '\u2028'`,
	"a: b\u0085c\n":         `1:5: character '\u0085'`,
	"a: @b\n":               "1:4: unexpected \"@\"",
	"a: `b\n":               "1:4: unexpected",
	"a: %b\n":               "1:4: unexpected",
	"<<<<<<< HEAD\na: b\n":  "1:1: expected a mapping, found a string",
	"a: b\n=======\nc: d\n": "2:8: unexpected end of line, expected : after a key",
	"? a\nb: c\n":           "2:1: unexpected \"b\", expected : after a key",
	"a: |\n  b":             "2:1: a block scalar in the last line",
	"a: |\n   \n  b\n":      "2:1: a blank line with spaces",
	"a: |\n" + strings.Repeat(" ", 64) + "b\n": "1:4: a block scalar indented by more than 63 columns",
	"a: " + strings.Repeat("[", 64) + "\n":     "1:67: nested deeper than 64 levels",
	"a: -b\n":                                  "1:4: unexpected \"-\"",
	"a: [?b]\n":                                "1:5: unexpected \"?\"",
	"a: :b\n":                                  "1:4: unexpected \":\"",
	strings.Repeat("k", 1023) + ": v\n":        "1:1: a key longer than 1022 bytes",
	"--- a: b\n":                               "1:5: unexpected \"a\", expected the end of the line",
	"---\n---\na: b\n":                         "2:1: an empty document",
	"a : b\n":                                  "1:3: a mapping in the line of its key",
	"\xff\xfea":                                "UTF-16",
}

func TestGood(t *testing.T) {
	for _, text := range good {
		v, err := ParseYAML([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Errorf("%q: the library: %v", text, err)
			continue
		}
		if d := differ(v, n.Content[0]); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

func TestBad(t *testing.T) {
	for text, want := range bad {
		_, err := ParseYAML([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestDocuments(t *testing.T) {
	all, err := ParseYAMLs([]byte("---\na: b\n---\nc:\n- d\n---\ne: f\n"), Limits{})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d, %v", len(all), err)
	}
	if got := all[0].Get("a").Text() + all[2].Get("e").Text(); got != "bf" {
		t.Errorf("got %q", got)
	}
	if _, err := ParseYAMLs([]byte("a: b\n---\n"), Limits{}); err == nil {
		t.Error("an empty last document is accepted")
	}
}

func TestLimitsYAML(t *testing.T) {
	for _, c := range []struct {
		text   string
		limits Limits
		ok     bool
	}{
		{"a: b\n", Limits{Bytes: 5}, true},
		{"a: b\n", Limits{Bytes: 4}, false},
		{"a: [b]\n", Limits{Depth: 2}, true},
		{"a: [b]\n", Limits{Depth: 1}, false},
		{"a:\n  b:\n    c: d\n", Limits{Depth: 2}, false},
		{"a:\n  - - c\n", Limits{Depth: 2}, false},
		{"a: b\nc: d\n", Limits{Members: 2}, true},
		{"a: b\nc: d\n", Limits{Members: 1}, false},
		{"x: {a: b, c: d}\n", Limits{Members: 1}, false},
	} {
		if _, err := ParseYAMLWithin([]byte(c.text), c.limits); (err == nil) != c.ok {
			t.Errorf("%q within %+v: %v", c.text, c.limits, err)
		}
	}
	many := strings.Builder{}
	for i := range 1000 {
		many.WriteString("k" + strings.Repeat("x", i) + ": v\n")
	}
	if _, err := ParseYAML([]byte(many.String())); err != nil {
		t.Error(err)
	}
	if _, err := ParseYAML([]byte(many.String() + "kxx: v\n")); err == nil {
		t.Error("the same key far apart is accepted")
	}
}

// A question mark inside a value in braces is a letter, as in an address; the
// library does not know that.
func TestQuestionMark(t *testing.T) {
	v, err := ParseYAML([]byte("a: {b: http://c/?d=e}\n"))
	if err != nil || v.Get("a").Get("b").Text() != "http://c/?d=e" {
		t.Errorf("%v", err)
	}
}

func TestZeroValue(t *testing.T) {
	var v Value
	if v.Kind() != Missing || v.Exists() || v.Text() != "" || v.Shared() != "" || v.Raw() != nil || v.Len() != 0 ||
		v.Line() != 0 || v.Get("a").Exists() || v.Bool() {
		t.Error("the zero Value is something")
	}
}

// ordinary looks at eight bytes at a time: each byte beside each other one.
func TestOrdinary(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			text := []byte("abcdefgh")
			at := (a + b) % 7
			text[at], text[at+1] = byte(a), byte(b)
			fine := func(c int) bool { return c >= 0x20 && c < 0x7F || c == '\n' }
			if got, want := ordinary(text), fine(a) && fine(b); got != want {
				t.Fatalf("ordinary(%q) = %v, want %v", text, got, want)
			}
		}
	}
}
