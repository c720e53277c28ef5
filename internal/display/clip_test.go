package display

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in              string
		n               int
		cut, clip, show string
	}{
		{"", 0, "", "", `""`},
		{"abc", 3, "abc", "abc", `"abc"`},
		{"abcd", 3, "abc", "abc…", `"abc"…`},
		{"abcd", 0, "", "…", `""…`},
		{"ab\u00e9", 3, "ab", "ab…", `"ab"…`},
		{"ab\u00e9", 4, "ab\u00e9", "ab\u00e9", `"ab\u00e9"`},
		{"a\U0001f512b", 4, "a", "a…", `"a"…`},
		{"a\U0001f512b", 5, "a\U0001f512", "a\U0001f512…", `"a\U0001f512"…`},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80", "\x80\x80…", `"\x80\x80"…`}, // no text, and no reason to lose more
		{"a\n\u202eb", 9, "a\n\u202eb", "a\n\u202eb", `"a\n\u202eb"`},
	} {
		if got := Cut(c.in, c.n); got != c.cut {
			t.Errorf("Cut(%q, %d) is %q, want %q", c.in, c.n, got, c.cut)
		}
		if got := Clip(c.in, c.n); got != c.clip {
			t.Errorf("Clip(%q, %d) is %q, want %q", c.in, c.n, got, c.clip)
		}
		if got := Quote(c.in, c.n); got != c.show {
			t.Errorf("Quote(%q, %d) is %s, want %s", c.in, c.n, got, c.show)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("ab\u00e9", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 0 {
			return
		}
		got := Cut(s, n)
		if len(got) > n || !strings.HasPrefix(s, got) || len(got) < min(len(s), n-utf8.UTFMax+1) || utf8.ValidString(s) &&
			!utf8.ValidString(got) {
			t.Errorf("Cut(%q, %d) is %q", s, n, got)
		}
	})
}
