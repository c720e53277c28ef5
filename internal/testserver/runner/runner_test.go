package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The port must see the commands that are there, or no test that finds none
// shows anything. Lines and answers are those of the runner's own tests and of
// its source.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		line string
		want string // name, properties and data; "": none
	}{
		{"::do-something k1=v1,::msg", "do-something map[k1:v1] msg"},
		{"::do-something::", "do-something map[] "},
		{"::do-something k1=%0D%0A%25%3A%2C,::%0D%0A%25%3A%2C", "do-something map[k1:\r\n%:,] \r\n%%3A%2C"},
		{"::do-something k1=,k2=,::", "do-something map[] "},
		{"::do-something k1=v1::", "do-something map[k1:v1] "},
		{"   ::do-something k1=v1,::msg", "do-something map[k1:v1] msg"},
		{"   >>>   ::do-something k1=v1,::msg", ""},
		{"::do-something k1=v1,  k2=v2::", "do-something map[  k2:v2 k1:v1] "},
		{"\u2028\u0085\u00a0\v::do-something::x", "do-something map[] x"},
		{"\u200b::do-something::x", ""},
		{"::do-something", ""},
		{":do-something::x", ""},
		{"##[do-something k1=v1;]msg", "do-something map[k1:v1] msg"},
		{"##[do-something]", "do-something map[] "},
		{"##[do-something k1=%3B%0D%0A%5D%25;]%3B%0D%0A%5D%25", "do-something map[k1:;\r\n]%] ;\r\n]%"},
		{">>>   ##[do-something k1=v1;]msg", "do-something map[k1:v1] msg"},
		{`"x ##[do-something]y"`, `do-something map[] y"`},
		{"##[do-something", ""},
		{"#[do-something]", ""},
		{"##[other]##[do-something]x", ""}, // the first mark decides
		{"::other::##[do-something]x", "do-something map[] x"},
		{"::DO-something::x", "DO-something map[] x"},
	} {
		got := ""
		if found, is := Parse(c.line, func(name string) bool { return strings.EqualFold(name, "do-something") }); is {
			got = fmt.Sprint(found.Name, " ", found.Properties, " ", found.Data)
		}
		if got != c.want {
			t.Errorf("%q: %q, expected %q", c.line, got, c.want)
		}
	}
	if n := len(Any("a\r::x::\r\n##[y]\nz::w::")); n != 2 {
		t.Errorf("%d commands in three kinds of lines", n)
	}
}

func TestPairs(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  string
		fails bool
	}{
		{"", "[]", false},
		{"a=b\n\nc=d=<<e", "[{a b} {c d=<<e}]", false},
		{"a=b\r\n", "[{a b\r}]", false},
		{"=b\n", "[{ b}]", false},
		{"a<<E\nx\n\ny=z\nE\nb=c\n", "[{a x\n\ny=z} {b c}]", false},
		{"a<<E\nE", "[{a }]", false},
		{"a<<E=F\nx\nE=F\n", "[{a x}]", false},
		{"a<<E\n E\nE \nE\n", "[{a  E\nE }]", false},
		{"a<<E\nx", "[]", true},
		{"b=c\na<<E\nx\n", "[{b c}]", true},
		{"<<E\nE\n", "[]", true},
		{"a<<\n\n", "[]", true},
		{"word\n", "[]", true},
	} {
		got, err := Pairs(c.text)
		if text := fmt.Sprint(got); text != c.want || (err != nil) != c.fails {
			t.Errorf("%q: %q %v, expected %q", c.text, text, err, c.want)
		}
	}
}

