package incident

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/registry"
)

// hostile are names that a registry may send.
var hostile = []string{"$(touch pwned)", "`id`", "a'b", `a"b`, "a\nb", "a;b", "-rf", "--force", "a b", "##[error]x", "::stop::x",
	"\u202etxt",
	"a\x00b", "é", strings.Repeat("x", 600), "", "!x", "~root", "*", "a|b", "a>b", "\x1b[2J", "$HOME", `\`, "a\u200bb", "#x", "=x"}

// TestHostileNames puts them wherever the registry names something: the shell gets
// each as one word, or not at all, and no line of the output is a command of the runner.
func TestHostileNames(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	words := map[string]bool{}
	commands := []string{}
	for _, name := range hostile {
		h := compromised()
		h.Maintainers = []string{name, "ann"}
		h.Tags = map[string]string{"latest": "1.2.3", name: "1.2.3"}
		for i := range h.Releases {
			h.Releases[i].By, h.Releases[i].Approver, h.Releases[i].Integrity = name, name, name
			if h.Releases[i].Deprecated != "" {
				h.Releases[i].Deprecated = name
			}
		}
		a := ask(Package)
		r := Assess(a, Look{At: began, History: h, Looked: true, Missed: []string{name},
			Staged:     []registry.Staged{{ID: name, Version: name, Actor: name}},
			Dependents: []Dependent{{Name: name, Version: name, File: name, Brings: "1.2.3"}}}, nil)
		var text, page bytes.Buffer
		r.Text(&text)
		if err := r.Markdown(&page); err != nil {
			t.Fatal(err)
		}
		for out := range strings.SplitSeq(text.String()+page.String(), "\n") {
			if strings.Contains(out, "::") || strings.Contains(out, "##[") || strings.ContainsAny(out, "\x00\x1b\r\u202e\u200b") {
				t.Errorf("%q: the line %q", name, out)
			}
		}
		for i := range r.Steps {
			for _, c := range r.Steps[i].Commands {
				if display.Text(c) != c {
					t.Errorf("%q: the command is shown escaped: %q", name, c)
				}
				if !strings.Contains(text.String(), "    $ "+c+"\n") && r.Steps[i].State == Open {
					t.Errorf("%q: the command %q is not shown", name, c)
				}
				if c, _, _ = strings.Cut(c, " 2>/dev/null"); !words[c] {
					words[c] = true
					commands = append(commands, c)
				}
			}
		}
		drafts, err := r.Drafts(name)
		if err != nil {
			t.Errorf("%q: %v", name, err)
		}
		for _, d := range drafts {
			if d.Name == NPMMessage && (bytes.ContainsAny(d.Data, "\x00\x1b\r\u202e\u200b") || bytes.Contains(d.Data, []byte("::"))) {
				t.Errorf("%q: %s", name, d.Data)
			}
		}
	}
	known := map[string]bool{}
	for _, name := range hostile {
		known[name] = true
	}
	var script strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&script, "set -- %s\nprintf '%%s\\0' \"$@\"\nprintf '\\1'\n", c)
	}
	run := exec.Command(sh, "-f")
	run.Dir, run.Stdin = t.TempDir(), strings.NewReader(script.String())
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x01"), "\x01")
	if len(got) != len(commands) {
		t.Fatalf("%d commands were read of %d", len(got), len(commands))
	}
	seen := map[string]bool{}
	for i, c := range got {
		for w := range strings.SplitSeq(strings.TrimSuffix(c, "\x00"), "\x00") {
			if known[w] {
				seen[w] = true
			} else if strings.ContainsAny(w, "`$;") && !strings.HasPrefix(w, "SECURITY: ") {
				t.Errorf("%s: a word is %q", commands[i], w)
			}
		}
	}
	for _, w := range []string{"$(touch pwned)", "a'b", "a;b", "`id`", "$HOME"} {
		if !seen[w] {
			t.Errorf("%q reached no command as a word", w)
		}
	}
	for _, w := range []string{"-rf", "--force", "a\nb", "\u202etxt", ""} {
		if seen[w] {
			t.Errorf("%q is a word of a command", w)
		}
	}
}

// TestParse refuses what is no record, each with ErrRecord.
func TestParse(t *testing.T) {
	good, err := Assess(ask(Token), Look{At: began, History: compromised()}, nil).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"another version":     {`"schema": 1`, `"schema": 2`},
		"a version in quotes": {`"schema": 1`, `"schema": "1"`},
		"no kind":             {`"kind": "token"`, `"kind": ""`},
		"no package":          {`"package": "@acme/widget"`, `"package": ""`},
		"no beginning":        {`"started": "2026-11-30T10:00:00Z"`, `"started": "yesterday"`},
		"an unknown step":     {`"id": "revoke"`, `"id": "rm -rf"`},
		"another type":        {`"steps": [`, `"steps": 1, "x": [`},
	} {
		text := strings.Replace(string(good), c[0], c[1], 1)
		if text == string(good) {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), ErrRecord.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, cut := range []int{0, 1, len(good) / 2, len(good) - 3} {
		if _, err := Parse(good[:cut]); err == nil {
			t.Errorf("cut at %d it is read", cut)
		}
	}
	if _, err := Parse(append(good[:len(good)-2:len(good)-2], []byte(`, "pad": "`+strings.Repeat("x", MaxRecord)+`"}`)...)); err == nil {
		t.Error("one past the limit is read")
	}
}

func FuzzParse(f *testing.F) {
	good, _ := Assess(ask(Package), Look{At: began, History: compromised()}, nil).Encode()
	f.Add(good)
	f.Add([]byte(`{"schema":1,"kind":"package","package":"a","started":"2026-11-30T10:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		a := ask(r.Kind)
		for _, h := range []*registry.History{nil, compromised()} {
			next := Assess(a, Look{At: began, History: h, Missed: []string{"x"}}, r)
			text, err := next.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if twice, _ := again.Encode(); !bytes.Equal(text, twice) {
				t.Fatalf("written and read it is another:\n%s\n%s", text, twice)
			}
			next.Text(&bytes.Buffer{})
		}
	})
}
