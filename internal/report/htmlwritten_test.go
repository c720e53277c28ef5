package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/written"
)

// writtenPolicy is a written policy with an answer of each kind.
func writtenPolicy() *Written {
	c := &written.Coverage{}
	for i, x := range []struct {
		class   written.Class
		text    string
		targets []string
		reason  string
	}{
		{written.Enforced, "Tokens live for 90 days at most.", []string{"publish.tokens.max-age", "rule:token-too-old"}, ""},
		{written.Silent, "This page is for all.", nil, ""},
		{written.Reviewed, "Somebody looks at the tokens each month.", []string{"review:tokens"}, ""},
		{written.Outside, "npm ends sessions after two hours.", nil, "the registry does it"},
		{written.Uncovered, "Nobody answers this.", nil, "no line of the line file answers it"},
		{written.Enforced, "Licences are checked.", []string{"licenses.deny"}, ""},
	} {
		c.Rows = append(c.Rows, written.Row{Statement: written.Statement{Line: i + 1, Text: x.text}, Class: x.class, Targets: x.targets,
			Reason: x.reason})
	}
	return &Written{Prose: "SECURITY.md", Lines: ".publishgate.lines", Coverage: c}
}

// Each line that asks for something stands in the page once, below its class.
func TestPageOfWrittenPolicy(t *testing.T) {
	d := passed()
	d.Written = writtenPolicy()
	page := render(t, HTML, d)
	at := 0
	for _, want := range []string{"The written policy <small class=\"soft\">5</small>", "SECURITY.md", "5 lines ask for something: 2 enforced",
		"<summary>2 enforced</summary>", "Tokens live for 90 days at most.", "publish.tokens.max-age, rule:token-too-old",
		"Licences are checked.", "<summary>1 reviewed</summary>", "review:tokens", "<summary>1 outside</summary>", "the registry does it",
		"<summary>1 uncovered</summary>", "no line of the line file answers it"} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place", want)
		}
		at += i
	}
	if strings.Contains(page, "This page is for all.") {
		t.Error("a line that asks for nothing is shown")
	}
	rows := d.Written.Coverage.Rows
	for i := range maxPolicyRows {
		rows = append(rows, written.Row{Statement: written.Statement{Line: 7 + i, Text: fmt.Sprint("demand ", i)}, Class: written.Reviewed})
	}
	d.Written.Coverage.Rows = rows
	page = render(t, HTML, d)
	if n := strings.Count(page, "<td>demand "); n != maxPolicyRows-3 || !strings.Contains(page, "5 lines are not shown.") {
		t.Errorf("%d of the rows are shown", n)
	}
}