func TestLog(t *testing.T) {
	l := Read([]string{
		"::set-output name=a::b", "::set-env name=a::b", "x ##[add-path]/tmp", "::add-mask::hidden one%0Atwo",
		"::group::stage", "hidden one, two", "::endgroup::", "::stop-commands::0123456789", "::error::no", "::01234::",
		"##[0123456789]", "::warning title=t,file=f::hidden one", "::stop-commands::", "::error::" + strings.Repeat("x", MaxMessage+1),
	}, "token")
	if fmt.Sprint(l.Outputs) != "map[a:b]" || len(l.Failures) != 3 || len(l.Ignored) != 1 || fmt.Sprint(l.Groups, l.Open) != "[stage] 0" {
		t.Errorf("%+v", l)
	}
	want := []string{"##[group]stage", "***, ***", "##[endgroup]", "::stop-commands::***", "::error::no", "::01234::",
		"##[***]", "##[warning]***"}
	if got := l.Lines[:len(l.Lines)-1]; !slices.Equal(got, want) {
		t.Errorf("shown %q\nexpected %q", got, want)
	}
	if len(l.Annotations) != 2 || l.Annotations[0].Properties["title"] != "t" || len(l.Annotations[1].Data) != MaxMessage {
		t.Errorf("annotations %+v", l.Annotations)
	}
	if l := Read(slices.Repeat([]string{"::notice::x"}, 12)); len(l.Annotations) != MaxAnnotations || len(l.Lines) != 12 {
		t.Errorf("%d annotations are kept, %d lines shown", len(l.Annotations), len(l.Lines))
	}
}

// Each stream keeps its order, and the seeds give different ones.
func TestTape(t *testing.T) {
	tape := &Tape{}
	for i := range 9 {
		fmt.Fprintf(tape.Stdout(), "a%d", i)
		fmt.Fprintf(tape.Stderr(), "b%d\n", i)
	}
	seen := map[string]bool{}
	for seed := range uint64(50) {
		for _, lines := range [][]string{tape.ByLine(seed), tape.ByWrite(seed)} {
			all := strings.Join(lines, "")
			for i := range 8 {
				for _, stream := range "ab" {
					if strings.Index(all, fmt.Sprintf("%c%d", stream, i)) > strings.Index(all, fmt.Sprintf("%c%d", stream, i+1)) {
						t.Fatalf("%q is out of order", all)
					}
				}
			}
			seen[all] = true
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d orders", len(seen))
	}
}

func TestStep(t *testing.T) {
	s, err := New(t.TempDir(), "/github/workspace", filepath.Join("..", "..", "..", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Env["INPUT_UPLOAD-SARIF"] != "auto" || !slices.Contains(s.Outputs, "result") || !slices.Contains(s.Environ(), "INPUT_TARBALL=") {
		t.Errorf("%q %q", s.Environ(), s.Outputs)
	}
	write := func(name, text string) {
		if err := os.WriteFile(s.Env[name], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("GITHUB_OUTPUT", "Result=pass\n")
	write("GITHUB_STEP_SUMMARY", "page")
	write("GITHUB_PATH", "/tmp/evil\n")
	left, err := s.End()
	if err != nil {
		t.Fatal(err)
	}
	if value, set := left.Value("result"); value != "pass" || !set || left.Summary != "page" || !strings.Contains(left.Others, "evil") {
		t.Errorf("%+v", left)
	}
	write("GITHUB_STEP_SUMMARY", strings.Repeat("x", SummaryLimit+1))
	if left, err = s.End(); err == nil || left.Summary != "" {
		t.Error("a summary that is too large is kept")
	}
}

func TestOurs(t *testing.T) {
	word := strings.Repeat("0a", 16)
	for line, want := range map[string]bool{
		"::stop-commands::" + word: true, "::" + word + "::": true, "::endgroup::": true, "::group::judge": true, "::debug::GET /": true,
		"::add-mask::12345678": true, "::error title=publishgate: x,file=a,line=1,col=1::x": true, "::notice title=publishgate::x": true,
		"::stop-commands::x": false, "::" + word + "::x": false, " ::endgroup::": false, "##[endgroup]": false, "::endgroup::x": false,
		"::add-mask::e": false, "::error title=other::x": false, "::error::x": false, "::error title=publishgate,name=a::x": false,
		"::error title=publishgate::a%0Ab": false, "::set-output name=a::b": false, "::group::a%0Db": false, "::Group::a": false,
	} {
		if all := Any(line); len(all) != 1 || Ours(all[0]) != want {
			t.Errorf("%q: %+v, expected %v", line, all, want)
		}
	}
}
