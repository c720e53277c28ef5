package upgrade

import (
	"strings"
	"testing"
)

// A copy that somebody keeps stays, whatever is updated for others: one answer.
func TestOneCopyOneAnswer(t *testing.T) {
	p, _ := plan(t, input{
		manager: "bun", lock: "1",
		tree: []string{
			"root > mid@1.0.0  ^1.0.0", "root > far@1.0.0  ^1.0.0", "root > new@1.0.0  ^1.0.0",
			"mid@1.0.0 > left@1.0.0  ^1.0.0", "far@1.0.0 > left@1.0.0  >=1.0.0", "new@1.0.0 > left@3.0.0  ^3.0.0",
		},
		records: []string{"left 0 2.0.0"},
	})
	if len(p.Steps) != 1 || p.Steps[0].Do != Nothing {
		t.Errorf("steps %+v", p.Steps)
	}
}

// One override is for two copies, since npm keeps one of them where each has its own.
func TestAdviceOnEachCopy(t *testing.T) {
	p, _ := plan(t, input{
		tree: []string{
			"root > mid@1.0.0  ^1.0.0", "root > far@1.0.0  ^1.0.0", "root > new@1.0.0  ^1.0.0",
			"mid@1.0.0 > left@1.0.0  1.0.0", "far@1.0.0 > left@1.1.0  1.1.0", "new@1.0.0 > left@3.0.0  ^3.0.0",
		},
		records: []string{"left 0 2.0.0"},
	})
	const want = "asks for left 2.0.0 or later; until there is one, add `\"overrides\": {\"left@1.0.0 || 1.1.0\": \"2.0.0\"}` to package.json."
	for _, version := range []string{"1.0.0", "1.1.0"} {
		if got := p.Advice("left", version, "it"); !strings.HasSuffix(got, want) {
			t.Errorf("left %s: %s\nwant … %s", version, got, want)
		}
	}
}
