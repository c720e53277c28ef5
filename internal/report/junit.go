package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// JUnit writes junit.xml, for CI servers that show tests: one suite for each
// package, whose failed tests are the problems that block. Nobody has specified
// the format; this is what both the schema of Ant's (windyroad/JUnit-Schema) and
// that of Jenkins (junit-10.xsd of its xUnit plugin) allow. It returns w's error.
//
// A suite has a failure or an error if, and only if, its package did not pass.
func JUnit(w io.Writer, c *CI) error {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<testsuites>\n")
	suites := make([]suite, 0, len(c.Documents))
	for _, d := range c.Documents {
		suites = append(suites, c.suite(d))
	}
	if len(suites) == 0 || c.Run != nil && c.Run.Reason != Fine && !anyRed(suites) {
		suites = append(suites, c.ownSuite())
	}
	for i := range suites {
		suites[i].write(&b, i, c)
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("write the report as JUnit: %w", err)
		}
		b.Reset()
	}
	if _, err := io.WriteString(w, "</testsuites>\n"); err != nil {
		return fmt.Errorf("write the report as JUnit: %w", err)
	}
	return nil
}

// A suite is what is told about one package.
type suite struct {
	name       string
	properties [][2]string
	cases      []testcase
	out, err   string
}

// The outcomes of a test. Skipped is what is neither: a warning, what was waived,
// what was not looked at.
type outcome string

const (
	good    outcome = ""
	skipped outcome = "skipped"
	failure outcome = "failure" // the gate says no
	errored outcome = "error"   // the gate could not say
)

// A testcase is one test. class and name are what a server knows it by from run to
// run; all texts are printable.
type testcase struct {
	class, name string
	outcome     outcome
	kind        string   // of what is no success, in one word
	message     string   // in one line
	body        []string // further lines
}

// anyRed reports whether a suite says that its package did not pass.
func anyRed(suites []suite) bool {
	for _, s := range suites {
		if s.count(failure)+s.count(errored) > 0 {
			return true
		}
	}
	return false
}

func (s *suite) count(o outcome) int {
	n := 0
	for i := range s.cases {
		if s.cases[i].outcome == o {
			n++
		}
	}
	return n
}

// write appends the suite. Its tests have names of their own: a server would take
// two of one name for one, and might show the one that passed.
func (s *suite) write(b *bytes.Buffer, id int, c *CI) {
	seconds := strconv.FormatFloat(c.Ended.Sub(c.began()).Seconds(), 'f', 3, 64)
	fmt.Fprintf(b, `<testsuite name="%s" package="%s" id="%d" timestamp="%s" hostname="localhost" tests="%d" failures="%d" `+
		`errors="%d" skipped="%d" time="%s">`+"\n  <properties>\n", attribute(s.name), attribute(s.name), id, ciTime(c.began()),
		len(s.cases), s.count(failure), s.count(errored), s.count(skipped), seconds)
	for _, p := range s.properties {
		fmt.Fprintf(b, "    <property name=\"%s\" value=\"%s\"/>\n", attribute(p[0]), attribute(p[1]))
	}
	b.WriteString("  </properties>\n")
	taken := map[[2]string]int{}
	for i := range s.cases {
		t := s.cases[i]
		for key := [2]string{t.class, t.name}; ; {
			if taken[key]++; taken[key] == 1 {
				break
			}
			t.name = fmt.Sprintf("%s (%d)", key[1], taken[key])
			if at := [2]string{t.class, t.name}; taken[at] == 0 {
				taken[at]++
				break
			}
		}
		t.write(b)
	}
	fmt.Fprintf(b, "  <system-out>%s</system-out>\n  <system-err>%s</system-err>\n</testsuite>\n", content(s.out), content(s.err))
}

func (t *testcase) write(b *bytes.Buffer) {
	fmt.Fprintf(b, `  <testcase classname="%s" name="%s" time="0"`, attribute(t.class), attribute(t.name))
	if t.outcome == good {
		b.WriteString("/>\n")
		return
	}
	kind := fmt.Sprintf(` type="%s"`, attribute(t.kind))
	if t.outcome == skipped {
		kind = "" // it says what happened in its message
	}
	text := strings.Join(append([]string{t.message}, t.body...), "\n")
	fmt.Fprintf(b, ">\n    <%s%s message=\"%s\">%s</%s>\n  </testcase>\n", t.outcome, kind, attribute(t.message), content(text), t.outcome)
}

// attribute escapes a text, of printable lines, for an attribute. Jenkins and
// GitLab attach a file that a text names as [[ATTACHMENT|path]]; ours name none.
func attribute(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(strings.ReplaceAll(s, "[[", `[\u{5b}`))) // a Builder returns no error
	return b.String()
}

// content is attribute for the content of an element, which keeps its lines.
func content(s string) string { return strings.ReplaceAll(attribute(s), "&#xA;", "\n") }
