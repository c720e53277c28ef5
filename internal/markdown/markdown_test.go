package markdown

import (
	"slices"
	"testing"
)

func TestLines(t *testing.T) {
	if got := Lines("\ufeffa\r\nb\rc\n\nd\n"); !slices.Equal(got, []string{"a", "b", "c", "", "d", ""}) {
		t.Errorf("%q", got)
	}
}

func TestFence(t *testing.T) {
	for line, want := range map[string]string{"```": "```", "````md": "````", "~~~ `a`": "~~~", "```a``` is code": "", "``": "", "text": "",
		"": ""} {
		if got := Fence(line); got != want {
			t.Errorf("%q opens %q, want %q", line, got, want)
		}
	}
	for _, c := range []struct {
		line, fence string
		closes      bool
	}{
		{"```", "```", true}, {"`````", "```", true}, {"``` ", "```", true}, {"```", "````", false}, {"```js", "```", false},
		{"~~~", "```", false}, {"", "```", false},
	} {
		if got := Closes(c.line, c.fence); got != c.closes {
			t.Errorf("%q closes %q: %v", c.line, c.fence, got)
		}
	}
}
