package script

import (
	"path"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// says PATTERN looks for a regular expression in what the last command wrote to
// standard output, as if it had been one long line: the terminal's text is wrapped.
// With !, it must not be there.
func says(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: says PATTERN")
	}
	look(ts, neg, args[0], "standard output", strings.Join(strings.Fields(ts.ReadFile("stdout")), " "))
}

// told PATTERN [DIR] looks for a regular expression in the words of DIR/report.md,
// by default publishgate-out/report.md: a line for each row and each line of a cell,
// without the marks of markdown. Backticks do not count. With !, it must not be there.
func told(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: told PATTERN [DIR]")
	}
	dir := "publishgate-out"
	if len(args) == 2 {
		dir = args[1]
	}
	file := path.Join(dir, "report.md")
	look(ts, neg, strings.ReplaceAll(args[0], "`", ""), file, words(ts.ReadFile(file)))
}

var (
	labels = regexp.MustCompile(`\*\*([a-z ]+):\*\* |(?m:^ +- ([a-z ]+): )`)
	links  = regexp.MustCompile(`\[([A-Za-z0-9-]+)\]\(https://[^ )]*\)`)
)

// words returns markdown without its marks.
func words(page string) string {
	page = strings.NewReplacer("`", "", "<br>", "\n", `\|`, "|", "&lt;", "<").Replace(page)
	return links.ReplaceAllString(labels.ReplaceAllString(page, "$1$2 "), "$1")
}

func look(ts *testscript.TestScript, neg bool, pattern, where, text string) {
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	if re.MatchString(text) == neg {
		ts.Fatalf("%s, which is matched with %q, says:\n%s", where, pattern, text)
	}
}
