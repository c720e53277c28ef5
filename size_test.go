package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The limits of a Go file: it has to fit a screen, and a screen of review.
const (
	maxLine  = 140 // characters of a line, a tab counting as one
	maxLines = 400 // lines of a file
)

// structTag matches a line that ends in a struct tag, which cannot be broken.
var structTag = regexp.MustCompile("`json:\"[^`]*`$")

// TestSizes reads every Go file, tests and generated ones included.
func TestSizes(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "build" || path == ".git" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		files++
		data, err := os.ReadFile(path)
		for _, problem := range tooLong(data) {
			t.Errorf("%s:%s", path, problem)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("%d files read, that cannot be all", files)
	}
}

// tooLong lists what exceeds the limits in the text of a Go file.
func tooLong(data []byte) (problems []string) {
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	for i, line := range lines {
		if n := utf8.RuneCount(line); n > maxLine && !structTag.Match(line) {
			problems = append(problems, fmt.Sprintf("%d: the line has %d characters, more than %d", i+1, n, maxLine))
		}
	}
	if len(lines) > maxLines {
		problems = append(problems, fmt.Sprintf("1: the file has %d lines, more than %d: split it by meaning", len(lines), maxLines))
	}
	return problems
}

// TestTooLong asks about texts at the limits and one past them.
func TestTooLong(t *testing.T) {
	line, tagged := strings.Repeat("ä", maxLine), "\tA string `json:\"a\" enum:\""+strings.Repeat("x", maxLine)+"\"`"
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"a line at the limit", line + "\n", 0},
		{"a line past it", "a\n" + line + "ä\nb\n", 1},
		{"the last line past it", line + "ä", 1},
		{"a struct tag", tagged + "\n", 0},
		{"a struct tag in the middle", tagged + " // and more", 1},
		{"a file at the limit", strings.Repeat("\n", maxLines), 0},
		{"a file past it", strings.Repeat("\n", maxLines) + "a", 1},
	} {
		if got := tooLong([]byte(c.text)); len(got) != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
