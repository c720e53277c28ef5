// Package oracle keeps what real tools say of our fixtures, so that a machine
// without the tools compares with the same answers.
//
// An answer stands in testdata/told, beside the test that asks. Where the tool
// is installed it is asked anew and has to say what stands there; the test's
// -update writes it. The package is for tests only.
package oracle

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Managers names the environment variable with the folder that .ci/managers
// installed package managers into. Without it they are not asked.
const Managers = "PUBLISHGATE_MANAGERS"

// A Record is an answer in testdata/told. Update writes it, where the tool is
// installed.
//
// Varies says that the tool never says the same twice: what it says now is then
// not held against the record.
type Record struct {
	Name   string
	Update bool
	Varies bool
}

// Text returns what a tool says: of ask where there is one, which is then the
// same as the record, and of the record where ask is nil.
func Text(t testing.TB, r Record, ask func() []byte) []byte {
	t.Helper()
	file := filepath.Join("testdata", "told", r.Name)
	var now []byte
	if ask != nil {
		now = ask()
	}
	if ask != nil && r.Update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	told, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 {
		t.Fatalf("%s is empty: a tool that says nothing proves nothing", file)
	}
	switch {
	case ask == nil:
	case r.Varies:
		return now
	case !bytes.Equal(now, told):
		t.Errorf("the tool no longer says what stands in %s: read the difference that -update makes; it says\n%.2000s", file, now)
	}
	return told
}

// JSON is Text for an answer that is a list or a map: the record is its JSON, an
// element a line.
func JSON[T any](t testing.TB, r Record, ask func() T) T {
	t.Helper()
	var asText func() []byte
	if ask != nil {
		asText = func() []byte { return lines(t, ask()) }
	}
	var v T
	if err := json.Unmarshal(Text(t, r, asText), &v); err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return v
}

// lines is the JSON of v, an element of its list or map a line.
func lines(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	var members map[string]json.RawMessage
	var all []string
	switch {
	case json.Unmarshal(text, &list) == nil:
		for _, e := range list {
			all = append(all, string(e))
		}
	case json.Unmarshal(text, &members) == nil:
		for _, name := range slices.Sorted(maps.Keys(members)) {
			all = append(all, strconv.Quote(name)+":"+string(members[name]))
		}
	default:
		t.Fatalf("neither a list nor a map: %.100s", text)
	}
	return []byte(string(text[:1]) + "\n" + strings.Join(all, ",\n") + "\n" + string(text[len(text)-1:]) + "\n")
}
