package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// For every document of the tests, the bytes are those that encoding/json writes.
func TestAsEncodingJSON(t *testing.T) {
	vouched := passed()
	vouched.LookedAt.VEX = []VEX{{"a.vex.json", "OpenVEX", "Acme::", 1200, 3}, {File: "b.json"}}
	vouched.Verdict.Judged[0].Waiver.Document = "a.vex.json"
	unasked := blocked()
	unasked.LookedAt.Sources[0].Unasked = []string{"@acme/a", "b"}
	unasked.LookedAt.Sources[0].StandIn = true
	unasked.Verdict.Judged[0].Finding.Paths = [][]string{{}, {"a\u202e"}}
	for name, d := range map[string]*Document{
		"blocked": blocked(), "passed": passed(), "undecided": undecided(), "zero": {}, "vouched": vouched,
		"unasked": unasked, "grouped": grouped(), "poison": poison("##[x]\xff<&>\u2028\n::"),
		"no waiver": {Verdict: policy.Verdict{Judged: []policy.Judged{{State: finding.Waived}}}},
	} {
		if got, want := render(t, JSON, d), render(t, byReflection, d); got != want {
			t.Errorf("%s: got\n%s\nencoding/json has\n%s", name, got, want)
		}
	}
}

// byReflection writes verdict.json in one piece with encoding/json.
func byReflection(w io.Writer, d *Document) error {
	doc := documentJSON(d, nil)
	for _, g := range d.Verdict.Groups() {
		doc.Groups = append(doc.Groups, groupJSON(&g))
	}
	for i := range d.Verdict.Judged {
		j := &d.Verdict.Judged[i]
		at := slices.IndexFunc(d.Verdict.Groups(), func(g policy.Group) bool { return slices.Contains(g.Findings, j) })
		doc.Findings = append(doc.Findings, findingJSON(j, at))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	if _, err := w.Write(display.JSON(b.Bytes())); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}
