package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestReadMerged: a verdict on several packages is read as it was written, and one
// that does not go with its run, or with its own rows, is refused: whoever changed
// one of them could change the other's digest too.
func TestReadMerged(t *testing.T) {
	const sum = "ab"
	run := func(result, reason string, exit int) []byte {
		data, err := json.Marshal(map[string]any{"schema": schema, "result": result, "reason": reason, "exit": exit,
			"verdict": map[string]string{"file": "verdict.json", "sha256": sum}, "acts": []any{}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	passes, fine := merged(t, whole(Fine, *passed(), *passed())), run("pass", "", 0)
	blocks := merged(t, whole(Findings, *passed(), *blocked()))
	problem := merged(t, &Whole{Run: &Run{}, Problems: []string{"evidence: no run.json"}})
	row := func(text []byte, from, to string) []byte { // of the last row, or of the whole
		at := bytes.LastIndex(text, []byte(from))
		if at < 0 {
			t.Fatalf("%s is not in %s", from, text)
		}
		return append(append(bytes.Clone(text[:at]), to...), text[at+len(from):]...)
	}
	for _, c := range []struct {
		name         string
		verdict, run []byte
		want         string // "": it is read
	}{
		{"passed", passes, fine, ""},
		{"blocked", blocks, run("block", "findings", 1), ""},
		{"passed, not published", passes, run("unknown", "not-published", 3), ""},
		{"a run that passed over a verdict that blocks", blocks, fine, "the run passed, and verdict.json says"},
		{"a run that passed over missing evidence", problem, fine, "the run passed, and verdict.json says unknown"},
		{"a verdict that passes in a run that blocked", passes, run("block", "findings", 1), "says what blocks"},
		{"a row that blocks", row(passes, `"result": "pass"`, `"result": "block"`), fine, "says what blocks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadMerged(c.verdict, c.run, sum)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, expected %q", err, c.want)
			}
		})
	}
}
