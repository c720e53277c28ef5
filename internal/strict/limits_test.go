package strict

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",%q:%d", fmt.Sprint("k", i), i)
		}
		return "{" + b.String()[1:] + "}"
	}
	small := Limits{Bytes: 100, Depth: 4, Members: 3}
	for _, c := range []struct {
		name, text string
		limits     Limits
		want       string
	}{
		{"depth at the limit", nested(4), small, ""},
		{"depth past it", nested(5), small, "1:5: nested deeper than 4 levels"},
		{"bytes at the limit", `"` + strings.Repeat("x", 98) + `"`, small, ""},
		{"bytes past it", `"` + strings.Repeat("x", 99) + `"`, small, "1:1: larger than 100 bytes"},
		{"members at the limit", keys(3), small, ""},
		{"members past it", keys(4), small, "1:23: more than 3 keys in one object"},
		{"default depth", nested(MaxDepth), Limits{}, ""},
		{"past the default depth", nested(MaxDepth + 1), Limits{}, "1:65: nested deeper than 64 levels"},
		{"ten thousand deep", nested(10_000), Limits{}, "1:65: nested deeper than 64 levels"},
		{"default members", keys(MaxMembers), Limits{}, ""},
		{"past the default members", keys(MaxMembers + 1), Limits{}, "more than 500000 keys in one object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseAny([]byte(c.text), c.limits)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	many := func(last string) string { // enough keys for the table
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, "%q:0,", fmt.Sprint("k", i))
		}
		return "{" + b.String() + last + ":1}"
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "1:1: unexpected end of file"},
		{"duplicate", `{"name":1,"name":2}`, `1:11: key "name" stands twice in one object`},
		{"duplicate behind an escape", "{\"name\":1,\n\"\\u006eame\":2}", `2:1: key "name" stands twice in one object`},
		{"duplicate empty key", `{"":1,"":2}`, `key "" stands twice in one object`},
		{"duplicate among many", many(`"k7"`), `key "k7" stands twice in one object`},
		{"escaped duplicate among many", many(`"\u006b99"`), `key "k99" stands twice in one object`},
		{"two documents", `{}{}`, `1:3: unexpected "{" after the end of the document`},
		{"trailing word", `{} xyz`, `unexpected "x" after the end of the document`},
		{"trailing NUL", "{}\x00", `unexpected "\x00" after the end of the document`},
		{"top-level null", `null`, "expected an object, found null"},
		{"top-level array", `[]`, "expected an object, found an array"},
		{"two marks", "\xEF\xBB\xBF\xEF\xBB\xBF{}", `unexpected "\ufeff", expected a value`},
		{"UTF-16 LE", "\xFF\xFE{\x00}\x00", "1:1: UTF-16, expected UTF-8: save the file as UTF-8"},
		{"UTF-16 BE", "\xFE\xFF\x00{\x00}", "1:1: UTF-16, expected UTF-8: save the file as UTF-8"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "invalid UTF-8 in a string"},
		{"lone surrogate", `{"a":"\ud800"}`, "half of a surrogate pair in a string"},
		{"low surrogate first", `{"a":"\udc00\ud800"}`, "half of a surrogate pair in a string"},
		{"raw newline in a string", "{\"a\":\"x\ny\"}", `control character "\n" in a string`},
		{"comment", `{"a":1 /* x */}`, `unexpected "/", expected , or }`},
		{"trailing comma", `{"a":1,}`, `unexpected "}", expected a key`},
		{"conflict markers", "{\n<<<<<<< HEAD\n", `2:1: unexpected "<", expected a key`},
		{"long key is cut", `{"` + strings.Repeat("k", 200) + `":1,"` + strings.Repeat("k", 200) + `":1}`,
			`key "` + strings.Repeat("k", 40) + `"… stands twice in one object`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTruthy(t *testing.T) {
	for text, want := range map[string]bool{
		`true`: true, `"false"`: true, `1`: true, `1e400`: true, `{}`: true, `[]`: true, `-0.1`: true,
		`false`: false, `0`: false, `-0.0`: false, `""`: false, `null`: false,
	} {
		v, err := ParseAny([]byte(text), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if v.Truthy() != want {
			t.Errorf("%s: truthy = %v", text, v.Truthy())
		}
	}
	if (Value{}).Truthy() {
		t.Error("an absent value is not truthy")
	}
}

// JSONTestSuite (github.com/nst/JSONTestSuite): y_ must be read, n_ must be
// refused, i_ is free. Of y_ we refuse what two readers may disagree about.
func TestSuite(t *testing.T) {
	stricter := map[string]string{
		"y_object_duplicated_key.json":           "a key that stands twice",
		"y_object_duplicated_key_and_value.json": "a key that stands twice",
	}
	files, err := filepath.Glob(data(t, "hostile", "json", "JSONTestSuite", "*.json"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files, %v: the suite is not there", len(files), err)
	}
	judged := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		_, err = ParseAny(text, Limits{})
		switch {
		case strings.HasPrefix(name, "y_"):
			judged++
			if _, ok := stricter[name]; ok != (err != nil) {
				t.Errorf("%s: %v", name, err)
			}
		case strings.HasPrefix(name, "n_"):
			judged++
			if err == nil {
				t.Errorf("%s: read, though it is no JSON", name)
			}
		}
	}
	if judged < 150 {
		t.Errorf("only %d of the suite's files were judged", judged)
	}
}

// FuzzParse: what is accepted here is valid JSON for encoding/json too and
// decodes to the same value; what is refused is invalid there, or is on the
// list of what this package refuses on purpose.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":[1,2.5e-3,true,false,null,"x\u00e9\ud83d\ude00\n"]}`, `{"a":1,"a":2}`, "\xEF\xBB\xBF{}", `{"a":"\ud800"}`,
		`[[[[]]]]`, `{"lockfileVersion":3.0}`, `"\`, `-`, `1e`, `01`, `{"packages":{"":{"name":"x"}}}`, "\"12345678\x01\"", `"1234567é"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParseAny(text, Limits{Depth: 200})
		body := text
		if len(body) >= 3 && string(body[:3]) == "\xEF\xBB\xBF" {
			body = body[3:]
		}
		if err != nil {
			for _, reason := range []string{"stands twice", "invalid UTF-8", "surrogate", "nested deeper", "UTF-16"} {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			if json.Valid(body) {
				t.Fatalf("refused %q: %v", text, err)
			}
			return
		}
		if !utf8.Valid(body) {
			t.Fatalf("accepted invalid UTF-8: %q", text)
		}
		if !json.Valid(body) {
			t.Fatalf("accepted %q", text)
		}
		if v.Kind() == String {
			var want string
			if err := json.Unmarshal(body, &want); err != nil || want != v.Text() || want != v.Shared() {
				t.Fatalf("%q reads as %q and %q, want %q (%v)", text, v.Text(), v.Shared(), want, err)
			}
		}
		v.Position()
	})
}
