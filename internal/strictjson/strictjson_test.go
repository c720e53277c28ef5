package strictjson

import "testing"

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
