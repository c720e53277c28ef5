package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/policy"
)

// TestFAQ: what docs/faq.md says is shown by a test is: the script is there, and the
// test in the file that is linked. Its policies can be read.
func TestFAQ(t *testing.T) {
	data, err := os.ReadFile("docs/faq.md")
	if err != nil {
		t.Fatal(err)
	}
	answers, shown := 0, 0
	for _, part := range strings.Split(string(data), "\n### ")[1:] {
		question, text, _ := strings.Cut(part, "\n")
		answers++
		if !strings.Contains(text, "](") && !strings.Contains(text, "No key") {
			t.Errorf("%s: no test, and no page to read on", question)
		}
		for _, m := range regexp.MustCompile(`\[(\w+)\]\(\.\./([\w/.]+)\)`).FindAllStringSubmatch(text, -1) {
			shown++
			file, err := os.ReadFile(m[2])
			isTest := strings.Contains(string(file), "\nfunc "+m[1]+"(t ")
			if err != nil || !isTest && filepath.Base(m[2]) != m[1]+".txtar" {
				t.Errorf("%s: %s is not in %s", question, m[1], m[2])
			}
		}
		for _, span := range regexp.MustCompile("`([a-z-]+: \\{[^`]+)`").FindAllStringSubmatch(text, -1) {
			if _, err := policy.Parse([]byte(span[1]+"\n"), ""); err != nil {
				t.Errorf("%s: %s: %v", question, span[1], err)
			}
		}
	}
	if answers < 35 || shown < 35 {
		t.Errorf("%d answers, %d of them shown by something", answers, shown)
	}
}

// TestDocsSpans: a command in a sentence or a table is one that there is, and its
// flags are flags of it.
func TestDocsSpans(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	help := func(args ...string) string {
		var out bytes.Buffer
		if cli.Main(t.Context(), cli.Process{Args: append([]string{"help"}, args...), Stdout: &out, Stderr: &out, Now: time.Now}) != 0 {
			return ""
		}
		return out.String()
	}
	seen := 0
	for _, file := range append(files, "README.md", "CONTRIBUTING.md", "SECURITY.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAllString(string(data), "")
		for _, span := range regexp.MustCompile("`publishgate ([^`]+)`").FindAllStringSubmatch(text, -1) {
			seen++
			words := strings.Fields(strings.NewReplacer("[", "", "]", "", "…", " ").Replace(span[1]))
			command, told := "gate", help("gate")
			if named := help(words[0]); named != "" {
				command, told = words[0], named
			} else if regexp.MustCompile("^[a-z]+$").MatchString(words[0]) {
				t.Errorf("%s: publishgate %s: there is no command %s", file, span[1], words[0])
			}
			for _, word := range words {
				flag := regexp.MustCompile(`^-[a-z][a-z0-9-]*`).FindString(word)
				if flag != "" && !regexp.MustCompile(`(?m)^  `+flag+`( |$)`).MatchString(told) {
					t.Errorf("%s: publishgate %s: %s has no flag %s", file, span[1], command, flag)
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d commands", seen)
	}
}
