package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// Each reason has its exit code and result. A reason that is not in the list
// never passes.
func TestReasons(t *testing.T) {
	var got []string
	for _, r := range []Reason{Fine, Findings, Mismatch, NotPublished, NotSigned, Undeprecated, Upload, SourceDown, Partial,
		Deadline, Signal, Usage, Input, Refused, "made-up"} {
		got = append(got, fmt.Sprintf("%s %d %s", r, r.Exit(), r.Result()))
	}
	want := []string{" 0 pass", "findings 1 block", "registry-mismatch 1 block", "not-published 3 unknown",
		"not-signed 3 unknown", "not-deprecated 3 unknown", "upload 3 unknown", "source-down 3 unknown",
		"partial 3 unknown", "deadline 3 unknown", "signal 3 unknown", "usage 2 unknown", "input 3 unknown",
		"refused 1 block", "made-up 3 unknown"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
	if len(endings) != len(want)-2 {
		t.Errorf("%d reasons on the list", len(endings))
	}
}

// The first line says how the run ended. It is a pass only if the verdict passed
// and the run ended well.
func TestFirstLine(t *testing.T) {
	blocks := decide(blocked().Verdict.Judged[0].Finding)
	for _, c := range []struct {
		name string
		doc  Document
		run  *Run
		want string
	}{
		{"no run", *passed(), nil, "passed: left-pad 1.3.0 – 1 waived"},
		{"fine", *passed(), &Run{}, "passed: left-pad 1.3.0 – 1 waived"},
		{"published", *passed(), &Run{Out: Published}, "passed: left-pad 1.3.0 – published, 1 waived"},
		{"nothing decided", *undecided(), &Run{}, "not decided: a package without a name – nothing may be published"},
		{"no verdict", Document{}, &Run{Out: Published}, "not decided: a package without a name – but it was published"},
		{"block without a run", Document{Verdict: blocks}, nil, "blocked: a package without a name – 1 finding blocks, 1 warning"},
		{"block that would be fine", Document{Verdict: blocks}, &Run{},
			"not decided: a package without a name – nothing may be published, 1 finding blocks, 1 warning"},
		{"findings", Document{Verdict: blocks}, &Run{Reason: Findings}, "blocked: a package without a name – 1 finding blocks, 1 warning"},
		{"refused", *passed(), &Run{Reason: Refused}, "refused: left-pad 1.3.0 – nothing was let through, the package itself passed, 1 waived"},
		{"not published", *passed(), &Run{Reason: NotPublished},
			"not published: left-pad 1.3.0 – nothing was let through, the package itself passed, 1 waived"},
		{"published, and its line has ended", *passed(), &Run{Reason: Undeprecated, Out: Published},
			"published, but not deprecated: left-pad 1.3.0 – the package itself passed, 1 waived"},
		{"perhaps published", *passed(), &Run{Reason: NotPublished, Out: Doubtful},
			"not published: left-pad 1.3.0 – whether it was published is not known, the package itself passed, 1 waived"},
		{"published and changed", *passed(), &Run{Reason: Mismatch, Out: Published},
			"blocked, the registry has something else than was judged: left-pad 1.3.0 – but it was published, the package itself passed, 1 waived"},
		{"reason nobody knows", *passed(), &Run{Reason: "x"},
			"not decided: left-pad 1.3.0 – nothing was let through, the package itself passed, 1 waived"},
		{"source", *undecided(), &Run{Reason: SourceDown}, "not decided, a source is down: a package without a name – nothing may be published"},
		{"usage", *undecided(), &Run{Reason: Usage}, "wrong use: a package without a name – nothing may be published"},
		{"refused, undecided", *undecided(), &Run{Reason: Refused}, "refused: a package without a name – nothing may be published"},
	} {
		d := c.doc
		d.Run = c.run
		first := headOf(textOfDocument(t, &d))
		if first != c.want {
			t.Errorf("%s: %q\nexpected %q", c.name, first, c.want)
		}
		passes := d.Ending() == policy.Pass
		if passes != strings.HasPrefix(first, "passed") || passes != strings.HasPrefix(render(t, Markdown, &d), "## ✅") ||
			passes && (d.Result() != policy.Pass || c.run != nil && c.run.Reason != Fine) {
			t.Errorf("%s: passes %v", c.name, passes)
		}
	}
	d := passed()
	d.Caveats = []string{"on partial advisory data", "judged only"}
	if first := plain(d.headline()); !strings.HasPrefix(first, "passed, on partial advisory data, judged only: ") {
		t.Errorf("%q", first)
	}
}

// Standard output holds run.json's content as the first field, and is
// verdict.json otherwise.
func TestToldJSON(t *testing.T) {
	d := blocked()
	d.Run = &Run{Reason: NotPublished, Acts: []Act{{What: "publish", State: Failed, Text: "no"}}}
	var told struct {
		Run    struct{ Result, Reason string }
		Result string
	}
	text := render(t, ToldJSON, d)
	if err := json.Unmarshal([]byte(text), &told); err != nil || told.Run.Reason != "not-published" ||
		told.Run.Result != "unknown" || told.Result != "block" {
		t.Errorf("%+v, %v", told, err)
	}
	verdict := render(t, JSON, d)
	if alone := strings.TrimPrefix(verdict, "{\n"); !strings.HasPrefix(text, "{\n  \"run\": {\n") ||
		!strings.HasSuffix(text, "\n  },\n"+alone) || strings.Contains(verdict, "not-published") {
		t.Errorf("%s", text)
	}
}

// run.json has the bytes that encoding/json writes, made inert.
func TestRunJSON(t *testing.T) {
	for _, r := range []*Run{
		{},
		{Reason: NotPublished, Verdict: File{"verdict.json", strings.Repeat("a", 64)}, Acts: []Act{
			{What: "sign", State: Done, Text: "a \"quoted\" ::error:: \u202e text", File: "a.tgz", Digest: "sha256:b", Time: now},
			{What: "publish", State: Failed, Text: "##[error]"},
		}},
	} {
		var got, want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(runJSON(r)); err != nil {
			t.Fatal(err)
		}
		if err := RunJSON(&got, r); err != nil || !bytes.Equal(got.Bytes(), display.JSON(want.Bytes())) {
			t.Errorf("%v\n%s\nexpected\n%s", err, &got, &want)
		}
	}
}
