package display

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/testserver/runner"
)

var hostile = []string{
	"", ":", "::", ":::", "#", "##", "##[", "#[x]", "[add-path]/tmp/evil", "##[add-path]/tmp/evil", "x ##[add-path]/tmp/evil",
	"::set-output name=x::y", "\n::set-output name=x::y", "\r::add-mask::e", "\r\n::stop-commands::x", "a\n::error::x",
	"\u2028::error::x", "\u2029::error::x", "\u0085::error::x", "\u00a0::error::x", "\v::error::x", "\f::error::x", " \t::error::x",
	"::ERROR file=a,line=1::x", "###[error]x", "#\u200b#[error]", "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x1b\\link",
	"\x9b31m", "\xff\xfe", "\xc3\x28",
	"\xed\xa0\x80", "user\u202eexe.js", "a\u2066b\u2069", "a\u200bb", "a\ufeffb", "\U000e0041", "\ufe0f", "\U000e0100",
	"\u3164", "\u115f", "\u2800", "\u034f", "\u00ad",
	"Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo", `\u{202e}`, `\\u{202e}`, `\x{ff}`, `C:\users\x`, `\`, "\\\u202e",
	"`", "``", "```", "a`b``c", " a ", "`a", "a`", "|", `\|`, `a\\|b`, "<!-- -->", "<details>", "![](http://x)", "[ok](javascript:alert)",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "&lt;", "'\"", "@everyone", "#1", "$`x`$", "---",
	"=====", "- x", "1. x", "\ufffd", "\ufffe", "\x00", "\x7f",
	"%0A::error::x", "null", "田中さん", "صباح", "👩‍👩‍👧", "é",
}

// strs is the table above and, where the data is at hand, the files of the
// trojan-source paper, whole and line by line.
func strs(t testing.TB) []string {
	all := append([]string{}, hostile...)
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Log("PUBLISHGATE_DATA is not set: only the strings written here are tried")
		return all
	}
	files, err := filepath.Glob(filepath.Join(dir, "hostile/text/*/*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no hostile text in %s: %v", dir, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
		all = append(all, strings.Split(string(b), "\n")...)
	}
	return all
}

// unescape reads Text backwards.
func unescape(t testing.TB, s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], `\u{`) || strings.HasPrefix(s[i:], `\x{`) {
			end := strings.IndexByte(s[i:], '}')
			n, err := strconv.ParseUint(s[i+3:i+end], 16, 32)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if s[i+1] == 'x' {
				b.WriteByte(byte(n))
			} else {
				b.WriteRune(rune(n))
			}
			i += end + 1
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func checkInert(t *testing.T, s string) {
	t.Helper()
	got := Text(s)
	if back := unescape(t, got); back != s {
		t.Errorf("Text(%q) = %q reads back as %q", s, got, back)
	}
	if strings.Contains(got, "::") || strings.Contains(got, "##") || !utf8.ValidString(got) {
		t.Errorf("Text(%q) = %q", s, got)
	}
	for _, r := range got {
		if hidden(r) {
			t.Errorf("Text(%q) lets %U through", s, r)
		}
	}
	if again := Text(strings.ReplaceAll(got, `\`, "/")); again != strings.ReplaceAll(got, `\`, "/") {
		t.Errorf("Text(%q) leaves something to escape: %q", s, again)
	}
	var stream strings.Builder
	p := Printer{Out: &stream, Prefix: "publishgate: "}
	if doc, err := json.Marshal(s); err == nil {
		p.JSON(doc)
	}
	p.Printf("%s", s)
	p.Printf("%q", s)
	p.Errorf("%s", s)
	p.Hint("%s", s)
	p.Error(errors.New(s))
	p.Error(fmt.Errorf("read %s: %w", s, errors.New(s)))
	// Where others put it: alone on a line, quoted, beside our own colons, beside itself.
	for _, f := range []string{"%s\n", "%q\n", "%s:%[1]s\n", ":%s:%[1]s:\n", "  %s at %[1]s:1\n", "[%s](%[1]s)\n"} {
		fmt.Fprintf(&stream, f, got)
	}
	stream.WriteString(Markdown(s, 0) + "\n" + Cell(s, 0) + "\n" + Cap(s, 20) + "\n")
	if c := runner.Any(stream.String()); len(c) > 0 {
		t.Errorf("%q gives the runner %q", s, c)
	}
}

func TestInert(t *testing.T) {
	for _, s := range strs(t) {
		checkInert(t, s)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"lodash@4.17.15", "lodash@4.17.15"},
		{"@scope/näme", "@scope/näme"},
		{"a\nb", `a\u{a}b`},
		{"user\u202eexe", `user\u{202e}exe`},
		{"a\xffb", `a\x{ff}b`},
		{"::error::x", `\u{3a}:error:\u{3a}x`},
		{"x ##[group]", `x #\u{23}[group]`},
		{"std::vector", `std:\u{3a}vector`},
		{"end:", `end\u{3a}`},
		{`a\b`, `a\b`},
		{`\u{a}`, `\u{5c}u{a}`},
		{"a\ufe0f\U000e0101", `a\u{fe0f}\u{e0101}`},
		{"\u3164\u2800\u00a0", `\u{3164}\u{2800}\u{a0}`},
		{"e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301\u0301\\u{301}"},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCap(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abcde…"}, {"äöüäöü", 6, "äöüäöü"}, {"äöüäöüä", 6, "äöüäö…"},
		{"abc\n", 6, "abc…"}, {"ab\n", 6, "ab…"}, {"a\n", 6, `a\u{a}`}, {"\n\n", 6, `\u{a}…`}, {"x", 1, "x"}, {"xy", 1, "…"}, {"", 1, ""},
	} {
		if got := Cap(c.in, c.n); got != c.want {
			t.Errorf("Cap(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	for _, s := range strs(t) {
		for n := 1; n < 30; n++ {
			if got := Cap(s, n); utf8.RuneCountInString(got) > n {
				t.Errorf("Cap(%q, %d) = %q", s, n, got)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	for _, c := range []struct{ in, span, cell string }{
		{"a", "`a`", "`a`"}, {"", "` `", "` `"}, {"  ", "` `", "` `"}, {"a`b", "``a`b``", "``a`b``"}, {"`", "`` ` ``", "`` ` ``"},
		{"``x", "``` ``x ```", "``` ``x ```"}, {" a ", "`  a  `", "`  a  `"}, {"a||b", "`a||b`", "`a\\|\\|b`"},
		{`a\\|b`, "`a\\\\|b`", "`a\\\\\\u{7c}b`"}, {`\|`, "`\\|`", "`\\\\u{7c}`"}, {"<b>\n", "`<b>\\u{a}`", "`<b>\\u{a}`"},
	} {
		if got := Markdown(c.in, 0); got != c.span {
			t.Errorf("Markdown(%q) = %q, want %q", c.in, got, c.span)
		}
		if got := Cell(c.in, 0); got != c.cell {
			t.Errorf("Cell(%q) = %q, want %q", c.in, got, c.cell)
		}
	}
	if got := Markdown("ab\ncdef", 8); got != "`ab\\u{a}…`" {
		t.Errorf("Markdown, cut: %q", got)
	}
	for n := range 200 {
		if got := Markdown(strings.Repeat("`", n), 0); strings.Contains(got, strings.Repeat("`", 9)) {
			t.Errorf("Markdown of %d backticks: %q", n, got)
		}
	}
}

func TestPrinter(t *testing.T) {
	var b strings.Builder
	p := Printer{Out: &b, Prefix: "publishgate: "}
	p.Printf("read %s:", "a\nb")
	p.Error(nil)
	p.Error(errors.Join(errors.New("one"), errors.Join(errors.New("two"), errors.New("three"))))
	p.Error(fmt.Errorf("%w and %w", errors.New("x"), errors.New("y")))
	p.Hint("use -policy")
	p.JSON([]byte(`{"a": "::"}`))
	want := "publishgate: read a\\u{a}b:\npublishgate: error: one\npublishgate: error: two\npublishgate: error: three\n" +
		"publishgate: error: x and y\npublishgate: hint: use -policy\n{\"a\": \":\\u003a\"}\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range strs(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkInert(t, s) })
}

func BenchmarkText(b *testing.B) {
	for b.Loop() {
		Text("pkg:npm/%40scope/name@1.2.3")
		Text("user\u202eexe.js")
	}
}
