package lockfile

import (
	"fmt"
	"strings"
	"testing"
)

// What is judged of a patched package is what is patched, under whatever name it
// is installed; what the entry was asked for and what it resolves to must agree.
func TestYarnPatches(t *testing.T) {
	entry := func(key, version, resolution string) string {
		return fmt.Sprintf("\n%q:\n  version: %s\n  resolution: %q\n", key, version, resolution)
	}
	for _, c := range []struct{ name, dependency, asks, lock, want string }{
		{"of itself", "a", "patch:a@npm%3A1.2.0#./p", entry("a@patch:a@npm%3A1.2.0#./p", "1.2.0",
			"a@patch:a@npm%3A1.2.0#./p::version=1.2.0&hash=1"), `a@1.2.0 "" true`},
		{"of another, as yarn lets one ask", "x", "patch:a@npm%3A1.2.0#./p", entry("x@patch:a@npm%3A1.2.0#./p", "1.2.0",
			"x@patch:a@npm%3A1.2.0#./p::version=1.2.0&hash=1"), `a@1.2.0 "x" true`},
		{"of a patch", "a", "patch:a@patch%3Aa@npm%253A1.2.0%23./p#./q", entry("a@patch:a@patch%3Aa@npm%253A1.2.0%23./p#./q",
			"1.2.0", "a@patch:a@patch%3Aa@npm%253A1.2.0%23./p#./q::version=1.2.0&hash=1"), `a@1.2.0 "" true`},
		{"of another than is asked for", "a", "patch:a@npm%3A1.2.0#./p", entry("a@patch:a@npm%3A1.2.0#./p", "1.2.0",
			"a@patch:evil@npm%3A1.2.0#./p::version=1.2.0&hash=1"),
			`evil@1.2.0 "a" false contradiction lock-mismatch`},
		{"of another version than is asked for", "a", "patch:a@npm%3A1.2.0#./p", entry("a@patch:a@npm%3A1.2.0#./p", "1.1.0",
			"a@patch:a@npm%3A1.1.0#./p::version=1.1.0&hash=1"),
			`a@1.1.0 "" false lock-mismatch`},
		{"of another version than it says", "a", "patch:a@npm%3A1.2.0#./p", entry("a@patch:a@npm%3A1.2.0#./p", "1.2.0",
			"a@patch:a@npm%3A1.1.0#./p::version=1.1.0&hash=1"),
			`a@1.1.0 "" false contradiction lock-mismatch`},
		{"under another name than is asked for", "a", "patch:a@npm%3A1.2.0#./p", entry("a@patch:a@npm%3A1.2.0#./p", "1.2.0",
			"x@patch:a@npm%3A1.2.0#./p::version=1.2.0&hash=1"), `a@1.2.0 "a" true contradiction`},
		{"where none is asked for", "a", "^1.0.0", entry("a@npm:^1.0.0", "1.2.0",
			"a@patch:evil@npm%3A1.2.0#./p::version=1.2.0&hash=1"), `evil@1.2.0 "a" false contradiction lock-mismatch`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := Parse([]byte("__metadata:\n  version: 8\n"+c.lock), "yarn.lock",
				manifestOf(t, `{"name":"app","dependencies":{"`+c.dependency+`":"`+c.asks+`"}}`))
			if err != nil {
				t.Fatal(err)
			}
			e := g.Root.Deps[0]
			got := strings.TrimSpace(fmt.Sprintf("%s %q %v %s", e.To.ID(), e.To.Alias, e.Valid, sortedKinds(g)))
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
