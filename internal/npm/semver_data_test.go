package npm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// semverData reads one of node-semver's own tables.
func semverData(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: node-semver's tables are not here")
	}
	data, err := os.ReadFile(filepath.Join(dir, "semver", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// options reads node-semver's last argument: true is loose, and so is a loose
// that JavaScript takes for true. Loose calls are not ours to answer.
func options(v any) (loose, pre bool) {
	switch v := v.(type) {
	case bool:
		return v, false
	case map[string]any:
		return truthy(v["loose"]), truthy(v["includePrerelease"])
	}
	return false, false
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case map[string]any: // a stand-in: {"$": "undefined"}, {"$number": "NaN"}
		return v["$"] != "undefined" && v["$number"] == nil
	}
	return true
}

func optionsAt(row []any, i int) (loose, pre bool) {
	if i >= len(row) {
		return false, false
	}
	return options(row[i])
}

func TestRangeFixtures(t *testing.T) {
	for _, table := range []struct {
		file string
		want bool
	}{{"range-include", true}, {"range-exclude", false}} {
		var rows [][]any
		semverData(t, "fixtures/"+table.file+".json", &rows)
		n := 0
		for _, row := range rows {
			spec, ok := row[0].(string)
			version, ok2 := row[1].(string)
			loose, pre := optionsAt(row, 2)
			if !ok || !ok2 || loose {
				continue
			}
			n++
			got, _ := Satisfies(version, spec, pre)
			if got != table.want {
				t.Errorf("%s: %q in %q (prereleases %v): got %v", table.file, version, spec, pre, got)
			}
		}
		if n < 50 {
			t.Errorf("%s: only %d rows tested", table.file, n)
		}
	}
}

func TestRangeParseFixture(t *testing.T) {
	var rows [][]any
	semverData(t, "fixtures/range-parse.json", &rows)
	n := 0
	for _, row := range rows {
		loose, pre := optionsAt(row, 2)
		if loose {
			continue
		}
		n++
		sets, err := parseSets(row[0].(string), pre)
		got := any(nil)
		if err == nil {
			got = format(sets)
		}
		if got != row[1] {
			t.Errorf("%q (prereleases %v): got %v, want %v", row[0], pre, got, row[1])
		}
	}
	if n < 60 {
		t.Errorf("only %d rows tested", n)
	}
}

func TestVersionFixtures(t *testing.T) {
	var rows [][]any
	semverData(t, "fixtures/comparisons.json", &rows)
	for _, row := range rows {
		if loose, _ := optionsAt(row, 2); loose {
			continue
		}
		a, b := must(t, row[0].(string)), must(t, row[1].(string))
		if a.Compare(b) <= 0 || b.Compare(a) >= 0 || a.Compare(a) != 0 {
			t.Errorf("%v is not above %v", a, b)
		}
	}
	rows = nil
	semverData(t, "fixtures/valid-versions.json", &rows)
	for _, row := range rows {
		v := must(t, row[0].(string))
		if float64(v.Major) != row[1] || float64(v.Minor) != row[2] || float64(v.Patch) != row[3] {
			t.Errorf("%q: got %v", row[0], v)
		}
		var ids []string
		for _, id := range row[4].([]any) {
			text, _ := json.Marshal(id)
			ids = append(ids, strings.Trim(string(text), `"`))
		}
		if got := strings.Join(ids, "."); got != v.Prerelease() {
			t.Errorf("%q: prerelease %q, want %q", row[0], v.Prerelease(), got)
		}
	}
	rows = nil
	semverData(t, "fixtures/invalid-versions.json", &rows)
	for _, row := range rows {
		if s, ok := row[0].(string); ok {
			if v, err := ParseVersion(s); err == nil {
				t.Errorf("%q: got %v, want an error", s, v)
			}
		}
	}
}

func must(t *testing.T, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRecordedCalls replays what node-semver's own tests call, as far as the
// functions are ours: recorded arguments, recorded results.
func TestRecordedCalls(t *testing.T) {
	type call struct {
		Args   []any
		Result any
		Throws any
	}
	compare := func(op string) func(a []any) any {
		return func(a []any) any {
			v, err := ParseVersion(a[0].(string))
			w, err2 := ParseVersion(a[1].(string))
			if err != nil || err2 != nil {
				return nil // node throws, which is recorded as no result
			}
			c := v.Compare(w)
			switch op {
			case ">":
				return c > 0
			case ">=":
				return c >= 0
			case "<":
				return c < 0
			case "<=":
				return c <= 0
			case "=", "==", "===", "":
				return c == 0
			case "!=", "!==":
				return c != 0
			}
			return float64(min(1, max(-1, c)))
		}
	}
	functions := map[string]struct {
		strings int // how many of the first arguments are strings
		options int // where the options stand
		f       func(a []any) any
	}{
		"satisfies": {2, 2, func(a []any) any {
			_, pre := optionsAt(a, 2)
			got, _ := Satisfies(a[0].(string), a[1].(string), pre)
			return got
		}},
		"compare": {2, 2, compare("compare")}, "gt": {2, 2, compare(">")}, "gte": {2, 2, compare(">=")},
		"lt": {2, 2, compare("<")}, "lte": {2, 2, compare("<=")}, "eq": {2, 2, compare("=")}, "neq": {2, 2, compare("!=")},
		// Two functions of node-semver are recorded here: valid and validRange.
		"valid": {1, 1, func(a []any) any {
			if v, err := ParseVersion(a[0].(string)); err == nil {
				return v.Canonical()
			}
			_, pre := optionsAt(a, 1)
			if sets, err := parseSets(a[0].(string), pre); err == nil {
				return format(sets)
			}
			return nil
		}},
		"major": {1, 1, func(a []any) any { v, _ := ParseVersion(a[0].(string)); return float64(v.Major) }},
		"minor": {1, 1, func(a []any) any { v, _ := ParseVersion(a[0].(string)); return float64(v.Minor) }},
		"patch": {1, 1, func(a []any) any { v, _ := ParseVersion(a[0].(string)); return float64(v.Patch) }},
	}
	total := 0
	for name, function := range functions {
		var calls []call
		semverData(t, "calls/"+name+".json", &calls)
		n := 0
	next:
		for _, c := range calls {
			if loose, _ := optionsAt(c.Args, function.options); loose {
				continue
			}
			for _, a := range c.Args[:function.strings] {
				if _, ok := a.(string); !ok {
					continue next // objects of node-semver, regular expressions
				}
			}
			n++
			if got := function.f(c.Args); got != c.Result {
				t.Errorf("%s(%q): got %v, want %v", name, c.Args, got, c.Result)
			}
		}
		if n == 0 {
			t.Errorf("%s: no call tested", name)
		}
		total += n
	}
	t.Logf("%d recorded calls", total)
	if total < 500 {
		t.Errorf("only %d calls tested", total)
	}
}

func TestRecordedComparators(t *testing.T) {
	var calls []struct {
		Args   []any
		Result [][]string
	}
	semverData(t, "calls/to-comparators.json", &calls)
	n := 0
	for _, c := range calls {
		spec, ok := c.Args[0].(string)
		loose, pre := optionsAt(c.Args, 1)
		if !ok || loose || c.Result == nil {
			continue
		}
		n++
		var want []string
		for _, set := range c.Result {
			want = append(want, strings.Join(set, " "))
		}
		sets, err := parseSets(spec, pre)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		got := format(sets)
		if w := strings.Join(want, "||"); got != w && (got != "*" || w != "") {
			t.Errorf("%q: got %q, want %q", spec, got, w)
		}
	}
	if n < 30 {
		t.Errorf("only %d calls tested", n)
	}
}
