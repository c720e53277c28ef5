package display

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/runner"
)

func TestJSON(t *testing.T) {
	for _, s := range strs(t) {
		doc, err := json.MarshalIndent(map[string]any{s: []string{s, s + s, ":" + s}, "x": s}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got := JSON(append([]byte{}, doc...))
		var before, after any
		if err := json.Unmarshal(doc, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &after); err != nil {
			t.Errorf("%q: %v in %s", s, err, got)
			continue
		}
		x, _ := json.Marshal(before)
		y, _ := json.Marshal(after)
		if string(x) != string(y) {
			t.Errorf("%q: %s reads as %s", s, x, y)
		}
		for _, r := range string(got) {
			if r != '\n' && hidden(r) {
				t.Errorf("%q: %U is left in %s", s, r, got)
			}
		}
		if strings.Contains(string(got), "::") || strings.Contains(string(got), "##") || len(runner.Any(string(got))) > 0 {
			t.Errorf("%q: a command is left in %s", s, got)
		}
	}
	if got := string(JSON([]byte("\"a\u202e::b###\U000e0041\x7f\""))); got != `"a\u202e:\u003ab#\u0023#\udb40\udc41\u007f"` {
		t.Errorf("got %s", got)
	}
}
