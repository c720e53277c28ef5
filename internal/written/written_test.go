package written

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const prose = "# Security\r\n\r\nTitle of two\n====\n\nSecond\n------\n" +
	"- Tokens live 90 days.\n* Tokens   live 90 days.\n3. [x] Audited\n> - quoted\n\n" +
	"```gitignore\n# logs\n*.log\n- not a mark here\n```\n" +
	"~~~\n```\n~~~\n| a | b |\n|---|---|\n| 1 | 2 |\n---\n-\n#no heading\n   ```bash\nnpm audit\n   ```\n"

func TestStatements(t *testing.T) {
	found, err := Statements([]byte(prose))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found {
		got = append(got, fmt.Sprintf("%d %s", s.Line, s.Text))
	}
	want := []string{"8 Tokens live 90 days.", "9 Tokens live 90 days.", "10 Audited", "11 quoted", "14 # logs", "15 *.log",
		"16 - not a mark here", "19 ```", "21 | a | b |", "22 |---|---|", "23 | 1 | 2 |", "24 ---", "26 #no heading", "28 npm audit"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if found[0].Digest != found[1].Digest || len(found[0].Digest) != 64 || found[11].Asks() || !found[2].Asks() {
		t.Errorf("%+v", found)
	}
	for _, bad := range []string{"\xff", strings.Repeat("a\n", maxStatements+1), strings.Repeat("a", MaxBytes+1)} {
		if _, err := Statements([]byte(bad)); err == nil {
			t.Errorf("%.10q… is no error", bad)
		}
	}
}

func TestParseAnswers(t *testing.T) {
	d := strings.Repeat("a1", 8)
	good, err := ParseAnswers([]byte("# x\n\nL1 sha256:"+d+" => a.b , review:c\nL2 sha256:"+d+" -- because\nL3   sha256:"+d+"   ??\n"), "f")
	if err != nil || fmt.Sprint(good) != fmt.Sprintf("[{3 1 %s [a.b review:c] } {4 2 %s [] because} {5 3 %s [] }]", d, d, d) {
		t.Errorf("%v %v", good, err)
	}
	for _, bad := range []string{"17 sha256:" + d + " => a", "L0 sha256:" + d + " => a", "L1 sha512:" + d + " => a", "L1 sha256:abc => a",
		"L1 sha256:" + d, "L1 sha256:" + d + " =>", "L1 sha256:" + d + " => a,,b", "L1 sha256:" + d + " --", "L1 sha256:" + d + " a",
		"L1 sha256:" + strings.ToUpper(d) + " => a", "L1", "\xff"} {
		if got, err := ParseAnswers([]byte(bad), "f"); err == nil {
			t.Errorf("%q: %v", bad, got)
		} else if !strings.HasPrefix(err.Error(), "f:1: ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// stands knows one key, one review and one that is not enforced.
func stands(target string) (Class, string) {
	switch target {
	case "key":
		return Enforced, ""
	case "review:r":
		return Reviewed, ""
	}
	return Unenforced, "is not known"
}

func TestCover(t *testing.T) {
	text := "a\nb\na\nchanged\nnew\nc\n\n---\n"
	found, err := Statements([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	digest := map[string]string{}
	for _, s := range found {
		digest[s.Text] = s.Digest
	}
	gone := strings.Repeat("0", 64)
	lines := fmt.Sprintf("L2 sha256:%s => review:r, key\nL1 sha256:%s => review:r\nL9 sha256:%s -- elsewhere\nL4 sha256:%s => key\n"+
		"L6 sha256:%s => key, other\nL77 sha256:%s => key\nL8 sha256:%s -- not a demand\n",
		digest["b"], digest["a"][:16], digest["a"], gone, digest["c"], gone, digest["---"])
	answers, err := ParseAnswers([]byte(lines), "f")
	if err != nil {
		t.Fatal(err)
	}
	c := Cover(found, answers, stands)
	var got []string
	for _, r := range c.Rows {
		got = append(got, fmt.Sprintf("%s: %s %s", r.Text, r.Class, r.Reason))
	}
	want := []string{"a: reviewed ", "b: enforced ", "a: outside elsewhere",
		"changed: uncovered the line was changed since it was answered", "new: uncovered the line file has no answer to it",
		"c: unenforced other is not known", "---: not a demand "}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(c.Gone) != 1 || c.Gone[0].At != 77 || c.Whole() || c.Demands() != 6 || c.Count(Uncovered) != 2 {
		t.Errorf("%+v", c)
	}
}

// TestDraft drafts, answers one line, changes the prose and drafts again: what
// was answered stays, and what a draft gives can be read.
func TestDraft(t *testing.T) {
	show := func(s string) string { return s }
	found, _ := Statements([]byte("one\ntwo\n\n---\nthree\n"))
	first := Draft(found, nil, "SECURITY.md", show)
	if n := strings.Count(string(first), " ??\n"); n != 3 || !strings.Contains(string(first), "-- "+NotDemand+"\n") {
		t.Errorf("%s", first)
	}
	answered := strings.Replace(string(first), "L1 sha256:"+found[0].Digest[:16]+" ??", "L1 sha256:"+found[0].Digest[:16]+" => key", 1)
	answered = strings.Replace(answered, "L5 sha256:"+found[3].Digest[:16]+" ??", "L5 sha256:"+found[3].Digest[:16]+" -- people", 1)
	answers, err := ParseAnswers([]byte(answered), "f")
	if err != nil {
		t.Fatal(err)
	}
	found, _ = Statements([]byte("zero\n\none\n\n3 three\n"))
	again := Draft(found, answers, "SECURITY.md", show)
	for _, want := range []string{"# zero\nL1 sha256:", "L3 sha256:" + found[1].Digest[:16] + " => key\n",
		"# 3 three\nL5 sha256:" + found[2].Digest[:16] + " ??\n# before the line was changed: -- people\n", "# gone: L4 sha256:"} {
		if !strings.Contains(string(again), want) {
			t.Errorf("no %q in\n%s", want, again)
		}
	}
	if answers, err = ParseAnswers(again, "f"); err != nil || len(answers) != 3 {
		t.Errorf("%v %v", answers, err)
	}
}

func FuzzStatements(f *testing.F) {
	f.Add([]byte(prose))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := Statements(data)
		if err != nil {
			return
		}
		answers, err := ParseAnswers(Draft(found, nil, "p", func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < ' ' {
					return ' '
				}
				return r
			}, s)
		}), "f")
		if err != nil || len(answers) != len(found) {
			t.Errorf("%d lines, %d answers, %v", len(found), len(answers), err)
		}
	})
}
