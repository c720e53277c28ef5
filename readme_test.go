package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/policy"
)

// TestReadme runs what the README shows: its commands with the exit codes it
// states, its example of a block line by line, its policy.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)

	ran := 0
	for _, m := range regexp.MustCompile(`(?m)^go run \. (.+?) +#.*exit (\d)`).FindAllStringSubmatch(readme, -1) {
		ran++
		if code, _ := run(t, strings.Fields(m[1])...); code != int(m[2][0]-'0') {
			t.Errorf("go run . %s: exit code %d, the README says %s", m[1], code, m[2])
		}
	}
	if ran != 2 {
		t.Fatalf("%d commands found, expected 2", ran)
	}

	example := regexp.MustCompile("(?s)```console\n\\$ publishgate (.*?)\n(.*?)\\$ echo \\$\\?\n(\\d)\n```").FindStringSubmatch(readme)
	if example == nil {
		t.Fatal("no example of a block")
	}
	code, out := run(t, strings.Fields(example[1])...)
	if code != int(example[3][0]-'0') {
		t.Errorf("the example ends with exit code %d", code)
	}
	for _, part := range strings.Split(example[2], "  …\n") {
		if !strings.Contains(out, part) {
			t.Errorf("the example's part\n%sis not in the output\n%s", part, out)
		}
	}

	for _, file := range []string{"README.md", "docs/policy.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		yaml := regexp.MustCompile("(?s)```yaml\n(version: 1\n.*?)```").FindSubmatch(data)
		if yaml == nil {
			t.Fatalf("no example of a policy in %s", file)
		}
		if _, err := policy.Parse(yaml[1], file); err != nil {
			t.Errorf("the policy of %s: %v", file, err)
		}
	}
}

// TestLinks follows the links between the documents.
func TestLinks(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d documents, %v", len(files), err)
	}
	followed := 0
	for _, file := range append(files, "README.md", "CONTRIBUTING.md", "SECURITY.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`).FindAllSubmatch(data, -1) {
			followed++
			to := filepath.Join(filepath.Dir(file), string(m[1]))
			if len(m[1]) == 0 {
				to = file
			}
			if text, err := os.ReadFile(to); err != nil {
				if _, err := os.Stat(to); err != nil {
					t.Errorf("%s links to %s, which is not there", file, m[1])
				}
			} else if strings.HasSuffix(to, ".md") && len(m[2]) > 0 && !slices.Contains(anchors(text), string(m[2][1:])) {
				t.Errorf("%s links to %s%s, and there is no such heading", file, m[1], m[2])
			}
		}
	}
	if followed < 15 {
		t.Errorf("%d links", followed)
	}
}

// anchors returns what the headings of a document are linked by, as GitHub makes
// them.
func anchors(text []byte) (all []string) {
	for _, m := range regexp.MustCompile("(?m)^#+ (.+)$").FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

func run(t *testing.T, args ...string) (code int, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Main(context.Background(), cli.Process{
		Args: append([]string{"-out", t.TempDir()}, args...), Stdout: &out, Stderr: &errs, Now: time.Now,
	})
	t.Logf("%v: %s", args, errs.String())
	return code, out.String()
}

// TestDocsCommands: every command line and every input of the action that a
// document shows is one that there is.
func TestDocsCommands(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{} // the help of each
	help := func(name string) string {
		if _, known := commands[name]; !known {
			var out, errs bytes.Buffer
			if cli.Main(t.Context(), cli.Process{Args: []string{"help", name}, Stdout: &out, Stderr: &errs, Now: time.Now}) != 0 {
				out.Reset()
			}
			commands[name] = out.String()
		}
		return commands[name]
	}
	action, err := os.ReadFile("action.yml")
	if err != nil {
		t.Fatal(err)
	}
	shown, inputs := 0, 0
	for _, file := range append(files, "README.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, block := range regexp.MustCompile("(?s)\n```[a-z]*\n(.*?)\n```").FindAllStringSubmatch(string(data), -1) {
			text += strings.ReplaceAll(block[1], "\\\n", " ") + "\n"
		}
		for _, line := range regexp.MustCompile(`(?m)^ *(?:\$ |- |- run: |run: )?publishgate( .*)?$`).FindAllStringSubmatch(text, -1) {
			shown++
			words := strings.Fields(regexp.MustCompile(" +#.*").ReplaceAllString(line[1], ""))
			command := "gate"
			if len(words) > 0 && help(words[0]) != "" {
				command, words = words[0], words[1:]
			}
			if len(words) > 0 && regexp.MustCompile("^[a-z]+$").MatchString(words[0]) && command == "gate" {
				t.Errorf("%s: publishgate%s: there is no command %s", file, line[1], words[0])
			}
			for _, word := range words {
				flag := regexp.MustCompile(`^-[a-z][a-z0-9-]*`).FindString(word)
				if flag != "" && !regexp.MustCompile(`(?m)^  `+flag+`( |$)`).MatchString(help(command)) {
					t.Errorf("%s: publishgate%s: %s has no flag %s", file, line[1], command, flag)
				}
			}
		}
		uses := regexp.MustCompile(`(?s)uses: publishgate/publishgate@[^\n]*\n(?: +id: [^\n]*\n)? +with: \{(.*?)\}\n`)
		for _, step := range uses.FindAllStringSubmatch(text, -1) {
			for _, input := range regexp.MustCompile(`(?:^|, )([a-z-]+): `).FindAllStringSubmatch(step[1], -1) {
				inputs++
				if !strings.Contains(string(action), "\n  "+input[1]+":\n") {
					t.Errorf("%s: the action has no input %s", file, input[1])
				}
			}
		}
	}
	if shown < 15 || inputs < 2 {
		t.Errorf("%d command lines and %d inputs found", shown, inputs)
	}
}
