package strict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJSONC(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{ // want: the error, "": read
		{"plain", `{"a":[1,{"b":null}]}`, ""},
		{"trailing commas", "{\"a\":[1,[2,],],\n\"b\":{\"c\":{},},}", ""},
		{"line comments", "// one\n{// two\r\n\"a\"// three\n://\n1// four\n}// five", ""},
		{"block comments", "/**/{/* a\n * b */\"a\"/***/:/*/*/1/* // */,/* x */}/**/", ""},
		{"comment after a trailing comma", "{\"a\":[1,// x\n],// y\n}", ""},
		{"comment in a string stays", `{"a":"// /* x"}`, ""},
		{"byte-order mark", "\xEF\xBB\xBF// x\n{}", ""},
		{"leading comma", `{,"a":1}`, `1:2: unexpected ",", expected a key`},
		{"only a comma", `{"a":[,]}`, `1:7: unexpected ",", expected a value`},
		{"two commas", `{"a":[1,,]}`, `unexpected ",", expected a value`},
		{"two trailing commas", `{"a":1,,}`, `unexpected ",", expected a key`},
		{"comma after the document", `{},`, `unexpected "," after the end of the document`},
		{"comment that does not end", "{/* x }", `1:2: unexpected "/", expected a key`},
		{"comment that ends in its beginning", "{}/*/", `unexpected "/" after the end of the document`},
		{"one slash", "{}/", `unexpected "/" after the end of the document`},
		{"shell comment", "# x\n{}", `1:1: unexpected "#", expected a value`},
		{"readers disagree: carriage return", "{// x\r\"a\":1\n}", `1:2: unexpected "/", expected a key`},
		{"readers disagree: line separator", "{// x\u2028\"a\":1\n}", `1:2: unexpected "/", expected a key`},
		{"readers disagree: paragraph separator", "{// x\u2029\"a\":1\n}", `1:2: unexpected "/", expected a key`},
		{"invalid UTF-8 in a comment", "{/* \xff */}", `unexpected "/", expected a key`},
		{"key twice", `{"a":1,"a":2,}`, `1:8: key "a" stands twice in one object`},
		{"bare key", `{a:1}`, `unexpected "a", expected a key`},
		{"single quotes", `{'a':1}`, `unexpected "'", expected a key`},
		{"no object", `[1,]`, "expected an object, found an array"},
		{"deep", `{"a":` + strings.Repeat("[", 64) + strings.Repeat(",]", 64) + `}`, "nested deeper than 64 levels"},
		{"a million comments", strings.Repeat("/**/ // x\n", 1_000_000) + "{}", ""},
		{"only comments", "// x\n", "2:1: unexpected end of file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := ParseJSONC([]byte(c.text), Limits{})
			switch {
			case c.want == "" && (err != nil || v.Kind() != Object):
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A value keeps its position with comments before it.
func TestJSONCPosition(t *testing.T) {
	v, err := ParseJSONC([]byte("/*\n\n*/ { // x\n \"a\": /* y */ [1, 2,],\n}"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if line, column := v.Get("a").Position(); line != 4 || column != 15 {
		t.Errorf("a stands at %d:%d", line, column)
	}
	if n := v.Get("a").Len(); n != 2 {
		t.Errorf("%d elements: a trailing comma makes none", n)
	}
}

// What only JSONC may hold is refused by every other way of reading.
func TestStrictStaysStrict(t *testing.T) {
	for _, text := range []string{
		`{"a":1,}`, `{"a":[1,]}`, "{}// x", "{}/* x */", "/* x */{}", "{// x\n}", "{/**/\"a\":1}", `{"a"/**/:1}`,
		`{"a":/**/1}`, `{"a":[1/**/]}`, `{"a":[/**/]}`,
	} {
		if _, err := ParseJSONC([]byte(text), Limits{}); err != nil {
			t.Errorf("ParseJSONC(%q): %v", text, err)
		}
		for name, read := range map[string]func([]byte) error{
			"Parse":       func(b []byte) error { _, err := Parse(b); return err },
			"ParseWithin": func(b []byte) error { _, err := ParseWithin(b, Limits{Depth: 9}); return err },
			"ParseAny":    func(b []byte) error { _, err := ParseAny(b, Limits{}); return err },
		} {
			if err := read([]byte(text)); err == nil {
				t.Errorf("%s reads %q", name, text)
			}
		}
	}
}

// JSONTestSuite: whatever Parse reads, ParseJSONC reads; of what Parse refuses it
// reads only what has a comment or a trailing comma.
func TestSuiteJSONC(t *testing.T) {
	files, err := filepath.Glob(data(t, "hostile", "json", "JSONTestSuite", "*.json"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files, %v: the suite is not there", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, strict := ParseAny(text, Limits{})
		_, loose := parse(text, Limits{}, true)
		name := filepath.Base(file)
		if strict == nil && loose != nil {
			t.Errorf("%s: %v", name, loose)
		}
		if strict != nil && loose == nil && !strings.Contains(name, "comment") && !strings.Contains(name, "trailing_comma") &&
			!strings.Contains(name, "extra_comma") && !strings.Contains(name, "trailing_#") {
			t.Errorf("%s: read as JSONC", name)
		}
	}
}

// FuzzJSONC: reading ends, is the same twice, and what Parse reads reads alike.
func FuzzJSONC(f *testing.F) {
	for _, s := range []string{`{"a":[1,],}`, "// x\n{/* y */}", `{"a":"//"}`, "{/*", "{}//\r", "{}/*/"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := parse(text, Limits{}, true)
		again, err2 := parse(text, Limits{}, true)
		if (err == nil) != (err2 == nil) || err == nil && len(v.doc.nodes) != len(again.doc.nodes) {
			t.Fatalf("%v, then %v", err, err2)
		}
		strict, serr := ParseAny(text, Limits{})
		if serr == nil && (err != nil || len(v.doc.nodes) != len(strict.doc.nodes)) {
			t.Fatalf("strict reads %q, JSONC says %v", text, err)
		}
	})
}
