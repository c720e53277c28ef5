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

// Wherever it stands in a long text, also next to others, each of them is found.
func TestJSONEverywhere(t *testing.T) {
	parts := []struct{ in, out string }{
		{"::", `:\u003a`}, {":::", `:\u003a:`}, {"##", `#\u0023`}, {":#:#", ":#:#"}, {"\x7f", `\u007f`}, {"é", "é"}, {"\u202e", `\u202e`},
		{"é::é", `é:\u003aé`}, {"::::", `:\u003a:\u003a`},
	}
	for _, x := range parts {
		for _, y := range parts {
			for before := range 20 {
				for between := 1; between < 20; between++ {
					in := strings.Repeat("a", before) + "%" + strings.Repeat("b", between) + "%" + strings.Repeat("a", 20-between)
					want := strings.Replace(strings.Replace(in, "%", x.out, 1), "%", y.out, 1)
					in = strings.Replace(strings.Replace(in, "%", x.in, 1), "%", y.in, 1)
					if got := string(JSON([]byte(in))); got != want {
						t.Fatalf("%q became %q, not %q", in, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	doc := []byte(strings.Repeat(`{"name":"cdx:npm:package:path","value":"node_modules/a"},`, 20))
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		JSON(doc)
	}
}
