package upgrade

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/npm"
)

func TestSet(t *testing.T) {
	tests := []struct {
		name, text, path, value, want string
	}{
		{"replace", `{"a": {"b":"1" }}`, "a b", "2", `{"a": {"b":"2" }}`},
		{"replace with escapes", `{"a\u0041": "\u0031x"}`, "aA", "2", `{"a\u0041": "2"}`},
		{"replace behind letters of many bytes", "{\"é\": 1,\n \"ä\": \"ö\"}", "ä", "2", "{\"é\": 1,\n \"ä\": \"2\"}"},
		{"add to an object", "{\n  \"a\": {\n    \"b\": \"1\"\n  }\n}\n", "a c", "2",
			"{\n  \"a\": {\n    \"b\": \"1\",\n    \"c\": \"2\"\n  }\n}\n"},
		{"add to one on a line", "{\n  \"a\": {\"b\": \"1\"}\n}\n", "a c", "2", "{\n  \"a\": {\"b\": \"1\", \"c\": \"2\"}\n}\n"},
		{"add to an empty one", "{\n  \"a\": {}\n}\n", "a c", "2", "{\n  \"a\": {\n    \"c\": \"2\"\n  }\n}\n"},
		{"add an object", "{\n  \"a\": [\n    1\n  ]\n}\n", "o p q", "2",
			"{\n  \"a\": [\n    1\n  ],\n  \"o\": {\n    \"p\": {\n      \"q\": \"2\"\n    }\n  }\n}\n"},
		{"tabs", "{\n\t\"a\": 1\n}", "o p", "2", "{\n\t\"a\": 1,\n\t\"o\": {\n\t\t\"p\": \"2\"\n\t}\n}"},
		{"carriage returns", "{\r\n  \"a\": 1\r\n}\r\n", "o p", "2", "{\r\n  \"a\": 1,\r\n  \"o\": {\r\n    \"p\": \"2\"\r\n  }\r\n}\r\n"},
		{"one line", `{"a":1}`, "o p", "2", `{"a":1, "o": {"p": "2"}}`},
		{"empty", `{}`, "o p", "2", "{\n  \"o\": {\n    \"p\": \"2\"\n  }\n}"},
		{"keys of pnpm", "{\n  \"a\": 1\n}", "o a>b", "<2&", "{\n  \"a\": 1,\n  \"o\": {\n    \"a>b\": \"<2&\"\n  }\n}"},
		{"something else in its place", `{"o": "x"}`, "o p", "2", ""},
		{"an object in its place", `{"o": {"p": {}}}`, "o p", "2", ""},
		{"no document", `{`, "o p", "2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := set([]byte(tt.text), strings.Fields(tt.path), tt.value)
			if (err != nil) != (tt.want == "") {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Whatever the document: the value is there afterwards, and nothing else
// changed its meaning.
func FuzzSet(f *testing.F) {
	f.Add(`{"a": {"b": "1"}, "o": {}}`, "o", "p", "2")
	f.Add("{\n\t\"a\": [1, {}]\n}", "a", "b", "\u2028<")
	f.Add(`{"o":{"p":"x","q":[]}}`, "o", "p", "é")
	f.Fuzz(func(t *testing.T, text, a, b, value string) {
		before, err := parse([]byte(text))
		if err != nil || !utf8.ValidString(a) || !utf8.ValidString(b) || !utf8.ValidString(value) {
			return
		}
		got, err := set([]byte(text), []string{a, b}, value)
		if err != nil {
			return
		}
		after, err := parse(got)
		if err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if have := after.Get(a).Get(b).Text(); have != value {
			t.Fatalf("%q at %q > %q of %s, want %q", have, a, b, got, value)
		}
		old, now := before.Len(), after.Len()
		if before.Get(a).Exists() && now != old || !before.Get(a).Exists() && now != old+1 {
			t.Fatalf("%d members became %d: %s", old, now, got)
		}
		for k, v := range before.Members() {
			if k.Text() != a && string(after.Get(k.Text()).Raw()) != string(v.Raw()) {
				t.Fatalf("%q changed: %s", k.Text(), got)
			}
		}
	})
}

func TestPatch(t *testing.T) {
	text := `{
  "name": "root",
  "version": "1.0.0",
  "dependencies": {
    "left": "^1.0.0",
    "mid": "1.0.0"
  },
  "peerDependencies": {
    "left": "^1.0.0 || ^2.0.0"
  },
  "devDependencies": {
    "tool": "^1.0.0"
  }
}
`
	m, err := npm.ParseManifest([]byte(text), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	m.Private = true
	g := tree("npm", "3", "root > left@1.0.0  ^1.0.0", "root > mid@1.0.0  1.0.0", "root > tool@1.0.0  ^1.0.0", "mid@1.0.0 > low@1.0.0  ^1.0.0")
	known := knows(t, "left 0 2.1.0", "low 0 3.0.0")
	p := Make(Input{Graph: g, Manifest: m, Affected: known.Match(g), Known: known})
	want := `diff a/package.json b/package.json
--- a/package.json
+++ b/package.json
@@ -2,7 +2,7 @@
   "name": "root",
   "version": "1.0.0",
   "dependencies": {
-    "left": "^1.0.0",
+    "left": "^2.1.0",
     "mid": "1.0.0"
   },
   "peerDependencies": {
@@ -10,5 +10,8 @@
   },
   "devDependencies": {
     "tool": "^1.0.0"
+  },
+  "overrides": {
+    "low": "3.0.0"
   }
 }
`
	if p.Patch != want {
		t.Errorf("got\n%s\nwant\n%s", p.Patch, want)
	}
	// What cannot be written is said, and the rest is written.
	m, err = npm.ParseManifest([]byte(strings.Replace(text, "\"tool\": \"^1.0.0\"\n  }",
		"\"tool\": \"^1.0.0\"\n  },\n  \"overrides\": {\"low\": {\"x\": \"1\"}}", 1)), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	m.Private = true
	p = Make(Input{Graph: g, Manifest: m, Affected: known.Match(g), Known: known})
	if !strings.Contains(p.Patch, "^2.1.0") || len(p.Steps[1].Notes) != 2 ||
		!strings.Contains(strings.Join(p.Steps[1].Notes, " "), "it is not in the patch") {
		t.Errorf("%s\n%q", p.Patch, p.Steps[1].Notes)
	}
}

func set(text []byte, path []string, value string) ([]byte, error) {
	got, errs := setAll(text, []edit{{path: path, value: value}})
	if errs[0] != nil {
		return nil, errs[0]
	}
	return got, nil
}

// TestSetAll makes many edits at once, and one by one.
func TestSetAll(t *testing.T) {
	texts := []string{
		"{\n  \"a\": 1,\n  \"o\": {}\n}\n", "{}", `{"a":1}`, "{\n\t\"o\": {\n\t\t\"k0\": \"x\"\n\t},\n\t\"p\": \"s\"\n}\n",
		"{\r\n  \"a\": {\r\n    \"k1\": \"1\"\r\n  }\r\n}\r\n", "{\n  \"o\": {\"k0\": \"1\"},\n  \"a\": [\n    1\n  ]\n}",
	}
	r := rand.New(rand.NewSource(5))
	for range 5000 {
		text := []byte(texts[r.Intn(len(texts))])
		var edits []edit
		for range 1 + r.Intn(8) {
			path := []string{string("aop"[r.Intn(3)])}
			for range r.Intn(3) {
				path = append(path, fmt.Sprintf("k%d", r.Intn(3)))
			}
			edits = append(edits, edit{path: path, value: fmt.Sprint(r.Intn(9))})
		}
		want := text
		wrong := make([]bool, len(edits))
		for i, e := range edits {
			next, err := set(want, e.path, e.value)
			if wrong[i] = err != nil; err == nil {
				want = next
			}
		}
		got, errs := setAll(text, edits)
		for i := range edits {
			if (errs[i] != nil) != wrong[i] {
				t.Fatalf("%v on\n%s\n%v", edits, text, errs)
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%v on\n%s\ngot\n%s\nwant\n%s", edits, text, got, want)
		}
	}
}
