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
