package upgrade

import (
	"strings"
	"testing"
)

// Who makes the one edit has what setAll writes.
func TestAlone(t *testing.T) {
	edits := func(path ...string) []edit { return []edit{{path: path, value: "^2.0.0"}} }
	for _, c := range []struct {
		name, text string
		edits      []edit
		none       bool
	}{
		{"a value", "{\n  \"dependencies\": {\n    \"a\": \"^1.0.0\",\n    \"b\": \"ü\"\n  }\n}\n", edits("dependencies", "a"), false},
		{"the last value", "{\n  \"dependencies\": {\n    \"b\": \"ü\",\n    \"a\": \"ä\"\n  }\n}\n", edits("dependencies", "a"), false},
		{"a new key", "{\n  \"dependencies\": {\n    \"b\": \"1\"\n  }\n}\n", edits("overrides", "b", "a"), false},
		{"a new key in what is there", "{\n\t\"overrides\": {\n\t\t\"b\": \"1\"\n\t}\n}\n", edits("overrides", "a"), false},
		{"two places", "{\n  \"a\": \"1\",\n  \"b\": \"2\",\n  \"c\": \"3\"\n}\n", append(edits("a"), edits("c")...), false},
		{"one line", "{\"dependencies\":{\"a\":\"1\"}}", edits("dependencies", "a"), false},
		{"nothing there", "{}", edits("overrides", "a"), false},
		{"CRLF", "{\r\n  \"dependencies\": {\r\n    \"a\": \"1\"\r\n  }\r\n}\r\n", edits("dependencies", "a"), false},
		{"a new key with CRLF", "{\r\n  \"name\": \"x\"\r\n}\r\n", edits("overrides", "a"), false},
		{"as it is", "{\"a\": \"^2.0.0\"}", edits("a"), true},
		{"something else is there", "{\"a\": 1}", edits("a"), true},
	} {
		s, err := open([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		got := s.alone(c.edits)
		if (got == Edit{}) != c.none {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		if c.none {
			continue
		}
		lines := strings.SplitAfter(c.text, "\n")
		before, last := strings.Join(lines[:got.Line-1], ""), []rune(lines[got.End-1])
		after := string(last[got.Width:]) + strings.Join(lines[got.End:], "")
		want, _ := setAll([]byte(c.text), c.edits)
		if made := before + got.Text + after; made != string(want) {
			t.Errorf("%s: %+v makes\n%s\nexpected\n%s", c.name, got, made, want)
		}
	}
}
